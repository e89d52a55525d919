"""Private keys as PEM text: what dfx, icp-cli and OpenSSL write, in; PKCS #8, out.

RFC 5958 (PKCS #8, "OneAsymmetricKey"), RFC 5915 (`EC PRIVATE KEY`), RFC 8018 and 7914 (encrypted
with PBES2 and scrypt).  Keys are never part of a message or of an error.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Final, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256K1,
    SECP256R1,
    EllipticCurvePrivateKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from scm.client.pbes2 import decrypt_pkcs8, encrypt_pkcs8
from scm.errors import ConfigurationError

PrivateKey: TypeAlias = "Ed25519PrivateKey | EllipticCurvePrivateKey"
AskPassword: TypeAlias = Callable[[str], str]
"""Asks for the password of what the text names."""

_LINE_CHARACTERS: Final = 64  # RFC 7468.
_BLOCK: Final = re.compile(
    r"-----BEGIN ((?:EC |ENCRYPTED )?PRIVATE KEY)-----\s*(.*?)-----END \1-----", re.DOTALL
)
_ENCRYPTED_SEC1: Final = "Proc-Type:"

_ED25519_V1: Final = bytes.fromhex("302e020100300506032b657004220420")
_SEED_BYTES: Final = 32
_ED25519_V2: Final = {
    # RFC 5958: the public key as `[1] IMPLICIT BIT STRING`.
    bytes.fromhex("3051020101300506032b657004220420"): bytes.fromhex("812100"),
    # What older agents wrote: `[1] EXPLICIT`.
    bytes.fromhex("3053020101300506032b657004220420"): bytes.fromhex("a123032100"),
}
"""How DER of a seed with its public key begins -> what is between the two."""


def read_key(text: str, origin: str, password: AskPassword | None = None) -> PrivateKey:
    """The first private key in PEM text; `origin` names it in errors and for the password.

    Raises `ConfigurationError` if there is none, if it is of a kind that the Internet Computer
    takes no signatures of, or if the password is wrong or missing.
    """
    block = _BLOCK.search(text)
    if block is None:
        raise ConfigurationError(
            f"{origin} has no private key in it", "give a PEM file, as `dfx identity export` prints"
        )
    label, body = block.groups()
    if _ENCRYPTED_SEC1 in body:
        raise ConfigurationError(
            f"{origin} is encrypted in the way of old OpenSSL",
            "rewrite it with `openssl pkcs8 -topk8`",
        )
    try:
        der = base64.b64decode("".join(body.split()), validate=True)
    except binascii.Error as error:
        raise ConfigurationError(f"{origin} is damaged: {error}") from error
    if label == "ENCRYPTED PRIVATE KEY":
        if password is None:
            raise ConfigurationError(
                f"{origin} is encrypted", "name a file that has the password: `--password-file`"
            )
        der = decrypt_pkcs8(der, password(origin), origin)
    return _key_of_der(der, origin)


def write_key(key: PrivateKey, password: str | None = None) -> str:
    """A key as PEM text: PKCS #8, encrypted with PBES2 and scrypt if there is a password."""
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    label = "PRIVATE KEY" if password is None else "ENCRYPTED PRIVATE KEY"
    body = base64.b64encode(der if password is None else encrypt_pkcs8(der, password)).decode()
    lines = [body[at : at + _LINE_CHARACTERS] for at in range(0, len(body), _LINE_CHARACTERS)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def _key_of_der(der: bytes, origin: str) -> PrivateKey:
    try:
        key = load_der_private_key(_without_public_key(der, origin), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(f"{origin} has no key that can be read") from error
    match key:
        case Ed25519PrivateKey():
            return key
        case EllipticCurvePrivateKey() if isinstance(key.curve, SECP256K1 | SECP256R1):
            return key
        case EllipticCurvePrivateKey():
            kind = f"a key on the curve {key.curve.name}"
        case _:
            kind = f"a key of {type(key).__name__.removesuffix('PrivateKey')}"
    raise ConfigurationError(
        f"{origin} has {kind}, which the Internet Computer does not take",
        "use Ed25519, secp256k1 or P-256: `scm identity new` makes one",
    )


def _without_public_key(der: bytes, origin: str) -> bytes:
    """Ed25519 in version 2 of PKCS #8, as version 1, which is the one that OpenSSL reads."""
    separator = _ED25519_V2.get(der[: len(_ED25519_V1)])
    if separator is None:
        return der
    seed = der[len(_ED25519_V1) :][:_SEED_BYTES]
    rest = der[len(_ED25519_V1) + _SEED_BYTES :]
    public_key = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    if rest != separator + public_key:
        raise ConfigurationError(f"{origin} is damaged: its public key belongs to another key")
    return _ED25519_V1 + seed
