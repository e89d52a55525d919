"""How many calls a canister waits for: the hidden query `scm_status` of every canister."""

from __future__ import annotations

from attrs import frozen

from scm.candid.decode import decode
from scm.candid.types import BOOL, NAT64
from scm.model import Principal
from scm.replica.errors import ReplicaUsageError
from scm.replica.replica import Replica
from scm.replica.state import Rejected


@frozen
class CallCounts:
    """Calls that wait for a response, whose handler trapped, and responses to no known call."""

    waiting: int
    failed: int
    orphans: int
    is_draining: bool = False


def read_call_counts(replica: Replica, canister_id: Principal) -> CallCounts:
    """Ask a canister built by scm, as its first controller.

    Raises `ReplicaUsageError` if the canister does not answer.
    """
    controller = replica.canister(canister_id).controllers[0]
    outcome = replica.query(canister_id, "scm_status", sender=controller)
    if isinstance(outcome, Rejected):
        raise ReplicaUsageError(f"canister {canister_id} has no call counts: {outcome.message}")
    waiting, failed, orphans, is_draining = decode(outcome.data, [NAT64, NAT64, NAT64, BOOL])
    assert isinstance(waiting, int) and isinstance(failed, int) and isinstance(orphans, int)
    return CallCounts(waiting, failed, orphans, bool(is_draining))
