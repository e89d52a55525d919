"""Requests, made and signed: their id is known before anything of them is sent.

Interface Spec, "Authentication" and "Request ids".
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Final

from attrs import frozen

from scm.client.identities import Identity
from scm.model import Principal
from scm.wire.envelopes import (
    CallContent,
    QueryContent,
    ReadStateContent,
    request_id_of,
    sign_envelope,
)
from scm.wire.hash_tree import Labels

EXPIRY_NS: Final = 4 * 60 * 10**9
"""How long a request may be taken; the network allows 5 minutes, and clocks differ."""

_NONCE_BYTES: Final = 16


@frozen
class Request:
    """A call as it will be sent, as often as it takes: it is one call, by its id.

    `effective_id` is the canister by which the network finds the subnet.
    """

    request_id: bytes
    envelope: bytes
    effective_id: Principal
    expiry_ns: int
    method: str


@frozen
class Message:
    """A method of a canister, with the argument as Candid; `effective_id` as for `Request`."""

    canister_id: Principal
    method: str
    argument: bytes
    effective_id: Principal | None = None

    @property
    def route(self) -> Principal:
        """The effective canister id."""
        return self.canister_id if self.effective_id is None else self.effective_id


def call_request(message: Message, identity: Identity, now_ns: int) -> Request:
    """An update call; two of them are never the same, as each has a nonce."""
    return _signed(CallContent, message, identity, now_ns)


def query_request(message: Message, identity: Identity, now_ns: int) -> Request:
    """A query."""
    return _signed(QueryContent, message, identity, now_ns)


def _signed(
    kind: type[CallContent | QueryContent], message: Message, identity: Identity, now_ns: int
) -> Request:
    content = kind(
        sender=identity.principal,
        ingress_expiry_ns=now_ns + EXPIRY_NS,
        canister_id=message.canister_id,
        method_name=message.method,
        argument=message.argument,
        nonce=secrets.token_bytes(_NONCE_BYTES),
    )
    return Request(
        request_id_of(content),
        sign_envelope(content, identity.signer),
        message.route,
        content.ingress_expiry_ns,
        message.method,
    )


def read_state_envelope(paths: Iterable[Labels], identity: Identity, now_ns: int) -> bytes:
    """A request for a certificate of what is on these paths, signed."""
    content = ReadStateContent(identity.principal, now_ns + EXPIRY_NS, tuple(paths))
    return sign_envelope(content, identity.signer)
