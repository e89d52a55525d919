"""Delegations: a key lets another key sign for it.  Interface Spec, "Authentication".

Here is what they say, in CBOR and out of it; `authentication.py` decides whether they hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen

from scm.model import Principal
from scm.wire.errors import MalformedError
from scm.wire.fields import FieldReader, principal_from_raw
from scm.wire.request_id import Hashable, hash_of_map

DELEGATION_SEPARATOR: Final = b"\x1aic-request-auth-delegation"
TARGETS_MAX: Final = 1000
DELEGATIONS_MAX: Final = 20


@frozen
class Delegation:
    """`public_key` (DER) may sign until `expiration_ns`, for calls of `targets` if not None.

    `permissions`: `queries` or `all`; None is `all`, too.
    """

    public_key: bytes
    expiration_ns: int
    targets: tuple[Principal, ...] | None = None
    permissions: str | None = None

    @property
    def signed_bytes(self) -> bytes:
        """What the delegating key signs."""
        return DELEGATION_SEPARATOR + hash_of_map(delegation_fields(self))


@frozen
class SignedDelegation:
    """A delegation with the signature of the key that gives it."""

    delegation: Delegation
    signature: bytes


def delegation_fields(delegation: Delegation) -> dict[str, Hashable | None]:
    """The fields of a delegation as they are hashed and sent; absent ones are left out."""
    fields: dict[str, Hashable | None] = {
        "pubkey": delegation.public_key,
        "expiration": delegation.expiration_ns,
    }
    if delegation.targets is not None:
        fields["targets"] = [target.raw for target in delegation.targets]
    if delegation.permissions is not None:
        fields["permissions"] = delegation.permissions
    return fields


def signed_delegation_fields(signed: SignedDelegation) -> dict[str, object]:
    """A signed delegation as it is sent."""
    return {"delegation": delegation_fields(signed.delegation), "signature": signed.signature}


def read_signed_delegation(value: object) -> SignedDelegation:
    """A signed delegation as it was sent; raises `MalformedError`."""
    fields = FieldReader(value, "a signed delegation")
    fields.refuse_others("delegation", "signature")
    return SignedDelegation(
        read_delegation(fields.map_field("delegation")), fields.bytes_field("signature")
    )


def read_delegation(value: Mapping[str, object]) -> Delegation:
    """A delegation as it was sent; raises `MalformedError`."""
    fields = FieldReader(value, "a delegation")
    fields.refuse_others("pubkey", "expiration", "targets", "permissions")
    targets = fields.optional_list("targets")
    if targets is not None and len(targets) > TARGETS_MAX:
        raise MalformedError(f"a delegation has {len(targets):,} targets, at most {TARGETS_MAX:,}")
    return Delegation(
        public_key=fields.bytes_field("pubkey"),
        expiration_ns=fields.natural_field("expiration"),
        targets=None
        if targets is None
        else tuple(principal_from_raw(target, "targets") for target in targets),
        permissions=fields.optional_text("permissions"),
    )
