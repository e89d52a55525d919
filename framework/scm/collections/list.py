"""`StableList`: a list in stable memory."""

from __future__ import annotations

import sys
from _operator import countOf, indexOf
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, Final, Generic, SupportsIndex, TypeVar, overload

from scm.collections.detached import Detached
from scm.collections.positions import (
    assign_slice,
    delete_slice,
    find,
    is_same,
    read_slice,
    reverse_entries,
)
from scm.collections.views import shown
from scm.runtime import store

T = TypeVar("T")

_DETACHED: Final[Any] = Detached("StableList")


class StableList(Generic[T]):
    """A list in stable memory, as a field of the state.

    It is read and written entry by entry, so its size does not matter to a message; inserting and
    removing in the middle is as cheap as at the end.  What it gives is a copy: after changing a
    value, put it back.  A slice is a Python list, in the heap.
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

    @overload
    def __setitem__(self, index: SupportsIndex, value: T, /) -> None: ...
    @overload
    def __setitem__(self, index: slice, value: Iterable[T], /) -> None: ...
    def __setitem__(self, index: Any, value: Any, /) -> None:
        if isinstance(index, int) or not isinstance(index, slice):
            self._engine[index] = value
        else:
            assign_slice(self._engine, index, value)

    def __delitem__(self, index: SupportsIndex | slice, /) -> None:
        if isinstance(index, slice):
            delete_slice(self._engine, index)
        else:
            del self._engine[index]  # type: ignore[arg-type]  # It takes what list does.

    def __iter__(self) -> Iterator[T]:
        return self._engine.cursor(0, sys.maxsize, False)

    def __reversed__(self) -> Iterator[T]:
        return self._engine.cursor(0, len(self._engine), True)

    def __contains__(self, value: object) -> bool:
        return value in self._engine.cursor(0, sys.maxsize, False)

    def append(self, value: T, /) -> None:
        """Add at the end."""
        self._append(value)

    def extend(self, values: Iterable[T], /) -> None:
        """Add all values at the end."""
        for value in list(self) if values is self else values:
            self._engine.append(value)

    def __iadd__(self, values: Iterable[T]) -> StableList[T]:
        self.extend(values)
        return self

    def insert(self, index: SupportsIndex, value: T, /) -> None:
        """Insert before `index`."""
        self._engine.insert(index.__index__(), value)

    def pop(self, index: SupportsIndex = -1, /) -> T:
        """Remove the entry at `index` and return it; IndexError if there is none."""
        if len(self._engine) == 0:
            raise IndexError("pop from empty list")
        position = index.__index__()
        if not -len(self._engine) <= position < len(self._engine):
            raise IndexError("pop index out of range")
        value: T = self._engine.take(position)
        return value

    def remove(self, value: T, /) -> None:
        """Remove the first entry that equals `value`; ValueError if there is none."""
        try:
            index = indexOf(self, value)
        except ValueError:
            raise ValueError("list.remove(x): x not in list") from None
        del self._engine[index]

    def index(
        self, value: T, start: SupportsIndex = 0, stop: SupportsIndex = sys.maxsize, /
    ) -> int:
        """The first index of an entry that equals `value`; ValueError if there is none."""
        index = find(self._engine, value, start.__index__(), stop.__index__())
        if index < 0:
            raise ValueError(f"{value!r} is not in list")
        return index

    def count(self, value: T, /) -> int:
        """How many entries equal `value`."""
        return countOf(self, value)

    def reverse(self) -> None:
        """Reverse in place, entry by entry."""
        reverse_entries(self._engine)

    def sort(self, *, key: Callable[[T], Any] | None = None, reverse: bool = False) -> None:
        """Sort in place, stably.  It reads all of the list into the heap."""
        before = list(self)
        after: list[Any] = sorted(before, key=key, reverse=reverse)
        for index, value in enumerate(after):
            if value is not before[index]:
                self._engine[index] = value

    def clear(self) -> None:
        """Remove everything."""
        self._engine.clear()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, list | StableList):
            return NotImplemented
        return is_same(self, other)

    __hash__ = None  # type: ignore[assignment]

    def __lt__(self, other: list[T] | StableList[T]) -> bool:
        return list(self) < list(other) if isinstance(other, list | StableList) else NotImplemented

    def __le__(self, other: list[T] | StableList[T]) -> bool:
        return list(self) <= list(other) if isinstance(other, list | StableList) else NotImplemented

    def __gt__(self, other: list[T] | StableList[T]) -> bool:
        return list(self) > list(other) if isinstance(other, list | StableList) else NotImplemented

    def __ge__(self, other: list[T] | StableList[T]) -> bool:
        return list(self) >= list(other) if isinstance(other, list | StableList) else NotImplemented

    def __repr__(self) -> str:
        if self._engine is _DETACHED:
            return "StableList()"
        return f"StableList([{shown(iter(self), len(self))}])"


Collection.register(StableList)
