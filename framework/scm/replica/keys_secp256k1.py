"""Keys on secp256k1: derivation as the Internet Computer does it, ECDSA and BIP 340 signatures.

Derivation is BIP 32's for public keys, with any bytes as an index (Interface Spec, "IC method
ecdsa_public_key").  Nothing here is hardened against an attacker on the same machine.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import Final

from coincurve import PrivateKey, PublicKey

ORDER: Final = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
CHAIN_CODE_START: Final = bytes(32)

_ODD: Final = 3  # The first byte of a compressed point whose y is odd.


def public_key(secret: int) -> bytes:
    """Compressed, 33 bytes."""
    return PrivateKey(_bytes(secret)).public_key.format()


def derive_public(
    public: bytes, path: Iterable[bytes], chain_code: bytes = CHAIN_CODE_START
) -> tuple[bytes, bytes, int]:
    """The derived public key, its chain code, and what is to be added to the secret key."""
    sum_of_offsets = 0
    for index in path:
        offset, chain_code = _step(public, index, chain_code)
        public = PublicKey(public).add(_bytes(offset)).format()
        sum_of_offsets = (sum_of_offsets + offset) % ORDER
    return public, chain_code, sum_of_offsets


def derive_secret(secret: int, path: Iterable[bytes]) -> int:
    """The secret scalar that belongs to what `derive_public` derives."""
    _, _, offset = derive_public(public_key(secret), path)
    return (secret + offset) % ORDER


def sign_ecdsa(secret: int, message_hash: bytes) -> bytes:
    """r and s, 32 bytes each; s is the smaller one of the two that are valid."""
    return PrivateKey(_bytes(secret)).sign_recoverable(message_hash, hasher=None)[:64]


def sign_bip340(secret: int, message: bytes) -> bytes:
    """A Schnorr signature of a message of any length.

    Written out from BIP 340, since the library signs 32 bytes only.
    """
    point = public_key(secret)
    secret = _with_even_y(secret, point)
    own_x = point[1:]
    mask = _tagged_hash("BIP0340/aux", bytes(32))
    masked = bytes(a ^ b for a, b in zip(_bytes(secret), mask, strict=True))
    nonce = _number(_tagged_hash("BIP0340/nonce", masked + own_x + message)) % ORDER
    commitment = public_key(nonce)
    nonce = _with_even_y(nonce, commitment)
    shown_x = commitment[1:]
    challenge = _number(_tagged_hash("BIP0340/challenge", shown_x + own_x + message)) % ORDER
    return shown_x + _bytes((nonce + challenge * secret) % ORDER)


def tweak_for_taproot(secret: int, merkle_root: bytes) -> int:
    """The secret key of a Taproot output with these scripts (BIP 341, "TapTweak")."""
    point = public_key(secret)
    tweak = _number(_tagged_hash("TapTweak", point[1:] + merkle_root))
    return (_with_even_y(secret, point) + tweak) % ORDER


def _step(public: bytes, index: bytes, chain_code: bytes) -> tuple[int, bytes]:
    material = public
    while True:
        digest = hmac.digest(chain_code, material + index, "sha512")
        offset = _number(digest[:32])
        if offset < ORDER:
            return offset, digest[32:]
        # As good as impossible; the platform tries again with this.
        material = b"\x01" + digest[32:]


def _with_even_y(secret: int, point: bytes) -> int:
    return ORDER - secret if point[0] == _ODD else secret


def _tagged_hash(tag: str, content: bytes) -> bytes:
    prefix = hashlib.sha256(tag.encode()).digest()
    return hashlib.sha256(prefix + prefix + content).digest()


def _bytes(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _number(content: bytes) -> int:
    return int.from_bytes(content, "big")
