"""Which thing happens next: an ordered list of (select, act) pairs, tried from the top.

Deterministic: messages of users and of canisters take turns, each in the order they were sent,
unless a hold parks them.
Nothing else moves the world but what a test asks for.
"""

from __future__ import annotations

from collections.abc import Callable

from scm.replica import charges, lifecycle, transitions, transport
from scm.replica.errors import StuckError
from scm.replica.execution import MESSAGE_INSTRUCTIONS_MAX
from scm.replica.management import deliver_to_management
from scm.replica.messages import deliver_request, deliver_response, expire_call, run_system_task
from scm.replica.snapshot import HookStatus
from scm.replica.state import (
    CanisterState,
    CanisterStatus,
    Delivery,
    DeliveryKind,
    Hold,
    ReplicaState,
)

_TIMER_EXPORT = "canister_global_timer"
_LOW_MEMORY_EXPORT = "canister_on_low_wasm_memory"

Act = Callable[[], None]
Select = Callable[[ReplicaState], "Act | None"]


def step(state: ReplicaState) -> bool:
    """Do the next thing; False if there is nothing to do."""
    for select in _RULES:
        act = select(state)
        if act is not None:
            act()
            return True
    return False


def run_until_idle(state: ReplicaState, steps_max: int) -> int:
    """Step until nothing is left to do: the number of steps.  Raises `StuckError` at the bound."""
    for count in range(steps_max):
        if not step(state):
            return count
    raise StuckError(f"the replica is still busy after {steps_max:,} steps")


def _stopping_canister(state: ReplicaState) -> Act | None:
    for canister in state.canisters.values():
        if canister.status is CanisterStatus.STOPPING:
            if not lifecycle.has_open_contexts(state, canister):
                return lambda: lifecycle.finish_stop(state, canister)
            if any(request.deadline_ns <= state.time_ns for request in canister.stop_requests):
                return lambda: lifecycle.expire_stop(state, canister)
    return None


def _expired_call(state: ReplicaState) -> Act | None:
    if state.deadlines and state.deadlines[0][0] <= state.time_ns:
        return lambda: expire_call(state)
    return None


def _low_memory(state: ReplicaState) -> Act | None:
    for canister in state.canisters.values():
        if canister.low_memory_hook is HookStatus.READY and _can_run(
            state, canister, _LOW_MEMORY_EXPORT
        ):
            return lambda: _run_low_memory_hook(state, canister)
    return None


def _due_timer(state: ReplicaState) -> Act | None:
    for canister in state.canisters.values():
        if _is_timer_due(state, canister):
            return lambda: _fire_timer(state, canister)
    return None


def _next_delivery(state: ReplicaState) -> Act | None:
    queue = transport.next_queue(state)
    if not queue:
        return None
    hold = _matching_hold(state, queue[0])
    if hold is not None:
        return lambda: transport.park_next(state, hold)
    return lambda: _deliver_next(state)


def _is_timer_due(state: ReplicaState, canister: CanisterState) -> bool:
    is_due = 0 < canister.global_timer_ns <= state.time_ns
    return is_due and _can_run(state, canister, _TIMER_EXPORT)


def _can_run(state: ReplicaState, canister: CanisterState, export_name: str) -> bool:
    """Whether a task can run now; of a frozen canister it waits."""
    return (
        canister.status is CanisterStatus.RUNNING
        and canister.code is not None
        and export_name in canister.code.module.exports
        and charges.can_run(state, canister, MESSAGE_INSTRUCTIONS_MAX)
    )


def _run_low_memory_hook(state: ReplicaState, canister: CanisterState) -> None:
    transitions.set_low_memory_hook(canister, HookStatus.EXECUTED)
    run_system_task(state, canister, _LOW_MEMORY_EXPORT)


def _fire_timer(state: ReplicaState, canister: CanisterState) -> None:
    # Disarmed before it runs: a timer that traps does not fire again by itself.
    transitions.disarm_timer(canister)
    run_system_task(state, canister, _TIMER_EXPORT)


def _matching_hold(state: ReplicaState, delivery: Delivery) -> Hold | None:
    if delivery.bypasses_holds:
        return None
    return next((hold for hold in state.holds if hold.predicate(delivery)), None)


def _deliver_next(state: ReplicaState) -> None:
    delivery = transport.take_delivery(state)
    if delivery.kind is DeliveryKind.RESPONSE:
        deliver_response(state, delivery)
    elif delivery.receiver.raw == b"":
        deliver_to_management(state, delivery)
    else:
        deliver_request(state, delivery)


# Deadlines and stops first, so that a test that moved the clock sees them before new messages.
_RULES: tuple[Select, ...] = (
    _expired_call,
    _stopping_canister,
    _low_memory,
    _due_timer,
    _next_delivery,
)
