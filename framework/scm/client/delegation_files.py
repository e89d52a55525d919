"""Chains of delegations as JSON, as agents keep them: JavaScript's `DelegationChain`, icp-cli.

Bytes are hexadecimal, and so is the expiration, in nanoseconds since 1970.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from scm.errors import ConfigurationError
from scm.model import Principal
from scm.wire.delegations import DELEGATIONS_MAX, Delegation, SignedDelegation


def read_chain(text: str) -> tuple[bytes, tuple[SignedDelegation, ...]]:
    """The public key (DER) that a chain begins with, and its delegations, at least one.

    Raises `ConfigurationError` if the text is none.
    """
    try:
        document: Any = json.loads(text)
        chain = tuple(_read_signed(entry) for entry in document["delegations"])
        public_key = bytes.fromhex(document["publicKey"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"this is no chain of delegations: {error}",
            'an agent writes one as JSON, `{"delegations": [...], "publicKey": "..."}`',
        ) from error
    if not 0 < len(chain) <= DELEGATIONS_MAX:
        raise ConfigurationError(
            f"a chain has 1 to {DELEGATIONS_MAX} delegations, this one has {len(chain)}"
        )
    return public_key, chain


def write_chain(public_key_der: bytes, chain: Sequence[SignedDelegation]) -> str:
    """The same as text."""
    document = {
        "delegations": [_written(signed) for signed in chain],
        "publicKey": public_key_der.hex(),
    }
    return json.dumps(document, indent=2) + "\n"


def _read_signed(entry: Any) -> SignedDelegation:
    fields = entry["delegation"]
    targets = fields.get("targets")
    delegation = Delegation(
        public_key=bytes.fromhex(fields["pubkey"]),
        expiration_ns=int(fields["expiration"], 16),
        targets=None if targets is None else tuple(map(_principal, targets)),
        permissions=fields.get("permissions"),
    )
    return SignedDelegation(delegation, bytes.fromhex(entry["signature"]))


def _principal(raw: str) -> Principal:
    return Principal(bytes.fromhex(raw))


def _written(signed: SignedDelegation) -> dict[str, object]:
    delegation = signed.delegation
    fields: dict[str, object] = {
        "expiration": f"{delegation.expiration_ns:x}",
        "pubkey": delegation.public_key.hex(),
    }
    if delegation.targets is not None:
        fields["targets"] = [target.raw.hex() for target in delegation.targets]
    if delegation.permissions is not None:
        fields["permissions"] = delegation.permissions
    return {"delegation": fields, "signature": signed.signature.hex()}
