"""The key of the embedded replica's one subnet, which is its own root.

What it signs proves the same as on the network, to those who trust it.  Replicas of tests share one
that anyone may know; a local network has its own.
"""

from __future__ import annotations

import hashlib
from typing import Final

from attrs import field, frozen

from scm.wire.bls import KEY_PREFIX, ORDER

_HASH: Final = int.from_bytes(hashlib.sha256(b"root key of the embedded replica").digest(), "big")
ROOT_SECRET: Final = _HASH % ORDER
"""The secret key on BLS12-381."""

ROOT_KEY: Final = KEY_PREFIX + bytes.fromhex(
    "b3bf8e00fd3a813068bd8f83918f03f748179da6f9416bd5aca873c0845c97a7"
    "7634b483ba5fa2d755d4d89b9dc0d9b701ab8e581456355e38c9d6e5b90562f5"
    "db6cc364f8a5f125ac2f21752215b7828cd7b58f81fb5a1add8b5a79e62605f0"
)
"""The public key of the root, in DER."""

SUBNET_ID: Final = hashlib.sha224(ROOT_KEY).digest() + b"\x02"
"""The one subnet: self-authenticating, of its key."""


@frozen
class RootKey:
    """A secret key on BLS12-381, its public key in DER, and the id of the subnet with that key."""

    secret: int = field(repr=False)
    public_der: bytes
    subnet_id: bytes


KNOWN_ROOT_KEY: Final = RootKey(ROOT_SECRET, ROOT_KEY, SUBNET_ID)


def root_key(secret: int, public_der: bytes) -> RootKey:
    """The root key of a network of its own."""
    return RootKey(secret, public_der, hashlib.sha224(public_der).digest() + b"\x02")
