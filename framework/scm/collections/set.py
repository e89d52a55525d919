"""`StableSet`: a set in stable memory, ordered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableSet
from collections.abc import Set as AbstractSet
from typing import Any, Final, Generic, TypeVar

from scm.collections.detached import Detached
from scm.collections.set_algebra import (
    SetLike,
    contains_all,
    difference,
    intersection,
    is_disjoint,
    is_equal,
    is_proper_subset,
    is_subset,
    symmetric_difference,
    union,
)
from scm.collections.views import PREFIX, StableSetRange, bounds, shown
from scm.runtime import store

T = TypeVar("T")
S = TypeVar("S")

_DETACHED: Final[Any] = Detached("StableSet")


class StableSet(Generic[T]):
    """A set in stable memory, in the order of its elements, as a field of the state.

    It is read and written element by element, so its size does not matter to a message.  What `|`,
    `&`, `-` and `^` give is a Python set, in the heap; `|=` and so on change the set in place.
    """

    def __init__(self) -> None:
        self._engine: store.Keyed = _DETACHED
        self._add: Any = _DETACHED  # A method that is found once is called in less.

    def attach(self, engine: store.Keyed) -> None:
        """Make it the collection that `engine` has; scm's own code does this."""
        self._engine = engine
        self._add = engine.add

    def __len__(self) -> int:
        return len(self._engine)

    def __contains__(self, element: object) -> bool:
        try:
            return element in self._engine
        except (TypeError, ValueError):
            return False  # Of another type, or one that is never an element.

    def __iter__(self) -> Iterator[T]:
        return self._engine.cursor(store.KEYS, 0, None, None)

    def __reversed__(self) -> Iterator[T]:
        return self._engine.cursor(store.KEYS, store.BACKWARDS, None, None)

    def add(self, element: T, /) -> None:
        """Add an element; nothing changes if it is there."""
        self._add(element)

    def discard(self, element: T, /) -> None:
        """Remove an element if it is there."""
        self._engine.discard(element)

    def remove(self, element: T, /) -> None:
        """Remove an element; KeyError if it is not there."""
        if not self._engine.discard(element):
            raise KeyError(element)

    def pop(self) -> T:
        """Remove the least element and return it; KeyError if the set is empty."""
        if len(self._engine) == 0:
            raise KeyError("pop from an empty set")
        element: T = self._engine.end(store.KEYS, False, True)
        return element

    def clear(self) -> None:
        """Remove everything."""
        self._engine.clear()

    def first(self) -> T:
        """The least element; KeyError if the set is empty, as of `pop`."""
        if len(self._engine) == 0:
            raise KeyError("first(): the set is empty")
        element: T = self._engine.end(store.KEYS, False, False)
        return element

    def last(self) -> T:
        """The greatest element; KeyError if the set is empty, as of `pop`."""
        if len(self._engine) == 0:
            raise KeyError("last(): the set is empty")
        element: T = self._engine.end(store.KEYS, True, False)
        return element

    def range(
        self,
        low: T | None = None,
        high: T | None = None,
        *,
        include_low: bool = True,
        include_high: bool = False,
        reverse: bool = False,
    ) -> StableSetRange[T]:
        """The elements from `low` to before `high`, as in a slice; None is no bound.

        `reverse`: the greatest first.
        """
        flags = bounds(low, high, include_low, include_high, reverse)
        return StableSetRange(self._engine, flags, low, high)

    def prefix(self, start: Any, *, reverse: bool = False) -> StableSetRange[T]:
        """The elements that start with `start`.

        That is the start of a text or blob, or a tuple of an element's leading fields.
        """
        flags = PREFIX | store.BACKWARDS if reverse else PREFIX
        return StableSetRange(self._engine, flags, start, None)

    # Comparing.

    def isdisjoint(self, other: Iterable[Any], /) -> bool:
        """Whether none of the elements is in this set."""
        return is_disjoint(self, other)

    def issubset(self, other: Iterable[Any], /) -> bool:
        """Whether all of this set is in `other`."""
        elements = other if isinstance(other, AbstractSet) else set(other)
        return is_subset(self, elements)

    def issuperset(self, other: Iterable[Any], /) -> bool:
        """Whether all of `other` is in this set."""
        return contains_all(self, other)

    def __eq__(self, other: object) -> bool:
        return is_equal(self, other) if isinstance(other, AbstractSet) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __le__(self, other: SetLike[Any]) -> bool:
        return is_subset(self, other) if isinstance(other, AbstractSet) else NotImplemented

    def __lt__(self, other: SetLike[Any]) -> bool:
        return is_proper_subset(self, other) if isinstance(other, AbstractSet) else NotImplemented

    def __ge__(self, other: SetLike[Any]) -> bool:
        return is_subset(other, self) if isinstance(other, AbstractSet) else NotImplemented

    def __gt__(self, other: SetLike[Any]) -> bool:
        return is_proper_subset(other, self) if isinstance(other, AbstractSet) else NotImplemented

    # Combining into Python's sets.

    def union(self, *others: Iterable[S]) -> set[T | S]:
        """What is in this set or any of the others."""
        result: set[T | S] = set(self)
        result.update(*others)
        return result

    def intersection(self, *others: Iterable[Any]) -> set[T]:
        """What is in this set and all of the others."""
        if not others:
            return set(self)
        result: set[T] = intersection(self, others[0])
        result.intersection_update(*others[1:])
        return result

    def difference(self, *others: Iterable[Any]) -> set[T]:
        """What is in this set and none of the others."""
        result: set[T] = set(self)
        result.difference_update(*others)
        return result

    def symmetric_difference(self, other: Iterable[S], /) -> set[T | S]:
        """What is in this set or the other, but not in both."""
        return symmetric_difference(self, other)

    def __or__(self, other: SetLike[S]) -> set[T | S]:
        return union(self, other) if isinstance(other, AbstractSet) else NotImplemented

    def __ror__(self, other: SetLike[S]) -> set[T | S]:
        return union(self, other) if isinstance(other, AbstractSet) else NotImplemented

    def __and__(self, other: SetLike[Any]) -> set[T]:
        return intersection(self, other) if isinstance(other, AbstractSet) else NotImplemented

    def __rand__(self, other: SetLike[Any]) -> set[T]:
        return intersection(self, other) if isinstance(other, AbstractSet) else NotImplemented

    def __sub__(self, other: SetLike[Any]) -> set[T]:
        return difference(self, other) if isinstance(other, AbstractSet) else NotImplemented

    def __rsub__(self, other: SetLike[S]) -> set[S]:
        return difference(other, self) if isinstance(other, AbstractSet) else NotImplemented

    def __xor__(self, other: SetLike[S]) -> set[T | S]:
        return (
            symmetric_difference(self, other) if isinstance(other, AbstractSet) else NotImplemented
        )

    def __rxor__(self, other: SetLike[S]) -> set[T | S]:
        return (
            symmetric_difference(self, other) if isinstance(other, AbstractSet) else NotImplemented
        )

    # Changing in place.

    def update(self, *others: Iterable[T]) -> None:
        """Add all elements of the others."""
        for other in others:
            if other is not self:
                for element in other:
                    self._engine.add(element)

    def intersection_update(self, *others: Iterable[Any]) -> None:
        """Keep only what is in all of the others."""
        kept = self.intersection(*others)
        for element in [element for element in self if element not in kept]:
            self._engine.discard(element)

    def difference_update(self, *others: Iterable[Any]) -> None:
        """Remove all elements of the others."""
        for other in others:
            if other is self:
                self._engine.clear()
            else:
                for element in other:
                    if element in self:
                        self._engine.discard(element)

    def symmetric_difference_update(self, other: Iterable[T], /) -> None:
        """Remove what is in both, and add what only the other has."""
        if other is self:
            self._engine.clear()
            return
        for element in other if isinstance(other, AbstractSet) else set(other):
            if not self._engine.discard(element):
                self._engine.add(element)

    def __ior__(self, other: SetLike[T]) -> StableSet[T]:  # type: ignore[misc]
        if not isinstance(other, AbstractSet):
            return NotImplemented
        self.update(other)
        return self

    def __iand__(self, other: SetLike[Any]) -> StableSet[T]:
        if not isinstance(other, AbstractSet):
            return NotImplemented
        self.intersection_update(other)
        return self

    def __isub__(self, other: SetLike[Any]) -> StableSet[T]:
        if not isinstance(other, AbstractSet):
            return NotImplemented
        self.difference_update(other)
        return self

    def __ixor__(self, other: SetLike[T]) -> StableSet[T]:  # type: ignore[misc]
        if not isinstance(other, AbstractSet):
            return NotImplemented
        self.symmetric_difference_update(other)
        return self

    def __repr__(self) -> str:
        if self._engine is _DETACHED:
            return "StableSet()"
        return f"StableSet([{shown(iter(self), len(self))}])"


MutableSet.register(StableSet)
