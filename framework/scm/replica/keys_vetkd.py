"""Keys of vetKD on BLS12-381: derivation, and keys encrypted for a transport key.

The protocol of the paper "vetKeys" (ePrint 2023/616) with one node, and the derivation of the
Internet Computer (Interface Spec, "IC method vetkd_derive_key").
"""

from __future__ import annotations

import hashlib
from typing import Final

from py_arkworks_bls12381 import G1Point, G2Point, Scalar

from scm.wire.bls import ORDER

_CANISTER_TAG: Final = b"ic-vetkd-bls12-381-g2-canister-id"
_CONTEXT_TAG: Final = b"ic-vetkd-bls12-381-g2-context"
_HASH_TO_G1_TAG: Final = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_AUG_"
_FIELD_BYTES: Final = 48
_BLOCK_BYTES: Final = 64  # Of SHA-256.


class InvalidTransportKey(Exception):  # noqa: N818 - becomes a reject
    """The transport public key is no point of G1."""


def public_key(secret: int) -> bytes:
    """A compressed point of G2, 96 bytes."""
    return (G2Point() * Scalar(secret)).to_compressed_bytes()


def derive_public(public: bytes, canister_id: bytes, context: bytes) -> tuple[bytes, int]:
    """The public key of a canister's context, and what is to be added to the secret key.

    An empty context is that of the canister itself.
    """
    offset = _hash_pair(public, canister_id, _CANISTER_TAG)
    point = G2Point.from_compressed_bytes(public) + G2Point() * Scalar(offset)
    if context:
        more = _hash_pair(point.to_compressed_bytes(), context, _CONTEXT_TAG)
        point += G2Point() * Scalar(more)
        offset += more
    return point.to_compressed_bytes(), offset % ORDER


def encrypted_key(
    secret: int, public: bytes, key_input: bytes, transport_key: bytes, *, blinding: int
) -> bytes:
    """The key for `key_input`, for the owner of the transport key: three points, 192 bytes.

    `secret` and `public` are derived already.  Raises `InvalidTransportKey`.
    """
    try:
        transport = G1Point.from_compressed_bytes(transport_key)
    except ValueError as error:
        raise InvalidTransportKey(str(error)) from error
    message = G1Point.hash_to_curve(public + key_input, _HASH_TO_G1_TAG)
    factor = Scalar(blinding)
    parts = (
        (G1Point() * factor).to_compressed_bytes(),
        (G2Point() * factor).to_compressed_bytes(),
        (transport * factor + message * Scalar(secret)).to_compressed_bytes(),
    )
    return b"".join(parts)


def hash_to_scalar(content: bytes, tag: bytes) -> int:
    """RFC 9380, `hash_to_field` with one element."""
    return int.from_bytes(_expand(content, tag, _FIELD_BYTES), "big") % ORDER


def _hash_pair(first: bytes, second: bytes, tag: bytes) -> int:
    return hash_to_scalar(_with_length(first) + _with_length(second), tag)


def _with_length(content: bytes) -> bytes:
    return len(content).to_bytes(8, "big") + content


def _expand(content: bytes, tag: bytes, size_bytes: int) -> bytes:
    """RFC 9380, `expand_message_xmd` with SHA-256."""
    suffix = tag + bytes([len(tag)])
    start = bytes(_BLOCK_BYTES) + content + size_bytes.to_bytes(2, "big") + b"\x00" + suffix
    first = hashlib.sha256(start).digest()
    block = hashlib.sha256(first + b"\x01" + suffix).digest()
    expanded = block
    count = 1
    while len(expanded) < size_bytes:
        count += 1
        mixed = bytes(a ^ b for a, b in zip(first, block, strict=True))
        block = hashlib.sha256(mixed + bytes([count]) + suffix).digest()
        expanded += block
    return expanded[:size_bytes]
