"""Encode Python values as a Candid message (value mapping: see `values.py`).

Pure: types and values in, bytes out; the same input always gives the same bytes.  `MessageWriter`
is tried first; the general way, here, is slower, takes other spellings of values, and knows what is
wrong.  Host only.  Candid spec, "Memory".
"""

import struct
from collections.abc import Sequence
from typing import Final

from scm.candid.errors import EncodeError
from scm.candid.opcodes import (
    OP_BOOL,
    OP_FLOAT32,
    OP_FLOAT64,
    OP_FUNC,
    OP_INT,
    OP_INT8,
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
    primitive_width,
)
from scm.candid.readers import RefusedError
from scm.candid.scan import DEPTH_MAX, NO_ROOM
from scm.candid.table import Entry, TypeTable, table_from_types, write_header
from scm.candid.types import FIELD_ID_MAX, NO_NAMES, Type, TypeEnv
from scm.candid.values import FuncValue, ServiceValue, Some, VariantValue
from scm.candid.writers import MessageWriter
from scm.leb128 import write_signed, write_unsigned
from scm.model import Principal


def encode(types: Sequence[Type], values: Sequence[object], env: TypeEnv = NO_NAMES) -> bytes:
    """Encode an argument tuple as a whole message.

    Raises `EncodeError` if a value does not fit its type, `CandidTypeError` on an unknown name.
    """
    try:
        table = table_from_types(types, env)
        header = write_header(table)
        try:
            return MessageWriter(table).write(header, values)
        except RefusedError:
            pass  # Beyond this clause, so that an error comes without the refusal.
        return header + encode_generally(table, values)
    except RecursionError:
        raise EncodeError("", NO_ROOM) from None


def encode_generally(table: TypeTable, values: Sequence[object]) -> bytes:
    """Encode an argument tuple, without its header, by the way that decides what writers refuse."""
    if len(values) != len(table.args):
        raise wrong_count(len(table.args), len(values))
    encoder = _Encoder(table)
    for index, value in enumerate(values):
        try:
            encoder.value(table.args[index], value)
        except EncodeError as error:
            error.path = f"arg{index}{error.path}"
            raise
        except RecursionError:
            raise EncodeError(f"arg{index}", NO_ROOM) from None
    return b"".join(encoder.parts)


def wrong_count(expected: int, got: int) -> EncodeError:
    """The error for a wrong number of arguments."""
    return EncodeError("", f"expected {expected} argument{'s'[expected == 1 :]}, got {got}")


class _Encoder:
    def __init__(self, table: TypeTable) -> None:
        self.parts: Final[list[bytes]] = []
        self._table: Final = table
        self._depth = 0

    def value(self, ref: int, value: object) -> None:
        if ref < 0:
            self._primitive(ref, value)
            return
        if self._depth >= DEPTH_MAX:
            raise EncodeError("", f"values nest deeper than {DEPTH_MAX}")
        self._depth += 1
        entry = self._table.entries[ref]
        opcode = entry.opcode
        if opcode == OP_RECORD and isinstance(value, dict):
            self._fields_by_label(entry, value)
        elif opcode == OP_RECORD and isinstance(value, tuple):
            self._fields_by_position(entry, value)
        elif opcode == OP_OPT:
            self._opt(entry, value)
        elif opcode == OP_VEC:
            self._vec(ref, value)
        elif opcode == OP_VARIANT:
            self._variant(entry, value)
        elif opcode == OP_FUNC and isinstance(value, FuncValue):
            self.parts.append(b"\1")
            self._principal(value.principal)
            self._text(value.method)
        elif opcode == OP_SERVICE and isinstance(value, ServiceValue):
            self._principal(value.principal)
        else:
            raise self._mismatch(ref, value)
        self._depth -= 1

    def _mismatch(self, ref: int, value: object) -> EncodeError:
        return EncodeError("", f"expected `{self._table.describe(ref)}`, got {show_value(value)}")

    def _primitive(self, opcode: int, value: object) -> None:
        if opcode == OP_TEXT and isinstance(value, str):
            self._text(value)
        elif opcode == OP_RESERVED or (opcode == OP_NULL and value is None):
            pass
        elif opcode == OP_PRINCIPAL and isinstance(value, Principal):
            self._principal(value)
        elif opcode == OP_BOOL and isinstance(value, bool):
            self.parts.append(b"\1" if value else b"\0")
        elif isinstance(value, bool):
            raise self._mismatch(opcode, value)
        elif opcode in (OP_FLOAT32, OP_FLOAT64):
            self._float(opcode, value)
        elif isinstance(value, int):
            self._integer(opcode, value)
        else:
            raise self._mismatch(opcode, value)

    def _integer(self, opcode: int, number: int) -> None:
        if opcode == OP_INT:
            self.parts.append(write_signed(number))
            return
        if opcode == OP_NAT and number >= 0:
            self.parts.append(write_unsigned(number))
            return
        width = primitive_width(opcode)
        if opcode == OP_BOOL or width < 1:
            raise self._mismatch(opcode, number)
        signed = opcode <= OP_INT8
        magnitude = number if number >= 0 or not signed else ~number
        if magnitude < 0 or magnitude.bit_length() > 8 * width - (1 if signed else 0):
            raise self._mismatch(opcode, number)
        self.parts.append(number.to_bytes(width, "little", signed=signed))

    def _float(self, opcode: int, value: object) -> None:
        if not isinstance(value, (int, float)):
            raise self._mismatch(opcode, value)
        try:
            self.parts.append(struct.pack("<f" if opcode == OP_FLOAT32 else "<d", value))
        except (OverflowError, struct.error):  # The latter at an integer beyond all floats.
            raise self._mismatch(opcode, value) from None

    def _text(self, text: str) -> None:
        try:
            raw = text.encode()
        except UnicodeEncodeError:
            raise EncodeError("", "a lone surrogate can't be encoded as text") from None
        self.parts.append(write_unsigned(len(raw)))
        self.parts.append(raw)

    def _principal(self, principal: Principal) -> None:
        self.parts.append(bytes([1, len(principal.raw)]))
        self.parts.append(principal.raw)

    def _opt(self, entry: Entry, value: object) -> None:
        if value is None:
            self.parts.append(b"\0")
            return
        self.parts.append(b"\1")
        if not self._table.wraps(entry):
            self.value(entry.refs[0], value)
        elif isinstance(value, Some):
            self.value(entry.refs[0], value.value)
        else:
            inner = self._table.describe(entry.refs[0])
            raise EncodeError(
                "", f"expected `None` or `Some` of `{inner}`, got {show_value(value)}"
            )

    def _vec(self, ref: int, value: object) -> None:
        inner = self._table.entries[ref].refs[0]
        if inner == OP_NAT8 and isinstance(value, (bytes, bytearray)):
            self.parts.append(write_unsigned(len(value)))
            self.parts.append(bytes(value))
            return
        if not isinstance(value, (list, tuple)):
            raise self._mismatch(ref, value)
        self.parts.append(write_unsigned(len(value)))
        index = 0
        try:
            for item in value:
                self.value(inner, item)
                index += 1
        except EncodeError as error:
            error.path = f"[{index}]{error.path}"
            raise

    def _fields_by_label(self, entry: Entry, value: dict[object, object]) -> None:
        used = 0
        index = 0
        try:
            for index in range(len(entry.ids)):
                key: object = entry.names[index]
                if key not in value:
                    key = entry.ids[index]
                if key in value:
                    used += 1
                    self.value(entry.refs[index], value[key])
                elif self._table.is_optional(entry.refs[index]):
                    self.value(entry.refs[index], None)
                else:
                    raise EncodeError("", "the field is missing")
        except EncodeError as error:
            error.path = f".{entry.label(index)}{error.path}"
            raise
        if used < len(value):
            raise EncodeError("", f"the record has no field {_unknown_label(entry, value)}")

    def _fields_by_position(self, entry: Entry, value: tuple[object, ...]) -> None:
        if len(value) != len(entry.ids) or (len(value) and not entry.is_tuple()):
            wanted = "a `dict`" if not entry.is_tuple() else f"{len(entry.ids)} values"
            raise EncodeError("", f"expected `record` from {wanted}, got a tuple of {len(value)}")
        index = 0
        try:
            for index in range(len(value)):
                self.value(entry.refs[index], value[index])
        except EncodeError as error:
            error.path = f".{index}{error.path}"
            raise

    def _variant(self, entry: Entry, value: object) -> None:
        if not isinstance(value, VariantValue):
            raise EncodeError("", f"expected `variant`, got {show_value(value)}")
        tag = value.tag
        index = _tag_index(entry, tag)
        if index < 0:
            if isinstance(tag, str) and tag in [str(number) for number in entry.ids]:
                raise EncodeError("", f"`{tag}` is an id, not a name: write `VariantValue({tag})`")
            tags = ", ".join([f"`{entry.label(i)}`" for i in range(min(len(entry.ids), 20))])
            raise EncodeError("", f"the variant has no tag {show_label(tag)}; it has {tags}")
        self.parts.append(write_unsigned(index))
        try:
            self.value(entry.refs[index], value.value)
        except EncodeError as error:
            error.path = f".{entry.label(index)}{error.path}"
            raise


def _tag_index(entry: Entry, tag: str | int) -> int:
    if isinstance(tag, int):
        return entry.ids.index(tag) if tag in entry.ids else -1
    return entry.names.index(tag) if tag and tag in entry.names else -1


def _unknown_label(entry: Entry, value: dict[object, object]) -> str:
    for key in value:
        if key not in entry.ids and (key == "" or key not in entry.names):
            return show_label(key)
    return "given by name and by id at once"


def show_label(label: object) -> str:
    """A tag or key for a message: itself, unless it is none that a type could have."""
    is_short = isinstance(label, str) or (isinstance(label, int) and -1 <= label <= FIELD_ID_MAX)
    return f"`{label}`" if is_short else show_value(label)


def show_value(value: object) -> str:
    """A value for a message: its type and, where short, itself."""
    kind = type(value).__name__
    if value is None:
        return "`None`"
    # CPython refuses to print integers of thousands of digits.
    if isinstance(value, int) and value.bit_length() > 256:
        return f"`{kind}` of {value.bit_length()} bits"
    if isinstance(value, (bool, int, float)):
        return f"`{kind}` {value}"
    if isinstance(value, str):
        return f"`{kind}` {value!r}" if len(value) <= 40 else f"`{kind}` of {len(value)} characters"
    return f"`{kind}`"
