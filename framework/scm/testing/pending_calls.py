"""The calls of a canister that wait for a response or have failed, and what to do about them.

Through the methods that every canister built by scm has for its controllers (`scm_pending`,
`scm_answer`, `scm_retry`, `scm_discard`, `scm_drain`), which no `.did` declares.
"""

from __future__ import annotations

from typing import Final

from scm.client.controls import PENDING_REPLY as PENDING_REPLY
from scm.client.controls import PendingCall as PendingCall
from scm.client.controls import (
    answer_argument,
    call_argument,
    drain_argument,
    range_argument,
    read_calls,
)
from scm.model import Principal
from scm.replica.errors import ReplicaUsageError
from scm.replica.replica import Replica
from scm.replica.state import Rejected
from scm.testing.client import RejectError

_AT_ONCE: Final = 500


def pending_calls(replica: Replica, canister_id: Principal) -> list[PendingCall]:
    """All calls that wait or have failed, in the order of the table (not of time).

    Raises `ReplicaUsageError` if the canister does not answer: it was not built by scm.
    """
    calls: list[PendingCall] = []
    rest_from: int | None = 0
    while rest_from is not None:
        argument = range_argument(rest_from, _AT_ONCE)
        controller = replica.canister(canister_id).controllers[0]
        outcome = replica.query(canister_id, "scm_pending", argument, sender=controller)
        if isinstance(outcome, Rejected):
            raise ReplicaUsageError(f"canister {canister_id} lists no calls: {outcome.message}")
        found, rest_from = read_calls(outcome.data)
        calls += found
    return calls


def answer_call(
    replica: Replica,
    canister_id: Principal,
    call_id: int,
    *,
    reply: bytes | None = None,
    rejection: str | None = None,
) -> bytes:
    """Run the handler of a failed call with a reply (Candid) or a rejection; else with `Unknown`.

    Returns the handler's reply as Candid.  Raises `RejectError` if there is no such call, if it
    waits for its response still, or if the handler traps again: then it stays as it is.
    """
    argument = answer_argument(call_id, reply, rejection)
    return _update(replica, canister_id, "scm_answer", argument)


def retry_call(replica: Replica, canister_id: Principal, call_id: int) -> bytes:
    """Run the handler of a failed call again, with the response that was kept.

    Returns the handler's reply as Candid.  Raises `RejectError` if there is no such call, if no
    response was kept for it, or if the handler traps again: then it stays as it is.
    """
    return _update(replica, canister_id, "scm_retry", call_argument(call_id))


def discard_call(replica: Replica, canister_id: Principal, call_id: int) -> None:
    """Forget a call, failed or waiting; a response that comes all the same is an orphan.

    Raises `RejectError` if there is no such call.
    """
    _update(replica, canister_id, "scm_discard", call_argument(call_id))


def drain(replica: Replica, canister_id: Principal, *, is_on: bool = True) -> None:
    """Have a canister make no new calls, until an upgrade or until it is told otherwise."""
    _update(replica, canister_id, "scm_drain", drain_argument(is_on))


def _update(replica: Replica, canister_id: Principal, method: str, argument: bytes) -> bytes:
    controller = replica.canister(canister_id).controllers[0]
    outcome = replica.update(canister_id, method, argument, sender=controller)
    if isinstance(outcome, Rejected):
        raise RejectError(outcome.code, outcome.message, outcome.error_code)
    return outcome.data
