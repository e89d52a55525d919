"""Keys from and to bytes whose order is Python's order of the values (decision 16)."""

from __future__ import annotations

import math
import struct
from typing import Final

from scm.candid.values import Some, VariantValue
from scm.model import Principal
from scm.storage.key_shapes import ENDLESS, FLOATS, WIDTHS, KeyShape

_ZERO: Final = 0x80
_MANY: Final = 0xE5
_BYTES_MAX: Final = 100
_TURNED: Final = bytes(range(255, -1, -1))
_PRINCIPAL_BYTES_MAX: Final = 29


class KeyEncodingError(ValueError):
    """Bytes that are no key, or a value that is none."""


def decode_key(shape: KeyShape, content: bytes, *, is_last: bool = True) -> object:
    """The value of a key; raises `KeyEncodingError`.  `is_last`: nothing follows, as in a heap."""
    reader = _Reader(content)
    value = reader.value(shape, is_last)
    if reader.at != len(content):
        raise KeyEncodingError("it is longer than its value")
    if encode_key(shape, value, is_last=is_last) != content:
        raise KeyEncodingError("it is not written as keys are")
    return value


def encode_key(shape: KeyShape, value: object, *, is_last: bool = True) -> bytes:
    """The bytes of a key; `value` is one of the shape's Candid type."""
    match shape.kind, value:
        case "null", _:
            return b""
        case "bool", bool():
            return bytes([value])
        case "nat" | "int", int():
            return _encode_int(value)
        case kind, int() if kind in WIDTHS:
            number = value + (1 << 8 * WIDTHS[kind] - 1 if kind.startswith("int") else 0)
            return number.to_bytes(WIDTHS[kind], "big")
        case kind, float() | int() if kind in FLOATS:
            return _encode_float(float(value), FLOATS[kind])
        case "text", str():
            return _end(value.encode(), is_last)
        case "blob", bytes():
            return _end(value, is_last)
        case "principal", Principal():
            return _end(value.raw, is_last)
        case "opt", None:
            return b"\x00"
        case "opt", _:
            inner = value.value if isinstance(value, Some) else value
            return b"\x01" + encode_key(shape.parts[0], inner, is_last=is_last)
        case "vec", list() | bytes():
            items = [b"\x01" + encode_key(shape.parts[0], item, is_last=False) for item in value]
            return b"".join(items) + b"\x00"
        case "tuple", tuple():
            return _encode_parts(shape, value, is_last)
        case "record", dict():
            return _encode_parts(shape, tuple([value[name] for name in shape.names]), is_last)
        case "variant", VariantValue():
            index = shape.names.index(str(value.tag))
            part, payload = shape.parts[index], value.value
            if part.is_plain:
                payload = {"value": payload}
            content = encode_key(part, payload, is_last=is_last) if part.parts else b""
            return bytes([index]) + content
    raise KeyEncodingError(f"{value!r} is no key of type `{shape.kind}`")


def _encode_parts(shape: KeyShape, values: tuple[object, ...], is_last: bool) -> bytes:
    last = len(shape.parts) - 1
    pairs = enumerate(zip(shape.parts, values, strict=True))
    return b"".join(
        encode_key(part, value, is_last=is_last and index == last) for index, (part, value) in pairs
    )


def _encode_int(value: int) -> bytes:
    size = (abs(value).bit_length() + 7) // 8
    content = abs(value).to_bytes(size, "big")
    if size > _BYTES_MAX:
        content = bytes([_MANY]) + size.to_bytes(8, "big") + content
        return content.translate(_TURNED) if value < 0 else content
    if value < 0:
        return bytes([_ZERO - size]) + content.translate(_TURNED)
    return bytes([_ZERO + size]) + content


def _encode_float(value: float, width: int) -> bytes:
    content = struct.pack(">f" if width == 4 else ">d", value + 0.0)
    if content[0] & 0x80:
        return content.translate(_TURNED)
    return bytes([content[0] | 0x80]) + content[1:]


def _end(content: bytes, is_last: bool) -> bytes:
    return content if is_last else content.replace(b"\x00", b"\x00\xff") + b"\x00\x00"


class _Reader:
    def __init__(self, content: bytes) -> None:
        self._content: Final = content
        self.at = 0

    def value(self, shape: KeyShape, is_last: bool) -> object:
        kind = shape.kind
        if kind in WIDTHS:
            number = int.from_bytes(self._take(WIDTHS[kind]), "big")
            return number - (1 << 8 * WIDTHS[kind] - 1 if kind.startswith("int") else 0)
        if kind in FLOATS:
            return self._float(FLOATS[kind])
        if kind in ENDLESS:
            return self._endless(kind, is_last)
        match kind:
            case "null":
                return None
            case "bool":
                return self._flag()
            case "nat" | "int":
                return self._int()
            case "opt":
                return self._opt(shape.parts[0], is_last)
            case "vec":
                items = []
                while self._flag():
                    items.append(self.value(shape.parts[0], False))
                return items
            case "tuple":
                return self._parts(shape, is_last)
            case "record":
                return dict(zip(shape.names, self._parts(shape, is_last), strict=True))
            case _:
                return self._variant(shape, is_last)

    def _parts(self, shape: KeyShape, is_last: bool) -> tuple[object, ...]:
        last = len(shape.parts) - 1
        return tuple(
            [self.value(part, is_last and index == last) for index, part in enumerate(shape.parts)]
        )

    def _opt(self, inner: KeyShape, is_last: bool) -> object:
        if not self._flag():
            return None
        value = self.value(inner, is_last)
        return Some(value) if inner.kind in ("opt", "null") else value

    def _variant(self, shape: KeyShape, is_last: bool) -> VariantValue:
        index = self._take(1)[0]
        if index >= len(shape.names):
            raise KeyEncodingError(f"there is no case {index}")
        part = shape.parts[index]
        payload = self.value(part, is_last) if part.parts else None
        if part.is_plain and isinstance(payload, dict):
            payload = payload["value"]
        return VariantValue(shape.names[index], payload)

    def _flag(self) -> bool:
        flag = self._take(1)[0]
        if flag > 1:
            raise KeyEncodingError(f"{flag}, where 0 or 1 should be")
        return flag == 1

    def _int(self) -> int:
        first = self._take(1)[0]
        is_negative = first < _ZERO
        size = _ZERO - first if is_negative else first - _ZERO
        if size > _BYTES_MAX:
            if first != (_MANY ^ 0xFF if is_negative else _MANY):
                raise KeyEncodingError("a number has no such size")
            size = int.from_bytes(self._turned(8, is_negative), "big")
        number = int.from_bytes(self._turned(size, is_negative), "big")
        return -number if is_negative else number

    def _turned(self, size: int, is_turned: bool) -> bytes:
        content = self._take(size)
        return content.translate(_TURNED) if is_turned else content

    def _float(self, width: int) -> float:
        content = self._take(width)
        is_positive = content[0] & 0x80
        plain = bytes([content[0] & 0x7F]) + content[1:]
        layout = ">f" if width == 4 else ">d"
        number: float = struct.unpack(layout, plain if is_positive else content.translate(_TURNED))[
            0
        ]
        if math.isnan(number):
            raise KeyEncodingError("it is NaN")
        return number

    def _endless(self, kind: str, is_last: bool) -> object:
        raw = self._take(len(self._content) - self.at) if is_last else self._escaped()
        if kind == "blob":
            return raw
        if kind == "principal":
            if len(raw) > _PRINCIPAL_BYTES_MAX:
                raise KeyEncodingError("a principal is too long")
            return Principal(raw)
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise KeyEncodingError("a text is no UTF-8") from error

    def _escaped(self) -> bytes:
        parts = []
        while True:
            end = self._content.find(b"\x00", self.at)
            if end < 0 or end + 1 >= len(self._content):
                raise KeyEncodingError("it is cut off")
            parts.append(self._content[self.at : end])
            mark = self._content[end + 1]
            self.at = end + 2
            if mark == 0:
                return b"".join(parts)
            if mark != 0xFF:
                raise KeyEncodingError("a zero byte is not escaped")
            parts.append(b"\x00")

    def _take(self, size: int) -> bytes:
        if size > len(self._content) - self.at:
            raise KeyEncodingError("it is cut off")
        self.at += size
        return self._content[self.at - size : self.at]
