"""The only file that changes the state: small steps that the rest of the replica composes.

Interface Spec, "Abstract behavior".  Each function is one sentence of a rule there; the rules
themselves are in `messages.py`, `lifecycle.py` and `install.py`.
"""

from __future__ import annotations

import heapq
from typing import Final

from attrs import evolve

from scm.model import Principal
from scm.replica.execute import shorten
from scm.replica.stable import StableMemory
from scm.replica.state import (
    Callback,
    CallbackId,
    CallContext,
    CallOrigin,
    CanisterState,
    CanisterStatus,
    ContextId,
    Delivery,
    DeliveryId,
    DeliveryKind,
    Effects,
    ExecutionResult,
    Hold,
    IngressId,
    IngressOrigin,
    IngressRecord,
    LogRecord,
    Origin,
    Outcome,
    OutgoingCall,
    Pending,
    Rejected,
    ReplicaState,
    Replied,
    StopRequest,
    SystemOrigin,
)
from scm.replica.trace import Answered, Dropped, Event, Parked, Released, Sent, StatusChanged

# The platform keeps 4 KiB of log per canister and is raising that; tests want whole tracebacks.
LOG_BYTES_MAX: Final = 2 * 1024 * 1024


def new_id(state: ReplicaState) -> int:
    """A number never given before."""
    state.next_id += 1
    return state.next_id - 1


def emit(state: ReplicaState, event: Event) -> None:
    state.tracer.record(event)


def set_time(state: ReplicaState, time_ns: int) -> None:
    """Move the clock forward; it never goes back."""
    assert time_ns >= state.time_ns
    state.time_ns = time_ns


# Canisters.


def create_canister(
    state: ReplicaState, controllers: tuple[Principal, ...], cycles: int
) -> CanisterState:
    """Add an empty canister with the next id."""
    canister_id = Principal(state.next_canister_index.to_bytes(8, "big") + b"\x01\x01")
    state.next_canister_index += 1
    canister = CanisterState(canister_id=canister_id, controllers=controllers, cycles=cycles)
    state.canisters[canister_id] = canister
    return canister


def replace_canister(state: ReplicaState, canister: CanisterState) -> None:
    """Put a new version of a canister's state in place of the old one."""
    state.canisters[canister.canister_id] = canister


def set_controllers(canister: CanisterState, controllers: tuple[Principal, ...]) -> None:
    canister.controllers = controllers
    canister.version += 1


def add_cycles(canister: CanisterState, cycles: int) -> None:
    canister.cycles += cycles


def set_status(state: ReplicaState, canister: CanisterState, status: CanisterStatus) -> None:
    canister.status = status
    canister.version += 1
    emit(state, StatusChanged(canister.canister_id, status.name.lower()))


def add_stop_request(canister: CanisterState, request: StopRequest) -> None:
    canister.stop_requests.append(request)


def take_stop_requests(canister: CanisterState) -> list[StopRequest]:
    """All waiting stop requests, removed."""
    requests = canister.stop_requests
    canister.stop_requests = []
    return requests


def remove_code(canister: CanisterState) -> None:
    """Back to an empty canister; balance, controllers and status stay."""
    canister.code = None
    canister.stable = StableMemory()
    canister.certified_data = b""
    canister.logs = []
    canister.global_timer_ns = 0
    canister.version += 1


def disarm_timer(canister: CanisterState) -> None:
    canister.global_timer_ns = 0


def append_logs(canister: CanisterState, time_ns: int, contents: tuple[bytes, ...]) -> None:
    """Add log records; the oldest go when there is no room."""
    for content in contents:
        canister.logs.append(LogRecord(canister.next_log_index, time_ns, content))
        canister.next_log_index += 1
    size_bytes = sum(len(record.content) for record in canister.logs) if contents else 0
    while size_bytes > LOG_BYTES_MAX:
        size_bytes -= len(canister.logs.pop(0).content)


def keep_logs(canister: CanisterState, draft: CanisterState) -> None:
    """Of a failed install only the log records are kept."""
    new_records = [record for record in draft.logs if record.index >= canister.next_log_index]
    append_logs(
        canister,
        new_records[0].time_ns if new_records else 0,
        tuple(record.content for record in new_records),
    )


def apply_effects(canister: CanisterState, effects: Effects) -> None:
    """Commit what one execution did to its own canister."""
    assert canister.code is not None
    canister.code.heap.commit()
    apply_effects_without_heap(canister, effects)


def apply_effects_without_heap(canister: CanisterState, effects: Effects) -> None:
    """Commit everything but the heap."""
    effects.stable.merge_into(canister.stable)
    canister.cycles = effects.cycles_balance
    canister.version += 1
    if effects.certified_data is not None:
        canister.certified_data = effects.certified_data
    if effects.global_timer_ns is not None:
        canister.global_timer_ns = effects.global_timer_ns


def apply_query_effects(canister: CanisterState, effects: Effects) -> None:
    """Of a query executed replicated only cycles are kept."""
    assert canister.code is not None
    canister.code.heap.roll_back()
    canister.cycles = effects.cycles_balance
    canister.version += 1


# Call contexts and callbacks.


def open_context(
    state: ReplicaState, canister_id: Principal, delivery: Delivery | None, method: str
) -> CallContext:
    """Enter a canister: for a delivered request, or for a system task (`delivery` None)."""
    management = Principal.management_canister()
    context = CallContext(
        context_id=ContextId(new_id(state)),
        canister_id=canister_id,
        origin=SystemOrigin() if delivery is None else delivery.origin,
        caller=management if delivery is None else delivery.sender,
        method=method,
        available_cycles=0 if delivery is None else delivery.cycles,
        deadline_ns=0 if delivery is None else delivery.deadline_ns,
        has_responded=delivery is None,
    )
    state.contexts[context.context_id] = context
    return context


def account_execution(state: ReplicaState, context: CallContext, result: ExecutionResult) -> None:
    """Keep what counts even after a trap: fuel and logs."""
    context.fuel += result.fuel
    append_logs(state.canisters[context.canister_id], state.time_ns, result.logs)
    if isinstance(context.origin, IngressOrigin):
        state.ingress[context.origin.ingress_id].fuel = context.fuel


def accept_cycles(context: CallContext, cycles: int) -> None:
    assert cycles <= context.available_cycles
    context.available_cycles -= cycles


def answer_context(state: ReplicaState, context: CallContext, outcome: Outcome) -> None:
    """Respond for a context; the cycles that nobody accepted go back with the response."""
    assert not context.has_responded
    refund = context.available_cycles
    context.has_responded = True
    context.available_cycles = 0
    error_code = outcome.error_code if isinstance(outcome, Rejected) else None
    emit(state, Answered(context.canister_id, context.method, error_code))
    respond(state, context.origin, outcome, refund)


def remove_context_if_done(state: ReplicaState, context: CallContext) -> None:
    """A context ends when it has responded and waits for nothing."""
    if context.has_responded and not context.outstanding_callbacks:
        del state.contexts[context.context_id]


def mark_deleted(context: CallContext) -> None:
    context.is_deleted = True


def take_callback(state: ReplicaState, callback_id: CallbackId) -> Callback | None:
    """The callback that a response is for, removed; None if it was answered before."""
    callback = state.callbacks.pop(callback_id, None)
    if callback is not None:
        state.contexts[callback.context_id].outstanding_callbacks -= 1
    return callback


def send_calls(state: ReplicaState, context: CallContext, calls: tuple[OutgoingCall, ...]) -> None:
    """Register the callbacks of an execution and send its requests, in order."""
    for call in calls:
        callback = Callback(
            callback_id=CallbackId(new_id(state)),
            context_id=context.context_id,
            canister_id=context.canister_id,
            callee=call.callee,
            method=call.method,
            cycles=call.cycles,
            on_reply=call.on_reply,
            on_reject=call.on_reject,
            on_cleanup=call.on_cleanup,
            deadline_ns=call.deadline_ns,
        )
        state.callbacks[callback.callback_id] = callback
        context.outstanding_callbacks += 1
        if call.deadline_ns:
            heapq.heappush(state.deadlines, (call.deadline_ns, callback.callback_id))
        enqueue(state, _request(state, callback, call.argument))


def pop_expired(state: ReplicaState) -> Callback | None:
    """The next callback whose deadline has passed, if it still waits."""
    _, callback_id = heapq.heappop(state.deadlines)
    return state.callbacks.get(callback_id)


# Messages on their way.


def submit_ingress(
    state: ReplicaState, sender: Principal, receiver: Principal, method: str, argument: bytes
) -> IngressId:
    """Register a user's call; `enqueue` sends it."""
    ingress_id = register_ingress(state, receiver, method)
    enqueue(
        state,
        Delivery(
            delivery_id=DeliveryId(new_id(state)),
            kind=DeliveryKind.INGRESS,
            sender=sender,
            receiver=receiver,
            method=method,
            payload=argument,
            cycles=0,
            origin=IngressOrigin(ingress_id),
        ),
    )
    return ingress_id


def register_ingress(state: ReplicaState, receiver: Principal, method: str) -> IngressId:
    """A pending user's call that is not on its way (a management call made by the test)."""
    ingress_id = IngressId(new_id(state))
    state.ingress[ingress_id] = IngressRecord(canister_id=receiver, method=method)
    return ingress_id


def enqueue(state: ReplicaState, delivery: Delivery) -> None:
    state.queue.append(delivery)
    if delivery.kind is DeliveryKind.REQUEST:
        state.queued_requests[delivery.sender, delivery.receiver] += 1
    emit(
        state,
        Sent(
            delivery.delivery_id,
            delivery.kind.value,
            delivery.sender,
            delivery.receiver,
            delivery.method,
        ),
    )


def take_delivery(state: ReplicaState) -> Delivery:
    """Take the first message off its way, to be delivered."""
    delivery = state.queue.popleft()
    forget_request(state, delivery)
    return delivery


def forget_request(state: ReplicaState, delivery: Delivery) -> None:
    """A request that is delivered or dropped no longer fills the queue."""
    if delivery.kind is DeliveryKind.REQUEST:
        state.queued_requests[delivery.sender, delivery.receiver] -= 1


def drop(state: ReplicaState, delivery: Delivery, reason: str) -> None:
    emit(state, Dropped(delivery.delivery_id, reason))


def drop_undelivered_request(state: ReplicaState, callback_id: CallbackId, reason: str) -> None:
    """Lose the request of a call, wherever it waits, if it was not delivered yet."""
    origin = CallOrigin(callback_id)
    for place in (state.queue, *(hold.parked for hold in state.holds)):
        for delivery in place:
            if delivery.kind is DeliveryKind.REQUEST and delivery.origin == origin:
                place.remove(delivery)
                forget_request(state, delivery)
                drop(state, delivery, reason)
                return


def respond(state: ReplicaState, origin: Origin, outcome: Outcome, refund: int) -> None:
    """Give an answer to whoever waits for it."""
    match origin:
        case SystemOrigin():
            pass
        case IngressOrigin(ingress_id):
            record = state.ingress[ingress_id]
            assert isinstance(record.status, Pending)
            record.status = outcome
        case CallOrigin(callback_id):
            callback = state.callbacks.get(callback_id)
            # Absent if a best-effort call expired: its response goes nowhere, refund included.
            if callback is not None:
                send_response(state, callback, outcome, refund)


def send_response(
    state: ReplicaState,
    callback: Callback,
    outcome: Outcome,
    refund: int,
    *,
    bypasses_holds: bool = False,
) -> None:
    """Put a response on its way to the canister that made the call."""
    if isinstance(outcome, Rejected):
        outcome = evolve(outcome, message=shorten(outcome.message))
    payload = outcome.data if isinstance(outcome, Replied) else outcome.message.encode()
    enqueue(
        state,
        Delivery(
            delivery_id=DeliveryId(new_id(state)),
            kind=DeliveryKind.RESPONSE,
            sender=callback.callee,
            receiver=callback.canister_id,
            method=callback.method,
            payload=payload,
            cycles=refund,
            origin=CallOrigin(callback.callback_id),
            response=outcome,
            deadline_ns=callback.deadline_ns,
            bypasses_holds=bypasses_holds,
        ),
    )


# Holds.


def add_hold(state: ReplicaState, hold: Hold) -> None:
    state.holds.append(hold)


def remove_hold(state: ReplicaState, hold: Hold) -> None:
    # By identity: two holds with the same predicate are not the same hold.
    state.holds = [other for other in state.holds if other is not hold]


def park_first(state: ReplicaState, hold: Hold) -> None:
    delivery = state.queue.popleft()
    hold.parked.append(delivery)
    emit(state, Parked(delivery.delivery_id))


def unpark(state: ReplicaState, hold: Hold, index: int) -> None:
    """Send a parked message on; no hold stops it again."""
    delivery = hold.parked.pop(index)
    state.queue.append(evolve(delivery, bypasses_holds=True))
    emit(state, Released(delivery.delivery_id))


def drop_parked(state: ReplicaState, hold: Hold, index: int, reason: str) -> Delivery:
    delivery = hold.parked.pop(index)
    forget_request(state, delivery)
    drop(state, delivery, reason)
    return delivery


def _request(state: ReplicaState, callback: Callback, argument: bytes) -> Delivery:
    return Delivery(
        delivery_id=DeliveryId(new_id(state)),
        kind=DeliveryKind.REQUEST,
        sender=callback.canister_id,
        receiver=callback.callee,
        method=callback.method,
        payload=argument,
        cycles=callback.cycles,
        origin=CallOrigin(callback.callback_id),
        deadline_ns=callback.deadline_ns,
    )
