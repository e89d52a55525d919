"""What timers a canister has: the hidden query `scm_timers` of canisters that declare some."""

from __future__ import annotations

from collections.abc import Iterator

from scm.client import controls
from scm.client.controls import TimerStatus as TimerStatus
from scm.model import Principal
from scm.replica.errors import ReplicaUsageError
from scm.replica.replica import Replica
from scm.replica.state import Rejected
from scm.testing.client import RejectError

_AT_ONCE = 1_000


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
    outcome = replica.update(canister_id, method, controls.timer_argument(timer), controller)
    if isinstance(outcome, Rejected):
        raise RejectError(outcome.code, outcome.message, outcome.error_code)


def _read(replica: Replica, canister_id: Principal) -> Iterator[TimerStatus]:
    controller = replica.canister(canister_id).controllers[0]
    first = 0
    while True:
        argument = controls.range_argument(first, _AT_ONCE)
        outcome = replica.query(canister_id, "scm_timers", argument, controller)
        if isinstance(outcome, Rejected):
            raise ReplicaUsageError(f"canister {canister_id} has no timers: {outcome.message}")
        found = controls.read_timers(outcome.data)
        yield from found
        if len(found) < _AT_ONCE:
            return
        first = found[-1].id + 1
