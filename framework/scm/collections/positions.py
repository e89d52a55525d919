"""Slices, searches and reversal of what is kept by position."""

from __future__ import annotations

from _operator import indexOf
from collections.abc import Collection
from typing import Any

from scm.runtime import store


def read_slice(engine: store.Positional, selected: slice) -> list[Any]:
    """The entries of a slice, as a list."""
    start, stop, step = selected.indices(len(engine))
    if step == 1:
        return list(engine.cursor(start, stop, False)) if start < stop else []
    if step == -1:
        return list(engine.cursor(stop + 1, start + 1, True)) if start > stop else []
    return [engine[index] for index in range(start, stop, step)]


def assign_slice(engine: store.Positional, selected: slice, values: Any) -> None:
    """Replace the entries of a slice, as list does."""
    start, stop, step = selected.indices(len(engine))
    try:
        given = list(values)
    except TypeError:
        if step == 1:
            raise TypeError("can only assign an iterable") from None
        raise TypeError("must assign iterable to extended slice") from None
    # All or nothing: what does not fit is told before anything changes.
    for value in given:
        engine.check(value)
    count = len(range(start, stop, step))
    if step != 1:
        if len(given) != count:
            raise ValueError(
                f"attempt to assign sequence of size {len(given)} to extended slice of size {count}"
            )
        for number, index in enumerate(range(start, stop, step)):
            engine[index] = given[number]
        return
    for number in range(min(count, len(given))):
        engine[start + number] = given[number]
    for number in range(count, len(given)):
        engine.insert(start + number, given[number])
    for index in range(start + count - 1, start + len(given) - 1, -1):
        del engine[index]


def delete_slice(engine: store.Positional, selected: slice) -> None:
    """Remove the entries of a slice, the last one first."""
    start, stop, step = selected.indices(len(engine))
    positions = range(start, stop, step)
    if len(positions) == len(engine):
        engine.clear()
        return
    for index in reversed(positions) if step > 0 else positions:
        del engine[index]


def find(engine: store.Positional, value: object, start: int, stop: int) -> int:
    """The first index of `value` from `start` to before `stop`, which may be negative; or -1."""
    if start < 0:
        start = max(start + len(engine), 0)
    if stop < 0:
        stop = max(stop + len(engine), 0)
    if start >= stop:
        return -1
    try:
        return start + indexOf(engine.cursor(start, min(stop, len(engine)), False), value)
    except ValueError:
        return -1


def reverse_entries(engine: store.Positional) -> None:
    """Exchange the first with the last, and so on, two of them in the heap at a time."""
    last = len(engine) - 1
    for index in range(len(engine) // 2):
        value = engine[index]
        engine[index] = engine[last - index]
        engine[last - index] = value


def is_same(left: Collection[Any], right: Collection[Any]) -> bool:
    """Whether both have equal entries in the same order."""
    if len(left) != len(right):
        return False
    for one, other in zip(left, right, strict=False):  # noqa: SIM110  (a generator would cost more)
        if one != other:
            return False
    return True
