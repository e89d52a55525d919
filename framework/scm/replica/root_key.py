"""The key of the embedded replica's one subnet, which is its own root.

Anyone may know it: what it signs proves the same as on the network, to those who trust it.
"""

from __future__ import annotations

import hashlib
from typing import Final

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
