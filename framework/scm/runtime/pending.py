"""The table of calls that wait for a response, in stable memory.

A call's record is written in the message that makes the call, and found again through `env`, the
32-bit number that the system hands back with the response: 18 bits of index into the table and 14
bits of the canister's version at the time of the call.  The version never goes back, not even when
a reinstall or a snapshot resets this table, so a response from a previous life does not match.

Words in the header: 32 waiting, 40 failed, 48 orphans, 56 first free index + 1, 64 last free
index + 1, 72 indices ever used, 80 counts block, 128.. one block offset per 1,024 entries.
An entry is the offset of its record's block, or 2 * (next free index + 1) + 1 while free.
"""

from __future__ import annotations

from typing import Final

from scm.runtime import ic0, stable

WAITING: Final = 32
FAILED: Final = 40
ORPHANS: Final = 48
FREE_FIRST: Final = 56
FREE_LAST: Final = 64
USED: Final = 72
COUNTS_BLOCK: Final = 80
CHUNKS: Final = 128
CHUNK_ENTRIES: Final = 1024
INDEX_BITS: Final = 18
INDEX_MAX: Final = 1 << INDEX_BITS
TAG_MASK: Final = (1 << 14) - 1
STATUS_WAITING: Final = 0
STATUS_FAILED: Final = 1
HEAD_BYTES: Final = 40


class TooManyCallsError(Exception):
    """262,144 calls are waiting already."""


class PendingCall:
    """One record: what must be known when the response arrives, and to tell a controller."""

    def __init__(
        self,
        env: int,
        slot: int,
        handler: str,
        context: bytes,
        callee: bytes,
        method: str,
        issued_ns: int,
        deadline_ns: int,
        version: int,
        status: int,
    ) -> None:
        self.env: Final = env
        self.slot: Final = slot
        self.handler: Final = handler
        self.context: Final = context
        self.callee: Final = callee
        self.method: Final = method
        self.issued_ns: Final = issued_ns
        self.deadline_ns: Final = deadline_ns
        self.version: Final = version
        self.status: Final = status

    def to_bytes(self) -> bytes:
        """The record as stored."""
        head = (
            self.env
            | self.slot << 32
            | self.status << 63
            | self.version << 64
            | self.issued_ns << 128
            | self.deadline_ns << 192
        )
        return head.to_bytes(HEAD_BYTES, "little") + stable.pack(
            [self.handler.encode(), self.callee, self.method.encode(), self.context]
        )


def record_from_bytes(stored: bytes) -> PendingCall:
    """The inverse of `PendingCall.to_bytes`."""
    handler, callee, method, context = stable.unpack(stored[HEAD_BYTES:])
    high = int.from_bytes(stored[4:8], "little")
    return PendingCall(
        int.from_bytes(stored[0:4], "little"),
        high & 0x7FFFFFFF,
        handler.decode(),
        context,
        callee,
        method.decode(),
        int.from_bytes(stored[16:24], "little"),
        int.from_bytes(stored[24:32], "little"),
        int.from_bytes(stored[8:16], "little"),
        high >> 31,
    )


def add_call(
    slot: int,
    slot_base: int,
    handler: str,
    context: bytes,
    callee: bytes,
    method: str,
    timeout_seconds: int,
) -> int:
    """Record a call that is about to be made; returns its `env`.

    Raises `TooManyCallsError` when the table is full.
    """
    index = _take_free_index()
    version = ic0.canister_version()
    env = (version & TAG_MASK) << INDEX_BITS | index
    now = ic0.time()
    deadline = now + timeout_seconds * 1_000_000_000 if timeout_seconds else 0
    call = PendingCall(
        env, slot, handler, context, callee, method, now, deadline, version, STATUS_WAITING
    )
    ic0.stable_store(_entry(index), stable.write_block(0, call.to_bytes()))
    _add(WAITING, 1)
    _add_count(slot - slot_base, 1)
    return env


def find_call(env: int) -> PendingCall | None:
    """The record that `env` belongs to, or None if it is of another call or life."""
    index = env & INDEX_MAX - 1
    if index >= ic0.stable_load(USED):
        return None
    block = ic0.stable_load(_entry(index))
    if block & 1:
        return None
    call = record_from_bytes(stable.read_block(block))
    return call if call.env == env else None


def remove_call(call: PendingCall, slot_base: int) -> None:
    """Forget a waiting call: its response is being handled, or it was never sent."""
    index = call.env & INDEX_MAX - 1
    entry = _entry(index)
    stable.release(ic0.stable_load(entry))
    _free_index(index, entry)
    _add(WAITING, -1)
    _add_count(call.slot - slot_base, -1)


def fail_call(call: PendingCall, slot_base: int) -> None:
    """Keep a call whose handler trapped, as failed: no longer waiting, but not lost."""
    failed = PendingCall(
        call.env,
        call.slot,
        call.handler,
        call.context,
        call.callee,
        call.method,
        call.issued_ns,
        call.deadline_ns,
        call.version,
        STATUS_FAILED,
    )
    block = ic0.stable_load(_entry(call.env & INDEX_MAX - 1))
    stable.write_block(block, failed.to_bytes())
    _add(WAITING, -1)
    _add(FAILED, 1)
    _add_count(call.slot - slot_base, -1)


def count_orphan() -> None:
    """One more response that belongs to no call of ours."""
    _add(ORPHANS, 1)


def waiting_by_slot(slot_base: int) -> dict[int, int]:
    """How many calls wait, by slot; costs the same however many there are."""
    counts = stable.read_anchor(COUNTS_BLOCK)
    waiting: dict[int, int] = {}
    for start in range(0, len(counts), 4):
        count = int.from_bytes(counts[start : start + 4], "little")
        if count:
            waiting[slot_base + start // 4] = count
    return waiting


def _entry(index: int) -> int:
    """Where entry `index` is in stable memory; its chunk exists."""
    chunk = ic0.stable_load(CHUNKS + 8 * (index // CHUNK_ENTRIES))
    return chunk + stable.BLOCK_OVERHEAD + 8 * (index % CHUNK_ENTRIES)


def _take_free_index() -> int:
    first = ic0.stable_load(FREE_FIRST)
    if first:
        index = first - 1
        following = ic0.stable_load(_entry(index)) >> 1
        ic0.stable_store(FREE_FIRST, following)
        if following == 0:
            ic0.stable_store(FREE_LAST, 0)
        return index
    index = ic0.stable_load(USED)
    if index == INDEX_MAX:
        raise TooManyCallsError(f"{INDEX_MAX} calls are waiting for a response already")
    if index % CHUNK_ENTRIES == 0:
        chunk = stable.allocate(8 * CHUNK_ENTRIES)
        ic0.stable_store(CHUNKS + 8 * (index // CHUNK_ENTRIES), chunk)
    ic0.stable_store(USED, index + 1)
    return index


def _free_index(index: int, entry: int) -> None:
    """Queue a free index at the end, so that it is used again as late as possible."""
    ic0.stable_store(entry, 1)
    last = ic0.stable_load(FREE_LAST)
    if last:
        ic0.stable_store(_entry(last - 1), (index + 1) << 1 | 1)
    else:
        ic0.stable_store(FREE_FIRST, index + 1)
    ic0.stable_store(FREE_LAST, index + 1)


def _add(word: int, difference: int) -> None:
    ic0.stable_store(word, ic0.stable_load(word) + difference)


def _add_count(position: int, difference: int) -> None:
    counts = stable.read_anchor(COUNTS_BLOCK)
    start = 4 * position
    if len(counts) < start + 4:
        counts += bytes(start + 4 - len(counts))
    count = int.from_bytes(counts[start : start + 4], "little") + difference
    patched = counts[:start] + count.to_bytes(4, "little") + counts[start + 4 :]
    stable.write_anchor(COUNTS_BLOCK, patched)
