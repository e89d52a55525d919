"""Expressions of types, and statements with them, broken into lines as `ruff format` does it.

Black's style: a statement that is too long is broken at its outermost brackets, or put into
parentheses if it has none there; brackets that still don't fit have an item a line.
"""

from __future__ import annotations

from typing import Final, Literal

from attrs import frozen

from scm.binding.prose import width_of

INDENT: Final = "    "
NONE_DEFAULT: Final = " = None"
TOO_LONG: Final = "  # noqa: E501"


@frozen
class Word:
    """A name, literal, or `...`."""

    text: str


@frozen
class Union:
    """`A | B`."""

    options: tuple[Expression, ...]


@frozen
class Brackets:
    """`head[items]`, a list (no head) or a call."""

    head: str
    items: tuple[Expression, ...]
    kind: Literal["subscript", "list", "call"] = "subscript"

    @property
    def opening(self) -> str:
        """What comes before the items."""
        return f"{self.head}(" if self.kind == "call" else f"{self.head}["

    @property
    def closing(self) -> str:
        """What comes after the items."""
        return ")" if self.kind == "call" else "]"


Expression = Word | Union | Brackets


def flat(expression: Expression) -> str:
    """An expression on one line."""
    match expression:
        case Word(text):
            return text
        case Union(options):
            return " | ".join([flat(option) for option in options])
        case Brackets(items=items):
            inner = ", ".join([flat(item) for item in items])
            return f"{expression.opening}{inner}{expression.closing}"


def words_of(expression: Expression) -> list[str]:
    """All names that occur in an expression."""
    match expression:
        case Word(text):
            return [text]
        case Union(options):
            return [word for option in options for word in words_of(option)]
        case Brackets(head, items):
            return [head, *(word for item in items for word in words_of(item))]


@frozen
class Page:
    """Where lines go: how far they are indented, and how long they may be."""

    width: int
    indent: str = ""

    def fits(self, line: str) -> bool:
        """Whether a line, without its indentation, is short enough."""
        return len(self.indent) + width_of(line) <= self.width

    def deeper(self) -> Page:
        """The page one level further in."""
        return Page(self.width, self.indent + INDENT)

    def line(self, text: str) -> str:
        """A line of code; one that can't be shorter says so to the linter."""
        return f"{self.indent}{text}" + ("" if self.fits(text) else TOO_LONG)


def statement(page: Page, prefix: str, expression: Expression, suffix: str = "") -> list[str]:
    """The lines of a statement: `name: ` or `name = ` before an expression, `suffix` after it."""
    whole = flat(expression)
    inner = page.deeper()
    if page.fits(f"{prefix}{whole}{suffix}"):
        return [page.line(f"{prefix}{whole}{suffix}")]
    if suffix == NONE_DEFAULT and page.fits(f"{prefix}{whole} = ("):
        return [page.line(line) for line in (f"{prefix}{whole} = (", f"{INDENT}None", ")")]
    match expression:
        case Word():
            if suffix or not inner.fits(whole):
                return [page.line(f"{prefix}{whole}{suffix}")]
        case Brackets() if page.fits(f"{prefix}{expression.opening}"):
            return _broken(page, prefix, expression, suffix)
    lines = [page.line(f"{prefix}("), *_lines(inner, "", expression, ""), page.line(f"){suffix}")]
    if isinstance(expression, Brackets) and any(line.endswith(TOO_LONG) for line in lines):
        return _broken(page, prefix, expression, suffix)
    return lines


def heading(page: Page, prefix: str, call: Brackets, suffix: str = "") -> list[str]:
    """The lines of a decorator, or of `class name(base):`."""
    return _lines(page, prefix, call, suffix)


def _lines(page: Page, prefix: str, expression: Expression, suffix: str) -> list[str]:
    """The lines of an expression inside brackets."""
    whole = f"{prefix}{flat(expression)}{suffix}"
    return [page.line(whole)] if page.fits(whole) else _broken(page, prefix, expression, suffix)


def _broken(page: Page, prefix: str, expression: Expression, suffix: str) -> list[str]:
    match expression:
        case Union(options):
            lines = _lines(page, prefix, options[0], "")
            for option in options[1:-1]:
                lines += _lines(page, "| ", option, "")
            return lines + _lines(page, "| ", options[-1], suffix)
        case Brackets(items=items) if items:
            return [
                page.line(f"{prefix}{expression.opening}"),
                *_items(page.deeper(), expression),
                page.line(f"{expression.closing}{suffix}"),
            ]
        case _:
            return [page.line(f"{prefix}{flat(expression)}{suffix}")]


def _items(page: Page, brackets: Brackets) -> list[str]:
    whole = ", ".join([flat(item) for item in brackets.items])
    if page.fits(whole):
        return [page.line(whole)]
    is_single = brackets.kind == "subscript" and len(brackets.items) == 1
    comma = "" if is_single else ","  # `X[A,]` would be another type.
    return [line for item in brackets.items for line in _lines(page, "", item, comma)]
