"""Rules for messages: a request or a response reaches a canister, and what follows.

Interface Spec, "Abstract behavior": call context creation, message execution, callback invocation,
call context starvation, call expiry.
"""

from __future__ import annotations

from typing import Final

from attrs import evolve

from scm.model import Principal, RejectCode
from scm.replica import charges, transitions, transport
from scm.replica.canister_module import MethodKind
from scm.replica.execute import canister_error, execute, shorten
from scm.replica.execution import (
    MESSAGE_INSTRUCTIONS_MAX,
    QUERY_INSTRUCTIONS_MAX,
    Invocation,
    executed,
)
from scm.replica.state import (
    Callback,
    CallContext,
    CallOrigin,
    CanisterState,
    CanisterStatus,
    Closure,
    Delivery,
    DeliveryKind,
    Effects,
    IngressOrigin,
    Outcome,
    Rejected,
    ReplicaState,
    Replied,
    Trap,
)
from scm.wasm.ic0_table import Context

# 5 % of a message's instructions are kept for its cleanup callback.
_CALLBACK_INSTRUCTIONS_MAX: Final = MESSAGE_INSTRUCTIONS_MAX // 20 * 19


def deliver_request(state: ReplicaState, delivery: Delivery) -> None:
    """A call reaches its callee: it is refused, or a call context opens and the method runs."""
    canister = state.canisters.get(delivery.receiver)
    refusal = _admit(state, canister, delivery)
    if refusal is not None:
        transport.respond(state, delivery.origin, refusal, delivery.cycles)
        return
    assert canister is not None
    context = transitions.open_context(state, canister.canister_id, delivery, delivery.method)
    invocation = _entry_invocation(state, canister, context, delivery)
    finish_execution(state, context, _run_prepaid(state, canister, context, invocation))


def deliver_response(state: ReplicaState, delivery: Delivery) -> None:
    """A response reaches the caller: the callback of its call runs, in the code of today."""
    assert isinstance(delivery.origin, CallOrigin)
    assert delivery.response is not None
    callback = transport.take_callback(state, delivery.origin.callback_id)
    if callback is None:
        transport.drop(state, delivery, "the call was answered before")
        return
    canister = state.canisters[callback.canister_id]
    context = state.contexts[callback.context_id]
    transitions.add_cycles(canister, delivery.cycles)
    charges.return_transmission(state, canister, callback, delivery)
    if context.is_deleted or canister.code is None:
        charges.settle_without_callback(state, canister, callback.fees)
        transitions.remove_context_if_done(state, context)
        return
    invocation = _callback_invocation(state, context, callback, delivery)
    fuel_before = context.fuel
    outcome = _run(state, canister, context, invocation)
    if isinstance(outcome, Trap) and callback.on_cleanup is not None:
        outcome = _clean_up(state, canister, context, callback.on_cleanup, invocation, outcome)
    charges.settle_callback(state, canister, callback.fees, context.fuel - fuel_before)
    finish_execution(state, context, outcome)


def expire_call(state: ReplicaState) -> None:
    """A best-effort call's deadline has passed: its caller learns nothing but that."""
    callback = transport.pop_expired(state)
    if callback is None:
        return
    transport.drop_undelivered_request(state, callback.callback_id, "its deadline passed")
    give_up(state, callback, "Call deadline has expired.", "IC0601")


def give_up(state: ReplicaState, callback: Callback, message: str, error_code: str) -> None:
    """Answer a best-effort call with SYS_UNKNOWN; cycles that went with it are not refunded."""
    outcome = Rejected(RejectCode.SYS_UNKNOWN, message, error_code)
    transport.send_response(state, callback, outcome, 0, bypasses_holds=True)


def run_system_task(state: ReplicaState, canister: CanisterState, entry: str) -> None:
    """Run a heartbeat or a timer in a call context of its own, which nobody waits for.

    It is skipped if the canister is frozen.
    """
    if charges.prepay(state, canister, MESSAGE_INSTRUCTIONS_MAX) is not None:
        return
    context = transitions.open_context(state, canister.canister_id, None, entry)
    invocation = _invocation(state, context, Context.SYSTEM_TASK, entry)
    finish_execution(state, context, _run_prepaid(state, canister, context, invocation))


def _admit(
    state: ReplicaState, canister: CanisterState | None, delivery: Delivery
) -> Rejected | None:
    """Check a call, and make the canister prepay for it: None, or why it does not run."""
    refusal = refuse_call(canister, delivery.receiver, delivery.method)
    if canister is None or canister.status is not CanisterStatus.RUNNING:
        return refusal
    if refusal is None:
        cheap = _refuse_cheap_call(canister, delivery)
        if cheap is not None:
            return cheap
    if not state.has_fees:
        return refusal
    limit = _entry_limit(canister, delivery.method)
    frozen = charges.prepay(state, canister, limit)
    if frozen is not None:
        return frozen
    if refusal is not None:
        # As on the platform: a method that is not there costs its canister the fixed fee.
        charges.return_unused(state, canister, limit)
    return refusal


def _entry_limit(canister: CanisterState, method: str) -> int:
    kind = None if canister.code is None else canister.code.module.methods.get(method)
    return QUERY_INSTRUCTIONS_MAX if kind is MethodKind.QUERY else MESSAGE_INSTRUCTIONS_MAX


def refuse_call(
    canister: CanisterState | None, canister_id: Principal, method: str
) -> Rejected | None:
    """Why a canister cannot be called now, in the order of the platform's checks, or None."""
    methods = _methods(canister, canister_id)
    if isinstance(methods, Rejected):
        return methods
    match methods.get(method):
        case None:
            detail = f"Canister has no update method '{method}'."
            return canister_error(canister_id, 536, detail)
        case MethodKind.COMPOSITE_QUERY:
            detail = "Composite query cannot be called in replicated mode"
            return canister_error(canister_id, 527, detail)
        case MethodKind.UPDATE | MethodKind.QUERY:
            return None


def _refuse_cheap_call(canister: CanisterState, delivery: Delivery) -> Rejected | None:
    """`minimum_incoming_canister_call_cycles`: what calls of other canisters must bring."""
    minimum = canister.settings.minimum_incoming_canister_call_cycles
    is_from_another = (
        delivery.kind is DeliveryKind.REQUEST and delivery.sender != canister.canister_id
    )
    if not is_from_another or delivery.cycles >= minimum:
        return None
    detail = (
        f"Canister requires at least {minimum} transferred cycles, but only {delivery.cycles} "
        "cycles were attached to the call"
    )
    return canister_error(canister.canister_id, 520, detail)


def refuse_query(
    canister: CanisterState | None, canister_id: Principal, method: str
) -> Rejected | None:
    """Why a canister cannot answer a query call now, or None."""
    methods = _methods(canister, canister_id)
    if isinstance(methods, Rejected):
        return methods
    if methods.get(method) in (MethodKind.QUERY, MethodKind.COMPOSITE_QUERY):
        return None
    return canister_error(canister_id, 536, f"Canister has no query method '{method}'.")


def _methods(
    canister: CanisterState | None, canister_id: Principal
) -> dict[str, MethodKind] | Rejected:
    """The methods of a canister that can run them, or why it cannot."""
    if canister is None:
        message = f"Canister {canister_id} not found"
        return Rejected(RejectCode.DESTINATION_INVALID, message, "IC0301")
    if canister.status is not CanisterStatus.RUNNING:
        error_code = "IC0508" if canister.status is CanisterStatus.STOPPED else "IC0509"
        message = f"Canister {canister_id} is not running"
        return Rejected(RejectCode.CANISTER_ERROR, message, error_code)
    if canister.code is None:
        detail = "Attempted to execute a message, but the canister contains no Wasm module"
        return canister_error(canister_id, 537, detail)
    return canister.code.module.methods


def finish_execution(
    state: ReplicaState, context: CallContext, outcome: Outcome | Trap | None
) -> None:
    """Decide, after one execution, whether the context is answered now, later, or starves."""
    if not context.has_responded:
        match outcome:
            case Replied() | Rejected():
                transport.answer_context(state, context, outcome)
            case _ if context.outstanding_callbacks:
                pass
            case Trap(error):
                transport.answer_context(state, context, error)
            case None:
                transport.answer_context(state, context, _no_response(context))
    transitions.remove_context_if_done(state, context)


def _run_prepaid(
    state: ReplicaState, canister: CanisterState, context: CallContext, invocation: Invocation
) -> Outcome | Trap | None:
    """Run the first execution of a context, and give back what it did not use."""
    outcome = _run(state, canister, context, invocation)
    if state.has_fees:
        charges.return_unused(state, canister, invocation.fuel_limit - context.fuel)
    return outcome


def _run(
    state: ReplicaState, canister: CanisterState, context: CallContext, invocation: Invocation
) -> Outcome | Trap | None:
    assert canister.code is not None
    is_cut = state.is_cleanup_cut or invocation.mode is not Context.CLEANUP
    if state.cut_after is not None and is_cut:
        invocation = evolve(invocation, fuel_limit=min(invocation.fuel_limit, state.cut_after))
    result = execute(canister, canister.code, invocation)
    transitions.account_execution(state, context, result)
    transitions.emit(state, executed(canister.canister_id, invocation, result))
    if isinstance(result.effects, Trap):
        return result.effects
    _apply(state, canister, context, invocation.mode, result.effects)
    return result.effects.response


def _apply(
    state: ReplicaState,
    canister: CanisterState,
    context: CallContext,
    mode: Context,
    effects: Effects,
) -> None:
    if mode is Context.REPLICATED_QUERY:
        transitions.apply_query_effects(canister, effects)
    else:
        transitions.apply_effects(canister, effects)
    if state.has_fees or effects.cycles_burned:
        charges.note_effects(state, canister, effects)
    transitions.accept_cycles(context, effects.cycles_accepted)
    transport.send_calls(state, context, effects.calls)


def _clean_up(
    state: ReplicaState,
    canister: CanisterState,
    context: CallContext,
    closure: Closure,
    callback_invocation: Invocation,
    trap: Trap,
) -> Trap:
    """Run the cleanup callback; what the context learns stays the trap of the callback.

    It may use what the callback left of a message's instructions, and does not see, in its
    performance counter, what the callback used (`execute_response_cleanup` of the replica).
    """
    invocation = evolve(
        callback_invocation,
        mode=Context.CLEANUP,
        entry=closure,
        argument=b"",
        fuel_limit=MESSAGE_INSTRUCTIONS_MAX - (context.fuel - callback_invocation.fuel_before),
    )
    outcome = _run(state, canister, context, invocation)
    if not isinstance(outcome, Trap):
        return trap
    message = f"{trap.error.message}\n\ncall_on_cleanup also failed:\n\n{outcome.error.message}"
    return Trap(evolve(trap.error, message=shorten(message)))


def _entry_invocation(
    state: ReplicaState, canister: CanisterState, context: CallContext, delivery: Delivery
) -> Invocation:
    assert canister.code is not None
    method, argument = delivery.method, delivery.payload
    if canister.code.module.methods[method] is MethodKind.UPDATE:
        return _invocation(state, context, Context.UPDATE, f"canister_update {method}", argument)
    entry, limit = f"canister_query {method}", QUERY_INSTRUCTIONS_MAX
    return _invocation(state, context, Context.REPLICATED_QUERY, entry, argument, limit)


def _callback_invocation(
    state: ReplicaState, context: CallContext, callback: Callback, delivery: Delivery
) -> Invocation:
    match delivery.response:
        case Replied(data):
            invocation = _invocation(
                state, context, Context.REPLY_CALLBACK, callback.on_reply, data
            )
        case Rejected(code, message):
            invocation = evolve(
                _invocation(state, context, Context.REJECT_CALLBACK, callback.on_reject),
                reject_code=code,
                reject_message=message,
            )
        case None:
            raise AssertionError("a response delivery has a response")
    return evolve(
        invocation,
        cycles_refunded=delivery.cycles,
        fuel_limit=_CALLBACK_INSTRUCTIONS_MAX,
        whole_limit=MESSAGE_INSTRUCTIONS_MAX,
    )


def _invocation(
    state: ReplicaState,
    context: CallContext,
    mode: Context,
    entry: str | Closure,
    argument: bytes = b"",
    fuel_limit: int = MESSAGE_INSTRUCTIONS_MAX,
) -> Invocation:
    return Invocation(
        mode=mode,
        entry=entry,
        caller=context.caller,
        time_ns=state.time_ns,
        argument=argument,
        method=context.method,
        deadline_ns=context.deadline_ns,
        cycles_available=context.available_cycles,
        has_responded=context.has_responded,
        fuel_before=context.fuel,
        fuel_limit=fuel_limit,
        open_calls=state.open_calls,
        request_queue_capacity=state.request_queue_capacity,
        has_fees=state.has_fees,
        root_key=state.root_key,
    )


def _no_response(context: CallContext) -> Rejected:
    if isinstance(context.origin, IngressOrigin):
        detail = f"Canister {context.canister_id} did not reply to the call"
        return canister_error(context.canister_id, 506, detail)
    return Rejected(RejectCode.CANISTER_ERROR, "No response", "IC0506")
