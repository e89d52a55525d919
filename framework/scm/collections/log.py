"""`StableLog`: entries in stable memory that are added at the end and never change."""

from __future__ import annotations

import sys
from _operator import countOf
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final, Generic, SupportsIndex, TypeVar, overload

from scm.collections.detached import Detached
from scm.collections.positions import find, read_slice
from scm.collections.views import shown
from scm.runtime import store

T = TypeVar("T")

_DETACHED: Final[Any] = Detached("StableLog")


class StableLog(Generic[T]):
    """A list in stable memory that only grows: what is in it stays as it is, for good.

    A field of the state; a slice is a Python list, in the heap.
    """

    def __init__(self) -> None:
        self._engine: store.Positional = _DETACHED
        self._append: Any = _DETACHED  # A method that is found once is called in less.

    def attach(self, engine: store.Positional) -> None:
        """Make it the collection that `engine` has; scm's own code does this."""
        self._engine = engine
        self._append = engine.append

    def __len__(self) -> int:
        return len(self._engine)

    @overload
    def __getitem__(self, index: SupportsIndex, /) -> T: ...
    @overload
    def __getitem__(self, index: slice, /) -> list[T]: ...
    def __getitem__(self, index: Any, /) -> Any:
        if isinstance(index, int) or not isinstance(index, slice):  # An int is told at once.
            return self._engine[index]
        return read_slice(self._engine, index)

    def __iter__(self) -> Iterator[T]:
        return self._engine.cursor(0, sys.maxsize, False)

    def __reversed__(self) -> Iterator[T]:
        return self._engine.cursor(0, len(self._engine), True)

    def __contains__(self, value: object) -> bool:
        return value in self._engine.cursor(0, sys.maxsize, False)

    def append(self, value: T, /) -> int:
        """Add at the end; returns the index of the new entry."""
        self._append(value)
        return len(self._engine) - 1

    def extend(self, values: Iterable[T], /) -> None:
        """Add all values at the end."""
        for value in list(self) if values is self else values:
            self._engine.append(value)

    def index(
        self, value: T, start: SupportsIndex = 0, stop: SupportsIndex = sys.maxsize, /
    ) -> int:
        """The first index of an entry that equals `value`; ValueError if there is none."""
        index = find(self._engine, value, start.__index__(), stop.__index__())
        if index < 0:
            raise ValueError(f"{value!r} is not in log")
        return index

    def count(self, value: T, /) -> int:
        """How many entries equal `value`."""
        return countOf(self, value)

    def __repr__(self) -> str:
        if self._engine is _DETACHED:
            return "StableLog()"
        return f"StableLog([{shown(iter(self), len(self))}])"


Collection.register(StableLog)
