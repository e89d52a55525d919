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

_AT_ONCE = 1_000


@frozen
class TimerStatus:
    """A timer: `status` is `armed`, `firing` or `failed`; `due_ns` is when it is tried next."""

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
