"""Writers: functions made for a type table that turn Python values into bytes, on the host.

A writer appends a value to the output.  It has no errors of its own: what does not fit, and what
is just unusual (a tuple for a vec, an int for a float), it refuses, or it fails on (with a
`KeyError`, say), and the general way of `encode.py` decides.  What a writer accepts the general way
accepts too, and writes the same bytes.  Candid spec, "Memory".
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from scm.candid.opcodes import (
    OP_BOOL,
    OP_EMPTY,
    OP_FLOAT32,
    OP_FUNC,
    OP_INT,
    OP_NAT,
    OP_NAT8,
    OP_NULL,
    OP_OPT,
    OP_PRINCIPAL,
    OP_RECORD,
    OP_RESERVED,
    OP_SERVICE,
    OP_TEXT,
    OP_VARIANT,
    OP_VEC,
)
from scm.candid.readers import LAYOUTS, RefusedError
from scm.candid.scan import DEPTH_MAX
from scm.candid.table import Entry, TypeTable
from scm.candid.values import FuncValue, ServiceValue, Some, VariantValue
from scm.leb128 import write_signed, write_unsigned
from scm.model import PRINCIPAL_BYTES_MAX, Principal

_NESTING_MAX: Final = 100
"""Types that nest deeper are not worth a writer."""


class _Output(bytearray):
    """The bytes so far, and how deep the value is nested that is being written."""

    depth: int


_Writer: TypeAlias = Callable[[_Output, object], None]


class MessageWriter:
    """Writes argument tuples of the types of a table."""

    def __init__(self, table: TypeTable) -> None:
        planner = _Planner(table)
        try:
            self._writers = [planner.writer(ref) for ref in table.args]
        except RecursionError:
            self._writers = [_refuse for _ in table.args]
        self._height: Final = max([planner.height(ref) for ref in table.args], default=0)

    def write(self, header: bytes, values: Sequence[object]) -> bytes:
        """The header and the values after it; raises `RefusedError`."""
        output = _Output(header)
        output.depth = self._height
        if output.depth > DEPTH_MAX or len(values) != len(self._writers):
            raise RefusedError
        try:
            for write, value in zip(self._writers, values, strict=True):
                write(output, value)
        except (LookupError, ValueError, OverflowError, RecursionError, struct.error):
            raise RefusedError from None
        return bytes(output)


class _Knot:
    """The writer of a type that contains itself: each round adds to the depth."""

    def __init__(self) -> None:
        self.is_used = False
        self.height = 0
        self.writer: _Writer = _refuse

    def write(self, output: _Output, value: object) -> None:
        output.depth += self.height
        if output.depth > DEPTH_MAX:
            raise RefusedError
        self.writer(output, value)
        output.depth -= self.height


class _Planner:
    """Makes a writer for each ref of a table."""

    def __init__(self, table: TypeTable) -> None:
        self._table: Final = table
        self._writers: Final[dict[int, _Writer]] = {}
        self._heights: Final[dict[int, int]] = {}
        self._knots: Final[dict[int, _Knot]] = {}  # of the writers that are in the making

    def height(self, ref: int) -> int:
        """The most levels that a value has, up to where its type contains itself."""
        return self._heights.get(ref, 0)

    def writer(self, ref: int) -> _Writer:
        """The writer of one type."""
        if ref < 0:
            return _PRIMITIVES[ref]
        if ref in self._writers:
            return self._writers[ref]
        if ref in self._knots:
            self._knots[ref].is_used = True
            return self._knots[ref].write
        if len(self._knots) >= _NESTING_MAX:
            return _refuse
        knot = self._knots[ref] = _Knot()
        entry = self._table.entries[ref]
        writer = self._composite(entry)
        height = 1 + max([self.height(inner) for inner in entry.refs], default=0)
        del self._knots[ref]
        if knot.is_used:
            knot.writer = writer
            knot.height = height
            writer = knot.write
            height = 0
        self._writers[ref] = writer
        self._heights[ref] = height
        return writer

    def _composite(self, entry: Entry) -> _Writer:
        opcode = entry.opcode
        if opcode == OP_FUNC:
            return _write_func
        if opcode == OP_SERVICE:
            return _write_service
        if opcode == OP_VEC:
            inner = entry.refs[0]
            if inner == OP_NAT8:
                return _write_blob
            return _array_writer(inner) if inner in LAYOUTS else _vec_writer(self.writer(inner))
        writers = [self.writer(ref) for ref in entry.refs]
        if opcode == OP_OPT:
            return _opt_writer(writers[0], wraps=self._table.wraps(entry))
        if opcode == OP_VARIANT:
            return _variant_writer(entry, writers)
        if opcode == OP_RECORD and entry.is_tuple():
            return _tuple_writer(writers)
        if opcode == OP_RECORD:
            labels = [name or entry.ids[index] for index, name in enumerate(entry.names)]
            return _record_writer(list(zip(labels, writers, strict=True)))
        return _refuse


def _refuse(output: _Output, value: object) -> None:
    raise RefusedError


def _write_null(output: _Output, value: object) -> None:
    if value is not None:
        raise RefusedError


def _write_reserved(output: _Output, value: object) -> None:
    pass


def _write_bool(output: _Output, value: object) -> None:
    if type(value) is not bool:
        raise RefusedError
    output.append(value)


def _write_nat(output: _Output, value: object) -> None:
    if type(value) is not int:
        raise RefusedError
    if 0 <= value < 0x80:
        output.append(value)
    else:
        output += write_unsigned(value)


def _write_int(output: _Output, value: object) -> None:
    if type(value) is not int:
        raise RefusedError
    output += write_signed(value)


def _write_text(output: _Output, value: object) -> None:
    if type(value) is not str:
        raise RefusedError
    raw = value.encode()
    size = len(raw)
    if size < 0x80:
        output.append(size)
    else:
        output += write_unsigned(size)
    output += raw


_PRINCIPAL_STARTS: Final = [bytes([1, size]) for size in range(PRINCIPAL_BYTES_MAX + 1)]


def _write_principal(output: _Output, value: object) -> None:
    if type(value) is not Principal:
        raise RefusedError
    raw = value.raw
    output += _PRINCIPAL_STARTS[len(raw)]
    output += raw


def _write_service(output: _Output, value: object) -> None:
    if type(value) is not ServiceValue:
        raise RefusedError
    _write_principal(output, value.principal)


def _write_func(output: _Output, value: object) -> None:
    if type(value) is not FuncValue:
        raise RefusedError
    output.append(1)
    _write_principal(output, value.principal)
    _write_text(output, value.method)


def _number_writer(opcode: int, letter: str) -> _Writer:
    pack_number = struct.Struct(f"<{letter}").pack
    kind = float if opcode <= OP_FLOAT32 else int

    def write(output: _Output, value: object) -> None:
        if type(value) is not kind:
            raise RefusedError
        output += pack_number(value)

    return write


_PRIMITIVES: Final[dict[int, _Writer]] = {
    OP_NULL: _write_null,
    OP_RESERVED: _write_reserved,
    OP_EMPTY: _refuse,
    OP_BOOL: _write_bool,
    OP_NAT: _write_nat,
    OP_INT: _write_int,
    OP_TEXT: _write_text,
    OP_PRINCIPAL: _write_principal,
    **{opcode: _number_writer(opcode, letter) for opcode, letter in LAYOUTS.items()},
}


def _opt_writer(write_inner: _Writer, *, wraps: bool) -> _Writer:
    def write(output: _Output, value: object) -> None:
        if value is None:
            output.append(0)
            return
        output.append(1)
        write_inner(output, value)

    def write_wrapped(output: _Output, value: object) -> None:
        if value is None:
            output.append(0)
            return
        if type(value) is not Some:
            raise RefusedError
        output.append(1)
        write_inner(output, value.value)

    return write_wrapped if wraps else write


def _write_blob(output: _Output, value: object) -> None:
    if type(value) is not bytes:
        raise RefusedError
    output += write_unsigned(len(value))
    output += value


def _array_writer(opcode: int) -> _Writer:
    letter = LAYOUTS[opcode]
    kinds = {float} if opcode <= OP_FLOAT32 else {int}

    def write(output: _Output, value: object) -> None:
        if type(value) is not list or not kinds.issuperset(map(type, value)):
            raise RefusedError
        output += write_unsigned(len(value))
        output += struct.pack(f"<{len(value)}{letter}", *value)

    return write


def _vec_writer(write_item: _Writer) -> _Writer:
    def write(output: _Output, value: object) -> None:
        if type(value) is not list:
            raise RefusedError
        output += write_unsigned(len(value))
        for item in value:
            write_item(output, item)

    return write


def _record_writer(fields: Sequence[tuple[str | int, _Writer]]) -> _Writer:
    count = len(fields)

    def write(output: _Output, value: object) -> None:
        if type(value) is not dict or len(value) != count:
            raise RefusedError
        for label, write_field in fields:
            write_field(output, value[label])

    return write


def _tuple_writer(writers: Sequence[_Writer]) -> _Writer:
    parts = list(enumerate(writers))
    count = len(parts)

    def write(output: _Output, value: object) -> None:
        if type(value) is not tuple or len(value) != count:
            raise RefusedError
        for index, write_part in parts:
            write_part(output, value[index])

    return write


def _variant_writer(entry: Entry, writers: Sequence[_Writer]) -> _Writer:
    tags: dict[str | int, tuple[bytes, _Writer]] = {}
    for index, number in enumerate(entry.ids):
        tags[number] = write_unsigned(index), writers[index]
        if entry.names[index]:
            tags[entry.names[index]] = tags[number]

    def write(output: _Output, value: object) -> None:
        if type(value) is not VariantValue or type(value.tag) not in (str, int):
            raise RefusedError
        encoded, write_inner = tags[value.tag]
        output += encoded
        write_inner(output, value.value)

    return write
