"""Who calls: the anonymous principal, a key, or a key to which others have delegated.

Interface Spec, "Authentication": what a request carries besides its content.  An identity signs
bytes; what these are is the agent's business.
"""

from __future__ import annotations

from functools import cached_property
from typing import Final, Protocol

from attrs import Factory, field, frozen
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256K1,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scm.client.pem import PrivateKey
from scm.errors import ConfigurationError
from scm.model import Principal
from scm.wire.delegations import Delegation, SignedDelegation
from scm.wire.envelopes import Signer
from scm.wire.public_keys import self_authenticating

KEY_KINDS: Final = ("secp256k1", "ed25519", "p256")
"""What `scm identity new` can make; the first is what dfx and icp-cli make, too."""
_CURVES: Final = {"secp256k1": SECP256K1, "p256": SECP256R1}
_SIGNATURE_HALF_BYTES: Final = 32


class Identity(Protocol):
    """Who calls, and how that is proven."""

    @property
    def principal(self) -> Principal:
        """The sender of its requests."""

    @property
    def signer(self) -> Signer | None:
        """What signs them; None if nothing does."""

    @property
    def kind(self) -> str:
        """One of `KEY_KINDS`, `anonymous`, or `delegated`."""


@frozen
class AnonymousIdentity:
    """Nobody: requests without a signature."""

    principal: Principal = Factory(Principal.anonymous)
    signer: None = None
    kind: str = "anonymous"


@frozen(slots=False)
class KeyIdentity:
    """The holder of a private key, which no representation of the identity shows."""

    key: PrivateKey = field(repr=False)
    delegations: tuple[SignedDelegation, ...] = field(default=(), init=False, repr=False)

    @property
    def signer(self) -> KeyIdentity:
        """Itself."""
        return self

    @cached_property
    def public_key_der(self) -> bytes:
        """The public key in DER."""
        return self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @cached_property
    def principal(self) -> Principal:
        """The self-authenticating principal of the public key."""
        return self_authenticating(self.public_key_der)

    @property
    def kind(self) -> str:
        """One of `KEY_KINDS`."""
        match self.key:
            case EllipticCurvePrivateKey(curve=SECP256K1()):
                return "secp256k1"
            case EllipticCurvePrivateKey():
                return "p256"
            case _:
                return "ed25519"

    def sign(self, message: bytes) -> bytes:
        """Sign; for the curves, SHA-256 is signed and the signature is `r` and `s`."""
        if isinstance(self.key, Ed25519PrivateKey):
            return self.key.sign(message)
        r, s = decode_dss_signature(self.key.sign(message, ECDSA(SHA256())))
        size = _SIGNATURE_HALF_BYTES
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")


@frozen
class DelegatedIdentity:
    """A principal that a session key may sign for, by a chain of delegations that ends there."""

    public_key_der: bytes = field(repr=False)
    delegations: tuple[SignedDelegation, ...] = field(repr=False)
    session: KeyIdentity = field(repr=False)
    kind: str = field(default="delegated", init=False)

    @property
    def signer(self) -> DelegatedIdentity:
        """Itself, which signs with the session key."""
        return self

    @property
    def principal(self) -> Principal:
        """That of the first key of the chain."""
        return self_authenticating(self.public_key_der)

    def sign(self, message: bytes) -> bytes:
        """Sign with the session key."""
        return self.session.sign(message)


def delegate(
    giver: KeyIdentity | DelegatedIdentity,
    session: KeyIdentity,
    expiration_ns: int,
    *,
    targets: tuple[Principal, ...] | None = None,
) -> DelegatedIdentity:
    """Let a session key sign for `giver` until a time, for calls of `targets` if they are given."""
    delegation = Delegation(session.public_key_der, expiration_ns, targets)
    signed = SignedDelegation(delegation, giver.sign(delegation.signed_bytes))
    return DelegatedIdentity(giver.public_key_der, (*giver.delegations, signed), session)


def new_key(kind: str) -> PrivateKey:
    """A new private key; raises `ConfigurationError` if `kind` is none of `KEY_KINDS`."""
    if kind == "ed25519":
        return Ed25519PrivateKey.generate()
    curve = _CURVES.get(kind)
    if curve is None:
        raise ConfigurationError(
            f"there is no kind of key `{kind}`", f"choose one of {', '.join(KEY_KINDS)}"
        )
    return generate_private_key(curve())
