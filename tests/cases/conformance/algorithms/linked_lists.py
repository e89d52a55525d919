"""A linked list: push, reverse, cycle detection, merge sort, iteration, equality."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Cell(Generic[T]):
    def __init__(self, value: T, rest: Cell[T] | None = None) -> None:
        self.value = value
        self.rest = rest


def from_items(items: Iterable[T]) -> Cell[T] | None:
    head: Cell[T] | None = None
    for item in reversed(list(items)):
        head = Cell(item, head)
    return head


def items(cell: Cell[T] | None) -> Iterator[T]:
    while cell is not None:
        yield cell.value
        cell = cell.rest


def reverse(cell: Cell[T] | None) -> Cell[T] | None:
    before: Cell[T] | None = None
    while cell is not None:
        cell.rest, before, cell = before, cell, cell.rest
    return before


def has_cycle(head: Cell[T] | None) -> bool:
    slow = fast = head
    while fast is not None and fast.rest is not None:
        assert slow is not None
        slow, fast = slow.rest, fast.rest.rest
        if slow is fast:
            return True
    return False


def merge(first: Cell[int] | None, second: Cell[int] | None) -> Cell[int] | None:
    if first is None or second is None:
        return first or second
    if second.value < first.value:
        first, second = second, first
    first.rest = merge(first.rest, second)
    return first


def merge_sort(cell: Cell[int] | None) -> Cell[int] | None:
    if cell is None or cell.rest is None:
        return cell
    slow = cell
    fast: Cell[int] | None = cell.rest
    while fast is not None and fast.rest is not None and slow.rest is not None:
        slow, fast = slow.rest, fast.rest.rest
    right, slow.rest = slow.rest, None
    return merge(merge_sort(cell), merge_sort(right))


def run() -> str:
    head = from_items("abcd")
    lines = [f"{list(items(head))} {list(items(reverse(head)))} {list(items(reverse(None)))}"]
    ring = from_items([1, 2, 3])
    assert ring is not None
    assert ring.rest is not None
    lines.append(str(has_cycle(ring)))
    ring.rest.rest = ring
    lines.append(f"{has_cycle(ring)} {has_cycle(None)}")
    ring.rest.rest = None
    lines.append(str(list(items(merge_sort(from_items([5, 3, 9, 1, 5, -2, 0]))))))
    lines.append(str(list(items(merge(from_items([1, 4]), from_items([2, 3, 9]))))))
    return "\n".join(lines)
