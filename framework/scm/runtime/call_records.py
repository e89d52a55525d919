"""The record of a call that waits for its response or has failed, in a block of stable memory."""

from __future__ import annotations

from typing import Final, final

from scm.runtime import ic0, stable

# Found once, at import: to look one up in its module takes 700 instructions.
_stable_load_words: Final = ic0.stable_load_words
_stable_read: Final = ic0.stable_read
_stable_store_words: Final = ic0.stable_store_words
_stable_write: Final = ic0.stable_write

RECORD_WORDS: Final = 15
STATUS_WORD: Final = 4
JOIN_WORD: Final = 10

STATUS_WAITING: Final = 0
STATUS_TRAPPED: Final = 1
STATUS_RETIRED: Final = 2
STATUS_LATE: Final = 3
STATUS_RUNNING: Final = 4
STATUS_RAISED: Final = 5
STATUS_PROXIED: Final = 6
STATUS_REFUSED: Final = 7
STATUSES: Final = (
    "waiting",
    "failed: its handler trapped",
    "failed: its handler is retired",
    "failed: its response came too late",
    "running: its handler has the response",
    "failed: its handler trapped, and the response is kept",
    "proxied: its response comes from a proxy",
    "refused: its handler is still to hear that the proxy did not take the call",
)
KEPT_PLACE: Final = (1 << 16) - 1
"""In the word of joins, beside a block: it is that of a kept response (`kept.py`)."""


@final
class PendingCall:
    """One record: what must be known when the response arrives, and to tell a controller.

    Stored as fifteen words, then handler, callee, method and context: the block's power and
    length, env, slot, status, version, times issued, due and until when a response counts
    (nanoseconds, 0: ever), cycles attached (2^64 - 1 if more), its place in a join (`joins.py`; 0:
    in none), and the sizes of the four.  With the handler's name stands the number of migrations
    that the context has behind it, `step`.
    """

    def __init__(
        self,
        env: int,
        slot: int,
        status: int,
        version: int,
        issued_ns: int,
        deadline_ns: int,
        valid_until_ns: int,
        cycles: int,
        join: int,
        handler: str,
        step: int,
        callee: bytes,
        method: str,
        context: bytes,
    ) -> None:
        self.env: Final = env
        self.slot: Final = slot
        self.status: Final = status
        self.version: Final = version
        self.issued_ns: Final = issued_ns
        self.deadline_ns: Final = deadline_ns
        self.valid_until_ns: Final = valid_until_ns
        self.cycles: Final = cycles
        self.join: Final = join
        self.handler: Final = handler
        self.step: Final = step
        self.callee: Final = callee
        self.method: Final = method
        self.context: Final = context

    @property
    def waits(self) -> bool:
        """Whether its handler is still to run by itself: it has not failed."""
        return self.status in (STATUS_WAITING, STATUS_RUNNING, STATUS_PROXIED, STATUS_REFUSED)


def write_call(call: PendingCall) -> int:
    """Store a record in a new block; returns the block."""
    handler = stable.named_step(call.handler, call.step).encode()
    method = call.method.encode()
    content = b"".join([handler, call.callee, method, call.context])
    size = len(content) + 8 * (RECORD_WORDS - 2)
    block = stable.allocate(size)
    _stable_store_words(
        block + 8,
        (
            size,
            call.env,
            call.slot,
            call.status,
            call.version,
            call.issued_ns,
            call.deadline_ns,
            call.valid_until_ns,
            call.cycles,
            call.join,
            len(handler),
            len(call.callee),
            len(method),
            len(call.context),
        ),
    )
    _stable_write(block + 8 * RECORD_WORDS, content)
    return block


def read_call(block: int) -> PendingCall:
    """The record that `write_call` stored in a block."""
    words = _stable_load_words(block, RECORD_WORDS)
    callee_at = words[11]
    method_at = callee_at + words[12]
    context_at = method_at + words[13]
    content = _stable_read(block + 8 * RECORD_WORDS, context_at + words[14])
    handler, step = stable.with_step(content[:callee_at].decode())
    return PendingCall(
        words[2],
        words[3],
        words[4],
        words[5],
        words[6],
        words[7],
        words[8],
        words[9],
        words[10],
        handler,
        step,
        content[callee_at:method_at],
        content[method_at:context_at].decode(),
        content[context_at:],
    )
