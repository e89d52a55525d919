"""Readers: functions that turn the bytes of a value, of known wire and expected type, into it.

A reader takes a message and a position and returns the value and the position after it.  It has no
errors of its own: what is faulty, and what is just unusual, it refuses, or it fails on (with an
`IndexError`, say), and the general way of `decode.py` decides.  `message_reader.py` puts readers
together.  Host only.  Candid spec, "Memory".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from struct import Struct, unpack_from
from typing import Final, TypeAlias

from scm.candid.opcodes import (
    OP_BOOL,
    OP_EMPTY,
    OP_FLOAT32,
    OP_FLOAT64,
    OP_INT,
    OP_INT8,
    OP_INT16,
    OP_INT32,
    OP_INT64,
    OP_NAT,
    OP_NAT8,
    OP_NAT16,
    OP_NAT32,
    OP_NAT64,
    OP_NULL,
    OP_PRINCIPAL,
    OP_RESERVED,
    OP_TEXT,
)
from scm.candid.values import FuncValue, ServiceValue, Some, VariantValue
from scm.leb128 import read_signed, read_unsigned
from scm.model import PRINCIPAL_BYTES_MAX, Principal


class RefusedError(Exception):
    """The general way must decide."""


class Message(bytes):
    """The bytes of a message, and what is left of its budget."""

    work: int
    depth: int


Reader: TypeAlias = Callable[[Message, int], tuple[object, int]]

LAYOUTS: Final = {
    OP_NAT8: "B",
    OP_NAT16: "H",
    OP_NAT32: "I",
    OP_NAT64: "Q",
    OP_INT8: "b",
    OP_INT16: "h",
    OP_INT32: "i",
    OP_INT64: "q",
    OP_FLOAT32: "f",
    OP_FLOAT64: "d",
}
"""The letters of `struct` for numbers of a fixed width."""


def refuse(data: Message, position: int) -> tuple[object, int]:
    """Read nothing: the types do not fit, or whether they do depends on the value."""
    raise RefusedError


def read_nothing(data: Message, position: int) -> tuple[None, int]:
    """Read a null or reserved."""
    return None, position


def read_bool(data: Message, position: int) -> tuple[bool, int]:
    """Read a bool."""
    byte = data[position]
    if byte > 1:
        raise RefusedError
    return byte == 1, position + 1


def read_text(data: Message, position: int) -> tuple[str, int]:
    """Read a text."""
    size = data[position]
    start = position + 1
    if size > 0x7F:
        size, start = read_unsigned(data, position)
    end = start + size
    return data[start:end].decode(), end


def read_blob(data: Message, position: int) -> tuple[bytes, int]:
    """Read a `vec nat8`."""
    size, start = read_unsigned(data, position)
    end = start + size
    return data[start:end], end


def read_principal(data: Message, position: int) -> tuple[Principal, int]:
    """Read a principal."""
    size = data[position + 1]
    if data[position] != 1 or size > PRINCIPAL_BYTES_MAX:
        raise RefusedError
    start = position + 2
    end = start + size
    return Principal(data[start:end]), end


def read_service(data: Message, position: int) -> tuple[ServiceValue, int]:
    """Read a service reference."""
    principal, position = read_principal(data, position)
    return ServiceValue(principal), position


def read_func(data: Message, position: int) -> tuple[FuncValue, int]:
    """Read a func reference."""
    if data[position] != 1:
        raise RefusedError
    principal, position = read_principal(data, position + 1)
    method, position = read_text(data, position)
    return FuncValue(principal, method), position


def _number_reader(letter: str) -> Reader:
    layout = Struct(f"<{letter}")
    unpack = layout.unpack_from
    size = layout.size

    def read(data: Message, position: int) -> tuple[object, int]:
        return unpack(data, position)[0], position + size

    return read


PRIMITIVES: Final[dict[int, Reader]] = {
    OP_NULL: read_nothing,
    OP_RESERVED: read_nothing,
    OP_EMPTY: refuse,
    OP_BOOL: read_bool,
    OP_NAT: read_unsigned,
    OP_INT: read_signed,
    OP_TEXT: read_text,
    OP_PRINCIPAL: read_principal,
    **{opcode: _number_reader(letter) for opcode, letter in LAYOUTS.items()},
}


def opt_reader(read_inner: Reader) -> Reader:
    """A reader of `opt`."""

    def read(data: Message, position: int) -> tuple[object, int]:
        tag = data[position]
        if tag == 1:
            return read_inner(data, position + 1)
        if tag:
            raise RefusedError
        return None, position + 1

    return read


def some_reader(read_inner: Reader) -> Reader:
    """A reader that wraps values in `Some`."""

    def read(data: Message, position: int) -> tuple[Some[object], int]:
        value, position = read_inner(data, position)
        return Some(value), position

    return read


def record_reader(fields: Sequence[tuple[str | int, Reader]]) -> Reader:
    """A reader of `record`, by the labels of its fields."""

    def read(data: Message, position: int) -> tuple[object, int]:
        record: dict[str | int, object] = {}
        for label, read_field in fields:
            record[label], position = read_field(data, position)
        return record, position

    return read


def tuple_reader(parts: Sequence[Reader]) -> Reader:
    """A reader of `record` with the ids 0, 1, 2 ..."""

    def read(data: Message, position: int) -> tuple[object, int]:
        values: list[object] = []
        for read_part in parts:
            value, position = read_part(data, position)
            values.append(value)
        return tuple(values), position

    return read


def variant_reader(tags: Sequence[tuple[str | int, Reader]]) -> Reader:
    """A reader of `variant`: label and reader for each tag of the wire."""

    def read(data: Message, position: int) -> tuple[object, int]:
        index = data[position]
        position += 1
        if index > 0x7F:
            index, position = read_unsigned(data, position - 1)
        label, read_inner = tags[index]
        value, position = read_inner(data, position)
        return VariantValue(label, value), position

    return read


def vec_reader(read_item: Reader, size_min: int, work: int) -> Reader:
    """A reader of `vec`, with the least size of an item in bytes and the most that it may cost."""

    def read(data: Message, position: int) -> tuple[object, int]:
        count, position = read_unsigned(data, position)
        data.work -= count * work
        if data.work < 0 or count * size_min > len(data) - position:
            raise RefusedError
        items: list[object] = []
        append = items.append
        for _ in range(count):
            item, position = read_item(data, position)
            append(item)
        return items, position

    return read


def array_reader(opcode: int) -> Reader:
    """A reader of `vec` of numbers of a fixed width."""
    letter = LAYOUTS[opcode]
    width = Struct(f"<{letter}").size

    def read(data: Message, position: int) -> tuple[object, int]:
        count, position = read_unsigned(data, position)
        end = position + count * width
        if end > len(data):
            raise RefusedError
        return list(unpack_from(f"<{count}{letter}", data, position)), end

    return read


def passing_over(dropped: Sequence[Reader], read_value: Reader) -> Reader:
    """A reader that passes over values of these readers first."""
    if not dropped:
        return read_value

    def read(data: Message, position: int) -> tuple[object, int]:
        for drop in dropped:
            _, position = drop(data, position)
        return read_value(data, position)

    return read


def followed_by(read_value: Reader, dropped: Sequence[Reader]) -> Reader:
    """A reader that passes over values of these readers afterwards."""
    if not dropped:
        return read_value

    def read(data: Message, position: int) -> tuple[object, int]:
        value, position = read_value(data, position)
        for drop in dropped:
            _, position = drop(data, position)
        return value, position

    return read


def charged(read_value: Reader, work: int) -> Reader:
    """A reader that takes from the budget first."""

    def read(data: Message, position: int) -> tuple[object, int]:
        data.work -= work
        if data.work < 0:
            raise RefusedError
        return read_value(data, position)

    return read
