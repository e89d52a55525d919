"""A generic class with several type arguments in use, and a generic function over it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Stack(Generic[T]):
    def __init__(self, items: Iterable[T] = ()) -> None:
        self._items = list(items)

    def push(self, item: T) -> Stack[T]:
        self._items.append(item)
        return self

    def pop(self) -> T:
        return self._items.pop()

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        return reversed(self._items)


def drain(stack: Stack[T], limit: int) -> list[T]:
    return [stack.pop() for _ in range(min(limit, len(stack)))]


def run() -> str:
    numbers = Stack[int]().push(1).push(2).push(2**70)
    words = Stack(["a", "b"])
    pairs: Stack[tuple[str, float]] = Stack([("x", 0.5)])
    lines = [str(list(numbers)), str(drain(numbers, 2)), str(len(numbers))]
    lines.append("".join(words.push("c")))
    lines.append(str(pairs.pop()))
    try:
        pairs.pop()
    except IndexError as error:
        lines.append(f"IndexError: {error}")
    lines.append(f"{bool(pairs)} {bool(words)}")
    return "\n".join(lines)
