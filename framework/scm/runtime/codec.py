"""Candid values to and from bytes, one method per primitive type; generated code does the rest.

A `Reader` starts after a header that equals the expected one, so it never looks at wire types; a
message with another header goes through `scm.candid.transcode` first.
Source of the format: Candid specification, "Binary format".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, final

from librt.strings import (
    BytesWriter,
    read_f32_le,
    read_f64_le,
    read_i16_le,
    read_i32_le,
    read_i64_le,
    write_f32_le,
    write_f64_le,
    write_i16_le,
    write_i32_le,
    write_i64_le,
)

from scm.candid.transcode import transcode
from scm.leb128 import read_signed, read_unsigned, write_signed, write_unsigned
from scm.model import Principal

if TYPE_CHECKING:
    from mypy_extensions import i64  # For mypyc only: nothing to import in the canister.

NAT64_SIZE: Final = 1 << 64
FLOAT32_MAX: Final = 3.4028235677973362e38  # What is larger rounds to infinity.
INFINITY: Final = float("inf")


FREE_ELEMENTS_MAX: Final = 1_000


class CandidError(ValueError):
    """A value or message does not fit its Candid type."""


@final
class Reader:
    """Reads canonical Candid values one after the other."""

    def __init__(self, data: bytes, position: int) -> None:
        self.data = data
        self.position: i64 = position
        self.end: i64 = len(data)

    def advance(self, size: i64) -> i64:
        """Go `size` bytes ahead; returns where they start."""
        start = self.position
        if size > self.end - start:
            raise CandidError("the message ends too early")
        self.position = start + size
        return start

    def byte(self) -> int:
        return self.data[self.advance(1)]

    def take(self, size: int) -> bytes:
        start: int = self.advance(size)  # An `int`: mypyc slices with those only.
        return self.data[start : start + size]

    def nat(self) -> int:
        position = self.position
        if position < self.end:
            byte = self.data[position]
            if byte < 0x80:
                self.position = position + 1
                return byte
        value, after = read_unsigned(self.data, position)
        self.position = after
        return value

    def int_(self) -> int:
        value, after = read_signed(self.data, self.position)
        self.position = after
        return value

    def nat8(self) -> int:
        return self.byte()

    def nat16(self) -> int:
        value: int = read_i16_le(self.data, self.advance(2))
        return value if value >= 0 else value + 0x10000

    def nat32(self) -> int:
        value: int = read_i32_le(self.data, self.advance(4))
        return value if value >= 0 else value + 0x100000000

    def nat64(self) -> int:
        value: int = read_i64_le(self.data, self.advance(8))
        return value if value >= 0 else value + NAT64_SIZE

    def int8(self) -> int:
        byte = self.byte()
        return byte if byte < 0x80 else byte - 0x100

    def int16(self) -> int:
        return read_i16_le(self.data, self.advance(2))

    def int32(self) -> int:
        return read_i32_le(self.data, self.advance(4))

    def int64(self) -> int:
        return read_i64_le(self.data, self.advance(8))

    def float32(self) -> float:
        return read_f32_le(self.data, self.advance(4))

    def float64(self) -> float:
        return read_f64_le(self.data, self.advance(8))

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
        if count > self.end - self.position + FREE_ELEMENTS_MAX:
            raise CandidError(f"a vec of {count} elements does not fit in the message")
        return count

    def finish(self) -> None:
        """Check that nothing is left over."""
        if self.position != self.end:
            raise CandidError(f"{self.end - self.position} bytes after the last value")


@final
class Writer:
    """Collects the bytes of Candid values."""

    def __init__(self, header: bytes) -> None:
        self.bytes: Final = BytesWriter()
        self.bytes.write(header)

    def message(self) -> bytes:
        """Everything written so far."""
        return self.bytes.getvalue()

    def nat(self, value: int) -> None:
        if 0 <= value < 0x80:
            self.bytes.append(value)
        elif value < 0:
            raise CandidError(f"a nat is at least 0, got {value}")
        else:
            self.bytes.write(write_unsigned(value))

    def int_(self, value: int) -> None:
        self.bytes.write(write_signed(value))

    def nat8(self, value: int) -> None:
        check_range(value, 0, 0xFF, "nat8")
        self.bytes.append(value)

    def nat16(self, value: int) -> None:
        check_range(value, 0, 0xFFFF, "nat16")
        write_i16_le(self.bytes, value if value < 0x8000 else value - 0x10000)

    def nat32(self, value: int) -> None:
        check_range(value, 0, 0xFFFFFFFF, "nat32")
        write_i32_le(self.bytes, value if value < 0x80000000 else value - 0x100000000)

    def nat64(self, value: int) -> None:
        check_range(value, 0, NAT64_SIZE - 1, "nat64")
        write_i64_le(self.bytes, value if value < NAT64_SIZE // 2 else value - NAT64_SIZE)

    def int8(self, value: int) -> None:
        check_range(value, -0x80, 0x7F, "int8")
        self.bytes.append(value & 0xFF)

    def int16(self, value: int) -> None:
        check_range(value, -0x8000, 0x7FFF, "int16")
        write_i16_le(self.bytes, value)

    def int32(self, value: int) -> None:
        check_range(value, -0x80000000, 0x7FFFFFFF, "int32")
        write_i32_le(self.bytes, value)

    def int64(self, value: int) -> None:
        check_range(value, -(NAT64_SIZE // 2), NAT64_SIZE // 2 - 1, "int64")
        write_i64_le(self.bytes, value)

    def float32(self, value: float) -> None:
        if FLOAT32_MAX < abs(value) < INFINITY:
            raise CandidError(f"{value} does not fit float32")
        write_f32_le(self.bytes, value)

    def float64(self, value: float) -> None:
        write_f64_le(self.bytes, value)

    def bool_(self, value: bool) -> None:
        self.bytes.append(1 if value else 0)

    def tag(self, value: int) -> None:
        """The one byte of `opt`: 0 or 1."""
        self.bytes.append(value)

    def blob(self, value: bytes) -> None:
        self.nat(len(value))
        self.bytes.write(value)

    def text(self, value: str) -> None:
        self.blob(value.encode("utf-8"))

    def principal(self, value: Principal) -> None:
        self.bytes.append(1)
        self.blob(value.raw)


def check_range(value: int, least: int, most: int, type: str) -> None:
    """Raise `CandidError` unless `least <= value <= most`."""
    if not least <= value <= most:
        raise CandidError(f"{value} does not fit {type}")


def open_message(data: bytes, header: bytes) -> Reader:
    """A reader after the header, for values of the types that `header` describes.

    Raises `DecodeError` if the message's types can't be coerced to them.
    """
    if not data.startswith(header):
        data = transcode(data, header)
    return Reader(data, len(header))
