"""Who has sent a request: the keys, the delegations and the signatures of an envelope.

Interface Spec, "Authentication" and "Request: Call".
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from attrs import frozen

from scm.model import Principal
from scm.wire.canister_signatures import is_signed_by_canister, read_canister_key
from scm.wire.delegations import DELEGATIONS_MAX, SignedDelegation
from scm.wire.envelopes import CallContent, Envelope, QueryContent, SenderInfo
from scm.wire.errors import AuthenticationError, MalformedError
from scm.wire.public_keys import is_canister_key, read_public_key, self_authenticating

_SENDER_INFO_SEPARATOR: Final = b"\x0eic-sender-info"
_ANONYMOUS: Final = Principal.anonymous()
_PERMISSIONS: Final = ("queries", "all")


@frozen
class Authority:
    """What an authenticated sender may do: `targets` limits the canisters, unless it is None."""

    sender: Principal
    targets: frozenset[Principal] | None = None
    is_for_queries_only: bool = False

    def check_targets(self, canister_ids: Collection[Principal]) -> None:
        """Raise `AuthenticationError` if a delegation is not for one of these canisters."""
        if self.targets is None:
            return
        for canister_id in canister_ids:
            if canister_id not in self.targets:
                raise AuthenticationError(
                    f"Invalid delegation: Canister {canister_id} is not one of the delegation"
                    " targets."
                )


def authenticate(envelope: Envelope, now_ns: int, root_key_der: bytes) -> Authority:
    """Check that the sender has signed; raises `AuthenticationError` or `MalformedError`.

    For calls and queries also checks that delegations are for them.
    """
    content = envelope.content
    authority = _authenticate(envelope, now_ns, root_key_der)
    if isinstance(content, CallContent | QueryContent):
        authority.check_targets((content.canister_id,))
        if content.sender_info is not None:
            _check_sender_info(content.sender_info, envelope, root_key_der)
    if authority.is_for_queries_only and isinstance(content, CallContent):
        raise AuthenticationError("Invalid delegation: it permits queries only.")
    return authority


def _authenticate(envelope: Envelope, now_ns: int, root_key_der: bytes) -> Authority:
    sender = envelope.content.sender
    key, signature = envelope.sender_public_key, envelope.sender_signature
    if key is None and signature is None:
        if envelope.delegations:
            raise AuthenticationError("Delegations without a public key and a signature.")
        if sender != _ANONYMOUS:
            raise AuthenticationError(
                f"Missing signature from user: {sender}: only the anonymous sender needs none."
            )
        return Authority(sender)
    if key is None or signature is None:
        raise AuthenticationError("A signature needs the public key, and the other way round.")
    if sender == _ANONYMOUS:
        raise AuthenticationError("The anonymous sender has no signature.")
    if self_authenticating(key) != sender:
        raise AuthenticationError(f"The user id {sender} does not match the public key.")
    last_key, authority = _follow(envelope.delegations, key, sender, now_ns, root_key_der)
    if not is_signed(last_key, envelope.signed_bytes, signature, root_key_der):
        raise AuthenticationError("Invalid signature: it is not the sender's, of this request.")
    return authority


def is_signed(public_key_der: bytes, message: bytes, signature: bytes, root_key_der: bytes) -> bool:
    """Whether a key, of a user or of a canister, has signed; raises `MalformedError`."""
    if is_canister_key(public_key_der):
        key = read_canister_key(public_key_der)
        return is_signed_by_canister(key, message, signature, root_key_der)
    return read_public_key(public_key_der).is_signed(message, signature)


def _follow(
    delegations: tuple[SignedDelegation, ...],
    key: bytes,
    sender: Principal,
    now_ns: int,
    root_key_der: bytes,
) -> tuple[bytes, Authority]:
    """The key at the end of the delegations, and what is left of the sender's authority."""
    if len(delegations) > DELEGATIONS_MAX:
        raise AuthenticationError(
            f"Invalid delegation: a chain of {len(delegations)}, at most {DELEGATIONS_MAX}."
        )
    targets: frozenset[Principal] | None = None
    is_for_queries_only = False
    seen = {key}
    for signed in delegations:
        delegation = signed.delegation
        if delegation.expiration_ns < now_ns:
            raise AuthenticationError(
                f"Invalid delegation expiry: it expired at {delegation.expiration_ns} ns, now it is"
                f" {now_ns} ns."
            )
        if delegation.permissions not in (None, *_PERMISSIONS):
            raise MalformedError(f"unknown permissions `{delegation.permissions[:40]!a}`")
        if delegation.public_key in seen:
            raise AuthenticationError("Invalid delegation: a key stands twice in the chain.")
        if not is_signed(key, delegation.signed_bytes, signed.signature, root_key_der):
            raise AuthenticationError("Invalid delegation: its signature does not hold.")
        if delegation.targets is not None:
            own = frozenset(delegation.targets)
            targets = own if targets is None else targets & own
        is_for_queries_only |= delegation.permissions == "queries"
        key = delegation.public_key
        seen.add(key)
    return key, Authority(sender, targets, is_for_queries_only)


def _check_sender_info(info: SenderInfo, envelope: Envelope, root_key_der: bytes) -> None:
    """The canister behind the sender's key must have signed what it says about the sender."""
    key = envelope.sender_public_key
    if key is None or not is_canister_key(key):
        raise AuthenticationError("`sender_info` without a canister signature's public key.")
    canister_key = read_canister_key(key)
    message = _SENDER_INFO_SEPARATOR + info.info
    if canister_key.canister_id != info.signer or not is_signed_by_canister(
        canister_key, message, info.signature, root_key_der
    ):
        raise AuthenticationError("Invalid `sender_info`: its signature does not hold.")
