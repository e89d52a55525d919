"""Keys and signatures of Web Authentication, as security keys and phones make them.

Interface Spec, "Web Authentication": the key is a COSE key (RFC 9052, RFC 8812) with ECDSA on P-256
or RSA; what is signed is the challenge in a JSON document that the browser has made.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Final, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

from scm.wire.cbor import decode_cbor
from scm.wire.errors import MalformedError
from scm.wire.fields import FieldReader

# Labels and values of COSE: RFC 9052, section 7; RFC 9053; RFC 8812.
_KEY_TYPE: Final = 1
_ALGORITHM: Final = 3
_P256: Final = 1


class WebAuthenticationKey:
    """A key that signs challenges."""

    def __init__(self, key: EllipticCurvePublicKey | RSAPublicKey) -> None:
        self._key: Final = key

    def is_signed(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature`, in CBOR, is the key's, with the message as the challenge."""
        try:
            parts = FieldReader(decode_cbor(signature), "a Web Authentication signature")
            client = parts.fields["client_data_json"]
            client_bytes = client.encode() if isinstance(client, str) else cast(bytes, client)
            document = json.loads(client_bytes)
            challenge = document["challenge"]
        except (MalformedError, ValueError, LookupError, TypeError, RecursionError):
            return False
        expected = urlsafe_b64encode(message).decode().rstrip("=")
        if not isinstance(challenge, str) or challenge.rstrip("=") != expected:
            return False
        try:
            authenticator = parts.bytes_field("authenticator_data")
            self._verify(
                parts.bytes_field("signature"),
                authenticator + hashlib.sha256(client_bytes).digest(),
            )
        except (InvalidSignature, MalformedError):
            return False
        return True

    def _verify(self, signature: bytes, message: bytes) -> None:
        if isinstance(self._key, RSAPublicKey):
            self._key.verify(signature, message, PKCS1v15(), SHA256())
        else:
            self._key.verify(signature, message, ECDSA(SHA256()))


def read_cose_key(encoded: bytes) -> WebAuthenticationKey:
    """A COSE key; raises `MalformedError` if it is of another kind."""
    fields = decode_cbor(encoded, has_number_keys=True)
    if not isinstance(fields, Mapping):
        raise MalformedError("a COSE key is not a map")
    try:
        match fields.get(_KEY_TYPE), fields.get(_ALGORITHM):
            case 2, -7 if fields.get(-1) == _P256:
                x, y = (_number(fields.get(label)) for label in (-2, -3))
                return WebAuthenticationKey(
                    EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
                )
            case 3, -257:
                n, e = (_number(fields.get(label)) for label in (-1, -2))
                return WebAuthenticationKey(RSAPublicNumbers(e, n).public_key())
    except ValueError as error:
        raise MalformedError(f"invalid COSE key: {error}") from error
    raise MalformedError("a COSE key that is neither ES256 on P-256 nor RS256")


def _number(value: object) -> int:
    if not isinstance(value, bytes):
        raise MalformedError("a COSE key with something else than bytes in it")
    return int.from_bytes(value, "big")
