"""Bytes of any length on pages of their own (decision 16, "Bytes")."""

from __future__ import annotations

from collections.abc import Iterator
from struct import unpack
from typing import Final

from scm.storage.page_parts import DATA, DATA_BYTES, HEAD_BYTES, INDEX, Reference, read_head
from scm.storage.problems import Ledger

_FANOUT: Final = DATA_BYTES // 4


def level_of(size: int) -> int:
    """The level of the root page of `size` bytes."""
    level, room = 0, DATA_BYTES
    while room < size:
        level += 1
        room *= _FANOUT
    return level


class LongBytes:
    """The pages of one run of bytes, which takes them in the ledger as they are read."""

    def __init__(self, ledger: Ledger, structure: str, owner: int, reference: Reference) -> None:
        self._ledger: Final = ledger
        self._structure: Final = structure
        self._owner: Final = owner
        self._root: Final = reference.page
        self._size: Final = reference.size

    def chunks(self) -> Iterator[tuple[int, bytes]]:
        """The offset and content of each page that there is, in order; the others are zeros."""
        if self._root == 0:
            return
        account = self._ledger.account(self._structure)
        for offset, number in self._data_pages(self._root, level_of(self._size), 0):
            page = self._ledger.image.page(number)
            if not self._is_head_right(number, page, 0):
                continue
            account.pages["bytes"] += 1
            content = page[HEAD_BYTES:]
            rest = self._size - offset
            if any(content[rest:]):
                self._ledger.problem(
                    self._structure, number, "bytes behind the end are something else than zero"
                )
            account.value_bytes += min(rest, DATA_BYTES)
            yield offset, content[:rest]

    def whole(self, size_min: int) -> bytes | None:
        """All bytes of a long key or value; None, with a problem, if some are missing."""
        if self._size < size_min:
            self._tell(f"it is of {self._size} bytes, so its place is in the entry")
            return None
        parts: list[bytes] = []
        end = 0
        for offset, content in self.chunks():
            if offset != end:
                break
            parts.append(content)
            end += len(content)
        if end != self._size:
            self._tell(f"bytes from {end} on of {self._size} are missing")
            return None
        return b"".join(parts)

    def _tell(self, reason: str) -> None:
        self._ledger.problem(self._structure, self._root, f"long bytes: {reason}")

    def _data_pages(self, number: int, level: int, offset: int) -> Iterator[tuple[int, int]]:
        if not self._ledger.take(self._structure, number):
            return
        if level == 0:
            yield offset, number
            return
        page = self._ledger.image.page(number)
        if not self._is_head_right(number, page, level):
            return
        self._ledger.account(self._structure).pages["index"] += 1
        span = DATA_BYTES * _FANOUT ** (level - 1)
        for index, child in enumerate(unpack(f"<{_FANOUT}I", page[HEAD_BYTES:])):
            if child and offset + index * span >= self._size:
                self._ledger.problem(
                    self._structure, number, f"it has a page behind the end: {child}"
                )
            elif child:
                yield from self._data_pages(child, level - 1, offset + index * span)

    def _is_head_right(self, number: int, page: bytes, level: int) -> bool:
        head = read_head(page)
        kind = INDEX if level else DATA
        reason = ""
        if head.owner != self._owner:
            reason = f"it belongs to {head.owner}, not to {self._owner}"
        elif head.kind != kind:
            reason = f"it is {head.kind_name}, where bytes should be"
        elif head.level != level:
            reason = f"it is of level {head.level}, not {level}"
        elif kind == DATA and any((head.entries, head.top, head.garbage, head.next)):
            reason = "its head has more than it should"
        if reason:
            self._ledger.problem(self._structure, number, reason)
        return not reason
