"""BLS signatures of the network: BLS12-381, keys in G2, signatures in G1.

Interface Spec, "Certificate": ciphersuite BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_ of the IETF
draft on BLS signatures, keys in DER as in the Spec's appendix.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from scm.wire.errors import CertificateError

ORDER: Final = 0x73EDA753_299D7D48_3339D808_09A1D805_53BDA402_FFFE5BFE_FFFFFFFF_00000001
"""The order of the groups of BLS12-381."""
SIGNATURE_BYTES: Final = 48

_CIPHER_SUITE: Final = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
KEY_PREFIX: Final = bytes.fromhex(
    "308182301d060d2b0601040182dc7c0503010201060c2b0601040182dc7c05030201036100"
)
_KEY_BYTES: Final = len(KEY_PREFIX) + 96
_RECENT: Final = 1024
"""How many verdicts are remembered: many certificates of one round have the same signature."""


def public_key_der(secret: int) -> bytes:
    """The public key of a secret one, in DER."""
    from py_arkworks_bls12381 import G2Point, Scalar  # Loaded by those who need it: takes long.

    return KEY_PREFIX + bytes((G2Point() * Scalar(secret)).to_compressed_bytes())


def sign_bls(secret: int, message: bytes) -> bytes:
    """The signature of a message, 48 bytes."""
    from py_arkworks_bls12381 import G1Point, Scalar

    point = G1Point.hash_to_curve(message, _CIPHER_SUITE)
    return bytes((point * Scalar(secret)).to_compressed_bytes())


def is_signed_by(key_der: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the key (DER) has signed the message.  Raises `CertificateError` if it is no key."""
    # Before anything is remembered: what strangers send may be of any size.
    if len(key_der) != _KEY_BYTES or not key_der.startswith(KEY_PREFIX):
        raise CertificateError("not a BLS12-381 public key in DER")
    return len(signature) == SIGNATURE_BYTES and _verdict(key_der, message, signature)


@lru_cache(_RECENT)
def _verdict(key_der: bytes, message: bytes, signature: bytes) -> bool:
    from py_arkworks_bls12381 import GT, G1Point, G2Point

    try:
        key = G2Point.from_compressed_bytes(key_der[len(KEY_PREFIX) :])
    except ValueError as error:
        raise CertificateError(f"not a BLS12-381 public key: {error}") from error
    if key == G2Point.identity():
        return False
    try:
        point = G1Point.from_compressed_bytes(signature)
    except ValueError:
        return False
    hashed = G1Point.hash_to_curve(message, _CIPHER_SUITE)
    return GT.pairing_check([point, -hashed], [G2Point(), key])
