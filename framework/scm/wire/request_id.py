"""The representation-independent hash of structured data, and request ids.

Interface Spec, "Request ids": the SHA-256 of a map does not depend on how it is encoded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from scm.leb128 import write_unsigned
from scm.model import Principal
from scm.wire.errors import MalformedError

REQUEST_ID_BYTES = 32

Hashable = bytes | str | int | Principal | Sequence["Hashable"] | Mapping[str, "Hashable | None"]


def request_id(content: Mapping[str, Hashable | None]) -> bytes:
    """The 32 bytes that name a request, of the fields of its `content`."""
    return hash_of_map(content)


def hash_of_map(fields: Mapping[str, Hashable | None]) -> bytes:
    """The hash of a map; fields that are None count as absent.

    Raises `MalformedError` for a value that has no hash, such as a negative number.
    """
    pairs = [
        _sha256(key.encode()) + hash_of_value(value)
        for key, value in fields.items()
        if value is not None
    ]
    return _sha256(b"".join(sorted(pairs)))


def hash_of_value(value: object) -> bytes:
    """The hash of one value; raises `MalformedError` if it has none."""
    match value:
        case bytes():
            return _sha256(value)
        case str():
            return _sha256(_utf8(value))
        case int() if value >= 0 and not isinstance(value, bool):
            return _sha256(write_unsigned(value))
        case Principal():
            return _sha256(value.raw)
        case Mapping():
            if not all(isinstance(key, str) for key in value):
                raise MalformedError("a map has keys that are no text")
            return hash_of_map(value)
        case Sequence():
            return _sha256(b"".join(map(hash_of_value, value)))
    raise MalformedError(f"a request can't hold a {type(value).__name__}")


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise MalformedError("text that is no UTF-8") from error


def _sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
