"""Views of maps and sets: they show what is there now, and read it when they are iterated."""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, KeysView, ValuesView
from collections.abc import Set as AbstractSet
from typing import Any, Final, Generic, TypeVar

from scm.collections.detached import MISSING
from scm.collections.set_algebra import (
    SetLike,
    difference,
    intersection,
    is_disjoint,
    is_equal,
    is_proper_subset,
    is_subset,
    symmetric_difference,
    union,
)
from scm.runtime import store

K = TypeVar("K")
V = TypeVar("V")

PREFIX: Final = store.PREFIX | store.HAS_LOW
"""The flags of a scan over all keys that begin with `low`."""


def bounds(
    low: object, high: object, include_low: bool, include_high: bool, is_reverse: bool
) -> int:
    """The flags of a cursor; a bound that is None is none."""
    flags = store.BACKWARDS if is_reverse else 0
    if low is not None:
        flags |= store.HAS_LOW if include_low else store.HAS_LOW | store.LOW_EXCLUDED
    if high is not None:
        flags |= store.HAS_HIGH | store.HIGH_INCLUDED if include_high else store.HAS_HIGH
    return flags


def shown(entries: Iterator[Any], count: int | None = None) -> str:
    """The first entries for a `repr`, which must not read a million of them."""
    texts: list[str] = []
    for entry in entries:
        if len(texts) == 10:
            texts.append("..." if count is None else f"... {count} in all")
            break
        texts.append(repr(entry))
    return ", ".join(texts)


class StableKeys(Generic[K]):
    """The keys of a map, in order: a set, as `dict.keys()` is."""

    def __init__(self, engine: store.Keyed) -> None:
        self._engine: Final = engine

    def __len__(self) -> int:
        return len(self._engine)

    def __contains__(self, key: object) -> bool:
        try:
            return key in self._engine
        except (TypeError, ValueError):
            return False  # Of another type, or one that is never a key.

    def __iter__(self) -> Iterator[K]:
        return self._engine.cursor(store.KEYS, 0, None, None)

    def __reversed__(self) -> Iterator[K]:
        return self._engine.cursor(store.KEYS, store.BACKWARDS, None, None)

    def isdisjoint(self, other: Iterable[Any], /) -> bool:
        """Whether none of the elements is a key."""
        return is_disjoint(self, other)

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

    def __or__(self, other: Iterable[V]) -> set[K | V]:
        return union(self, other)

    def __ror__(self, other: Iterable[V]) -> set[K | V]:
        return union(self, other)

    def __and__(self, other: Iterable[Any]) -> set[K]:
        return intersection(self, other)

    def __rand__(self, other: Iterable[Any]) -> set[K]:
        return intersection(self, other)

    def __sub__(self, other: Iterable[Any]) -> set[K]:
        return difference(self, other)

    def __rsub__(self, other: Iterable[V]) -> set[V]:
        return difference(other, self)

    def __xor__(self, other: Iterable[V]) -> set[K | V]:
        return symmetric_difference(self, other)

    def __rxor__(self, other: Iterable[V]) -> set[K | V]:
        return symmetric_difference(self, other)

    def __repr__(self) -> str:
        return f"StableKeys([{shown(iter(self), len(self))}])"


class StableItems(Generic[K, V]):
    """The items of a map, in order of the keys: a set of pairs, as `dict.items()` is."""

    def __init__(self, engine: store.Keyed) -> None:
        self._engine: Final = engine

    def __len__(self) -> int:
        return len(self._engine)

    def __contains__(self, item: object) -> bool:
        if not isinstance(item, tuple) or len(item) != 2:
            return False
        try:
            value = self._engine.get(item[0], MISSING)
        except (TypeError, ValueError):
            return False  # Of another type, or one that is never a key.
        return value is not MISSING and bool(value == item[1])

    def __iter__(self) -> Iterator[tuple[K, V]]:
        return self._engine.cursor(store.ITEMS, 0, None, None)

    def __reversed__(self) -> Iterator[tuple[K, V]]:
        return self._engine.cursor(store.ITEMS, store.BACKWARDS, None, None)

    def isdisjoint(self, other: Iterable[Any], /) -> bool:
        """Whether none of the elements is an item."""
        return is_disjoint(self, other)

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

    def __or__(self, other: Iterable[Any]) -> set[Any]:
        return union(self, other)

    def __ror__(self, other: Iterable[Any]) -> set[Any]:
        return union(self, other)

    def __and__(self, other: Iterable[Any]) -> set[tuple[K, V]]:
        return intersection(self, other)

    def __rand__(self, other: Iterable[Any]) -> set[tuple[K, V]]:
        return intersection(self, other)

    def __sub__(self, other: Iterable[Any]) -> set[tuple[K, V]]:
        return difference(self, other)

    def __rsub__(self, other: Iterable[Any]) -> set[Any]:
        return difference(other, self)

    def __xor__(self, other: Iterable[Any]) -> set[Any]:
        return symmetric_difference(self, other)

    def __rxor__(self, other: Iterable[Any]) -> set[Any]:
        return symmetric_difference(self, other)

    def __repr__(self) -> str:
        return f"StableItems([{shown(iter(self), len(self))}])"


class StableValues(Generic[V]):
    """The values of a map, in order of the keys."""

    def __init__(self, engine: store.Keyed) -> None:
        self._engine: Final = engine

    def __len__(self) -> int:
        return len(self._engine)

    def __contains__(self, value: object) -> bool:
        return value in self._engine.cursor(store.VALUES, 0, None, None)

    def __iter__(self) -> Iterator[V]:
        return self._engine.cursor(store.VALUES, 0, None, None)

    def __reversed__(self) -> Iterator[V]:
        return self._engine.cursor(store.VALUES, store.BACKWARDS, None, None)

    def __repr__(self) -> str:
        return f"StableValues([{shown(iter(self), len(self))}])"


class StableRange(Generic[K, V]):
    """The items of a map between two keys, read as they are asked for; it can be iterated again.

    It has no length, which would take reading all of it; it is true if there is something in it.
    """

    def __init__(self, engine: store.Keyed, flags: int, low: object, high: object) -> None:
        self._engine: Final = engine
        self._flags: Final = flags
        self._low: Final = low
        self._high: Final = high

    def __bool__(self) -> bool:
        for _ in self.keys():
            return True
        return False

    def __iter__(self) -> Iterator[tuple[K, V]]:
        return self._engine.cursor(store.ITEMS, self._flags, self._low, self._high)

    def __reversed__(self) -> Iterator[tuple[K, V]]:
        flags = self._flags ^ store.BACKWARDS
        return self._engine.cursor(store.ITEMS, flags, self._low, self._high)

    def keys(self) -> Iterator[K]:
        """Iterate over the keys only."""
        return self._engine.cursor(store.KEYS, self._flags, self._low, self._high)

    def values(self) -> Iterator[V]:
        """Iterate over the values only."""
        return self._engine.cursor(store.VALUES, self._flags, self._low, self._high)

    def items(self) -> Iterator[tuple[K, V]]:
        """Iterate over the items, as `iter` does."""
        return iter(self)

    def __repr__(self) -> str:
        return f"StableRange([{shown(iter(self))}])"


class StableSetRange(Generic[K]):
    """The elements of a set between two, read as they are asked for; it can be iterated again.

    It has no length, which would take reading all of it; it is true if there is something in it.
    """

    def __init__(self, engine: store.Keyed, flags: int, low: object, high: object) -> None:
        self._engine: Final = engine
        self._flags: Final = flags
        self._low: Final = low
        self._high: Final = high

    def __bool__(self) -> bool:
        for _ in self:
            return True
        return False

    def __iter__(self) -> Iterator[K]:
        return self._engine.cursor(store.KEYS, self._flags, self._low, self._high)

    def __reversed__(self) -> Iterator[K]:
        flags = self._flags ^ store.BACKWARDS
        return self._engine.cursor(store.KEYS, flags, self._low, self._high)

    def __repr__(self) -> str:
        return f"StableSetRange([{shown(iter(self))}])"


KeysView.register(StableKeys)
ItemsView.register(StableItems)
ValuesView.register(StableValues)
