"""When a replica wants to run without anything coming in."""

from __future__ import annotations

from collections.abc import Iterator

from scm.replica.state import CanisterState, CanisterStatus, ReplicaState

_TIMER = "canister_global_timer"
_HEARTBEAT = "canister_heartbeat"


def next_due_ns(state: ReplicaState) -> int | None:
    """The time of the next timer, deadline or end of a wait; None if there is none."""
    return min(_due_times(state), default=None)


def has_heartbeats(state: ReplicaState) -> bool:
    """Whether a canister that runs has a heartbeat."""
    return any(_exports(canister, _HEARTBEAT) for canister in state.canisters.values())


def _due_times(state: ReplicaState) -> Iterator[int]:
    if state.deadlines:
        yield state.deadlines[0][0]
    for canister in state.canisters.values():
        if canister.global_timer_ns and _exports(canister, _TIMER):
            yield canister.global_timer_ns
        if canister.status is CanisterStatus.STOPPING:
            yield from (request.deadline_ns for request in canister.stop_requests)


def _exports(canister: CanisterState, name: str) -> bool:
    """Whether a canister runs, with an export of this name."""
    code = canister.code
    is_running = canister.status is CanisterStatus.RUNNING
    return is_running and code is not None and name in code.module.exports
