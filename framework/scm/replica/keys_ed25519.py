"""Keys on Ed25519: derivation as the Internet Computer does it, and signatures.

A derived key is a scalar without a seed, so signing is written out here from RFC 8032 on top of the
library's arithmetic.  Nothing here is hardened against an attacker on the same machine.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import Final

from nacl.bindings import crypto_core_ed25519_add, crypto_scalarmult_ed25519_base_noclamp

ORDER: Final = 2**252 + 27742317777372353535851937790883648493
CHAIN_CODE_START: Final = bytes(32)

_OFFSET_BYTES: Final = 64


def secret_of_seed(seed: bytes) -> int:
    """The scalar of a key that has a seed (RFC 8032, 5.1.5)."""
    scalar = bytearray(hashlib.sha512(seed).digest()[:32])
    scalar[0] &= 248
    scalar[31] = scalar[31] & 127 | 64
    return int.from_bytes(scalar, "little") % ORDER


def public_key(secret: int) -> bytes:
    """The public key of a secret scalar: 32 bytes (RFC 8032, 5.1.5)."""
    return crypto_scalarmult_ed25519_base_noclamp(_bytes(secret))


def derive_public(
    public: bytes, path: Iterable[bytes], chain_code: bytes = CHAIN_CODE_START
) -> tuple[bytes, bytes, int]:
    """The derived public key, its chain code, and what is to be added to the secret key."""
    sum_of_offsets = 0
    for index in path:
        material = _hkdf(chain_code, public + index, b"Ed25519")
        offset = int.from_bytes(material[:_OFFSET_BYTES], "big") % ORDER
        chain_code = material[_OFFSET_BYTES:]
        public = crypto_core_ed25519_add(public, public_key(offset))
        sum_of_offsets = (sum_of_offsets + offset) % ORDER
    return public, chain_code, sum_of_offsets


def derive_secret(secret: int, path: Iterable[bytes]) -> int:
    """The secret scalar that belongs to what `derive_public` derives."""
    _, _, offset = derive_public(public_key(secret), path)
    return (secret + offset) % ORDER


def sign(secret: int, message: bytes) -> bytes:
    """A signature that verifies as any of Ed25519; the same message has the same one."""
    public = public_key(secret)
    prefix = hashlib.sha512(b"nonce of " + _bytes(secret)).digest()[32:]
    nonce = _hash_to_scalar(prefix + message)
    commitment = public_key(nonce)
    challenge = _hash_to_scalar(commitment + public + message)
    return commitment + _bytes((nonce + challenge * secret) % ORDER)


def _hkdf(salt: bytes, material: bytes, purpose: bytes) -> bytes:
    """HKDF with SHA-512 (RFC 5869): 96 bytes."""
    key = hmac.digest(salt, material, "sha512")
    first = hmac.digest(key, purpose + b"\x01", "sha512")
    second = hmac.digest(key, first + purpose + b"\x02", "sha512")
    return (first + second)[:96]


def _hash_to_scalar(content: bytes) -> int:
    return int.from_bytes(hashlib.sha512(content).digest(), "little") % ORDER


def _bytes(number: int) -> bytes:
    return number.to_bytes(32, "little")
