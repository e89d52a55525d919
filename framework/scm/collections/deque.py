"""`StableDeque`: a `collections.deque` in stable memory."""

from __future__ import annotations

import sys
from _operator import countOf, indexOf
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final, Generic, SupportsIndex, TypeVar

from scm.collections.detached import Detached
from scm.collections.positions import find, is_same, reverse_entries
from scm.collections.views import shown
from scm.runtime import store

T = TypeVar("T")

_DETACHED: Final[Any] = Detached("StableDeque")


class StableDeque(Generic[T]):
    """A `collections.deque` in stable memory, without a greatest length, as a field of the state.

    It is read and written entry by entry, so its size does not matter to a message.  Access in the
    middle is as cheap as at the ends.
    """

    def __init__(self) -> None:
        self._engine: store.Positional = _DETACHED
        self._changes = 0

    def attach(self, engine: store.Positional) -> None:
        """Make it the collection that `engine` has; scm's own code does this."""
        self._engine = engine

    def __len__(self) -> int:
        return len(self._engine)

    def __getitem__(self, index: SupportsIndex, /) -> T:
        value: T = self._engine[index]  # type: ignore[index]  # It takes what list does.
        return value

    def __setitem__(self, index: SupportsIndex, value: T, /) -> None:
        self._engine[index] = value  # type: ignore[index]

    def __delitem__(self, index: SupportsIndex, /) -> None:
        del self._engine[index]  # type: ignore[arg-type]
        self._changes += 1

    def __iter__(self) -> Iterator[T]:
        return self._scan(self._engine.cursor(0, sys.maxsize, False), self._changes)

    def __reversed__(self) -> Iterator[T]:
        return self._scan(self._engine.cursor(0, len(self._engine), True), self._changes)

    def _scan(self, cursor: Iterator[T], changes: int) -> Iterator[T]:
        for value in cursor:
            if self._changes != changes:
                raise RuntimeError("deque mutated during iteration")
            yield value
        if self._changes != changes:
            raise RuntimeError("deque mutated during iteration")

    def __contains__(self, value: object) -> bool:
        return value in self._engine.cursor(0, sys.maxsize, False)

    def append(self, value: T, /) -> None:
        """Add at the right end."""
        self._engine.append(value)
        self._changes += 1

    def appendleft(self, value: T, /) -> None:
        """Add at the left end."""
        self._engine.insert(0, value)
        self._changes += 1

    def extend(self, values: Iterable[T], /) -> None:
        """Add all values at the right end."""
        for value in list(self) if values is self else values:
            self.append(value)

    def extendleft(self, values: Iterable[T], /) -> None:
        """Add all values at the left end, one by one, so that they stand in reverse."""
        for value in list(self) if values is self else values:
            self.appendleft(value)

    def __iadd__(self, values: Iterable[T]) -> StableDeque[T]:
        self.extend(values)
        return self

    def pop(self) -> T:
        """Remove the rightmost entry and return it; IndexError if the deque is empty."""
        if len(self._engine) == 0:
            raise IndexError("pop from an empty deque")
        self._changes += 1
        value: T = self._engine.take(-1)
        return value

    def popleft(self) -> T:
        """Remove the leftmost entry and return it; IndexError if the deque is empty."""
        if len(self._engine) == 0:
            raise IndexError("pop from an empty deque")
        self._changes += 1
        value: T = self._engine.take(0)
        return value

    def rotate(self, count: SupportsIndex = 1, /) -> None:
        """Move `count` entries from the right end to the left one; if negative, the other way."""
        length = len(self._engine)
        if length < 2:
            return
        self._changes += 1
        steps = count.__index__() % length
        if steps <= length // 2:
            for _ in range(steps):
                self._engine.insert(0, self._engine.take(-1))
        else:
            for _ in range(length - steps):
                self._engine.append(self._engine.take(0))

    def index(
        self, value: T, start: SupportsIndex = 0, stop: SupportsIndex = sys.maxsize, /
    ) -> int:
        """The first index of an entry that equals `value`; ValueError if there is none."""
        index = find(self._engine, value, start.__index__(), stop.__index__())
        if index < 0:
            raise ValueError(f"{value!r} is not in deque")
        return index

    def insert(self, index: SupportsIndex, value: T, /) -> None:
        """Insert before `index`."""
        self._engine.insert(index.__index__(), value)
        self._changes += 1

    def remove(self, value: T, /) -> None:
        """Remove the first entry that equals `value`; ValueError if there is none."""
        try:
            index = indexOf(self, value)
        except ValueError:
            raise ValueError(f"{value!r} is not in deque") from None
        del self._engine[index]
        self._changes += 1

    def count(self, value: T, /) -> int:
        """How many entries equal `value`."""
        return countOf(self, value)

    def reverse(self) -> None:
        """Reverse in place, entry by entry."""
        reverse_entries(self._engine)

    def clear(self) -> None:
        """Remove everything."""
        self._engine.clear()
        self._changes += 1

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, deque | StableDeque):
            return NotImplemented
        return is_same(self, other)

    __hash__ = None  # type: ignore[assignment]

    def __lt__(self, other: deque[T] | StableDeque[T]) -> bool:
        return list(self) < list(other) if _is_deque(other) else NotImplemented

    def __le__(self, other: deque[T] | StableDeque[T]) -> bool:
        return list(self) <= list(other) if _is_deque(other) else NotImplemented

    def __gt__(self, other: deque[T] | StableDeque[T]) -> bool:
        return list(self) > list(other) if _is_deque(other) else NotImplemented

    def __ge__(self, other: deque[T] | StableDeque[T]) -> bool:
        return list(self) >= list(other) if _is_deque(other) else NotImplemented

    def __repr__(self) -> str:
        if self._engine is _DETACHED:
            return "StableDeque()"
        return f"StableDeque([{shown(iter(self), len(self))}])"


def _is_deque(other: object) -> bool:
    return isinstance(other, deque | StableDeque)


Collection.register(StableDeque)
