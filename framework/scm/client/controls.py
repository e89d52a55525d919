"""What every canister built by scm tells its controllers, and is told by them: the messages.

Types and records of `scm_status`, `scm_pending`, `scm_timers` and so on, which no `.did` declares
(`docs/reference/authoring.md`, "Methods for controllers").  Pure: whoever speaks to a replica or to
a network encodes and decodes with this.
"""

from __future__ import annotations

from typing import Final, cast

from attrs import frozen

from scm.candid.decode import decode
from scm.candid.encode import encode
from scm.candid.types import (
    BLOB,
    BOOL,
    NAT32,
    NAT64,
    PRINCIPAL,
    TEXT,
    Field,
    Opt,
    Record,
    Type,
    Vec,
)
from scm.model import Principal

EXPECT_IDLE: Final = encode([TEXT], ["expect_idle"])
"""The argument of an upgrade with which the new code refuses to take over while a call waits."""

_CALL: Final = Record(
    [
        Field("id", NAT32),
        Field("status", TEXT),
        Field("handler", TEXT),
        Field("slot", NAT32),
        Field("callee", PRINCIPAL),
        Field("method", TEXT),
        Field("context", BLOB),
        Field("cycles", NAT64),
        Field("version", NAT64),
        Field("issued_ns", NAT64),
        Field("due_ns", NAT64),
        Field("error", TEXT),
    ]
)
PENDING_REPLY: Final = (Vec(_CALL), Opt(NAT64))
"""What `scm_pending` replies: calls, and where the list goes on if these are not all."""

_TIMER_FIELDS: Final[dict[str, Type]] = {
    "id": NAT64,
    "handler": TEXT,
    "name": TEXT,
    "due_ns": NAT64,
    "status": TEXT,
    "attempts": NAT64,
    "failures": NAT64,
    "error": TEXT,
}
_TIMERS_REPLY: Final = (Vec(Record([Field(*field) for field in _TIMER_FIELDS.items()])),)


@frozen
class CallCounts:
    """Calls that wait for a response, whose handler trapped, and responses to no known call."""

    waiting: int
    failed: int
    orphans: int
    is_draining: bool = False


@frozen
class PendingCall:
    """One call: `status` is "waiting", or says more; times in nanoseconds since 1970.

    "running: ..." if its handler has the response, "proxied: ..." if a proxy makes it (`callee` is
    the proxy, and `method` has whom that calls), "failed: ..." with the reason.

    `context` is Candid, `cycles` what was attached, `version` the `canister_version` that issued
    it, `due_ns` when a bounded wait ends (0: unbounded), `error` what a handler said that failed
    with a response that is kept.
    """

    id: int
    status: str
    handler: str
    slot: int
    callee: Principal
    method: str
    context: bytes
    cycles: int
    version: int
    issued_ns: int
    due_ns: int
    error: str

    @property
    def is_waiting(self) -> bool:
        """Whether its response is still to come; of others that count as waiting, it is kept."""
        return self.status == "waiting" or self.is_proxied

    @property
    def is_proxied(self) -> bool:
        """Whether its response comes from a proxy: it keeps no canister from being stopped."""
        return self.status.startswith("proxied")

    @property
    def has_kept_response(self) -> bool:
        """Whether it has failed and can be retried, with the response that came."""
        return self.status.endswith("the response is kept")

    @property
    def is_failed(self) -> bool:
        """Whether no handler has dealt with it, and none will by itself."""
        return self.status.startswith("failed")


@frozen
class TimerStatus:
    """A timer: `status` is `armed`, `firing` or `failed`; `due_ns` is when it is tried next.

    `handler` is the name that its handler had when it was set.
    """

    id: int
    handler: str
    name: str
    due_ns: int
    status: str
    attempts: int
    failures: int
    error: str


def describe_call(call: PendingCall, now_ns: int) -> str:
    """What a call waits for and since when, in a line for people."""
    seconds = max(0, now_ns - call.issued_ns) // 10**9
    status = "" if call.status == "waiting" else f" ({call.status})"
    return f"{call.method} of {call.callee}, for `{call.handler}`, since {seconds} s{status}"


def range_argument(first: int, count: int) -> bytes:
    """The argument of `scm_pending` and `scm_timers`: from where on, and how many at most."""
    return encode([NAT64, NAT64], [first, count])


def answer_argument(call_id: int, reply: bytes | None, rejection: str | None) -> bytes:
    """The argument of `scm_answer`: a reply as Candid, a rejection, or `Unknown` without either."""
    return encode([NAT32, Opt(BLOB), Opt(TEXT)], [call_id, reply, rejection])


def call_argument(call_id: int) -> bytes:
    """The argument of `scm_retry` and `scm_discard`."""
    return encode([NAT32], [call_id])


def timer_argument(timer_id: int) -> bytes:
    """The argument of `scm_retry_timer` and `scm_discard_timer`."""
    return encode([NAT64], [timer_id])


def drain_argument(is_on: bool) -> bytes:
    """The argument of `scm_drain`."""
    return encode([BOOL], [is_on])


def read_counts(reply: bytes) -> CallCounts:
    """What `scm_status` replies; raises `DecodeError`."""
    waiting, failed, orphans, is_draining = decode(reply, [NAT64, NAT64, NAT64, BOOL])
    return CallCounts(cast(int, waiting), cast(int, failed), cast(int, orphans), bool(is_draining))


def read_calls(reply: bytes) -> tuple[list[PendingCall], int | None]:
    """What `scm_pending` replies, and where the list goes on; raises `DecodeError`."""
    rows, rest_from = decode(reply, PENDING_REPLY)
    found = [PendingCall(**row) for row in cast("list[dict[str, object]]", rows)]  # type: ignore[arg-type]
    return found, cast("int | None", rest_from)


def read_timers(reply: bytes) -> list[TimerStatus]:
    """What `scm_timers` replies; raises `DecodeError`."""
    (rows,) = decode(reply, _TIMERS_REPLY)
    return [TimerStatus(**row) for row in cast("list[dict[str, object]]", rows)]  # type: ignore[arg-type]
