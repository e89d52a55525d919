"""Changes of a source text that move no line, so that places in it stay the user's."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Final

from attrs import frozen

from scm.errors import InternalError

_LINES: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


@frozen
class Edit:
    """Replace the characters from one position up to another (lines from 0, columns in bytes)."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


def end_of(node: ast.stmt | ast.expr) -> tuple[int, int]:
    """The position behind a node."""
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return (node.end_lineno - 1, node.end_col_offset)


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Make the edits from the end backwards; `ast` counts columns in UTF-8 bytes."""
    lines = [line.encode() for line in split_lines(text)]
    for edit in sorted(edits, key=lambda item: item.start, reverse=True):
        (first, start), (last, end) = edit.start, edit.end
        before, after = lines[first][:start], lines[last][end:]
        lines[first : last + 1] = [before + edit.text.encode() + after]
    result = b"".join(lines).decode()
    if len(split_lines(result)) != len(split_lines(text)):
        raise InternalError("translate", "an edit moved a line")
    return result


def split_lines(text: str) -> list[str]:
    """Lines with their ends, as `ast` counts them: a form feed, for one, ends none."""
    return _LINES.findall(text) or [""]
