"""Decode a Candid message into Python values (value mapping: see `values.py`).

The general way has two steps: `transcode` coerces the bytes to the expected types and validates
them, then `_Reader` turns them into values, trusting every byte.  Larger messages are tried with a
`MessageReader` first, which does it at once where nothing is amiss.  Host only.
"""

import struct
from collections.abc import Sequence
from typing import Final

from scm.candid.errors import DecodeError
from scm.candid.message_reader import MessageReader
from scm.candid.opcodes import (
    OP_BOOL,
    OP_FLOAT32,
    OP_FLOAT64,
    OP_FUNC,
    OP_INT,
    OP_INT8,
    OP_NAT,
    OP_NAT8,
    OP_OPT,
    OP_PRINCIPAL,
    OP_RECORD,
    OP_SERVICE,
    OP_TEXT,
    OP_VARIANT,
    OP_VEC,
    primitive_width,
)
from scm.candid.readers import RefusedError
from scm.candid.scan import NO_ROOM
from scm.candid.table import Entry, TypeTable, parse_header, table_from_types
from scm.candid.transcode import transcode_values, validate
from scm.candid.types import NO_NAMES, Type, TypeEnv
from scm.candid.values import FuncValue, ServiceValue, Some, VariantValue
from scm.leb128 import read_signed, read_unsigned
from scm.model import Principal

_READER_SIZE_MIN: Final = 256
"""A smaller message is decoded before a reader for it would be made."""


def decode(
    message: bytes, expected: Sequence[Type], env: TypeEnv = NO_NAMES, *, work: int = -1
) -> tuple[object, ...]:
    """Decode a message, coerced to the expected argument types.

    `work` bounds the effort in units of about one value (negative: in proportion to the message).
    Raises `DecodeError` if the message is malformed, costs too much, or does not fit the types.
    """
    try:
        return decode_values(message, table_from_types(expected, env), work=work)
    except RecursionError:
        raise DecodeError(0, "", NO_ROOM) from None


def decode_values(message: bytes, expected: TypeTable, *, work: int = -1) -> tuple[object, ...]:
    """`decode` with the expected types as a table, for callers that keep one."""
    if len(message) >= _READER_SIZE_MIN:
        wire, start = parse_header(message)
        try:
            return MessageReader(wire, expected).read(message, start, work)
        except RefusedError:
            pass
    return decode_generally(message, expected, work=work)


def decode_untyped(message: bytes, *, work: int = -1) -> tuple[object, ...]:
    """Decode a message by its own types: fields and tags come by id, as the wire has no names.

    Values of types from later versions come as `None`.  Raises `DecodeError` as `decode` does.
    """
    try:
        wire, start = validate(message, work)
        return _Reader(message, start, wire).arguments()
    except RecursionError:
        raise DecodeError(0, "", NO_ROOM) from None


def decode_generally(message: bytes, expected: TypeTable, *, work: int = -1) -> tuple[object, ...]:
    """`decode_values` without readers: the way that decides what they refuse."""
    try:
        return _Reader(transcode_values(message, expected, work), 0, expected).arguments()
    except RecursionError:
        raise DecodeError(0, "", NO_ROOM) from None


class _Reader:
    """Reads values that are known to be valid for the types of the table."""

    def __init__(self, data: bytes, position: int, table: TypeTable) -> None:
        self._data: Final = data
        self._position = position
        self._table: Final = table

    def arguments(self) -> tuple[object, ...]:
        return tuple([self._value(ref) for ref in self._table.args])

    def _value(self, ref: int) -> object:
        if ref < 0:
            return self._primitive(ref)
        entry = self._table.entries[ref]
        opcode = entry.opcode
        if opcode == OP_RECORD:
            return self._record(entry)
        if opcode == OP_VEC:
            return self._vec(entry.refs[0])
        if opcode == OP_OPT:
            return self._opt(entry)
        if opcode == OP_VARIANT:
            index = self._unsigned()
            tag: str | int = entry.names[index] or entry.ids[index]
            return VariantValue(tag, self._value(entry.refs[index]))
        if opcode == OP_SERVICE:
            return ServiceValue(self._principal())
        if opcode == OP_FUNC:
            self._position += 1
            principal = self._principal()
            return FuncValue(principal, self._text())
        size = self._unsigned()
        self._unsigned()
        self._position += size
        return None

    def _opt(self, entry: Entry) -> object:
        self._position += 1
        if self._data[self._position - 1] == 0:
            return None
        value = self._value(entry.refs[0])
        return Some(value) if self._table.wraps(entry) else value

    def _record(self, entry: Entry) -> object:
        refs = entry.refs
        if entry.is_tuple():
            # A loop, as a comprehension would take one more stack frame for each level.
            parts: list[object] = []
            for ref in refs:
                parts.append(self._value(ref))  # noqa: PERF401
            return tuple(parts)
        record: dict[str | int, object] = {}
        for index, name in enumerate(entry.names):
            value = self._value(refs[index])
            if name:
                record[name] = value
            else:
                record[entry.ids[index]] = value
        return record

    def _vec(self, ref: int) -> object:
        count = self._unsigned()
        if ref == OP_NAT8:
            start = self._position
            self._position = start + count
            return self._data[start : start + count]
        items: list[object] = []
        for _ in range(count):
            items.append(self._value(ref))  # noqa: PERF401
        return items

    def _primitive(self, opcode: int) -> object:
        if opcode == OP_NAT:
            return self._unsigned()
        if opcode == OP_INT:
            number, self._position = read_signed(self._data, self._position)
            return number
        if opcode == OP_TEXT:
            return self._text()
        if opcode == OP_PRINCIPAL:
            return self._principal()
        start = self._position
        width = primitive_width(opcode)
        self._position = start + width
        if width == 0:
            return None
        if opcode == OP_BOOL:
            return self._data[start] == 1
        if opcode == OP_FLOAT64:
            return _float("<d", self._data, start)
        if opcode == OP_FLOAT32:
            return _float("<f", self._data, start)
        return int.from_bytes(self._data[start : start + width], "little", signed=opcode <= OP_INT8)

    def _unsigned(self) -> int:
        number, self._position = read_unsigned(self._data, self._position)
        return number

    def _text(self) -> str:
        size = self._unsigned()
        start = self._position
        self._position = start + size
        return self._data[start : start + size].decode()

    def _principal(self) -> Principal:
        self._position += 1
        size = self._unsigned()
        start = self._position
        self._position = start + size
        return Principal(self._data[start : start + size])


def _float(layout: str, data: bytes, start: int) -> float:
    (number,) = struct.unpack_from(layout, data, start)
    assert isinstance(number, float)
    return number
