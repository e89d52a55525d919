"""The table of calls that wait for a response, in stable memory.

A call's record is written in the message that makes the call, and found again through `env`, the
32-bit number that the system hands back with the response: 18 bits of index into the table and 14
bits of the canister's version at the time of the call.  The version never goes back, not even when
a reinstall or a snapshot resets this table, so a response from a previous life does not match.

In the header, from `HEAD`, one word each: calls waiting, failed, orphans, first and last free
index + 1, indices ever used, the block of the counts per slot; from `CHUNKS`, one block per 1,024
entries.  An entry is the offset of its record's block, or 2 * (next free index + 1) + 1 if free.

The head is kept in the heap too, which goes back with stable memory when a message traps.
"""

from __future__ import annotations

from typing import Final, final

from scm.runtime import ic0, stable
from scm.runtime.call_records import (
    JOIN_WORD,
    KEPT_PLACE,
    STATUS_PROXIED,
    STATUS_REFUSED,
    STATUS_RUNNING,
    STATUS_WAITING,
    STATUS_WORD,
    PendingCall,
    read_call,
    write_call,
)

# Found once, at import: to look one up in its module takes 700 instructions.
_canister_version: Final = ic0.canister_version
_stable_load: Final = ic0.stable_load
_stable_load_words: Final = ic0.stable_load_words
_stable_store: Final = ic0.stable_store
_stable_store_words: Final = ic0.stable_store_words
_time: Final = ic0.time

HEAD: Final = 32
HEAD_WORDS: Final = 7
CHUNKS: Final = 128
CHUNK_ENTRIES: Final = 1024
INDEX_BITS: Final = 18
INDEX_MAX: Final = 1 << INDEX_BITS
TAG_MASK: Final = (1 << 14) - 1
REFUSED: Final = 88
"""The word with the number of calls of the status *refused*, which wait for a message of theirs."""

MODE: Final = 96
"""The word that says whether the canister is drained: 1 if it makes no new calls."""

CYCLES_SHOWN_MAX: Final = (1 << 64) - 1


class TooManyCallsError(Exception):
    """262,144 calls are waiting already."""


@final
class PendingTable:
    """The table; `slot_base` is the first slot, from which counts are numbered."""

    def __init__(self, slot_base: int) -> None:
        self.slot_base: Final = slot_base
        self.waiting = 0
        self.failed = 0
        self.orphans = 0
        self.free_first = 0
        self.free_last = 0
        self.used = 0
        self.counts_block = 0
        self.counts: list[int] = []
        self.chunks: list[int] = []

    def create(self, slot_count: int) -> None:
        """Start an empty table, in freshly formatted stable memory."""
        self.counts = []
        self.chunks = []
        self.waiting = self.failed = self.orphans = 0
        self.free_first = self.free_last = self.used = self.counts_block = 0
        self.make_room(slot_count)

    def load(self) -> None:
        """Read the head of the table that stable memory holds."""
        words = _stable_load_words(HEAD, HEAD_WORDS)
        self.waiting = words[0]
        self.failed = words[1]
        self.orphans = words[2]
        self.free_first = words[3]
        self.free_last = words[4]
        self.used = words[5]
        self.counts_block = words[6]
        if self.used > INDEX_MAX:
            raise stable.StableMemoryError("stable memory is damaged: too many calls are pending")
        chunk_count = (self.used + CHUNK_ENTRIES - 1) // CHUNK_ENTRIES
        self.chunks = [0] * chunk_count  # Read when they are needed: there may be hundreds.
        capacity = stable.capacity_of(self.counts_block)
        size = _stable_load(self.counts_block + 8)
        if size > capacity:
            raise stable.StableMemoryError("stable memory is damaged: the counts of pending calls")
        start = self.counts_block + stable.BLOCK_OVERHEAD
        self.counts = list(_stable_load_words(start, size // 8))

    def make_room(self, slot_count: int) -> None:
        """Make sure that calls for `slot_count` slots can be counted."""
        if len(self.counts) < slot_count:
            self.counts += [0] * (slot_count - len(self.counts))
            content = b"".join([count.to_bytes(8, "little") for count in self.counts])
            self.counts_block = stable.write_block(self.counts_block, content)
            self._save()

    def waiting_by_slot(self) -> dict[int, int]:
        """How many calls wait, by slot; costs the same however many there are."""
        return {self.slot_base + at: count for at, count in enumerate(self.counts) if count}

    def add(
        self,
        slot: int,
        handler: str,
        step: int,
        context: bytes,
        callee: bytes,
        method: str,
        timeout_seconds: int,
        valid_seconds: int,
        cycles: int,
        join: int,
    ) -> int:
        """Record a call that is about to be made, maybe in a join; returns its `env`.

        A response later than `valid_seconds` is refused (0: none is).  Raises `TooManyCallsError`
        when the table is full.
        """
        index = self._take_free_index()
        version = _canister_version()
        env = (version & TAG_MASK) << INDEX_BITS | index
        now = _time()
        deadline = now + timeout_seconds * 1_000_000_000 if timeout_seconds else 0
        valid_until = now + valid_seconds * 1_000_000_000 if valid_seconds else 0
        call = PendingCall(
            env,
            slot,
            STATUS_WAITING,
            version,
            now,
            deadline,
            valid_until,
            min(cycles, CYCLES_SHOWN_MAX),
            join,
            handler,
            step,
            callee,
            method,
            context,
        )
        _stable_store(self._entry(index), write_call(call))
        self.waiting += 1
        self._count(slot, 1)
        self._save()
        return env

    def find(self, env: int) -> PendingCall | None:
        """The record that `env` belongs to, or None if it is of another call or life."""
        index = env & INDEX_MAX - 1
        if index >= self.used:
            return None
        block = _stable_load(self._entry(index))
        if block & 1:
            return None
        call = read_call(block)
        return call if call.env == env else None

    def calls_from(self, index: int, count: int) -> tuple[list[PendingCall], int]:
        """Up to `count` calls from an index on, and the index to go on from: 0 if there is none.

        Looks at ten times as many entries at most, so that a query of a sparse table ends.
        """
        calls: list[PendingCall] = []
        end = min(self.used, index + 10 * count)
        while index < end and len(calls) < count:
            block = _stable_load(self._entry(index))
            if not block & 1:
                calls.append(read_call(block))
            index += 1
        return calls, index if index < self.used else 0

    def remove(self, call: PendingCall) -> None:
        """Forget a call: its response is being handled, or will not be, or it was never sent.

        Its index is queued behind the other free ones, so that it is used again late.
        """
        index = call.env & INDEX_MAX - 1
        entry = self._entry(index)
        stable.release(_stable_load(entry))
        _stable_store(entry, 1)
        if self.free_last:
            _stable_store(self._entry(self.free_last - 1), (index + 1) << 1 | 1)
        else:
            self.free_first = index + 1
        self.free_last = index + 1
        if call.status == STATUS_REFUSED:
            _stable_store(REFUSED, _stable_load(REFUSED) - 1)
        if call.waits:
            self.waiting -= 1
            self._count(call.slot, -1)
        else:
            self.failed -= 1
        self._save()

    def hand_over(self, env: int) -> PendingCall:
        """Note that a proxy makes the call which has just been recorded; returns its record."""
        record = _stable_load(self._entry(env & INDEX_MAX - 1))
        _stable_store(record + 8 * STATUS_WORD, STATUS_PROXIED)
        return read_call(record)

    def keep(self, call: PendingCall, block: int, status: int) -> None:
        """Note where the response of a call is kept, and whether its handler runs or has failed."""
        record = _stable_load(self._entry(call.env & INDEX_MAX - 1))
        _stable_store(record + 8 * JOIN_WORD, block << 16 | KEPT_PLACE)
        if status in (STATUS_RUNNING, STATUS_REFUSED):
            self.note(call, status)
        else:
            self.fail(call, status)

    def note(self, call: PendingCall, status: int) -> None:
        """Note what a call waits for now, whose response is kept."""
        record = _stable_load(self._entry(call.env & INDEX_MAX - 1))
        _stable_store(record + 8 * STATUS_WORD, status)
        if call.status != status and STATUS_REFUSED in (call.status, status):
            more = 1 if status == STATUS_REFUSED else -1
            _stable_store(REFUSED, _stable_load(REFUSED) + more)

    def fail(self, call: PendingCall, status: int) -> None:
        """Keep a call whose response was not handled: no longer waiting, but not lost."""
        block = _stable_load(self._entry(call.env & INDEX_MAX - 1))
        _stable_store(block + 8 * STATUS_WORD, status)
        self.waiting -= 1
        self.failed += 1
        self._count(call.slot, -1)
        self._save()

    def count_orphan(self) -> None:
        """One more response that belongs to no call of ours."""
        self.orphans += 1
        self._save()

    def _entry(self, index: int) -> int:
        """Where entry `index` is in stable memory; its chunk exists."""
        number = index // CHUNK_ENTRIES
        chunk = self.chunks[number]
        if chunk == 0:
            chunk = _stable_load(CHUNKS + 8 * number)
            stable.capacity_of(chunk)
            self.chunks[number] = chunk
        return chunk + stable.BLOCK_OVERHEAD + 8 * (index % CHUNK_ENTRIES)

    def _take_free_index(self) -> int:
        if self.free_first:
            index = self.free_first - 1
            self.free_first = _stable_load(self._entry(index)) >> 1
            if self.free_first == 0:
                self.free_last = 0
            return index
        index = self.used
        if index == INDEX_MAX:
            raise TooManyCallsError(f"{INDEX_MAX} calls are waiting for a response already")
        if index % CHUNK_ENTRIES == 0:
            self.chunks.append(stable.allocate(8 * CHUNK_ENTRIES))
            _stable_store(CHUNKS + 8 * (len(self.chunks) - 1), self.chunks[-1])
        self.used = index + 1
        return index

    def _count(self, slot: int, difference: int) -> None:
        at = slot - self.slot_base
        self.counts[at] += difference
        _stable_store(self.counts_block + stable.BLOCK_OVERHEAD + 8 * at, self.counts[at])

    def _save(self) -> None:
        _stable_store_words(
            HEAD,
            (
                self.waiting,
                self.failed,
                self.orphans,
                self.free_first,
                self.free_last,
                self.used,
                self.counts_block,
            ),
        )
