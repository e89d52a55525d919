"""A cursor over the bytes of a Wasm module: numbers, names, vectors; failures name the offset.

Numbers follow the core specification, "Binary Format / Values": at most ceil(N / 7) bytes for an
N-bit integer, and no value outside N bits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeVar

from scm.errors import ScmError
from scm.leb128 import read_signed, read_unsigned

_U32_BYTES_MAX: Final = 5
_U64_BYTES_MAX: Final = 10

_Item = TypeVar("_Item")


class WasmFormatError(ScmError):
    """Not a Wasm module that scm can read; `offset` counts from the start of the module."""

    def __init__(self, offset: int, message: str) -> None:
        self.offset = offset
        self.message = message
        super().__init__(f"malformed Wasm at byte {offset:,}: {message}")


class Reader:
    """Reads `data` from left to right; `base` is the offset of `data` in the whole module."""

    def __init__(self, data: bytes, base: int = 0) -> None:
        self._data = data
        self._base = base
        self.position = 0

    @property
    def at_end(self) -> bool:
        return self.position >= len(self._data)

    def error(self, message: str, position: int | None = None) -> WasmFormatError:
        """A `WasmFormatError` at `position` (default: here), to be raised by the caller."""
        return WasmFormatError(
            self._base + (self.position if position is None else position), message
        )

    def byte(self) -> int:
        if self.position >= len(self._data):
            raise self.error("unexpected end")
        value = self._data[self.position]
        self.position += 1
        return value

    def take(self, size: int) -> bytes:
        start = self.position
        self.skip(size)
        return self._data[start : self.position]

    def skip(self, size: int) -> None:
        end = self.position + size
        if end > len(self._data):
            raise self.error(f"{size:,} bytes expected, {len(self._data) - self.position:,} left")
        self.position = end

    def match(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """Go over what matches here; its places are positions, those of `position`."""
        found = pattern.match(self._data, self.position)
        if found is not None:
            self.position = found.end()
        return found

    def u32(self) -> int:
        return self._unsigned(_U32_BYTES_MAX, 32)

    def u64(self) -> int:
        return self._unsigned(_U64_BYTES_MAX, 64)

    def s33(self) -> int:
        return self._signed(_U32_BYTES_MAX, 33)

    def s32(self) -> int:
        return self._signed(_U32_BYTES_MAX, 32)

    def s64(self) -> int:
        return self._signed(_U64_BYTES_MAX, 64)

    def name(self) -> str:
        """A length-prefixed UTF-8 string."""
        size = self.u32()
        start = self.position
        try:
            return self.take(size).decode()
        except UnicodeDecodeError as error:
            raise self.error("name is not UTF-8", start) from error

    def vector(self, read_item: Callable[[], _Item]) -> list[_Item]:
        """A count, then that many items of at least one byte each."""
        count = self.u32()
        if count > len(self._data) - self.position:
            raise self.error(f"{count:,} items cannot fit in the bytes that are left")
        return [read_item() for _ in range(count)]

    def since(self, start: int) -> bytes:
        """The bytes between `start`, an earlier `position`, and here."""
        return self._data[start : self.position]

    def rest(self) -> bytes:
        return self.take(len(self._data) - self.position)

    def expect_end(self) -> None:
        if not self.at_end:
            raise self.error(f"{len(self._data) - self.position:,} bytes too many")

    def _unsigned(self, bytes_max: int, bits: int) -> int:
        # Most numbers in a module fit one byte; this path halves the time of a big module.
        start = self.position
        if start < len(self._data) and self._data[start] < 0x80:
            self.position = start + 1
            return self._data[start]
        value = self._number(read_unsigned, bytes_max)
        if value >> bits:
            raise self.error(f"integer does not fit {bits} bits", start)
        return value

    def _signed(self, bytes_max: int, bits: int) -> int:
        start = self.position
        value = self._number(read_signed, bytes_max)
        if not -(1 << bits - 1) <= value < 1 << bits - 1:
            raise self.error(f"integer does not fit {bits} bits", start)
        return value

    def _number(self, read: Callable[[bytes, int], tuple[int, int]], bytes_max: int) -> int:
        start = self.position
        window = self._data[start : start + bytes_max]
        try:
            value, size = read(window, 0)
        except ValueError as error:
            is_long = len(window) == bytes_max
            raise self.error("integer too long" if is_long else "unexpected end") from error
        self.position = start + size
        return value
