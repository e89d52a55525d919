"""The management canister `aaaaa-aa`, for calls that canisters make.

Interface Spec, "The IC management canister".  Methods it lacks reject by name.
"""

from __future__ import annotations

from scm.model import RejectCode
from scm.replica import transitions
from scm.replica.state import Delivery, Rejected, ReplicaState


def deliver_to_management(state: ReplicaState, delivery: Delivery) -> None:
    """A call reaches the management canister."""
    message = f"Management canister has no method '{delivery.method}' in the embedded replica"
    rejected = Rejected(RejectCode.CANISTER_REJECT, message, "IC0407")
    transitions.respond(state, delivery.origin, rejected, delivery.cycles)
