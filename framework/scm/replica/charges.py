"""Rules for fees: prepaid before a canister runs, given back after it; for storage, over time.

Everything here does nothing in a replica without fees.  Prices are in `fees.py`, what is frozen in
`freezing.py`.
"""

from __future__ import annotations

from typing import Final

from scm.model import RejectCode
from scm.replica import transitions
from scm.replica.fees import (
    EXECUTION_CYCLES,
    execution_cycles,
    instruction_cycles,
    unused_transmission_cycles,
)
from scm.replica.freezing import freezing_limit, limit_of, memory_bytes
from scm.replica.settings import Settings
from scm.replica.state import (
    Callback,
    CallFees,
    CanisterState,
    Delivery,
    Effects,
    Rejected,
    ReplicaState,
)

INSTRUCTIONS: Final = "instructions"
TRANSMISSION: Final = "request_and_response_transmission"
INGRESS: Final = "ingress_induction"

_OUT_OF_CYCLES: Final = 207
_ALLOCATIONS: Final = (("compute", 530), ("memory", 531))


def missing_cycles(canister: CanisterState, cycles: int) -> int:
    """What a canister lacks to pay so much and not be frozen; 0 if it can pay."""
    return max(0, limit_of(canister) + cycles - canister.cycles)


def out_of_cycles(canister: CanisterState, missing: int) -> Rejected:
    """Why a canister that lacks `missing` cycles can't pay: IC0207, in the platform's words."""
    message = (
        f"Canister {canister.canister_id} is out of cycles: please top up the canister with at "
        f"least {missing} additional cycles"
    )
    return Rejected(_OUT_OF_CYCLES // 100, message, f"IC0{_OUT_OF_CYCLES}")


def refuse_frozen_query(state: ReplicaState, canister: CanisterState) -> Rejected | None:
    """Queries are free, but a frozen canister answers none."""
    if not state.has_fees or not missing_cycles(canister, 0):
        return None
    detail = (
        f"Canister {canister.canister_id} is unable to process query calls because it's frozen. "
        "Please top up the canister with cycles and try again."
    )
    return Rejected(_OUT_OF_CYCLES // 100, detail, f"IC0{_OUT_OF_CYCLES}")


def pay(state: ReplicaState, canister: CanisterState, use: str, cycles: int) -> Rejected | None:
    """Take cycles that are not to be had below the freezing limit: None, or why not."""
    rejected = refuse_price(state, canister, cycles)
    if rejected is None and state.has_fees:
        transitions.spend_cycles(state, canister, use, cycles)
    return rejected


def refuse_price(state: ReplicaState, canister: CanisterState, cycles: int) -> Rejected | None:
    """Why a canister can't pay so much above its freezing limit, or None."""
    missing = missing_cycles(canister, cycles) if state.has_fees else 0
    return out_of_cycles(canister, missing) if missing else None


def can_run(state: ReplicaState, canister: CanisterState, instructions: int) -> bool:
    """Whether a canister can prepay an execution."""
    if not state.has_fees:
        return True
    cycles = execution_cycles(instructions, is_memory_64=canister.is_memory_64)
    return not missing_cycles(canister, cycles)


def prepay(
    state: ReplicaState,
    canister: CanisterState,
    instructions: int,
    *,
    is_memory_64: bool | None = None,
) -> Rejected | None:
    """Take what an execution may cost at most, by default of the code that is there."""
    if not state.has_fees:
        return None
    if is_memory_64 is None:
        is_memory_64 = canister.is_memory_64
    cycles = execution_cycles(instructions, is_memory_64=is_memory_64)
    return pay(state, canister, INSTRUCTIONS, cycles)


def return_unused(
    state: ReplicaState,
    canister: CanisterState,
    instructions: int,
    *,
    is_memory_64: bool | None = None,
) -> None:
    """Give back what was prepaid for instructions that were not executed."""
    if not state.has_fees:
        return
    if is_memory_64 is None:
        is_memory_64 = canister.is_memory_64
    cycles = instruction_cycles(instructions, is_memory_64=is_memory_64)
    transitions.return_cycles(state, canister, INSTRUCTIONS, cycles)


def note_effects(state: ReplicaState, canister: CanisterState, effects: Effects) -> None:
    """Book what an execution took off its own balance: what it burned, and prepaid for calls."""
    transitions.burn_cycles(state, effects.cycles_burned)
    if not state.has_fees:
        return
    for call in effects.calls:
        transitions.note_spent(state, canister, TRANSMISSION, call.fees.transmission)
        transitions.note_spent(state, canister, INSTRUCTIONS, call.fees.callback)


def return_transmission(
    state: ReplicaState, canister: CanisterState, callback: Callback, delivery: Delivery
) -> None:
    """A response came: give back what was prepaid for a longer one."""
    if callback.fees.transmission:
        is_reject = isinstance(delivery.response, Rejected)
        unused = unused_transmission_cycles(delivery.payload, is_reject=is_reject)
        transitions.return_cycles(state, canister, TRANSMISSION, unused)


def settle_callback(
    state: ReplicaState, canister: CanisterState, fees: CallFees, instructions: int
) -> None:
    """A callback and its cleanup ran: give back what they did not use.

    Code that has become 64-bit since the call costs more than was prepaid; it is paid for down to
    nothing, as responses are never blocked.
    """
    if not fees.callback:
        return
    unused = fees.callback - execution_cycles(instructions, is_memory_64=canister.is_memory_64)
    if unused >= 0:
        transitions.return_cycles(state, canister, INSTRUCTIONS, unused)
    else:
        transitions.spend_cycles(state, canister, INSTRUCTIONS, min(-unused, canister.cycles))


def settle_without_callback(state: ReplicaState, canister: CanisterState, fees: CallFees) -> None:
    """No code ran for a response: only the fixed fee is kept."""
    if fees.callback:
        unused = fees.callback - EXECUTION_CYCLES
        transitions.return_cycles(state, canister, INSTRUCTIONS, unused)


def refuse_installed(
    state: ReplicaState, draft: CanisterState, unused_instructions: int
) -> Rejected | None:
    """An installation must not freeze its canister; what it did not use is still to come back."""
    if not state.has_fees:
        return None
    refund = instruction_cycles(unused_instructions, is_memory_64=draft.is_memory_64)
    grown = memory_bytes(draft) - memory_bytes(state.canisters[draft.canister_id])
    missing = missing_cycles(draft, -refund)
    return _cannot_grow(grown, missing) if missing else None


def refuse_growth(
    state: ReplicaState, canister: CanisterState, grown: int, *, price: int = 0
) -> Rejected | None:
    """What a management call stores for a canister, which pays `price` too, must not freeze it."""
    if not state.has_fees or grown <= 0:
        return None
    limit = freezing_limit(canister.settings, memory_bytes(canister) + grown)
    missing = limit + price - canister.cycles
    return _cannot_grow(grown, missing) if missing > 0 else None


def _cannot_grow(grown: int, missing: int) -> Rejected:
    message = (
        f"Canister cannot grow memory by {grown} bytes due to insufficient cycles. At least "
        f"{missing} additional cycles are required."
    )
    return Rejected(RejectCode.CANISTER_ERROR, message, "IC0532")


def refuse_settings(
    state: ReplicaState, canister: CanisterState, settings: Settings
) -> Rejected | None:
    """More of an allocation must not freeze its canister."""
    if not state.has_fees:
        return None
    missing = freezing_limit(settings, memory_bytes(canister)) - canister.cycles
    if missing <= 0:
        return None
    for name, error_code in _ALLOCATIONS:
        wanted = getattr(settings, f"{name}_allocation")
        if wanted > getattr(canister.settings, f"{name}_allocation"):
            message = (
                f"Cannot increase {name} allocation to {wanted} due to insufficient cycles. At "
                f"least {missing} additional cycles are required."
            )
            return Rejected(RejectCode.CANISTER_ERROR, message, f"IC0{error_code}")
    return None


def cycles_in_flight(state: ReplicaState) -> int:
    """Cycles on their way: with messages, in call contexts that may still accept them."""
    places = (state.canister_queue, state.ingress_queue, *(hold.parked for hold in state.holds))
    return (
        sum(delivery.cycles for place in places for delivery in place)
        + sum(context.available_cycles for context in state.contexts.values())
        + sum(
            request.cycles
            for canister in state.canisters.values()
            for request in canister.stop_requests
        )
    )
