"""Values as Candid text at given types: what `value_parser.py` reads back.  Host only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan
from types import NoneType
from typing import Final

from scm.candid.encode import show_label, show_value
from scm.candid.errors import EncodeError
from scm.candid.opcodes import (
    OP_BOOL,
    OP_FLOAT32,
    OP_FLOAT64,
    OP_FUNC,
    OP_INT,
    OP_INT64,
    OP_NAT,
    OP_NAT8,
    OP_NULL,
    OP_PRINCIPAL,
    OP_RESERVED,
    OP_SERVICE,
    OP_TEXT,
)
from scm.candid.scan import NO_ROOM
from scm.candid.text import quote_name, quote_text
from scm.candid.types import NO_NAMES, RESERVED, Opt, Record, Type, TypeEnv, Variant, Vec
from scm.candid.values import FuncValue, ServiceValue, Some, VariantValue
from scm.model import Principal

_DECIMAL_BITS: Final = 2_000  # CPython prints decimals that short whatever its limit is set to.
_BLOB_PLAIN: Final = range(0x20, 0x7F)
_UNTOLD: Final = frozenset({OP_NAT, *range(OP_FLOAT32, OP_INT), OP_RESERVED})
"""Opcodes of types that `infer_types` would not find by itself."""

_CLASSES: Final[Mapping[int, tuple[type, ...]]] = {
    OP_NULL: (NoneType,),
    OP_BOOL: (bool,),
    **dict.fromkeys(range(OP_INT64, OP_BOOL), (int,)),
    OP_FLOAT32: (int, float),
    OP_FLOAT64: (int, float),
    OP_TEXT: (str,),
    OP_PRINCIPAL: (Principal,),
    OP_FUNC: (FuncValue,),
    OP_SERVICE: (ServiceValue,),
}


def format_values(
    values: Sequence[object],
    types: Sequence[Type],
    env: TypeEnv = NO_NAMES,
    *,
    annotate: bool = False,
) -> str:
    """An argument tuple on one line, as in `(42, record { owner = principal "aaaaa-aa" })`.

    `annotate`: write the type of a number that is neither `int` nor `float64`, `42 : nat8`, as the
    text would not tell it by itself.  Infinities and NaN, which Candid has no text for, come as
    `inf`, `-inf` and `NaN`.  Raises `EncodeError` if a value is none of its type; ranges of numbers
    are not checked.
    """
    formatter = _Formatter(env, annotate=annotate)
    try:
        shown = [formatter.show(value, type) for value, type in zip(values, types, strict=True)]
    except RecursionError:
        raise EncodeError("", NO_ROOM) from None
    return f"({', '.join(shown)})"


class _Formatter:
    def __init__(self, env: TypeEnv, *, annotate: bool) -> None:
        self._env: Final = env
        self._annotate: Final = annotate

    def show(self, value: object, type: Type) -> str:
        resolved = self._env.resolve(type)
        match resolved, value:
            case Opt(), None:
                return "null"
            case Opt(), Some():
                return self._show_opt(value.value, resolved.inner)
            case Opt(), _:
                return self._show_opt(value, resolved.inner)
            case Vec(), bytes() if self._env.resolve(resolved.inner).opcode == OP_NAT8:
                return f"blob {_quote_bytes(value)}"
            case Vec(), list():
                return _braced("vec", [self.show(item, resolved.inner) for item in value])
            case Record(), dict():
                return self._show_record(value, resolved)
            case Record(), tuple() if len(value) == len(resolved.fields):
                parts = zip(value, resolved.fields, strict=True)
                return _braced("record", [self.show(item, field.type) for item, field in parts])
            case Variant(), VariantValue():
                return self._show_variant(value, resolved)
            case _:
                _check_class(value, resolved)
                shown = _show_primitive(value)
                is_told = not self._annotate or resolved.opcode not in _UNTOLD
                return shown if is_told else f"{shown} : {resolved!r}"

    def _show_opt(self, value: object, type: Type) -> str:
        shown = self.show(value, type)
        # An annotation reaches over all before it, so it needs parentheses here.
        is_annotated = self._annotate and self._env.resolve(type).opcode in _UNTOLD
        return f"opt ({shown})" if is_annotated else f"opt {shown}"

    def _show_record(self, value: dict[str | int, object], type: Record) -> str:
        fields = [
            f"{field.label} = {self.show(value.get(field.name or field.id), field.type)}"
            for field in type.declared
        ]
        return _braced("record", fields)

    def _show_variant(self, value: VariantValue, type: Variant) -> str:
        for field in type.fields:
            if value.tag in (field.name or field.id, field.id):
                if self._env.resolve(field.type).opcode == OP_NULL:
                    return f"variant {{ {field.label} }}"
                return f"variant {{ {field.label} = {self.show(value.value, field.type)} }}"
        raise EncodeError("", f"the variant has no tag {show_label(value.tag)}")


def _check_class(value: object, type: Type) -> None:
    classes = _CLASSES.get(type.opcode, ())
    is_bool_as_number = isinstance(value, bool) and bool not in classes
    if type.opcode != OP_RESERVED and (is_bool_as_number or not isinstance(value, classes)):
        raise _misfit(value, type)


def _misfit(value: object, type: Type) -> EncodeError:
    return EncodeError("", f"expected `{type!r}`, got {show_value(value)}")


def _show_primitive(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value) if value.bit_length() < _DECIMAL_BITS else hex(value)
        case float():
            return "NaN" if isnan(value) else repr(value)
        case str():
            return quote_text(value)
        case Principal():
            return f'principal "{value}"'
        case ServiceValue():
            return f'service "{value.principal}"'
        case FuncValue():
            return f'func "{value.principal}".{quote_name(value.method)}'
    raise _misfit(value, RESERVED)  # Which takes all but what is no value at all.


def _quote_bytes(raw: bytes) -> str:
    letters = [
        chr(byte) if byte in _BLOB_PLAIN and byte not in b'"\\' else f"\\{byte:02x}" for byte in raw
    ]
    return f'"{"".join(letters)}"'


def _braced(keyword: str, parts: list[str]) -> str:
    return f"{keyword} {{ {'; '.join(parts)} }}" if parts else f"{keyword} {{}}"
