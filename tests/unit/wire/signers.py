"""Keys for tests, of every kind that users may have; each from a fixed seed."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence

import cbor2
from attrs import Factory, field, frozen
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256K1,
    SECP256R1,
    EllipticCurvePrivateKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scm.model import Principal
from scm.wire.delegations import Delegation, SignedDelegation
from scm.wire.der import write_key_info
from scm.wire.public_keys import self_authenticating

COSE_KEY = bytes.fromhex("2b0601040183b8430101")


@frozen
class Ed25519Signer:
    seed: str
    delegations: Sequence[SignedDelegation] = ()

    @property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(self.seed.encode()).digest())

    @property
    def public_key_der(self) -> bytes:
        return self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


@frozen
class EcdsaSigner:
    curve: SECP256K1 | SECP256R1
    delegations: Sequence[SignedDelegation] = ()
    _key: EllipticCurvePrivateKey = field(
        init=False, default=Factory(lambda self: derive_private_key(7, self.curve), takes_self=True)
    )

    @property
    def public_key_der(self) -> bytes:
        return self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self._key.sign(message, ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@frozen
class WebAuthenticationSigner:
    """A security key with ECDSA on P-256."""

    delegations: Sequence[SignedDelegation] = ()
    _key: EllipticCurvePrivateKey = field(
        init=False, default=Factory(lambda: derive_private_key(9, SECP256R1()))
    )

    @property
    def public_key_der(self) -> bytes:
        numbers = self._key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        return write_key_info(COSE_KEY, cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y}))

    def sign(self, message: bytes) -> bytes:
        challenge = urlsafe_b64encode(message).decode().rstrip("=")
        client = json.dumps({"type": "webauthn.get", "challenge": challenge})
        authenticator = b"\x01" * 37
        signed = authenticator + hashlib.sha256(client.encode()).digest()
        parts = {
            "authenticator_data": authenticator,
            "client_data_json": client,
            "signature": self._key.sign(signed, ECDSA(SHA256())),
        }
        return cbor2.dumps(cbor2.CBORTag(55799, parts))


Signer = Ed25519Signer | EcdsaSigner | WebAuthenticationSigner

SIGNERS: dict[str, Signer] = {
    "ed25519": Ed25519Signer("user"),
    "secp256k1": EcdsaSigner(SECP256K1()),
    "p256": EcdsaSigner(SECP256R1()),
    "webauthn": WebAuthenticationSigner(),
}


def principal_of(signer: Signer) -> Principal:
    return self_authenticating(signer.public_key_der)


def delegate(
    giver: Signer,
    taker: Signer,
    expiration_ns: int,
    targets: tuple[Principal, ...] | None = None,
    permissions: str | None = None,
) -> SignedDelegation:
    delegation = Delegation(taker.public_key_der, expiration_ns, targets, permissions)
    return SignedDelegation(delegation, giver.sign(delegation.signed_bytes))


@frozen
class Delegated:
    """Signs with the last key of a chain, for the first one."""

    first: Signer
    last: Signer
    delegations: Sequence[SignedDelegation]

    @property
    def public_key_der(self) -> bytes:
        return self.first.public_key_der

    def sign(self, message: bytes) -> bytes:
        return self.last.sign(message)
