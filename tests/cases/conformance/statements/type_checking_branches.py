"""What is done unless `TYPE_CHECKING`, inside of functions."""

import typing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def checked() -> str:
    if TYPE_CHECKING:
        return "by a type checker"
    else:
        return "at run time"


def skipped(values: "Sequence[int]") -> list[int]:
    found: list[int] = []
    if not typing.TYPE_CHECKING:
        found = [value + 1 for value in values]
    return found


def total(values: "Sequence[int]") -> int:
    if TYPE_CHECKING:
        values = [1, 2, 3]
    return sum(values)


def run() -> str:
    return f"{checked()} {skipped([1, 2])} {total((4, 5))}"
