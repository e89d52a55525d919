"""The engine of durable collections as Python sees it: trees by key, by position, and bytes.

In a canister the C layer (`c/storemodule.c`) takes this module's place under the same name; this
file is its typed face, and on the host every function raises `OutsideCanisterError`.  Keys and
values are checked by the generated codecs.

The layout is docs/decisions/0016-durable-collections.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn

from scm.runtime.ic0 import OutsideCanisterError

MAP: Final = 1
SET: Final = 2
LIST: Final = 3
HEAP: Final = 4
BYTES: Final = 5
CELL: Final = 6

KEYS: Final = 0
VALUES: Final = 1
ITEMS: Final = 2

HAS_LOW: Final = 1
LOW_EXCLUDED: Final = 2
HAS_HIGH: Final = 4
HIGH_INCLUDED: Final = 8
BACKWARDS: Final = 16
PREFIX: Final = 32
"""`low` is the start of all keys of the scan (text, blob, or the leading fields of a tuple)."""


def _outside() -> NoReturn:
    raise OutsideCanisterError("a durable collection works only inside a canister")


class Keyed:
    """A tree by key: a map, set or heap.  In the canister it has `len`, `in`, `[]`, too."""

    def __len__(self) -> int:
        """The number of entries."""
        _outside()

    def __contains__(self, key: object) -> bool:
        """Whether there is an entry under `key`."""
        _outside()

    def __getitem__(self, key: object) -> Any:
        """The value under `key`; raises KeyError."""
        _outside()

    def __setitem__(self, key: object, value: object) -> None:
        """Put `value` under `key`."""
        _outside()

    def __delitem__(self, key: object) -> None:
        """Remove the entry under `key`; raises KeyError."""
        _outside()

    def get(self, key: object, default: object) -> Any:
        """The value under `key`, or `default`."""
        _outside()

    def add(self, key: object) -> bool:
        """Add a key to a set; False if it was there."""
        _outside()

    def discard(self, key: object) -> bool:
        """Remove an entry; False if there was none."""
        _outside()

    def take(self, key: object, default: object) -> Any:
        """Remove the entry under `key` and return its value, or `default` if there is none."""
        _outside()

    def end(self, what: int, last: bool, remove: bool) -> Any:
        """The first or last entry (KEYS, VALUES or ITEMS), removed if asked; None if empty."""
        _outside()

    def push(self, priority: object, value: object) -> None:
        """Add to a heap, behind what has the same priority."""
        _outside()

    def replace(self, priority: object, value: object) -> Any:
        """Add to a heap, and remove what was first before: its item, or None if it is empty."""
        _outside()

    def nested(self, key: object, create: bool) -> Any:
        """The collection under `key`, as the wrapper made it, or None; made if `create`."""
        _outside()

    def cursor(self, what: int, flags: int, low: object, high: object) -> Iterator[Any]:
        """Iterate over KEYS, VALUES or ITEMS; raises RuntimeError if keys come or go meanwhile."""
        _outside()

    def clear(self) -> None:
        """Remove everything; pages are freed over the next messages."""
        _outside()


class Positional:
    """A tree by position: a list, deque or log.  Indices as in Python, raising IndexError."""

    def __len__(self) -> int:
        """The number of entries."""
        _outside()

    def __getitem__(self, index: int) -> Any:
        """The entry at `index`."""
        _outside()

    def __setitem__(self, index: int, value: object) -> None:
        """Replace the entry at `index`."""
        _outside()

    def __delitem__(self, index: int) -> None:
        """Remove the entry at `index`."""
        _outside()

    def insert(self, index: int, value: object) -> None:
        """Insert before `index`, which is clamped as in `list.insert`."""
        _outside()

    def check(self, value: object) -> None:
        """Raise what putting `value` here would raise."""
        _outside()

    def append(self, value: object) -> None:
        """Add at the end."""
        _outside()

    def take(self, index: int) -> Any:
        """Remove the entry at `index` and return it."""
        _outside()

    def cursor(self, start: int, stop: int, backwards: bool) -> Iterator[Any]:
        """Iterate over the entries from `start` to before `stop` (both 0 or more).

        Backwards: from `stop - 1` down to `start`.  Entries that come or go meanwhile move what
        follows, as in a Python list.
        """
        _outside()

    def clear(self) -> None:
        """Remove everything; pages are freed over the next messages."""
        _outside()


class Bytes:
    """Bytes with random access.  Bytes that were never written are zero."""

    def __len__(self) -> int:
        """The number of bytes."""
        _outside()

    def size(self) -> int:
        """The number of bytes, however many."""
        _outside()

    def read(self, offset: int, size: int) -> bytes:
        """`size` bytes from `offset` on; raises IndexError if they reach behind the end."""
        _outside()

    def write(self, offset: int, data: bytes) -> None:
        """Write `data` at `offset`, growing as needed."""
        _outside()

    def resize(self, size: int) -> None:
        """Cut off, or grow with zeros."""
        _outside()


def set_migrator(number: int, migrate: Callable[[int, bytes], object]) -> None:
    """Make values of older schemas of a collection by `migrate`: schema number and message."""
    _outside()


def set_wrapper(wrap: Callable[[int, Any], object]) -> None:
    """Have nested collections handed out as `wrap(number, engine)`; `number` as in `open`."""
    _outside()


def open(number: int) -> Any:
    """The engine object of collection `number`, as the generated table counts them."""
    _outside()


def format() -> None:
    """Begin anew: no pages, an empty catalogue.  `stable.format_memory` comes first."""
    _outside()


def types_of(name: str, depth: int) -> bytes:
    """What the catalogue says of a collection's types; empty if nothing."""
    _outside()


def set_types(name: str, depth: int, packed: bytes) -> None:
    """Write what the catalogue says of a collection's types."""
    _outside()


def rename(old: str, new: str) -> None:
    """Give the collection of field `old`, if there is one, to field `new`."""
    _outside()


def drop(name: str) -> None:
    """Give up the collection of a field; its pages are freed over the next messages."""
    _outside()


def take_pages(count: int) -> int:
    """The first of `count` new pages in a row, for blocks."""
    _outside()
