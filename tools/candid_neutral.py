"""Types and values as neutral JSON, for `candid_peer/peer.mjs`, which has its grammar."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final, TypeAlias

from tools.candid_cases import has_null

from scm.candid import (
    FLOAT32,
    FLOAT64,
    Func,
    FuncValue,
    Opt,
    Record,
    Ref,
    Service,
    ServiceValue,
    Some,
    Type,
    TypeEnv,
    Variant,
    VariantValue,
    Vec,
)
from scm.model import Principal

Json: TypeAlias = "bool | str | int | list[Json] | dict[str, Json] | None"

_FLOATS: Final[dict[Type, str]] = {FLOAT32: "<f", FLOAT64: "<d"}


def type_to_json(type: Type) -> Json:
    """A type for the peer."""
    match type:
        case Ref():
            return ["ref", type.name]
        case Opt():
            return ["opt", type_to_json(type.inner)]
        case Vec():
            return ["vec", type_to_json(type.inner)]
        case Record() | Variant():
            kind = "record" if isinstance(type, Record) else "variant"
            fields: list[Json] = [
                [field.name or field.id, type_to_json(field.type)] for field in type.fields
            ]
            return [kind, fields]
        case Func():
            args: list[Json] = [type_to_json(item) for item in type.args]
            results: list[Json] = [type_to_json(item) for item in type.results]
            return ["func", args, results, list(type.annotations)]
        case Service():
            methods: list[Json] = [
                [method.name, type_to_json(method.type)] for method in type.methods
            ]
            return ["service", methods]
    return [repr(type)]


def value_to_json(value: object, type: Type, env: TypeEnv) -> Json:
    """A value of a type for the peer."""
    resolved = env.resolve(type)
    match resolved:
        case Opt():
            if value is None:
                return []
            inner = value.value if isinstance(value, Some) else value
            return [value_to_json(inner, resolved.inner, env)]
        case Vec() if isinstance(value, list):
            return [value_to_json(item, resolved.inner, env) for item in value]
        case Record():
            parts = list(value.values()) if isinstance(value, dict) else value
            assert isinstance(parts, list | tuple)
            pairs = zip(parts, resolved.fields, strict=True)
            return [value_to_json(part, field.type, env) for part, field in pairs]
        case Variant():
            assert isinstance(value, VariantValue)
            labels = [field.name or field.id for field in resolved.fields]
            index = labels.index(value.tag)
            return [index, value_to_json(value.value, resolved.fields[index].type, env)]
    return _plain_to_json(value, resolved)


def _plain_to_json(value: object, type: Type) -> Json:
    match value:
        case bool() | str() | None:
            return value
        case int():
            return str(value)
        case float():
            return struct.pack(_FLOATS[type], value).hex()
        case bytes():
            return value.hex()
        case Principal():
            return value.raw.hex()
        case ServiceValue():
            return value.principal.raw.hex()
        case FuncValue():
            return [value.principal.raw.hex(), value.method]
    raise TypeError(f"no value of a Candid type: {value!r}")


def has_part(
    value: object, type: Type, env: TypeEnv, is_wanted: Callable[[object, Type], bool]
) -> bool:
    """Whether a value, or any value in it, is wanted; types come without names."""
    resolved = env.resolve(type)
    if is_wanted(value, resolved):
        return True
    match resolved, value:
        case _, None:
            return False
        case Opt(), Some() if has_null(resolved.inner, env):
            return has_part(value.value, resolved.inner, env, is_wanted)
        case Opt(), _:
            return has_part(value, resolved.inner, env, is_wanted)
        case Vec(), list():
            return any(has_part(item, resolved.inner, env, is_wanted) for item in value)
        case Record(), dict() | tuple():
            parts = value.values() if isinstance(value, dict) else value
            pairs = zip(parts, resolved.fields, strict=True)
            return any(has_part(part, field.type, env, is_wanted) for part, field in pairs)
        case Variant(), VariantValue():
            for field in resolved.fields:
                if value.tag == (field.name or field.id):
                    return has_part(value.value, field.type, env, is_wanted)
    return False
