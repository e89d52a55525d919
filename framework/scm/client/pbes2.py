"""PKCS #8 that a password protects, as icp-cli and OpenSSL write it.

RFC 8018, "PBES2", with scrypt (RFC 7914) or PBKDF2, and AES-256-CBC.  By hand, because the library
that has the ciphers decrypts only what it can read afterwards, and not version 2 of Ed25519; and it
encrypts with PBKDF2 of 2,048 iterations, which are soon tried.
"""

from __future__ import annotations

import secrets
from typing import Final

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.x509 import ObjectIdentifier

from scm.errors import ConfigurationError


def _oid(*arcs: int) -> str:
    return ".".join(map(str, arcs))


_PBES2: Final = _oid(1, 2, 840, 113549, 1, 5, 13)
_PBKDF2: Final = _oid(1, 2, 840, 113549, 1, 5, 12)
_SCRYPT: Final = _oid(1, 3, 6, 1, 4, 1, 11591, 4, 11)
_AES_256: Final = _oid(2, 16, 840, 1, 101, 3, 4, 1, 42)
_CIPHER_KEY_BYTES: Final = {
    _oid(2, 16, 840, 1, 101, 3, 4, 1, 2): 16,
    _oid(2, 16, 840, 1, 101, 3, 4, 1, 22): 24,
    _AES_256: 32,
}
"""AES in CBC mode, by object identifier."""
_HMACS: Final[dict[str, type[HashAlgorithm]]] = {
    _oid(1, 2, 840, 113549, 2, 7): SHA1,
    _oid(1, 2, 840, 113549, 2, 9): SHA256,
    _oid(1, 2, 840, 113549, 2, 11): SHA512,
}
_SALT_BYTES: Final = 16
_SCRYPT_COST: Final = (1 << 14, 8, 5)
"""N, r and p of scrypt.  A larger N needs more memory than OpenSSL grants when it reads a key."""

_SCRYPT_COST_MAX: Final = 1 << 20
_ITERATIONS_MAX: Final = 10_000_000
"""What a damaged file may make us work."""


@asn1.sequence
class _Parametrised:
    oid: ObjectIdentifier
    parameters: asn1.TLV


@asn1.sequence
class _Encrypted:
    algorithm: _Parametrised
    data: bytes


@asn1.sequence
class _Scheme:
    derivation: _Parametrised
    cipher: _Parametrised


@asn1.sequence
class _ScryptParameters:
    salt: bytes
    cost: int
    block_size: int
    parallelization: int
    key_length: int | None


@asn1.sequence
class _Hmac:
    oid: ObjectIdentifier
    nothing: asn1.Null


@asn1.sequence
class _Pbkdf2Parameters:
    salt: bytes
    iterations: int
    key_length: int | None
    hmac: _Hmac | None


def decrypt_pkcs8(der: bytes, password: str, origin: str) -> bytes:
    """The `OneAsymmetricKey` inside of an `EncryptedPrivateKeyInfo`, both in DER.

    Raises `ConfigurationError` if the password is wrong, or if the way of encryption is another.
    """
    try:
        encrypted = asn1.decode_der(_Encrypted, der)
        if encrypted.algorithm.oid.dotted_string != _PBES2:
            raise _unknown_way(origin)
        scheme = encrypted.algorithm.parameters.parse(_Scheme)
        key = _derive_key(scheme, password.encode(), origin)
        initial = scheme.cipher.parameters.parse(bytes)
        decryptor = Cipher(AES(key), CBC(initial)).decryptor()
        padded = decryptor.update(encrypted.data) + decryptor.finalize()
    except ValueError as error:
        raise ConfigurationError(f"{origin} is damaged") from error
    unpadder = PKCS7(AES.block_size).unpadder()
    try:
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError as error:
        raise ConfigurationError(f"the password of {origin} is wrong") from error


def encrypt_pkcs8(der: bytes, password: str) -> bytes:
    """An `EncryptedPrivateKeyInfo` of a `OneAsymmetricKey`, both in DER: scrypt, AES-256."""
    salt, initial = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(AES.block_size // 8)
    cost, block, lanes = _SCRYPT_COST
    key = Scrypt(salt=salt, length=32, n=cost, r=block, p=lanes).derive(password.encode())
    padder = PKCS7(AES.block_size).padder()
    padded = padder.update(der) + padder.finalize()
    encryptor = Cipher(AES(key), CBC(initial)).encryptor()
    scrypt = _ScryptParameters(
        salt=salt, cost=cost, block_size=block, parallelization=lanes, key_length=None
    )
    scheme = _Scheme(
        derivation=_parametrised(_SCRYPT, scrypt), cipher=_parametrised(_AES_256, initial)
    )
    data = encryptor.update(padded) + encryptor.finalize()
    return asn1.encode_der(_Encrypted(algorithm=_parametrised(_PBES2, scheme), data=data))


def _parametrised(oid: str, parameters: object) -> _Parametrised:
    encoded = asn1.decode_der(asn1.TLV, asn1.encode_der(parameters))
    return _Parametrised(oid=ObjectIdentifier(oid), parameters=encoded)


def _derive_key(scheme: _Scheme, password: bytes, origin: str) -> bytes:
    size = _CIPHER_KEY_BYTES.get(scheme.cipher.oid.dotted_string)
    if size is None:
        raise _unknown_way(origin)
    match scheme.derivation.oid.dotted_string:
        case oid if oid == _SCRYPT:
            scrypt = scheme.derivation.parameters.parse(_ScryptParameters)
            if scrypt.cost * scrypt.block_size * scrypt.parallelization > 8 * _SCRYPT_COST_MAX:
                raise _unknown_way(origin)
            cost, block, lanes = scrypt.cost, scrypt.block_size, scrypt.parallelization
            return Scrypt(salt=scrypt.salt, length=size, n=cost, r=block, p=lanes).derive(password)
        case oid if oid == _PBKDF2:
            parameters = scheme.derivation.parameters.parse(_Pbkdf2Parameters)
            # RFC 8018: without a word it is HMAC with SHA-1.
            hmac = parameters.hmac
            algorithm = SHA1 if hmac is None else _HMACS.get(hmac.oid.dotted_string)
            if algorithm is None or parameters.iterations > _ITERATIONS_MAX:
                raise _unknown_way(origin)
            return PBKDF2HMAC(algorithm(), size, parameters.salt, parameters.iterations).derive(
                password
            )
        case _:
            raise _unknown_way(origin)


def _unknown_way(origin: str) -> ConfigurationError:
    return ConfigurationError(
        f"{origin} is encrypted in a way that scm does not know",
        "rewrite it with `openssl pkcs8 -topk8 -v2 aes-256-cbc`",
    )
