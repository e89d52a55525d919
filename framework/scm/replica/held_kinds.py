"""What a hold picks, as a record: it can be saved with the state, as a function can't."""

from __future__ import annotations

from attrs import frozen

from scm.model import Principal
from scm.replica.state import Delivery, DeliveryKind


@frozen
class MessagesOf:
    """Picks the responses that a canister gives, or the requests or users' calls made to it."""

    canister_id: Principal
    kind: DeliveryKind

    def __call__(self, delivery: Delivery) -> bool:
        """Whether the hold is to park this message."""
        is_response = self.kind is DeliveryKind.RESPONSE
        subject = delivery.sender if is_response else delivery.receiver
        return delivery.kind is self.kind and subject == self.canister_id
