"""What someone has filled into a form, as values of Candid.

A form's value is JSON: numbers, principals and text are strings as they were typed, an opt is null
or `{"some": value}`, a record has its values by field id, a variant is `{"tag": id, "value": ...}`,
a blob `{"as": "text" | "hex", "text": ...}`.  A mistake is told with the path to its control.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from scm.candid.errors import CandidSyntaxError
from scm.candid.opcodes import OP_BOOL, OP_EMPTY, OP_NAT8, OP_NULL, OP_OPT, OP_RESERVED, OP_TEXT
from scm.candid.types import (
    Func,
    Opt,
    Record,
    Service,
    Type,
    TypeEnv,
    Variant,
    Vec,
)
from scm.candid.value_parser import parse_values
from scm.candid.values import FuncValue, ServiceValue, Some, VariantValue
from scm.model import Principal

DEPTH_MAX: Final = 100

Path = tuple[str | int, ...]


class FormError(Exception):
    """A value that does not fit: `path` leads to its control, `message` says what is wrong."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message)
        self.path: Final = path
        self.message: Final = message


def values_of_form(given: object, types: Sequence[Type], env: TypeEnv) -> list[object]:
    """One value for each type; raises `FormError`."""
    if not isinstance(given, list) or len(given) != len(types):
        raise FormError((), f"expected {len(types)} arguments")
    return [
        _Reader(env).value(item, type, (index,))
        for index, (item, type) in enumerate(zip(given, types, strict=True))
    ]


class _Reader:
    def __init__(self, env: TypeEnv) -> None:
        self._env: Final = env

    def value(self, given: Any, type: Type, path: Path) -> object:
        """The value at one place of a form."""
        if len(path) > DEPTH_MAX:
            raise FormError(path, "the value is nested too deep")
        resolved = self._env.resolve(type)
        match resolved:
            case Opt():
                return self._opt(given, resolved, path)
            case Vec() if self._env.resolve(resolved.inner).opcode == OP_NAT8:
                return _blob(given, path)
            case Vec():
                items = _as_list(given, path)
                return [
                    self.value(item, resolved.inner, (*path, i)) for i, item in enumerate(items)
                ]
            case Record():
                return self._record(given, resolved, path)
            case Variant():
                return self._variant(given, resolved, path)
            case Service():
                return ServiceValue(_principal(given, path))
            case Func():
                parts = _as_mapping(given, path)
                method = _text(parts.get("method"), (*path, "method"))
                if not method:
                    raise FormError((*path, "method"), "a method's name is missing")
                return FuncValue(_principal(parts.get("principal"), (*path, "principal")), method)
        return self._primitive(given, resolved, path)

    def _opt(self, given: Any, type: Opt, path: Path) -> object:
        if given is None:
            return None
        value = self.value(_as_mapping(given, path).get("some"), type.inner, (*path, "some"))
        is_optional = self._env.resolve(type.inner).opcode in (OP_OPT, OP_NULL, OP_RESERVED)
        return Some(value) if is_optional else value

    def _record(self, given: Any, type: Record, path: Path) -> object:
        parts = _as_mapping(given, path)
        values = {
            field.name or field.id: self.value(
                parts.get(str(field.id)), field.type, (*path, field.id)
            )
            for field in type.fields
        }
        return tuple(values.values()) if type.arity else values

    def _variant(self, given: Any, type: Variant, path: Path) -> object:
        parts = _as_mapping(given, path)
        for field in type.fields:
            if field.id == parts.get("tag"):
                value = self.value(parts.get("value"), field.type, (*path, field.id))
                return VariantValue(field.name or field.id, value)
        raise FormError(path, "choose one of the alternatives")

    def _primitive(self, given: Any, type: Type, path: Path) -> object:
        match type.opcode:
            case code if code in (OP_NULL, OP_RESERVED):
                return None
            case code if code == OP_EMPTY:
                raise FormError(path, "`empty` has no values, so this can't be called")
            case code if code == OP_BOOL:
                if not isinstance(given, bool):
                    raise FormError(path, "expected true or false")
                return given
            case code if code == OP_TEXT:
                return _text(given, path)
        if repr(type) == "principal":
            return _principal(given, path)
        return _number(given, type, path)


def _number(given: Any, type: Type, path: Path) -> object:
    text = _text(given, path).strip()
    if not text:
        raise FormError(path, f"a number is missing, of the type `{type!r}`")
    try:
        # The grammar of Candid: `1_000`, `0xff`, `-1`, `1e3`; ranges are checked.
        return parse_values(f"({text})", [type], exact=True)[0]
    except CandidSyntaxError as error:
        raise FormError(path, error.message) from error


def _principal(given: Any, path: Path) -> Principal:
    text = _text(given, path).strip()
    if not text:
        raise FormError(path, "a principal is missing, such as `aaaaa-aa`")
    try:
        return Principal.from_text(text)
    except ValueError as error:
        raise FormError(path, str(error)) from error


def _blob(given: Any, path: Path) -> bytes:
    parts = _as_mapping(given, path)
    text = _text(parts.get("text"), path)
    if parts.get("as") == "text":
        return text.encode()
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise FormError(path, "expected hexadecimal digits, two for each byte") from error


def _text(given: Any, path: Path) -> str:
    if not isinstance(given, str):
        raise FormError(path, "a value is missing")
    try:
        given.encode()
    except UnicodeEncodeError as error:
        raise FormError(path, "UTF-8 can't encode this text") from error
    return given


def _as_list(given: Any, path: Path) -> list[Any]:
    if not isinstance(given, list):
        raise FormError(path, "expected a list")
    return given


def _as_mapping(given: Any, path: Path) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise FormError(path, "a value is missing")
    return given
