"""Holds on a local network: messages kept back by hand, to see what happens meanwhile.

They decide in which order things happen, so they are in the journal like users' calls, and are as
they were after a restart.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from attrs import frozen

from scm.model import Principal
from scm.replica import transport
from scm.replica.errors import ReplicaUsageError
from scm.replica.held_kinds import MessagesOf
from scm.replica.holds import Hold
from scm.replica.state import Delivery, DeliveryId, DeliveryKind, ReplicaState
from scm.replica.state import Hold as HoldRecord
from scm.replica.transitions import new_id


@frozen
class HoldOrder:
    """Begin to keep back what `picks` picks, or let all of it go and keep back nothing more."""

    action: Literal["hold", "resume"]
    picks: MessagesOf


@frozen
class MessageOrder:
    """Let one message go that is kept back, or lose it, if its call is a best-effort one."""

    action: Literal["release", "lose"]
    delivery_id: DeliveryId


Order = HoldOrder | MessageOrder


def check_order(state: ReplicaState, order: Order) -> None:
    """Raise `ReplicaUsageError` if an order can't be followed as things are."""
    match order:
        case HoldOrder("hold", picks):
            if picks.canister_id not in state.canisters:
                raise ReplicaUsageError(f"there is no canister {picks.canister_id}")
        case HoldOrder():
            pass
        case MessageOrder(action, delivery_id):
            found = _find(state, delivery_id)
            if found is None:
                raise ReplicaUsageError("this message is not held any more")
            delivery = found[0].parked[found[1]]
            if action == "lose" and not is_losable(delivery):
                raise ReplicaUsageError(
                    f"the {delivery.kind.value} of `{delivery.method}` can't be lost: only messages"
                    " of calls with a bounded wait may be"
                )


def follow_order(state: ReplicaState, order: Order) -> None:
    """Do what an order says; nothing if it is done already."""
    match order:
        case HoldOrder(action, picks):
            record = find_hold(state, picks)
            if action == "resume" and record is not None:
                Hold(state, record.hold_id).close()
            elif action == "hold" and record is None:
                # Tests count their holds upwards from 1.
                transport.add_hold(state, HoldRecord(-new_id(state), picks))
        case MessageOrder(action, delivery_id):
            found = _find(state, delivery_id)
            if found is not None:
                hold, index = Hold(state, found[0].hold_id), found[1]
                if action == "lose" and is_losable(found[0].parked[index]):
                    hold.drop_as_unknown(index)
                else:
                    hold.release_one(index)


def find_hold(state: ReplicaState, picks: MessagesOf) -> HoldRecord | None:
    """The open hold that picks these messages."""
    return next((record for record in state.holds if record.predicate == picks), None)


def held_messages(state: ReplicaState) -> Iterator[Delivery]:
    """All that is kept back, hold by hold, in the order it came."""
    for record in state.holds:
        yield from record.parked


def is_losable(delivery: Delivery) -> bool:
    """Whether the platform may lose such a message: that of a call with a bounded wait."""
    return delivery.is_best_effort and delivery.kind is not DeliveryKind.INGRESS


def order_fields(order: Order) -> tuple[object, ...]:
    """An order as a value of CBOR, for the journal."""
    match order:
        case HoldOrder(action, picks):
            return action, picks.canister_id.raw, picks.kind.value
        case MessageOrder(action, delivery_id):
            return action, delivery_id


def read_order(fields: list[Any]) -> Order:
    """The order that `order_fields` has written."""
    match fields:
        case ["hold" | "resume" as action, raw, kind]:
            return HoldOrder(action, MessagesOf(Principal(raw), DeliveryKind(kind)))
        case ["release" | "lose" as action, int(delivery_id)]:
            return MessageOrder(action, DeliveryId(delivery_id))
    raise ValueError("not an order")


def _find(state: ReplicaState, delivery_id: DeliveryId) -> tuple[HoldRecord, int] | None:
    for record in state.holds:
        for index, delivery in enumerate(record.parked):
            if delivery.delivery_id == delivery_id:
                return record, index
    return None
