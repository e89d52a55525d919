"""The types that a message says it has, as types: fields and tags by id, as the wire has no names.

Host only.  Every composite type of the message's table gets a name, `t0`, `t1` ..., so recursive
ones are finite and shared ones are not multiplied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from scm.candid.opcodes import (
    ANNOTATION_ONEWAY,
    OP_FUNC,
    OP_OPT,
    OP_RECORD,
    OP_SERVICE,
    OP_VARIANT,
    OP_VEC,
)
from scm.candid.table import Entry, annotation_name, parse_header
from scm.candid.types import (
    RESERVED,
    Field,
    Func,
    Method,
    Opt,
    Record,
    Ref,
    Service,
    Type,
    TypeEnv,
    Variant,
    Vec,
    primitive_types,
)

_PRIMITIVES: Final = {type.opcode: type for type in primitive_types()}
_NOTHING_KNOWN: Final[Mapping[int, str]] = {}


def read_message_types(
    message: bytes, names: Mapping[int, str] = _NOTHING_KNOWN
) -> tuple[tuple[Type, ...], TypeEnv]:
    """The types of a message's arguments, and the names that they use.

    They fit what `decode_untyped` returns; types of later versions of Candid come as `reserved`.
    `names`: what fields and tags are called, by their ids, where that is known from elsewhere.
    Raises `DecodeError` if the header is malformed.
    """
    table, _ = parse_header(message)
    definitions = {
        _name(index): _composite(entry, names) for index, entry in enumerate(table.entries)
    }
    return _types(table.args), TypeEnv(definitions)


def _name(index: int) -> str:
    return f"t{index}"


def _type(ref: int) -> Type:
    return _PRIMITIVES[ref] if ref < 0 else Ref(_name(ref))


def _types(refs: Sequence[int]) -> tuple[Type, ...]:
    return tuple(_type(ref) for ref in refs)


def _fields(entry: Entry, names: Mapping[int, str]) -> list[Field]:
    parts = zip(entry.ids, entry.refs, strict=True)
    return [Field(names.get(number, ""), _type(ref), number) for number, ref in parts]


def _composite(entry: Entry, names: Mapping[int, str]) -> Type:
    opcode = entry.opcode
    if opcode == OP_OPT:
        return Opt(_type(entry.refs[0]))
    if opcode == OP_VEC:
        return Vec(_type(entry.refs[0]))
    if opcode == OP_RECORD:
        return Record(_fields(entry, names))
    if opcode == OP_VARIANT:
        return Variant(_fields(entry, names))
    if opcode == OP_FUNC:
        # Decoders take a oneway func with results, which can't be written down.
        is_oneway = entry.annotation == ANNOTATION_ONEWAY
        annotations = [annotation_name(entry.annotation)] if entry.annotation else []
        return Func(_types(entry.refs), () if is_oneway else _types(entry.results), annotations)
    if opcode == OP_SERVICE:
        parts = zip(entry.names, entry.refs, strict=True)
        return Service([Method(name, _type(ref)) for name, ref in parts])
    return RESERVED
