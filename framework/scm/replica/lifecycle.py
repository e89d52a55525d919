"""Rules for stopping, starting and uninstalling.

Interface Spec, "Abstract behavior": "Stopping a canister", "Starting a canister", "Code
uninstallation".
"""

from __future__ import annotations

from typing import Final

from scm.model import RejectCode
from scm.replica import transitions, transport
from scm.replica.history import ChangeOrigin, uninstalled
from scm.replica.state import (
    CanisterState,
    CanisterStatus,
    Origin,
    Rejected,
    ReplicaState,
    Replied,
    StopRequest,
)

STOP_TIMEOUT_NS: Final = 5 * 60 * 1_000_000_000
EMPTY_CANDID: Final = b"DIDL\x00\x00"


def begin_stop(
    state: ReplicaState, canister: CanisterState, origin: Origin, cycles: int = 0
) -> None:
    """Refuse new calls from now on; `origin` is answered when no call context is open.

    `cycles` came with the call, and go back with the answer.
    """
    if canister.status is CanisterStatus.STOPPED:
        transport.respond(state, origin, Replied(EMPTY_CANDID), cycles)
        return
    if canister.status is CanisterStatus.RUNNING:
        transitions.set_status(state, canister, CanisterStatus.STOPPING)
    request = StopRequest(origin, state.time_ns + STOP_TIMEOUT_NS, cycles)
    transitions.add_stop_request(canister, request)


def finish_stop(state: ReplicaState, canister: CanisterState) -> None:
    """No call context is open any more: stopped."""
    transitions.set_status(state, canister, CanisterStatus.STOPPED)
    for request in transitions.take_stop_requests(canister):
        transport.respond(state, request.origin, Replied(EMPTY_CANDID), request.cycles)


def expire_stop(state: ReplicaState, canister: CanisterState) -> None:
    """Whoever waited too long for the stop gets an answer; the canister stays stopping."""
    outcome = Rejected(RejectCode.SYS_TRANSIENT, "Stop canister request timed out", "IC0206")
    for request in transitions.take_stop_requests(canister):
        if request.deadline_ns > state.time_ns:
            transitions.add_stop_request(canister, request)
        else:
            transport.respond(state, request.origin, outcome, request.cycles)


def start(state: ReplicaState, canister: CanisterState) -> None:
    """Accept calls again; a stop that was under way is cancelled."""
    message = f"Canister {canister.canister_id}'s stop request was cancelled"
    outcome = Rejected(RejectCode.CANISTER_ERROR, message, "IC0511")
    for request in transitions.take_stop_requests(canister):
        transport.respond(state, request.origin, outcome, request.cycles)
    transitions.set_status(state, canister, CanisterStatus.RUNNING)


def uninstall(state: ReplicaState, canister: CanisterState, origin: ChangeOrigin | None) -> None:
    """Remove code and memories; every open call context is rejected and forgotten.

    `origin` is None if nobody asked for it, as the canister has run out of cycles.
    """
    transitions.remove_code(canister)
    if origin is not None:
        transitions.record_change(state, canister, origin, uninstalled())
    outcome = Rejected(RejectCode.CANISTER_REJECT, "Canister has been uninstalled.", "IC0406")
    open_contexts = [
        context
        for context in state.contexts.values()
        if context.canister_id == canister.canister_id
    ]
    for context in open_contexts:
        transitions.mark_deleted(context)
        if not context.has_responded:
            transport.answer_context(state, context, outcome)
        transitions.remove_context_if_done(state, context)


def has_open_contexts(state: ReplicaState, canister: CanisterState) -> bool:
    """Whether the canister has to respond, or waits for a response, somewhere."""
    return any(context.canister_id == canister.canister_id for context in state.contexts.values())
