"""Candid values to and from bytes, one method per primitive type; generated code does the rest.

A `Reader` starts after a header that equals the expected one, so it never looks at wire types; a
message with another header goes through `scm.candid.transcode` first.
Source of the format: Candid specification, "Binary format".
"""

from __future__ import annotations

import struct
from typing import Final

from scm.candid.transcode import transcode
from scm.leb128 import read_signed, read_unsigned, write_signed, write_unsigned
from scm.model import Principal

ONE_BYTE: Final = tuple([bytes([value]) for value in range(256)])


FREE_ELEMENTS_MAX: Final = 1_000


class CandidError(ValueError):
    """A value or message does not fit its Candid type."""


class Reader:
    """Reads canonical Candid values one after the other."""

    def __init__(self, data: bytes, position: int) -> None:
        self.data = data
        self.position = position

    def byte(self) -> int:
        position = self.position
        if position >= len(self.data):
            raise CandidError("the message ends too early")
        self.position = position + 1
        return self.data[position]

    def take(self, size: int) -> bytes:
        end = self.position + size
        if end > len(self.data):
            raise CandidError("the message ends too early")
        taken = self.data[self.position : end]
        self.position = end
        return taken

    def nat(self) -> int:
        position = self.position
        if position < len(self.data) and self.data[position] < 0x80:
            self.position = position + 1
            return self.data[position]
        value, self.position = read_unsigned(self.data, position)
        return value

    def int_(self) -> int:
        value, self.position = read_signed(self.data, self.position)
        return value

    def unsigned(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def signed(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little", signed=True)

    def float32(self) -> float:
        value: float = struct.unpack("<f", self.take(4))[0]
        return value

    def float64(self) -> float:
        value: float = struct.unpack("<d", self.take(8))[0]
        return value

    def bool_(self) -> bool:
        byte = self.byte()
        if byte > 1:
            raise CandidError(f"a bool is 0 or 1, got {byte}")
        return byte == 1

    def blob(self) -> bytes:
        return self.take(self.nat())

    def text(self) -> str:
        return self.blob().decode("utf-8")

    def principal(self) -> Principal:
        if self.byte() != 1:
            raise CandidError("an opaque principal reference is not supported")
        return Principal(self.blob())

    def count(self) -> int:
        """The number of elements of a vec; raises `CandidError` if they can't all be there.

        Elements of no size (`vec null`) need no bytes, hence the allowance: it bounds the work.
        """
        count = self.nat()
        if count > len(self.data) - self.position + FREE_ELEMENTS_MAX:
            raise CandidError(f"a vec of {count} elements does not fit in the message")
        return count

    def finish(self) -> None:
        """Check that nothing is left over."""
        if self.position != len(self.data):
            raise CandidError(f"{len(self.data) - self.position} bytes after the last value")


class Writer:
    """Collects the bytes of Candid values."""

    def __init__(self, header: bytes) -> None:
        self.parts: list[bytes] = [header]

    def message(self) -> bytes:
        """Everything written so far."""
        return b"".join(self.parts)

    def nat(self, value: int) -> None:
        if value < 0:
            raise CandidError(f"a nat is at least 0, got {value}")
        self.parts.append(ONE_BYTE[value] if value < 0x80 else write_unsigned(value))

    def int_(self, value: int) -> None:
        self.parts.append(write_signed(value))

    def unsigned(self, value: int, size: int) -> None:
        if value < 0 or value >> size * 8:
            raise CandidError(f"{value} does not fit nat{size * 8}")
        self.parts.append(value.to_bytes(size, "little"))

    def signed(self, value: int, size: int) -> None:
        if not -(1 << size * 8 - 1) <= value < 1 << size * 8 - 1:
            raise CandidError(f"{value} does not fit int{size * 8}")
        self.parts.append(value.to_bytes(size, "little", signed=True))

    def float32(self, value: float) -> None:
        self.parts.append(struct.pack("<f", value))

    def float64(self, value: float) -> None:
        self.parts.append(struct.pack("<d", value))

    def bool_(self, value: bool) -> None:
        self.parts.append(ONE_BYTE[1] if value else ONE_BYTE[0])

    def tag(self, value: int) -> None:
        """The one byte of `opt` (0 or 1) or of a variant's index below 128."""
        self.parts.append(ONE_BYTE[value])

    def blob(self, value: bytes) -> None:
        self.nat(len(value))
        self.parts.append(value)

    def text(self, value: str) -> None:
        self.blob(value.encode("utf-8"))

    def principal(self, value: Principal) -> None:
        self.parts.append(ONE_BYTE[1])
        self.blob(value.raw)


def open_message(data: bytes, header: bytes) -> Reader:
    """A reader after the header, for values of the types that `header` describes.

    Raises `DecodeError` if the message's types can't be coerced to them.
    """
    if not data.startswith(header):
        data = transcode(data, header)
    return Reader(data, len(header))
