"""Texts in drawings: how wide they are, cut to what fits, without what can't be shown."""

from __future__ import annotations

import unicodedata
from typing import Final

LETTER_WIDTH: Final = 0.61
"""Of a monospaced face, by its size; the widest of the usual ones has 0.605."""


def width_of(text: str, size: float) -> float:
    """The width of a text, or a little more."""
    return size * LETTER_WIDTH * sum(map(_cells, text))


def cut_to(text: str, width: float, size: float) -> str:
    """The text, with `…` at its end if it is wider than `width`."""
    if width_of(text, size) <= width:
        return text
    room = int(width / (size * LETTER_WIDTH)) - 1
    kept = ""
    for letter in text:
        room -= _cells(letter)
        if room < 0:
            break
        kept += letter
    return f"{kept}…"


def printable(text: str) -> str:
    """The text with a mark in place of each character that is none to be seen."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def _cells(letter: str) -> int:
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
