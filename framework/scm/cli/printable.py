"""Text of canisters and networks for the terminal: without what could command it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from scm.cli.console import Console

_KEPT: Final = "\n\t"


def printable(text: str) -> str:
    """The text with a replacement for what is no letter: it is a stranger's, and not ours."""
    return "".join(
        letter if letter.isprintable() or letter in _KEPT else "\N{REPLACEMENT CHARACTER}"
        for letter in text
    )


def printing(console: Console) -> Callable[[str], None]:
    """What says such text on a console."""
    return lambda text: console.say(printable(text))
