"""`StableHeap`: a priority queue in stable memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final, Generic, TypeVar

from scm.collections.detached import Detached
from scm.collections.views import shown
from scm.runtime import store

P = TypeVar("P")
T = TypeVar("T")

_DETACHED: Final[Any] = Detached("StableHeap")


class StableHeap(Generic[P, T]):
    """A priority queue in stable memory: the least priority first, as in `heapq`.

    Of the same priority, what was pushed first comes first; items are never compared.  A field of
    the state.
    """

    def __init__(self) -> None:
        self._engine: store.Keyed = _DETACHED

    def attach(self, engine: store.Keyed) -> None:
        """Make it the collection that `engine` has; scm's own code does this."""
        self._engine = engine

    def __len__(self) -> int:
        return len(self._engine)

    def __iter__(self) -> Iterator[tuple[P, T]]:
        return self._engine.cursor(store.ITEMS, 0, None, None)

    def __reversed__(self) -> Iterator[tuple[P, T]]:
        return self._engine.cursor(store.ITEMS, store.BACKWARDS, None, None)

    def __contains__(self, entry: object) -> bool:
        return entry in self._engine.cursor(store.ITEMS, 0, None, None)

    def push(self, priority: P, item: T, /) -> None:
        """Add an item, behind those of the same priority."""
        self._engine.push(priority, item)

    def pop(self) -> tuple[P, T]:
        """Remove the first entry and return priority and item; IndexError if the heap is empty."""
        entry: tuple[P, T] | None = self._engine.end(store.ITEMS, False, True)
        if entry is None:
            raise IndexError("pop from an empty heap")
        return entry

    def peek(self) -> tuple[P, T]:
        """Priority and item of the first entry; IndexError if the heap is empty."""
        entry: tuple[P, T] | None = self._engine.end(store.ITEMS, False, False)
        if entry is None:
            raise IndexError("peek into an empty heap")
        return entry

    def pushpop(self, priority: P, item: T, /) -> tuple[P, T]:
        """Push, then pop."""
        self._engine.push(priority, item)
        return self.pop()

    def replace(self, priority: P, item: T, /) -> tuple[P, T]:
        """Pop, then push; IndexError if the heap is empty."""
        entry: tuple[P, T] | None = self._engine.replace(priority, item)
        if entry is None:
            raise IndexError("replace in an empty heap")
        return entry

    def clear(self) -> None:
        """Remove everything."""
        self._engine.clear()

    def __repr__(self) -> str:
        if self._engine is _DETACHED:
            return "StableHeap()"
        return f"StableHeap([{shown(iter(self), len(self))}])"


Collection.register(StableHeap)
