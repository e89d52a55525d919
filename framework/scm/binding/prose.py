"""Comments of a `.did` file as comments and docstrings of Python: filled, escaped, no surprises."""

from __future__ import annotations

import re
import unicodedata
from textwrap import dedent
from typing import Final

_ITEM: Final = re.compile(r"(?:[-*+•]|\d+[.)]) +")
_TAB_SIZE: Final = 4
_QUOTES: Final = re.compile('"{3,}')
_UNIT: Final = re.compile(r"\\.|.")  # An escape is never broken.
_ORDER: Final = re.compile(
    r"((?:^|#)\s*(?:black|flake8|fmt|isort|mypy|pylint|pyright|ruff|type|yapf)):",
    re.IGNORECASE | re.MULTILINE,
)
"""What tools would take for an order to them, as in `# type: ignore`."""


def width_of(text: str) -> int:
    """The columns that a text takes, as linters count them."""
    if text.isascii():
        return len(text)
    return sum(_width_of_letter(letter) for letter in text)


def _width_of_letter(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Cf", "Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def comment_lines(doc: str, indent: str, width: int) -> list[str]:
    """A text as lines that begin with `#`."""
    room = width - len(indent) - 2
    lines = _fill(_ORDER.sub(r"\1 :", doc), room)
    # What came to the start of a line only now must not make the line longer.
    lines = [_ORDER.sub(r"\1;", line) for line in lines]
    return [f"{indent}# {line}".rstrip() for line in lines]


def docstring_lines(doc: str, indent: str, width: int) -> list[str]:
    """A text as a docstring: on one line if it fits, else with the closing quotes on their own."""
    room = width - len(indent)
    escaped = _QUOTES.sub(_escape_quotes, doc.lstrip().replace("\\", "\\\\"))
    start = '""" ' if escaped.startswith('"') else '"""'
    # One or two quotes are not escaped, and must not touch the closing ones.
    end = ' """' if len(doc) - len(doc.rstrip('"')) in (1, 2) else '"""'
    lines = escaped.split("\n")
    if len(lines) > 1 or len(start) + width_of(escaped) + len(end) > room:
        # Formatters join a single line with its quotes, even if it gets too long.
        is_single = len(_fill(escaped, room, reserved=len(start))) == 1
        lines = _fill(escaped, room, reserved=len(start) + (len(end) if is_single else 0))
    if len(lines) == 1:
        line = f"{start}{escaped}{end}"
        return [f"{indent}{line}" + ("" if width_of(line) <= room else "  # noqa: E501")]
    rest = dedent("\n".join(lines[1:])).split("\n")
    return [f"{indent}{line}".rstrip() for line in (f"{start}{lines[0]}", *rest, '"""')]


def _escape_quotes(quotes: re.Match[str]) -> str:
    return '\\"' * len(quotes.group())


def cleaned(doc: str) -> str:
    """A text without what can't stand in a source file, or would not be seen there."""
    lines = []
    for line in doc.expandtabs(_TAB_SIZE).splitlines():
        spaced = "".join([" " if letter.isspace() else letter for letter in line])
        lines.append("".join([letter for letter in spaced if letter.isprintable()]).rstrip())
    return dedent("\n".join(lines).strip("\n"))


def _fill(doc: str, room: int, *, reserved: int = 0) -> list[str]:
    """The lines of a text of which none is wider than `room`, but for addresses.

    `reserved` columns are taken in the first line.  A paragraph that fits keeps its lines.
    """
    filled: list[str] = []
    for paragraph in _paragraphs(doc):
        taken = 0 if filled else reserved
        if all(
            width_of(line) <= room - (0 if index else taken) for index, line in enumerate(paragraph)
        ):
            filled += paragraph
        else:
            filled += _fill_paragraph(paragraph, room, taken)
    return filled


def _paragraphs(doc: str) -> list[list[str]]:
    """Lines that belong together: another indentation, or an item of a list, begins a new one."""
    paragraphs: list[list[str]] = []
    hanging = ""  # The indentation of the next line, if it goes on.
    opens_item = False
    for line in doc.split("\n"):
        text = line.lstrip()
        indent = line[: len(line) - len(text)]
        item = _ITEM.match(text)
        goes_on = text and not item and paragraphs and paragraphs[-1][0]
        if goes_on and opens_item and len(indent) > _indent_of(paragraphs[-1][0]):
            hanging, opens_item = indent, False
        if goes_on and indent == hanging:
            paragraphs[-1].append(line)
            continue
        paragraphs.append([line])
        hanging = indent + " " * len(item.group() if item else "")
        opens_item = item is not None
    return paragraphs


def _indent_of(line: str) -> int:
    return len(line) - len(line.lstrip())


def _fill_paragraph(paragraph: list[str], room: int, taken: int) -> list[str]:
    first = paragraph[0]
    text = first.lstrip()
    indent = first[: len(first) - len(text)]
    item = _ITEM.match(text)
    head = indent + (item.group() if item else "")
    hanging = " " * len(head)
    words = " ".join([text[item.end() if item else 0 :], *paragraph[1:]]).split()
    word_room = max(room - len(head) - taken, 1)
    words = [part for word in words for part in _broken(word, word_room)]
    lines: list[str] = []
    line = head + words[0]
    for word in words[1:]:
        limit = room - (0 if lines else taken)
        if width_of(line) + 1 + width_of(word) <= limit:
            line += f" {word}"
        else:
            lines.append(line)
            line = hanging + word
    return [*lines, line]


def _broken(word: str, room: int) -> list[str]:
    """A word in pieces that fit, as linters let only addresses be longer."""
    if width_of(word) <= room or "://" in word:
        return [word]
    pieces = [""]
    width = 0
    for unit in _UNIT.findall(word):
        added = width_of(unit)
        if pieces[-1] and width + added > room:
            pieces.append("")
            width = 0
        pieces[-1] += unit
        width += added
    return pieces
