"""Parser of values as text, `(42, record { owner = principal "..." })`, at given types.

Host only: command line, tests.  Candid spec, "Textual Syntax for Values".  A text is read as a
tree first, then fitted to the types by the rules of subtyping, so a record may have more fields.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from math import inf, isfinite
from typing import Final

from scm.candid.errors import CandidSyntaxError
from scm.candid.lexer import NOT_FINITE, Token, integer_of, text_of
from scm.candid.opcodes import (
    OP_BOOL,
    OP_FLOAT32,
    OP_FLOAT64,
    OP_INT,
    OP_INT8,
    OP_NAT,
    OP_NAT8,
    OP_NULL,
    OP_OPT,
    OP_PRINCIPAL,
    OP_RESERVED,
    OP_TEXT,
    primitive_width,
)
from scm.candid.scan import DEPTH_MAX, NO_ROOM
from scm.candid.types import (
    NO_NAMES,
    Func,
    Opt,
    Record,
    Service,
    Type,
    TypeEnv,
    Variant,
    Vec,
)
from scm.candid.value_syntax import ArgumentNodes, ValueNode, read_arguments
from scm.candid.values import FuncValue, ServiceValue, Some, VariantValue
from scm.model import Principal


def parse_values(
    text: str, types: Sequence[Type], env: TypeEnv = NO_NAMES, *, exact: bool = False
) -> tuple[object, ...]:
    """Parse an argument tuple, one value for each type (value mapping: see `values.py`).

    Missing arguments are `None` where the type allows it, extra ones are dropped; with `exact`,
    extra arguments and fields are refused, as they may be misspelt.  Raises `CandidSyntaxError` on
    wrong grammar and on values that do not fit.
    """
    try:
        return _parse_values(read_arguments(text, env), types, env, exact=exact)
    except RecursionError:
        raise CandidSyntaxError(1, 1, NO_ROOM) from None


def _parse_values(
    arguments: ArgumentNodes, types: Sequence[Type], env: TypeEnv, *, exact: bool
) -> tuple[object, ...]:
    fitter = _Fitter(env, exact=exact)
    values: list[object] = []
    if exact and len(arguments.values) > len(types):
        extra = arguments.values[len(types)]
        wanted = "1 argument" if len(types) == 1 else f"{len(types)} arguments"
        raise extra.token.error(f"expected {wanted}, got {len(arguments.values)}")
    for index, type in enumerate(types):
        if index < len(arguments.values):
            values.append(fitter.argument(arguments.values[index], type))
        elif _is_optional(env.resolve(type)):
            values.append(None)
        else:
            raise arguments.end.error(f"argument {index} of type `{type!r}` is missing")
    return tuple(values)


def _is_optional(type: Type) -> bool:
    return type.opcode in (OP_OPT, OP_NULL, OP_RESERVED)


class _Fitter:
    """Turns trees into values of given types."""

    def __init__(self, env: TypeEnv, *, exact: bool) -> None:
        self._env: Final = env
        self._exact: Final = exact

    def argument(self, node: ValueNode, type: Type) -> object:
        """The value of one argument."""
        self._check_annotations(node)
        return self._fit(node, type)

    def _check_annotations(self, node: ValueNode) -> None:
        # Apart from the fitting, which would else come to a value twice for each one around it.
        for item in node.items:
            self._check_annotations(item)
        if node.annotation is not None:
            self._fit(node, node.annotation)

    def _fit(self, node: ValueNode, type: Type) -> object:
        resolved = self._env.resolve(type)
        match resolved:
            case Opt():
                return self._fit_opt(node, resolved)
            case Vec():
                return self._fit_vec(node, resolved)
            case Record():
                return self._fit_record(node, resolved)
            case Variant():
                return self._fit_variant(node, resolved)
            case Service() if node.kind == "service":
                return ServiceValue(_principal_of(node.token))
            case Func() if node.kind == "func":
                return FuncValue(_principal_of(node.token), node.method)
        return self._fit_primitive(node, resolved)

    def _fit_primitive(self, node: ValueNode, type: Type) -> object:
        opcode = type.opcode
        if opcode == OP_RESERVED or (opcode == OP_NULL and node.kind == "null"):
            return None
        if opcode == OP_BOOL and node.kind == "bool":
            return node.token.text == "true"
        if opcode == OP_TEXT and node.kind == "text":
            return text_of(node.token)
        if opcode == OP_PRINCIPAL and node.kind in ("principal", "service"):
            return _principal_of(node.token)
        if node.kind == "number":
            if opcode in (OP_FLOAT32, OP_FLOAT64):
                return _float_of(node.token, type)
            if OP_NAT >= opcode > OP_FLOAT32:
                return _integer_of(node.token, type)
        raise _mismatch(node, type)

    def _fit_opt(self, node: ValueNode, type: Opt) -> object:
        if node.kind == "null":
            return None
        inner = self._env.resolve(type.inner)
        if node.kind == "opt":
            value = self._fit(node.items[0], inner)
            return Some(value) if _is_optional(inner) else value
        # Any other value stands for itself inside all the opts, of which there may be no end.
        opts = 0
        while isinstance(inner, Opt):
            opts += 1
            inner = self._env.resolve(inner.inner)
            if opts >= DEPTH_MAX:
                raise node.token.error(
                    f"`{type!r}` has nothing but `null` and opts inside, deeper than values may"
                    f" nest, got a value of kind `{node.kind}`"
                )
        value = self._fit(node, inner)
        for _ in range(opts + _is_optional(inner)):
            value = Some(value)
        return value

    def _fit_vec(self, node: ValueNode, type: Vec) -> object:
        is_blob = self._env.resolve(type.inner).opcode == OP_NAT8
        if node.kind == "blob" and is_blob:
            return node.token.raw
        if node.kind != "vec":
            raise _mismatch(node, type)
        values = [self._fit(item, type.inner) for item in node.items]
        if not is_blob:
            return values
        return bytes([value for value in values if isinstance(value, int)])

    def _fit_record(self, node: ValueNode, type: Record) -> object:
        if node.kind != "record":
            raise _mismatch(node, type)
        items = dict(zip(node.ids, node.items, strict=True))
        if self._exact:
            self._check_fields(items, type)
        values: dict[str | int, object] = {}
        for field in type.fields:
            item = items.get(field.id)
            if item is not None:
                values[field.name or field.id] = self._fit(item, field.type)
            elif _is_optional(self._env.resolve(field.type)):
                values[field.name or field.id] = None
            else:
                raise node.token.error(f"the record lacks the field `{field.label}`")
        return tuple(values.values()) if type.arity else values

    def _check_fields(self, items: dict[int, ValueNode], type: Record) -> None:
        known = {field.id for field in type.fields}
        for number, item in items.items():
            if number not in known:
                fields = ", ".join(f"`{field.label}`" for field in type.declared) or "none"
                raise item.token.error(f"the record has no such field; its fields are {fields}")

    def _fit_variant(self, node: ValueNode, type: Variant) -> object:
        if node.kind != "variant":
            raise _mismatch(node, type)
        for field in type.fields:
            if field.id == node.ids[0]:
                return VariantValue(field.name or field.id, self._fit(node.items[0], field.type))
        tags = ", ".join(f"`{field.label}`" for field in type.declared)
        raise node.token.error(f"the variant has no such tag; expected one of {tags or 'none'}")


def _mismatch(node: ValueNode, type: Type) -> CandidSyntaxError:
    return node.token.error(f"expected `{type!r}`, got a value of kind `{node.kind}`")


def _principal_of(token: Token) -> Principal:
    try:
        return Principal.from_text(text_of(token))
    except ValueError as error:
        raise token.error(str(error)) from error


def _integer_of(token: Token, type: Type) -> int:
    number = integer_of(token)
    if number is None:
        raise token.error(f"expected `{type!r}`, got {token.shown()}")
    opcode = type.opcode
    width = 8 * primitive_width(opcode)
    is_signed = opcode == OP_INT or opcode <= OP_INT8
    low = -(1 << (width - 1)) if is_signed and width > 0 else 0
    high = low + (1 << width) if width > 0 else number + 1
    if opcode != OP_INT and not low <= number < high:
        raise token.error(f"{token.shown()} is out of range for `{type!r}`")
    return number


def _float_of(token: Token, type: Type) -> float:
    digits = token.text.replace("_", "")
    magnitude = digits.lstrip("+-")
    if magnitude in NOT_FINITE:
        return float(digits)
    try:
        is_hex = magnitude[:2] in ("0x", "0X")
        number = float.fromhex(digits) if is_hex else float(digits)
        struct.pack("<f" if type.opcode == OP_FLOAT32 else "<d", number)
    except OverflowError:
        number = inf
    if not isfinite(number):
        raise token.error(f"{token.shown()} is out of range for `{type!r}`")
    return number
