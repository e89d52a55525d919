"""Public keys of users by their DER encoding, and what they have signed.

Interface Spec, "Signatures": Ed25519, ECDSA on P-256 and secp256k1, Web Authentication.  Canister
signatures need a root key as well, see `canister_signatures.py`.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256K1,
    SECP256R1,
    EllipticCurve,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from scm.model import Principal
from scm.wire import web_authentication
from scm.wire.der import read_key_info
from scm.wire.errors import MalformedError

ED25519_PREFIX: Final = bytes.fromhex("302a300506032b6570032100")
SECP256K1_PREFIX: Final = bytes.fromhex("3056301006072a8648ce3d020106052b8104000a034200")
P256_PREFIX: Final = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
CANISTER_KEY_OID: Final = bytes.fromhex("2b0601040183b8430102")
KEY_BYTES_MAX: Final = 2048  # The longest are RSA keys of Web Authentication.

_COSE_KEY_OID: Final = bytes.fromhex("2b0601040183b8430101")
_SELF_AUTHENTICATING: Final = b"\x02"
_POINT_BYTES: Final = 65
_RECENT: Final = 4096


class PublicKey(Protocol):
    """A key that can tell what it has signed."""

    def is_signed(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` is the key's, of the message."""


def self_authenticating(public_key_der: bytes) -> Principal:
    """The principal of a key.  Interface Spec, "Self-authenticating ids"."""
    return Principal(hashlib.sha224(public_key_der).digest() + _SELF_AUTHENTICATING)


def is_canister_key(public_key_der: bytes) -> bool:
    """Whether a canister signs for this key; raises `MalformedError` if it is no key."""
    return read_key_info(public_key_der)[0] == CANISTER_KEY_OID


@lru_cache(_RECENT)
def read_public_key(public_key_der: bytes) -> PublicKey:
    """A key from its DER; raises `MalformedError` if it is not of a kind that users may have."""
    if len(public_key_der) > KEY_BYTES_MAX:
        raise MalformedError(f"a public key has {len(public_key_der):,} bytes, too many")
    for prefix, size, read in _BY_PREFIX:
        if public_key_der.startswith(prefix) and len(public_key_der) == len(prefix) + size:
            try:
                return read(public_key_der[len(prefix) :])
            except ValueError as error:
                raise MalformedError(f"invalid public key: {error}") from error
    identifier, key = read_key_info(public_key_der)
    if identifier == _COSE_KEY_OID:
        return web_authentication.read_cose_key(key)
    raise MalformedError("a public key of an unknown algorithm, or not encoded as it should be")


class _Ed25519:
    def __init__(self, raw: bytes) -> None:
        self._key: Final = Ed25519PublicKey.from_public_bytes(raw)

    def is_signed(self, message: bytes, signature: bytes) -> bool:
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


class _Ecdsa:
    """Signatures are r and s, 32 bytes each."""

    def __init__(self, curve: EllipticCurve, point: bytes) -> None:
        self._key: Final = EllipticCurvePublicKey.from_encoded_point(curve, point)

    def is_signed(self, message: bytes, signature: bytes) -> bool:
        if len(signature) != 64:
            return False
        r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
        try:
            self._key.verify(encode_dss_signature(r, s), message, ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True


_BY_PREFIX: Final = (
    (ED25519_PREFIX, 32, _Ed25519),
    (SECP256K1_PREFIX, _POINT_BYTES, lambda point: _Ecdsa(SECP256K1(), point)),
    (P256_PREFIX, _POINT_BYTES, lambda point: _Ecdsa(SECP256R1(), point)),
)
