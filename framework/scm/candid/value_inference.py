"""The types that values have by themselves, for text that comes without types.

Integers are `int`, numbers with a point or exponent `float64`, a blob `vec nat8`; what has an
annotation has that type.  The elements of a vec must agree on one type, which their parts together
may make up: `vec { variant { a }; variant { b = 1 } }`.  Host only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from scm.candid.equality import explain_equality
from scm.candid.errors import CandidSyntaxError
from scm.candid.lexer import NOT_FINITE
from scm.candid.scan import NO_ROOM
from scm.candid.types import (
    BLOB,
    BOOL,
    EMPTY,
    FLOAT64,
    INT,
    NAT,
    NO_NAMES,
    NULL,
    PRINCIPAL,
    TEXT,
    Field,
    Func,
    Opt,
    Primitive,
    Record,
    Ref,
    Service,
    Type,
    TypeEnv,
    Variant,
    Vec,
)
from scm.candid.value_syntax import ValueNode, read_arguments

_HEX_START: Final = ("0x", "0X")


def infer_types(text: str, env: TypeEnv = NO_NAMES) -> tuple[Type, ...]:
    """The types of the arguments in `text`, for `parse_values`; `env` is for its annotations.

    A lone `null` is of type `null`, an empty vec `vec empty`, a variant has the tag at hand only.
    Raises `CandidSyntaxError` on wrong grammar, and where elements of a vec don't agree.
    """
    inference = _Inference(env)
    try:
        return tuple(inference.type_of(node) for node in read_arguments(text, env).values)
    except RecursionError:
        raise CandidSyntaxError(1, 1, NO_ROOM) from None


class _Inference:
    def __init__(self, env: TypeEnv) -> None:
        self._env: Final = env

    def type_of(self, node: ValueNode) -> Type:
        if node.annotation is not None:
            return node.annotation
        match node.kind:
            case "number":
                return _number_type(node.token.text)
            case "opt":
                return Opt(self.type_of(node.items[0]))
            case "vec":
                return Vec(self._element_type(node))
            case "record" | "variant":
                parts = zip(node.ids, node.items, strict=True)
                fields = [Field("", self.type_of(item), number) for number, item in parts]
                return Record(fields) if node.kind == "record" else Variant(fields)
            case "service":
                return Service([])
            case "func":
                return Func([], [])
            case "text":
                return TEXT
            case "blob":
                return BLOB
            case "bool":
                return BOOL
            case "null":
                return NULL
            case "principal":
                return PRINCIPAL

    def _element_type(self, node: ValueNode) -> Type:
        found: Type = EMPTY
        for index, item in enumerate(node.items):
            type = self.type_of(item)
            joined = self._join(found, type)
            if joined is None:
                raise _disagreement(item, index, found, type)
            found = joined
        return found

    def _join(self, first: Type, second: Type) -> Type | None:
        """The type that the values of both have, if that loses nothing."""
        if first == second:
            return first
        bare = self._env.resolve(first), self._env.resolve(second)
        match bare:
            case _ if EMPTY in bare:
                return second if bare[0] == EMPTY else first
            case _ if set(bare) == {NAT, INT}:
                return INT
            case Opt(), Primitive() if bare[1] == NULL:
                return first
            case Primitive(), Opt() if bare[0] == NULL:
                return second
        if isinstance(first, Ref) or isinstance(second, Ref):
            # Named types may be recursive; they are taken as they are.
            same = explain_equality(first, second, first_env=self._env, second_env=self._env)
            return first if same is None else None
        return self._join_parts(first, second)

    def _join_parts(self, first: Type, second: Type) -> Type | None:
        match first, second:
            case Opt(), Opt():
                return _built(self._join(first.inner, second.inner), Opt)
            case Vec(), Vec():
                return _built(self._join(first.inner, second.inner), Vec)
            case Record(), Record() if _ids(first) == _ids(second):
                fields = self._join_fields(first, second)
                return None if fields is None else Record(fields)
            case Variant(), Variant():
                fields = self._join_fields(first, second)
                return None if fields is None else Variant(fields)
        return None

    def _join_fields(self, first: Record | Variant, second: Record | Variant) -> list[Field] | None:
        fields = {field.id: field for field in first.fields}
        for field in second.fields:
            other = fields.get(field.id, field)
            joined = self._join(other.type, field.type)
            if joined is None:
                return None
            fields[field.id] = Field(other.name, joined, other.id)
        return list(fields.values())


def _ids(type: Record) -> list[int]:
    return [field.id for field in type.fields]


def _built(inner: Type | None, build: Callable[[Type], Type]) -> Type | None:
    return None if inner is None else build(inner)


def _number_type(text: str) -> Type:
    digits = text.lstrip("+-")
    if digits in NOT_FINITE:
        return FLOAT64
    marks = ".pP" if digits[:2] in _HEX_START else ".eE"
    return FLOAT64 if any(mark in digits for mark in marks) else INT


def _disagreement(item: ValueNode, index: int, found: Type, type: Type) -> CandidSyntaxError:
    return item.token.error(
        f"element {index} of the vec is `{type!r}`, those before it are `{found!r}`"
    )
