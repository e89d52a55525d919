"""`StableMap`: a dict in stable memory, ordered by its keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Any, Final, Generic, Protocol, TypeVar, overload

from scm.collections.detached import MISSING, Detached
from scm.collections.views import (
    PREFIX,
    StableItems,
    StableKeys,
    StableRange,
    StableValues,
    bounds,
    shown,
)
from scm.runtime import store

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")
K_contra = TypeVar("K_contra", contravariant=True)
V_co = TypeVar("V_co", covariant=True)
K_item = TypeVar("K_item")

_DETACHED: Final[Any] = Detached("StableMap")


class KeysAndItems(Protocol[K_item, V_co]):
    """What `update` takes as a mapping, as `dict.update` does."""

    def keys(self) -> Iterable[K_item]:
        """The keys."""
        ...

    def __getitem__(self, key: K_item, /) -> V_co: ...


class StableMap(Generic[K, V]):
    """A dict in stable memory, in the order of its keys, as a field of the state.

    It is read and written entry by entry, so its size does not matter to a message.  What it gives
    is a copy: after changing a value, put it back.  Where the values are collections, `m[key]` is
    the one that lives in the map, and `m.setdefault(key)` makes an empty one.
    """

    def __init__(self) -> None:
        self._engine: store.Keyed = _DETACHED
        self._get: Any = _DETACHED  # A method that is found once is called in less.

    def attach(self, engine: store.Keyed) -> None:
        """Make it the collection that `engine` has; scm's own code does this."""
        self._engine = engine
        self._get = engine.get

    def __len__(self) -> int:
        return len(self._engine)

    def __contains__(self, key: object) -> bool:
        try:
            return key in self._engine
        except (TypeError, ValueError):
            return False  # Of another type, or one that is never a key.

    def __getitem__(self, key: K) -> V:
        value: V = self._engine[key]
        return value

    def __setitem__(self, key: K, value: V) -> None:
        self._engine[key] = value

    def __delitem__(self, key: K) -> None:
        del self._engine[key]

    def __iter__(self) -> Iterator[K]:
        return self._engine.cursor(store.KEYS, 0, None, None)

    def __reversed__(self) -> Iterator[K]:
        return self._engine.cursor(store.KEYS, store.BACKWARDS, None, None)

    @overload
    def get(self, key: K, default: None = None, /) -> V | None: ...
    @overload
    def get(self, key: K, default: V, /) -> V: ...
    @overload
    def get(self, key: K, default: T, /) -> V | T: ...
    def get(self, key: K, default: Any = None, /) -> Any:
        """The value under `key`, or `default`."""
        return self._get(key, default)

    @overload
    def pop(self, key: K, /) -> V: ...
    @overload
    def pop(self, key: K, default: V, /) -> V: ...
    @overload
    def pop(self, key: K, default: T, /) -> V | T: ...
    def pop(self, key: K, default: Any = MISSING, /) -> Any:
        """Remove the entry under `key` and return its value, or `default`; KeyError without one."""
        value = self._engine.take(key, default)
        if value is MISSING:
            raise KeyError(key)
        return value

    def popitem(self) -> tuple[K, V]:
        """Remove the item with the greatest key and return it; KeyError if the map is empty.

        A dict gives the item that came last; here the order is that of the keys.
        """
        item: tuple[K, V] | None = self._engine.end(store.ITEMS, True, True)
        if item is None:
            raise KeyError("popitem(): dictionary is empty")
        return item

    @overload
    def setdefault(self, key: K, /) -> V: ...
    @overload
    def setdefault(self, key: K, default: V, /) -> V: ...
    def setdefault(self, key: K, default: Any = MISSING, /) -> Any:
        """The value under `key`; if there is none, put `default` there first.

        Where the values are collections, `m.setdefault(key)` makes an empty one.  Else the default
        is None, as a dict's.
        """
        if default is MISSING:
            try:
                return self._engine.nested(key, True)
            except TypeError:
                default = None
        value = self._engine.get(key, MISSING)
        if value is MISSING:
            self._engine[key] = default
            return default
        return value

    @overload
    def update(self: StableMap[str, V], other: KeysAndItems[str, V], /, **named: V) -> None: ...
    @overload
    def update(self, other: KeysAndItems[K, V], /) -> None: ...
    @overload
    def update(self: StableMap[str, V], other: Iterable[tuple[str, V]], /, **named: V) -> None: ...
    @overload
    def update(self, other: Iterable[tuple[K, V]], /) -> None: ...
    @overload
    def update(self: StableMap[str, V], /, **named: V) -> None: ...
    def update(self, *others: Any, **named: Any) -> None:  # type: ignore[misc]
        """Put all entries of a mapping, all pairs, or values by name where keys are text."""
        # mypyc would let `other=` name a parameter that is positional only.
        if len(others) > 1:
            raise TypeError(f"update expected at most 1 argument, got {len(others)}")
        if others:
            self._put_all(others[0])
        for key, value in named.items():
            self._engine[key] = value

    def _put_all(self, other: Any) -> None:
        if isinstance(other, dict | StableMap):
            for key, value in other.items():
                self._engine[key] = value
        elif hasattr(other, "keys"):
            for key in other.keys():  # noqa: SIM118  (it may be no mapping)
                self._engine[key] = other[key]
        else:
            for key, value in other:
                self._engine[key] = value

    def clear(self) -> None:
        """Remove everything."""
        self._engine.clear()

    def keys(self) -> StableKeys[K]:
        """The keys in order: a view, and a set."""
        return StableKeys(self._engine)

    def values(self) -> StableValues[V]:
        """The values in the order of their keys: a view."""
        return StableValues(self._engine)

    def items(self) -> StableItems[K, V]:
        """Pairs of key and value in the order of keys: a view, and a set."""
        return StableItems(self._engine)

    def first(self) -> tuple[K, V]:
        """The item with the least key; KeyError if the map is empty, as of `popitem`."""
        item: tuple[K, V] | None = self._engine.end(store.ITEMS, False, False)
        if item is None:
            raise KeyError("first(): the map is empty")
        return item

    def last(self) -> tuple[K, V]:
        """The item with the greatest key; KeyError if the map is empty, as of `popitem`."""
        item: tuple[K, V] | None = self._engine.end(store.ITEMS, True, False)
        if item is None:
            raise KeyError("last(): the map is empty")
        return item

    def range(
        self,
        low: K | None = None,
        high: K | None = None,
        *,
        include_low: bool = True,
        include_high: bool = False,
        reverse: bool = False,
    ) -> StableRange[K, V]:
        """The items from key `low` to before `high`, as in a slice; None is no bound.

        `m.range(a, b).keys()` and `.values()` are only those.  `reverse`: the greatest key first.
        """
        flags = bounds(low, high, include_low, include_high, reverse)
        return StableRange(self._engine, flags, low, high)

    def prefix(self, start: Any, *, reverse: bool = False) -> StableRange[K, V]:
        """The items whose keys start with `start`.

        That is the start of a text or blob, or a tuple of a key's leading fields.
        """
        flags = PREFIX | store.BACKWARDS if reverse else PREFIX
        return StableRange(self._engine, flags, start, None)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        if len(self) != len(other):
            return False
        for key, value in self._engine.cursor(store.ITEMS, 0, None, None):
            try:
                found = other.get(key, MISSING)
            except (TypeError, ValueError):
                return False  # Keys of another type.
            if found is MISSING or found != value:
                return False
        return True

    __hash__ = None  # type: ignore[assignment]

    def __ior__(self, other: Any) -> StableMap[K, V]:
        self._put_all(other)
        return self

    def __repr__(self) -> str:
        if self._engine is _DETACHED:
            return "StableMap()"
        return f"StableMap([{shown(iter(self.items()), len(self))}])"


MutableMapping.register(StableMap)
