"""Parser of values as text, `(42, record { owner = principal "..." })`, at given types.

Host only: command line, tests.  Candid spec, "Textual Syntax for Values".  A text is read as a
tree first, then fitted to the types by the rules of subtyping, so a record may have more fields.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal

from attrs import evolve, frozen

from scm.candid.did_parser import DidParser
from scm.candid.errors import CandidSyntaxError
from scm.candid.lexer import Token, TokenReader, natural_of, text_of
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
    field_hash,
)
from scm.candid.values import FuncValue, ServiceValue, Some, VariantValue
from scm.model import Principal

_DEPTH_MAX: Final = 100

_Kind = Literal[
    "number",
    "text",
    "blob",
    "bool",
    "null",
    "opt",
    "vec",
    "record",
    "variant",
    "service",
    "func",
    "principal",
]


@frozen
class _Node:
    """A value as written; `ids` are those of `items`, the fields of a record or variant."""

    kind: _Kind
    token: Token
    items: tuple[_Node, ...] = ()
    ids: tuple[int, ...] = ()
    method: str = ""
    annotation: Type | None = None


def parse_values(text: str, types: Sequence[Type], env: TypeEnv = NO_NAMES) -> tuple[object, ...]:
    """Parse an argument tuple, one value for each type (value mapping: see `values.py`).

    Missing arguments are `None` where the type allows it, extra ones are dropped.  Raises
    `CandidSyntaxError` on wrong grammar and on values that do not fit.
    """
    parser = _ValueParser(TokenReader(text), env)
    nodes = parser.arguments()
    fitter = _Fitter(env)
    values: list[object] = []
    for index, type in enumerate(types):
        if index < len(nodes):
            values.append(fitter.fit(nodes[index], type))
        elif _is_optional(env.resolve(type)):
            values.append(None)
        else:
            raise parser.error_at_end(f"argument {index} of type `{type!r}` is missing")
    return tuple(values)


def _is_optional(type: Type) -> bool:
    return type.opcode in (OP_OPT, OP_NULL, OP_RESERVED)


class _ValueParser:
    def __init__(self, tokens: TokenReader, env: TypeEnv) -> None:
        self._tokens: Final = tokens
        self._types: Final = DidParser(tokens)
        self._env: Final = env
        self._depth = 0

    def error_at_end(self, message: str) -> CandidSyntaxError:
        return self._tokens.token.error(message)

    def arguments(self) -> list[_Node]:
        tokens = self._tokens
        tokens.expect("(")
        nodes: list[_Node] = []
        while not tokens.at(")"):
            nodes.append(self._value())
            if not tokens.at(")"):
                tokens.expect(",")
        tokens.expect(")")
        if not tokens.at_end():
            raise tokens.token.error(f"unexpected {tokens.token.shown()} after the arguments")
        self._types.check_names(self._env)
        return nodes

    def _value(self) -> _Node:
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise self._tokens.token.error(f"values nest deeper than {_DEPTH_MAX}")
        node = self._bare_value()
        if self._tokens.accept(":"):
            node = evolve(node, annotation=self._types.type())
        self._depth -= 1
        return node

    def _bare_value(self) -> _Node:
        tokens = self._tokens
        if tokens.accept("("):
            node = self._value()
            tokens.expect(")")
            return node
        token = tokens.take()
        if token.kind == "number":
            return _Node("number", token)
        if token.kind == "text":
            return _Node("text", token)
        match token.text if token.kind == "word" else "":
            case "null":
                return _Node("null", token)
            case "true" | "false":
                return _Node("bool", token)
            case "opt":
                return _Node("opt", token, (self._value(),))
            case "vec":
                return _Node("vec", token, tuple(self._braced(self._value)))
            case "record":
                return self._record(token)
            case "variant":
                return self._variant(token)
            case "blob":
                return _Node("blob", self._literal())
            case "principal":
                return _Node("principal", self._literal())
            case "service":
                return _Node("service", self._literal())
            case "func":
                literal = self._literal()
                tokens.expect(".")
                return _Node("func", literal, method=tokens.name())
        raise token.error(f"expected a value, got {token.shown()}")

    def _literal(self) -> Token:
        token = self._tokens.take()
        if token.kind != "text":
            raise token.error(f"expected a quoted text, got {token.shown()}")
        return token

    def _braced(self, parse_item: Callable[[], _Node]) -> list[_Node]:
        tokens = self._tokens
        items: list[_Node] = []
        tokens.expect("{")
        while not tokens.at("}"):
            items.append(parse_item())
            if not tokens.at("}"):
                tokens.expect(";")
        tokens.expect("}")
        return items

    def _label(self) -> int:
        token = self._tokens.token
        if token.kind == "number":
            return natural_of(self._tokens.take())
        return field_hash(self._tokens.name())

    def _record(self, token: Token) -> _Node:
        ids: list[int] = []

        def parse_field() -> _Node:
            ahead = self._tokens.ahead()
            if ahead.kind == "symbol" and ahead.text == "=":
                ids.append(self._label())
                self._tokens.expect("=")
            else:
                ids.append(ids[-1] + 1 if ids else 0)
            return self._value()

        items = self._braced(parse_field)
        if len(set(ids)) < len(ids):
            raise token.error("the record has a field twice")
        return _Node("record", token, tuple(items), tuple(ids))

    def _variant(self, token: Token) -> _Node:
        self._tokens.expect("{")
        number = self._label()
        item = self._value() if self._tokens.accept("=") else _Node("null", token)
        self._tokens.accept(";")
        self._tokens.expect("}")
        return _Node("variant", token, (item,), (number,))


class _Fitter:
    """Turns trees into values of given types."""

    def __init__(self, env: TypeEnv) -> None:
        self._env: Final = env

    def fit(self, node: _Node, type: Type) -> object:
        if node.annotation is not None:
            annotation = node.annotation
            node = evolve(node, annotation=None)
            self.fit(node, annotation)
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

    def _fit_primitive(self, node: _Node, type: Type) -> object:
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
                return _float_of(node.token)
            if OP_NAT >= opcode > OP_FLOAT32:
                return _integer_of(node.token, type)
        raise _mismatch(node, type)

    def _fit_opt(self, node: _Node, type: Opt) -> object:
        if node.kind == "null":
            return None
        value = self.fit(node.items[0] if node.kind == "opt" else node, type.inner)
        return Some(value) if _is_optional(self._env.resolve(type.inner)) else value

    def _fit_vec(self, node: _Node, type: Vec) -> object:
        is_blob = self._env.resolve(type.inner).opcode == OP_NAT8
        if node.kind == "blob" and is_blob:
            return node.token.raw
        if node.kind != "vec":
            raise _mismatch(node, type)
        values = [self.fit(item, type.inner) for item in node.items]
        if not is_blob:
            return values
        return bytes([value for value in values if isinstance(value, int)])

    def _fit_record(self, node: _Node, type: Record) -> object:
        if node.kind != "record":
            raise _mismatch(node, type)
        items = dict(zip(node.ids, node.items, strict=True))
        values: dict[str | int, object] = {}
        for field in type.fields:
            item = items.get(field.id)
            if item is not None:
                values[field.name or field.id] = self.fit(item, field.type)
            elif _is_optional(self._env.resolve(field.type)):
                values[field.name or field.id] = None
            else:
                raise node.token.error(f"the record lacks the field `{field.label}`")
        return tuple(values.values()) if type.arity else values

    def _fit_variant(self, node: _Node, type: Variant) -> object:
        if node.kind != "variant":
            raise _mismatch(node, type)
        for field in type.fields:
            if field.id == node.ids[0]:
                return VariantValue(field.name or field.id, self.fit(node.items[0], field.type))
        tags = ", ".join(f"`{field.label}`" for field in type.declared)
        raise node.token.error(f"the variant has no such tag; expected one of {tags or 'none'}")


def _mismatch(node: _Node, type: Type) -> CandidSyntaxError:
    return node.token.error(f"expected `{type!r}`, got a value of kind `{node.kind}`")


def _principal_of(token: Token) -> Principal:
    try:
        return Principal.from_text(text_of(token))
    except ValueError as error:
        raise token.error(str(error)) from error


def _integer_of(token: Token, type: Type) -> int:
    digits = token.text.replace("_", "")
    sign = -1 if digits.startswith("-") else 1
    magnitude = digits.lstrip("+-")
    try:
        number = sign * int(magnitude, 16 if magnitude[:2] in ("0x", "0X") else 10)
    except ValueError:
        raise token.error(f"expected `{type!r}`, got `{token.text}`") from None
    opcode = type.opcode
    width = 8 * primitive_width(opcode)
    is_signed = opcode == OP_INT or opcode <= OP_INT8
    low = -(1 << (width - 1)) if is_signed and width > 0 else 0
    high = low + (1 << width) if width > 0 else number + 1
    if opcode != OP_INT and not low <= number < high:
        raise token.error(f"`{token.text}` is out of range for `{type!r}`")
    return number


def _float_of(token: Token) -> float:
    digits = token.text.replace("_", "")
    is_hex = digits.lstrip("+-")[:2] in ("0x", "0X")
    return float.fromhex(digits) if is_hex else float(digits)
