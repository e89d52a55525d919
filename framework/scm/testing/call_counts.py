"""How many calls a canister waits for: the hidden query `scm_status` of every canister."""

from __future__ import annotations

from scm.client.controls import CallCounts as CallCounts
from scm.client.controls import read_counts
from scm.model import Principal
from scm.replica.errors import ReplicaUsageError
from scm.replica.replica import Replica
from scm.replica.state import Rejected


def read_call_counts(replica: Replica, canister_id: Principal) -> CallCounts:
    """Ask a canister built by scm, as its first controller.

    Raises `ReplicaUsageError` if the canister does not answer.
    """
    controller = replica.canister(canister_id).controllers[0]
    outcome = replica.query(canister_id, "scm_status", sender=controller)
    if isinstance(outcome, Rejected):
        raise ReplicaUsageError(f"canister {canister_id} has no call counts: {outcome.message}")
    return read_counts(outcome.data)
