"""Public keys in DER: an algorithm and the key's bits (RFC 5280, "SubjectPublicKeyInfo")."""

from __future__ import annotations

from typing import Final

from scm.wire.errors import MalformedError

_SEQUENCE: Final = 0x30
_IDENTIFIER: Final = 0x06
_BITS: Final = 0x03


def read_key_info(der: bytes) -> tuple[bytes, bytes]:
    """The object identifier (its contents) and the key's bytes; raises `MalformedError`.

    Parameters of the algorithm are passed over.
    """
    outer, end = _read(der, 0, _SEQUENCE)
    if end != len(der):
        raise MalformedError("a public key has bytes after its end")
    algorithm, end = _read(outer, 0, _SEQUENCE)
    bits, end = _read(outer, end, _BITS)
    if end != len(outer) or not bits or bits[0] != 0:
        raise MalformedError("a public key in DER has a wrong bit string")
    identifier, _ = _read(algorithm, 0, _IDENTIFIER)
    return identifier, bits[1:]


def write_key_info(identifier: bytes, key: bytes) -> bytes:
    """The DER of a key whose algorithm has no parameters."""
    algorithm = _write(_SEQUENCE, _write(_IDENTIFIER, identifier))
    return _write(_SEQUENCE, algorithm + _write(_BITS, b"\0" + key))


def _read(data: bytes, start: int, kind: int) -> tuple[bytes, int]:
    """The contents of the element at `start`, and where the next one begins."""
    head = data[start : start + 2]
    if len(head) < 2 or head[0] != kind:
        raise MalformedError("not a public key in DER")
    size, at = head[1], start + 2
    if size >= 0x80:
        count = size & 0x7F
        length = data[at : at + count]
        if not 1 <= count <= 2 or len(length) < count:
            raise MalformedError("not a public key in DER")
        size, at = int.from_bytes(length, "big"), at + count
    contents = data[at : at + size]
    if len(contents) < size:
        raise MalformedError("a public key in DER is cut off")
    return contents, at + size


def _write(kind: int, contents: bytes) -> bytes:
    size = len(contents)
    if size < 0x80:
        return bytes([kind, size]) + contents
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([kind, 0x80 | len(length)]) + length + contents
