"""Predicates for `replica.hold`."""

from __future__ import annotations

from scm.replica.state import Delivery


def is_request(delivery: Delivery) -> bool:
    """Whether it is a call of a canister on its way to the callee."""
    return delivery.kind == "request"


def is_response(delivery: Delivery) -> bool:
    """Whether it is an answer on its way to a canister that called."""
    return delivery.kind == "response"
