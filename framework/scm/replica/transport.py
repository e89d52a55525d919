"""Changes to what is on its way: calls, requests, responses, ingress, holds.

With `transitions.py` the only code that changes the state.  Interface Spec, "Abstract behavior".
"""

from __future__ import annotations

import heapq
from collections import deque

from attrs import evolve

from scm.model import Principal
from scm.replica.execute import shorten
from scm.replica.state import (
    Callback,
    CallbackId,
    CallContext,
    CallOrigin,
    Delivery,
    DeliveryId,
    DeliveryKind,
    Hold,
    IngressId,
    IngressOrigin,
    IngressRecord,
    Origin,
    Outcome,
    OutgoingCall,
    Pending,
    Rejected,
    ReplicaState,
    Replied,
    SystemOrigin,
    UserRequest,
)
from scm.replica.trace import Answered, Dropped, Parked, Released, Sent
from scm.replica.transitions import burn_cycles, emit, new_id


def answer_context(state: ReplicaState, context: CallContext, outcome: Outcome) -> None:
    """Respond for a context; the cycles that nobody accepted go back with the response."""
    assert not context.has_responded
    refund = context.available_cycles
    context.has_responded = True
    context.available_cycles = 0
    error_code = outcome.error_code if isinstance(outcome, Rejected) else None
    emit(state, Answered(context.canister_id, context.method, error_code))
    respond(state, context.origin, outcome, refund)


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
            fees=call.fees,
        )
        state.callbacks[callback.callback_id] = callback
        context.outstanding_callbacks += 1
        state.open_calls[callback.canister_id, callback.callee] += 1
        if call.deadline_ns:
            heapq.heappush(state.deadlines, (call.deadline_ns, callback.callback_id))
        enqueue(state, _request(state, callback, call.argument))


def submit_ingress(
    state: ReplicaState,
    sender: Principal,
    receiver: Principal,
    method: str,
    argument: bytes,
    *,
    request: UserRequest | None = None,
) -> IngressId:
    """Register a user's call; `enqueue` sends it."""
    ingress_id = register_ingress(state, receiver, method, request)
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


def register_ingress(
    state: ReplicaState, receiver: Principal, method: str, request: UserRequest | None = None
) -> IngressId:
    """A pending user's call that is not on its way (a management call made by the test)."""
    ingress_id = IngressId(new_id(state))
    state.ingress[ingress_id] = IngressRecord(canister_id=receiver, method=method, request=request)
    return ingress_id


def forget_ingress(state: ReplicaState, ingress_id: IngressId) -> None:
    """Drop what is known of a user's call, which must be answered."""
    assert not isinstance(state.ingress[ingress_id].status, Pending)
    del state.ingress[ingress_id]


def enqueue(state: ReplicaState, delivery: Delivery) -> None:
    """Send a delivery on its way, at the end of its queue."""
    _queue_of(state, delivery).append(delivery)
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


def next_queue(state: ReplicaState) -> deque[Delivery]:
    """Where the next message comes from; empty if there is none.

    Messages of users and of canisters take turns, as on the platform, where neither starves.
    """
    if state.ingress_queue and (state.is_ingress_next or not state.canister_queue):
        return state.ingress_queue
    return state.canister_queue


def take_delivery(state: ReplicaState) -> Delivery:
    """Take the next message off its way, to be delivered."""
    delivery = next_queue(state).popleft()
    state.is_ingress_next = delivery.kind is not DeliveryKind.INGRESS
    return delivery


def drop(state: ReplicaState, delivery: Delivery, reason: str) -> None:
    """Lose a message, and the cycles that it carries."""
    burn_cycles(state, delivery.cycles)
    emit(state, Dropped(delivery.delivery_id, reason))


def drop_undelivered_request(state: ReplicaState, callback_id: CallbackId, reason: str) -> None:
    """Lose the request of a call, wherever it waits, if it was not delivered yet."""
    origin = CallOrigin(callback_id)
    # Holds first: there the oldest request, which expires first, is in front.
    for place in (*(hold.parked for hold in state.holds), state.canister_queue):
        for delivery in place:
            if delivery.kind is DeliveryKind.REQUEST and delivery.origin == origin:
                place.remove(delivery)
                drop(state, delivery, reason)
                return


def respond(state: ReplicaState, origin: Origin, outcome: Outcome, refund: int) -> None:
    """Give an answer to whoever waits for it."""
    if isinstance(outcome, Rejected):
        outcome = evolve(outcome, message=shorten(outcome.message))
    match origin:
        case SystemOrigin():
            pass
        case IngressOrigin(ingress_id):
            record = state.ingress[ingress_id]
            assert isinstance(record.status, Pending)
            state.ingress[ingress_id] = evolve(record, status=outcome, answered_ns=state.time_ns)
            state.tracer.ingress_answered(ingress_id)
        case CallOrigin(callback_id):
            callback = state.callbacks.get(callback_id)
            # Absent if a best-effort call expired: its response goes nowhere, refund included.
            if callback is None:
                burn_cycles(state, refund)
            else:
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


def take_callback(state: ReplicaState, callback_id: CallbackId) -> Callback | None:
    """The callback that a response is for, removed; None if it was answered before."""
    callback = state.callbacks.pop(callback_id, None)
    if callback is not None:
        state.contexts[callback.context_id].outstanding_callbacks -= 1
        state.open_calls[callback.canister_id, callback.callee] -= 1
    return callback


def pop_expired(state: ReplicaState) -> Callback | None:
    """The next callback whose deadline has passed, if it still waits."""
    _, callback_id = heapq.heappop(state.deadlines)
    return state.callbacks.get(callback_id)


# Holds.


def add_hold(state: ReplicaState, hold: Hold) -> None:
    """Let a hold park deliveries, after those that are open."""
    state.holds.append(hold)


def remove_hold(state: ReplicaState, hold: Hold) -> None:
    """Close a hold; what it has parked is lost."""
    # By identity: two holds with the same predicate are not the same hold.
    state.holds = [other for other in state.holds if other is not hold]


def park_next(state: ReplicaState, hold: Hold) -> None:
    """Park the delivery that would come next."""
    delivery = next_queue(state).popleft()
    hold.parked.append(delivery)
    emit(state, Parked(delivery.delivery_id))


def unpark(state: ReplicaState, hold: Hold, index: int) -> None:
    """Send a parked message on; no hold stops it again."""
    delivery = hold.parked.pop(index)
    _queue_of(state, delivery).append(evolve(delivery, bypasses_holds=True))
    emit(state, Released(delivery.delivery_id))


def answer_parked(state: ReplicaState, hold: Hold, index: int, outcome: Outcome) -> None:
    """Answer a parked call as if its callee had, which never sees it; no cycles are accepted."""
    delivery = hold.parked.pop(index)
    emit(state, Released(delivery.delivery_id))
    respond(state, delivery.origin, outcome, delivery.cycles)


def drop_parked(state: ReplicaState, hold: Hold, index: int, reason: str) -> Delivery:
    """Lose a parked message for good; returns it."""
    delivery = hold.parked.pop(index)
    drop(state, delivery, reason)
    return delivery


def _queue_of(state: ReplicaState, delivery: Delivery) -> deque[Delivery]:
    is_ingress = delivery.kind is DeliveryKind.INGRESS
    return state.ingress_queue if is_ingress else state.canister_queue


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
        # The execution that made the call has been counted already.
        sender_version=state.canisters[callback.canister_id].version - 1,
    )
