"""The table of pending calls, as far as its blocks and numbers go (`runtime/pending.py`)."""

from __future__ import annotations

from collections import Counter
from typing import Final

from scm.storage.blocks import BLOCK_HEAD, Blocks
from scm.storage.image import PENDING_CHUNKS, PENDING_HEAD, Image

_CHUNK_ENTRIES: Final = 1024
_ENTRIES_MAX: Final = 1 << 18
_RECORD_WORDS: Final = 15
_JOIN_WORD: Final = 10
_PLACE_BITS: Final = 16
_TRAPPED: Final = 1 << 32
# Waiting, 3 kinds of failed, running, failed with its response, proxied, refused.
_STATUSES: Final = 8
_WAITING: Final = (0, 4, 6, 7)
_REFUSED: Final = 7
_KEPT_PLACE: Final = (1 << 16) - 1


class PendingCalls:
    """How many calls wait and have failed, and whether the table's parts fit together."""

    def __init__(self, image: Image, blocks: Blocks) -> None:
        self._image: Final = image
        self._blocks: Final = blocks
        head = image.words(PENDING_HEAD, 8)
        self.waiting, self.failed, self.orphans = head[:3]
        self._used: Final = head[5]
        self._slots: Final[Counter[int]] = Counter()
        self._statuses: Final[Counter[int]] = Counter()
        self._free: Final[dict[int, int]] = {}
        self._joins: Final[dict[int, list[int]]] = {}
        self.joined: Final[set[int]] = set()
        """The numbers (`env`) of calls that wait together with others."""
        if self._used > _ENTRIES_MAX:
            self._problem(f"it has {self._used} entries, over {_ENTRIES_MAX}")
            return
        self._read_entries()
        for block, places in self._joins.items():
            self._check_join(block, places)
        self._check_free(head[3], head[4])
        self._check_counts(head[6])
        waiting = sum(self._statuses[status] for status in _WAITING)
        failed = self._statuses.total() - waiting
        refused = self._statuses[_REFUSED]
        for what, found, said in (
            ("waiting", waiting, head[0]),
            ("failed", failed, head[1]),
            ("refused", refused, head[7]),
        ):
            if found != said:
                self._problem(f"{found} calls are {what}, the header says {said}")

    def _problem(self, reason: str, offset: int = 0) -> None:
        self._blocks.problem(offset, f"pending calls: {reason}")

    def _read_entries(self) -> None:
        count = (self._used + _CHUNK_ENTRIES - 1) // _CHUNK_ENTRIES
        for number, chunk in enumerate(self._image.words(PENDING_CHUNKS, count)):
            size = self._blocks.take(chunk, "pending calls")
            if size is None:
                continue
            if size < BLOCK_HEAD + 8 * _CHUNK_ENTRIES:
                self._problem("a block of the table is too small", chunk)
                continue
            first = number * _CHUNK_ENTRIES
            used = min(_CHUNK_ENTRIES, self._used - first)
            for index, entry in enumerate(self._image.words(chunk + BLOCK_HEAD, used), first):
                if entry & 1:
                    self._free[index] = entry >> 1
                else:
                    self._read_record(index, entry)

    def _read_record(self, index: int, block: int) -> None:
        size = self._blocks.take(block, f"call {index}")
        if size is None:
            return
        is_whole = size >= 8 * _RECORD_WORDS
        words = self._image.words(block, _RECORD_WORDS) if is_whole else [0] * _RECORD_WORDS
        length, env, slot, status = words[1:5]
        rest = sum(words[11:])
        if length != rest + 8 * (_RECORD_WORDS - 2) or length > size - BLOCK_HEAD:
            self._problem(f"the record of call {index} has another size", block)
        elif env % _ENTRIES_MAX != index or env >> 32:
            self._problem(f"the record of call {index} is of call {env % _ENTRIES_MAX}", block)
        elif status >= _STATUSES:
            self._problem(f"call {index} has the status {status}", block)
        join = words[_JOIN_WORD]
        if join % (1 << _PLACE_BITS) == _KEPT_PLACE:
            self._blocks.content(join >> _PLACE_BITS, f"the response of call {index}")
        elif join:
            self.joined.add(env)
            self._joins.setdefault(join >> _PLACE_BITS, []).append(join % (1 << _PLACE_BITS))
        self._statuses[status] += 1
        if status in _WAITING:
            self._slots[slot] += 1

    def _check_join(self, block: int, places: list[int]) -> None:
        """What is missing in a join are the responses of the calls that it has in the table."""
        content = self._blocks.content(block, "a join")
        if content is None:
            return
        words = [int.from_bytes(content[at : at + 8], "little") for at in range(0, len(content), 8)]
        if len(words) < 2 or len(words) != 2 + (words[1] & ~_TRAPPED):
            self._problem("a join has another size", block)
            return
        missing = [place for place, response in enumerate(words[2:]) if response == 0]
        if missing != sorted(places) or words[0] != len(missing):
            self._problem("a join waits for other calls than those that are pending", block)
        for response in words[2:]:
            if response:
                self._blocks.content(response, "a response of a join")

    def _check_free(self, first: int, last: int) -> None:
        """The free entries are one chain, by index + 1."""
        remaining = dict(self._free)
        at, end = first, 0
        while at and at - 1 in remaining:
            end = at
            at = remaining.pop(at - 1)
        if at or remaining or end != last:
            self._problem(f"its {len(self._free)} free entries are not one list")

    def _check_counts(self, block: int) -> None:
        content = self._blocks.content(block, "counts of calls") if block else b""
        if content is None:
            return
        counts = [
            int.from_bytes(content[at : at + 8], "little") for at in range(0, len(content), 8)
        ]
        slots = [self._slots[slot] for slot in sorted(self._slots)]
        if [count for count in counts if count] != slots:
            self._problem("its counts by handler are not those of its calls", block)
