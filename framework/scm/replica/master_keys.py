"""The master keys behind signatures and vetKeys: PocketIC's, by name.

Everybody knows these secrets, so what is signed with them proves nothing; but what is derived here
is what tools derive that know PocketIC's public keys.  The libraries are imported when a key is
first used.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Final

KEY_NAMES: Final = ("dfx_test_key", "test_key_1", "key_1")

_SEED: Final = bytes([42]) * 32
_VETKD_TAG: Final = b"ic-crypto-vetkd-test-utils-generate-test-key"


@cache
def secp256k1_master(name: str) -> int:
    """For ECDSA and BIP 340 alike."""
    from scm.replica.keys_secp256k1 import ORDER, derive_secret

    seed = int.from_bytes(hashlib.sha256(_SEED).digest(), "big") % ORDER
    return derive_secret(seed, [name.encode()])


@cache
def ed25519_master(name: str) -> int:
    """The secret scalar of the Ed25519 master key of that name."""
    from scm.replica.keys_ed25519 import derive_secret, secret_of_seed

    seed = secret_of_seed(hashlib.sha512(_SEED).digest()[:32])
    return derive_secret(seed, [name.encode()])


@cache
def vetkd_master(name: str) -> int:
    """The secret scalar of the vetKD master key of that name, on BLS12-381."""
    from scm.replica.keys_vetkd import hash_to_scalar

    return hash_to_scalar(name.encode(), _VETKD_TAG)
