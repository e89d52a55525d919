"""What executions and calls cost, for tests of instruction counts and fees."""

from __future__ import annotations

from collections.abc import Callable

from scm.model import Principal
from scm.replica.ingress import envelope_bytes
from scm.replica.queries import QueryCall
from scm.replica.replica import Replica
from scm.replica.trace import Executed


def executions(replica: Replica) -> list[Executed]:
    """All executions so far, the oldest first."""
    return [event for event in replica.trace if isinstance(event, Executed)]


def used(replica: Replica) -> int:
    """What the last execution used: instructions, or fuel, by the replica's metering."""
    return executions(replica)[-1].fuel


def spent(replica: Replica, canister_id: Principal, act: Callable[[], object]) -> int:
    """The cycles that a canister has less after `act`."""
    before = replica.canister(canister_id).cycles
    act()
    return before - replica.canister(canister_id).cycles


def ingress_fee(canister_id: Principal, method: str, argument: bytes = b"DIDL\x00\x00") -> int:
    """Cycles for an anonymous user's call: 1,200,000, and 2,000 for each byte of the message."""
    call = QueryCall(canister_id, method, argument, Principal.anonymous())
    return 1_200_000 + 2_000 * envelope_bytes(call)
