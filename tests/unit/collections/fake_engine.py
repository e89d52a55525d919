"""The engine of collections in plain Python, for tests of the protocols without a canister."""

from __future__ import annotations

import copy
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from typing import Any

from scm.runtime import store


class FakeKeyed(store.Keyed):
    """A tree by key over a sorted list; `nested` makes the collections that are its values."""

    def __init__(self, key_type: type, nested: Callable[[], Any] | None = None) -> None:
        self.key_type = key_type
        self.nested_factory = nested
        self.keys: list[Any] = []
        self.values: list[Any] = []
        self.changes = 0
        self.sequence = 0

    def checked(self, key: Any) -> Any:
        if not isinstance(key, self.key_type):
            raise TypeError(f"expected a key of type `{self.key_type.__name__}`")
        if key != key:
            raise ValueError("a NaN has no place in the order of keys")
        return key

    def find(self, key: object) -> int:
        """The place of a key, or -1."""
        place = bisect_left(self.keys, self.checked(key))
        return place if place < len(self.keys) and self.keys[place] == key else -1

    def put(self, key: Any, value: object) -> None:
        place = bisect_left(self.keys, self.checked(key))
        if place < len(self.keys) and self.keys[place] == key:
            self.values[place] = value
        else:
            self.keys.insert(place, key)
            self.values.insert(place, value)
            self.changes += 1

    def remove(self, place: int) -> None:
        del self.keys[place]
        del self.values[place]
        self.changes += 1

    def read(self, place: int) -> Any:
        value = self.values[place]
        return value if self.nested_factory else copy.deepcopy(value)

    def entry(self, what: int, place: int) -> Any:
        if what == store.KEYS:
            return self.keys[place]
        return self.read(place) if what == store.VALUES else (self.keys[place], self.read(place))

    def __len__(self) -> int:
        return len(self.keys)

    def __contains__(self, key: object) -> bool:
        return self.find(key) >= 0

    def __getitem__(self, key: object) -> Any:
        place = self.find(key)
        if place < 0:
            raise KeyError(key)
        return self.read(place)

    def __setitem__(self, key: object, value: object) -> None:
        if self.nested_factory:
            raise TypeError("the values are collections")
        self.put(key, copy.deepcopy(value))

    def __delitem__(self, key: object) -> None:
        place = self.find(key)
        if place < 0:
            raise KeyError(key)
        self.remove(place)

    def get(self, key: object, default: object) -> Any:
        place = self.find(key)
        return default if place < 0 else self.read(place)

    def add(self, key: object) -> bool:
        before = self.changes
        self.put(key, None)
        return self.changes > before

    def discard(self, key: object) -> bool:
        place = self.find(key)
        if place >= 0:
            self.remove(place)
        return place >= 0

    def take(self, key: object, default: object) -> Any:
        place = self.find(key)
        if place < 0:
            return default
        value = self.read(place)
        self.remove(place)
        return value

    def end(self, what: int, last: bool, remove: bool) -> Any:
        if not self.keys:
            return None
        place = len(self.keys) - 1 if last else 0
        entry = self.entry(what, place)
        if remove:
            self.remove(place)
        return entry

    def replace(self, priority: object, value: object) -> Any:
        entry = self.end(store.ITEMS, False, True)
        if entry is not None:
            self.push(priority, value)
        return entry

    def nested(self, key: object, create: bool) -> Any:
        if self.nested_factory is None:
            raise TypeError("the values are no collections")
        if self.find(key) < 0 and create:
            self.put(key, self.nested_factory())
        return self.values[self.find(key)] if self.find(key) >= 0 else None

    def cursor(self, what: int, flags: int, low: Any, high: Any) -> Iterator[Any]:
        places = range(len(self.keys))
        if flags & store.PREFIX:
            assert flags & store.HAS_LOW
            places = range(0)
            if found := [n for n, key in enumerate(self.keys) if key[: len(low)] == low]:
                places = range(found[0], found[-1] + 1)
        else:
            start, stop = 0, len(self.keys)
            if flags & store.HAS_LOW:
                bisect = bisect_right if flags & store.LOW_EXCLUDED else bisect_left
                start = bisect(self.keys, self.checked(low))
            if flags & store.HAS_HIGH:
                bisect = bisect_right if flags & store.HIGH_INCLUDED else bisect_left
                stop = bisect(self.keys, self.checked(high))
            places = range(start, stop)
        return self.scan(what, reversed(places) if flags & store.BACKWARDS else iter(places))

    def scan(self, what: int, places: Iterator[int]) -> Iterator[Any]:
        changes = self.changes
        for place in places:
            if self.changes != changes:
                raise RuntimeError("keys came or went during iteration")
            yield self.entry(what, place)
        if self.changes != changes:
            raise RuntimeError("keys came or went during iteration")

    def clear(self) -> None:
        self.keys.clear()
        self.values.clear()
        self.changes += 1


class FakeHeap(FakeKeyed):
    """A heap: its keys are pairs of priority and number."""

    def push(self, priority: object, value: object) -> None:
        self.sequence += 1
        self.put((self.checked(priority), self.sequence), copy.deepcopy(value))

    def checked(self, key: Any) -> Any:
        return key

    def entry(self, what: int, place: int) -> Any:
        priority = self.keys[place][0]
        return (priority, self.read(place)) if what == store.ITEMS else priority


class FakePositional(store.Positional):
    """A tree by position over a list."""

    def __init__(self) -> None:
        self.values: list[Any] = []

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: int) -> Any:
        return copy.deepcopy(self.values[index])

    def __setitem__(self, index: int, value: object) -> None:
        self.values[index] = copy.deepcopy(value)

    def __delitem__(self, index: int) -> None:
        del self.values[index]

    def insert(self, index: int, value: object) -> None:
        self.values.insert(index, copy.deepcopy(value))

    def check(self, value: object) -> None:
        pass

    def append(self, value: object) -> None:
        self.values.append(copy.deepcopy(value))

    def take(self, index: int) -> Any:
        return self.values.pop(index)

    def cursor(self, start: int, stop: int, backwards: bool) -> Iterator[Any]:
        assert start >= 0
        assert stop >= 0
        if backwards:
            place = min(stop, len(self.values)) - 1
            while start <= place < len(self.values):
                yield copy.deepcopy(self.values[place])
                place -= 1
        else:
            place = start
            while place < min(stop, len(self.values)):
                yield copy.deepcopy(self.values[place])
                place += 1

    def clear(self) -> None:
        self.values.clear()


class FakeBytes(store.Bytes):
    """Bytes over a bytearray."""

    def __init__(self) -> None:
        self.content = bytearray()

    def __len__(self) -> int:
        return len(self.content)

    def size(self) -> int:
        return len(self.content)

    def read(self, offset: int, size: int) -> bytes:
        if offset < 0 or size < 0 or offset + size > len(self.content):
            raise IndexError("bytes behind the end")
        return bytes(self.content[offset : offset + size])

    def write(self, offset: int, data: bytes) -> None:
        assert type(data) is bytes
        if offset < 0:
            raise IndexError("bytes before the start")
        self.content.extend(bytes(max(0, offset + len(data) - len(self.content))))
        self.content[offset : offset + len(data)] = data

    def resize(self, size: int) -> None:
        del self.content[size:]
        self.content.extend(bytes(size - len(self.content)))
