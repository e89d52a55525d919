# differs: docstrings
"""Decorators of functions: stacked, with arguments, with `wraps`, applied by hand."""

from collections.abc import Callable
from functools import wraps

Text = Callable[[str], str]


def starred(function: Text) -> Text:
    @wraps(function)
    def wrapper(text: str) -> str:
        return f"*{function(text)}*"

    return wrapper


def repeated(times: int, between: str = "") -> Callable[[Text], Text]:
    def decorate(function: Text) -> Text:
        @wraps(function)
        def wrapper(text: str) -> str:
            return between.join(function(text) for _ in range(times))

        return wrapper

    return decorate


@starred
@repeated(2, "+")
def loud(text: str) -> str:
    """Upper case."""
    return text.upper()


@repeated(2)
@starred
def soft(text: str) -> str:
    return text.lower()


def unchanged(function: Text) -> Text:
    return function


@unchanged
def plain(text: str) -> str:
    return text


def run() -> str:
    lines = [loud("ab"), soft("AB"), plain("x")]
    lines.append(f"{loud.__name__} {loud.__doc__} {soft.__name__}")
    lines.append(starred(str.title)("by hand"))
    lines.append(repeated(0)(plain)("never") + "|")
    lines.append(str(hasattr(loud, "__wrapped__")))
    return "\n".join(lines)
