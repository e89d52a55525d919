"""What timers a canister has: the hidden query `scm_timers` of canisters that declare some."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from scm.candid.decode import decode
from scm.candid.encode import encode
from scm.candid.types import NAT64, NO_NAMES, TEXT, Field, Record, Type, Vec
from scm.model import Principal
from scm.replica.errors import ReplicaUsageError
from scm.replica.replica import Replica
from scm.replica.state import Rejected
from scm.testing.client import RejectError

_AT_ONCE = 1_000


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


_TYPES: dict[str, Type] = {
    "id": NAT64,
    "handler": TEXT,
    "name": TEXT,
    "due_ns": NAT64,
    "status": TEXT,
    "attempts": NAT64,
    "failures": NAT64,
    "error": TEXT,
}
_LIST = Vec(Record([Field(name, type) for name, type in _TYPES.items()]))


def read_timers(replica: Replica, canister_id: Principal) -> list[TimerStatus]:
    """Ask a canister built by scm, as its first controller, for all its timers.

    Raises `ReplicaUsageError` if the canister has none to tell of.
    """
    return list(_read(replica, canister_id))


def retry_timer(replica: Replica, canister_id: Principal, timer: int) -> None:
    """Have a failed timer tried again, from its first attempt on.

    Raises `RejectError` if there is none with this id.
    """
    _update(replica, canister_id, "scm_retry_timer", timer)


def discard_timer(replica: Replica, canister_id: Principal, timer: int) -> None:
    """Give up a timer; raises `RejectError` if there is none with this id."""
    _update(replica, canister_id, "scm_discard_timer", timer)


def _update(replica: Replica, canister_id: Principal, method: str, timer: int) -> None:
    controller = replica.canister(canister_id).controllers[0]
    outcome = replica.update(canister_id, method, encode([NAT64], [timer]), controller)
    if isinstance(outcome, Rejected):
        raise RejectError(outcome.code, outcome.message, outcome.error_code)


def _read(replica: Replica, canister_id: Principal) -> Iterator[TimerStatus]:
    controller = replica.canister(canister_id).controllers[0]
    first = 0
    while True:
        argument = encode([NAT64, NAT64], [first, _AT_ONCE])
        outcome = replica.query(canister_id, "scm_timers", argument, controller)
        if isinstance(outcome, Rejected):
            raise ReplicaUsageError(f"canister {canister_id} has no timers: {outcome.message}")
        (rows,) = decode(outcome.data, [_LIST], NO_NAMES)
        assert isinstance(rows, list)
        found = [TimerStatus(**row) for row in rows]
        yield from found
        if len(found) < _AT_ONCE:
            return
        first = found[-1].id + 1
