"""A walk over a B+-tree that checks it on the way (decision 16, "Leaves and branches")."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from typing import Final

from attrs import frozen

from scm.storage.image import PAGE_BYTES
from scm.storage.long_bytes import LongBytes
from scm.storage.page_parts import (
    BRANCH,
    CHILD_BYTES,
    DESCRIPTOR_BYTES,
    HEAD_BYTES,
    HEAD_KEY_BYTES,
    KEY_BYTES_MAX,
    KEY_PREFIX,
    LEAF,
    LEVELS_MAX,
    LONG_KEY,
    LONG_VALUE,
    NESTED,
    REFERENCE_BYTES,
    SLOT_BYTES,
    VALUE_BYTES_MAX,
    PageHead,
    Reference,
    Slot,
    explain_parts,
    read_head,
    read_reference,
    read_slots,
)
from scm.storage.problems import Ledger


@frozen
class Entry:
    """An entry of a leaf: its key, if it has one, and its value; `page` is the leaf."""

    page: int
    position: int
    key: bytes
    value: bytes
    is_nested: bool


class Tree:
    """A tree of `structure`.  `is_given_up`: its pages are being freed, from the first leaf on.

    Nobody knows whether a tree that is given up is by key or by position, and it matters no more.
    """

    def __init__(
        self,
        ledger: Ledger,
        structure: str,
        owner: int,
        root: int,
        *,
        by_position: bool = False,
        is_given_up: bool = False,
    ) -> None:
        self._ledger: Final = ledger
        self._image: Final = ledger.image
        self._structure: Final = structure
        self._account: Final = ledger.account(structure)
        self._owner: Final = owner
        self._root: Final = root
        self._by_position: Final = by_position
        self._is_given_up: Final = is_given_up
        self._last_key: bytes | None = None
        self._start: bytes | int = 0 if by_position else b""
        self.count = 0
        """Entries so far, those that were skipped included."""

    def entries(self, start: bytes | int | None = None) -> Iterator[Entry]:
        """All entries in order; from a key or position on, without looking at what is before."""
        if start is not None:
            self._start = start
        if self._root:
            yield from self._walk(self._root, None, b"", None)

    def problem(self, page: int, reason: str) -> None:
        """Note a problem of this tree."""
        self._ledger.problem(self._structure, page, reason)

    def _walk(
        self, number: int, level: int | None, low: bytes, high: bytes | None
    ) -> Iterator[Entry]:
        """The entries below a page, whose keys are from `low` to before `high`."""
        if not self._ledger.take(self._structure, number):
            return
        page = self._image.page(number)
        head = read_head(page)
        if not self._is_head_right(number, head, level):
            return
        self._account.pages["branch" if head.level else "leaf"] += 1
        slots = read_slots(page, head.entries)
        for reason in explain_parts(head, slots):
            self.problem(number, reason)
        if head.level:
            yield from self._branch(number, page, head.level, slots, low, high)
            return
        for slot in slots:
            key = self._key(number, page, slot)
            self._check_key(number, key, low, high)
            value = self._value(number, page, slot)
            self.count += 1
            if value is not None and not self._is_before_start(key):
                is_nested = bool(slot.flags & NESTED)
                yield Entry(number, self.count - 1, key or b"", value, is_nested)

    def _is_head_right(self, number: int, head: PageHead, level: int | None) -> bool:
        reason = ""
        if head.owner != self._owner:
            reason = f"it belongs to {head.owner}, not to {self._owner}"
        elif head.kind not in (LEAF, BRANCH):
            reason = f"it is {head.kind_name}, where a leaf or branch should be"
        elif (head.kind == LEAF) != (head.level == 0) or head.level >= LEVELS_MAX:
            reason = f"it is {head.kind_name} of level {head.level}"
        elif level is not None and head.level != level:
            reason = f"it is of level {head.level}, not {level}"
        elif head.entries == 0:
            reason = "it is empty"
        elif not HEAD_BYTES + SLOT_BYTES * head.entries <= head.top <= PAGE_BYTES:
            reason = f"its slots, {head.entries}, and its entries, from {head.top} on, overlap"
        elif head.next:
            reason = "its head has more than it should"
        if reason:
            self.problem(number, reason)
        return not reason

    def _branch(
        self,
        number: int,
        page: bytes,
        level: int,
        slots: list[Slot],
        low: bytes,
        high: bytes | None,
    ) -> Iterator[Entry]:
        keys = [b"" if key is None else key for key in map(partial(self._key, number, page), slots)]
        if not self._by_position and not self._is_given_up:
            self._check_separators(number, keys, low, high)
        for index, slot in enumerate(slots):
            child = self._child(number, page, slot)
            if child is None:
                continue
            below = child[1]
            first = keys[index] if index else low
            last = keys[index + 1] if index + 1 < len(keys) else high
            if self._is_skipped(last, below):
                self.count += below or 0
                continue
            before = self.count
            yield from self._walk(child[0], level - 1, first, last)
            found = self.count - before
            if below is not None and found != below and not self._is_given_up:
                self.problem(number, f"below child {index} are {found} entries, not {below}")

    def _check_separators(
        self, number: int, keys: list[bytes], low: bytes, high: bytes | None
    ) -> None:
        if keys[0]:
            self.problem(number, "the key of its first child is not empty")
        bounds = [low, *keys[1:]]
        for one, other in pairwise(bounds):
            if one >= other:
                self.problem(number, "the keys of its children are out of order")
        if high is not None and bounds[-1] >= high:
            self.problem(number, "the keys of its children are out of bounds")

    def _child(self, number: int, page: bytes, slot: Slot) -> tuple[int, int | None] | None:
        """A child's page, and in trees by position the number of entries below it."""
        content = _part(page, slot.offset + slot.key_size, slot.value_size)
        if slot.flags & ~LONG_KEY or content is None or slot.value_size != CHILD_BYTES:
            self.problem(number, "a child is none")
            return None
        return int.from_bytes(content, "little"), slot.head if self._by_position else None

    def _key(self, number: int, page: bytes, slot: Slot) -> bytes | None:
        """The whole key; None, with a problem, if there is none."""
        if self._by_position:
            if slot.head_size or slot.key_size or (slot.head and read_head(page).level == 0):
                self.problem(number, "an entry by position has a key")
            return b""
        head = slot.head.to_bytes(8, "big")
        reason = ""
        is_long = slot.flags & LONG_KEY
        inside = _part(page, slot.offset, slot.key_size) if slot.key_size else b""
        # What is given up may be a tree by position, with numbers in place of heads.
        is_count = self._is_given_up and slot.head_size == 0
        if slot.head_size > HEAD_KEY_BYTES or (any(head[slot.head_size :]) and not is_count):
            reason = "the head of a key has more bytes than it says"
        elif slot.key_size and slot.head_size < HEAD_KEY_BYTES:
            reason = "a key goes on behind a head that is not full"
        elif slot.key_size > KEY_BYTES_MAX or (is_long and slot.key_size != KEY_BYTES_MAX):
            reason = f"{slot.key_size} bytes of a key are in an entry"
        elif inside is None:
            reason = "a key reaches out of the page"
        if reason or inside is None:
            self.problem(number, reason)
            return None
        self._account.key_bytes += slot.head_size + slot.key_size
        if not is_long:
            return head[: slot.head_size] + inside
        reference = read_reference(inside[KEY_PREFIX:])
        rest = self._long(number, reference, KEY_BYTES_MAX - KEY_PREFIX + 1)
        return None if rest is None else head + inside[:KEY_PREFIX] + rest

    def _value(self, number: int, page: bytes, slot: Slot) -> bytes | None:
        content = _part(page, slot.offset + slot.key_size, slot.value_size)
        reason = ""
        if slot.flags & ~(LONG_KEY | LONG_VALUE | NESTED):
            reason = f"an entry has unknown flags: {slot.flags}"
        elif slot.flags & LONG_VALUE and slot.flags & NESTED:
            reason = "a value is both long and a collection"
        elif content is None:
            reason = "a value reaches out of the page"
        elif slot.flags & LONG_VALUE and slot.value_size != REFERENCE_BYTES:
            reason = "a long value's reference has another size"
        elif slot.flags & NESTED and slot.value_size != DESCRIPTOR_BYTES:
            reason = "a collection's descriptor has another size"
        elif slot.value_size > VALUE_BYTES_MAX:
            reason = f"a value of {slot.value_size} bytes is in the entry"
        if reason or content is None:
            self.problem(number, reason)
            return None
        if slot.flags & LONG_VALUE:
            return self._long(number, read_reference(content), VALUE_BYTES_MAX + 1)
        self._account.value_bytes += slot.value_size
        return content

    def _long(self, number: int, reference: Reference, size_min: int) -> bytes | None:
        if reference.zero or not reference.page:
            self.problem(number, "a reference to long bytes is none")
            return None
        return LongBytes(self._ledger, self._structure, self._owner, reference).whole(size_min)

    def _check_key(self, number: int, key: bytes | None, low: bytes, high: bytes | None) -> None:
        if key is None or self._by_position or self._is_given_up:
            return
        if self._last_key is not None and key <= self._last_key:
            self.problem(number, "its keys are out of order")
        if key < low or (high is not None and key >= high):
            self.problem(number, "a key is out of the bounds that its branch gives")
        self._last_key = key

    def _is_skipped(self, last: bytes | None, below: int | None) -> bool:
        if isinstance(self._start, int):
            return below is not None and self.count + below <= self._start
        return last is not None and bool(self._start) and last <= self._start

    def _is_before_start(self, key: bytes | None) -> bool:
        if isinstance(self._start, int):
            return self.count - 1 < self._start
        return key is not None and key < self._start


def _part(page: bytes, offset: int, size: int) -> bytes | None:
    """A part of a page; None if it reaches out."""
    return page[offset : offset + size] if offset + size <= PAGE_BYTES else None
