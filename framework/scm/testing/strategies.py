"""Hypothesis strategies for Candid: types, named and recursive ones too, and values of a type.

    @given(candid_values(interface.env.lookup("Account"), interface.env))
    def test_any_account_is_accepted(account): ...

Values are as in `scm.candid.values`.  Needs hypothesis, which scm's extra `test` brings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from scm.candid.opcodes import OP_NULL, OP_OPT, OP_RESERVED
from scm.candid.types import (
    BOOL,
    FIELD_ID_MAX,
    FLOAT32,
    FLOAT64,
    INT,
    INT8,
    INT16,
    INT32,
    INT64,
    NAT,
    NAT8,
    NAT16,
    NAT32,
    NAT64,
    NO_NAMES,
    PRINCIPAL,
    TEXT,
    Field,
    Func,
    Method,
    Opt,
    Primitive,
    Record,
    Ref,
    Service,
    Type,
    TypeEnv,
    Variant,
    Vec,
    primitive_types,
)
from scm.candid.values import FuncValue, ServiceValue, Some, VariantValue
from scm.errors import ConfigurationError
from scm.model import PRINCIPAL_BYTES_MAX, Principal
from scm.testing.type_heights import ENDLESS, TypeHeights

try:
    from hypothesis import strategies as st
except ImportError as error:
    raise ConfigurationError(
        "`scm.testing.strategies` needs the package `hypothesis`; scm's extra `test` brings it"
    ) from error

TYPE_DEPTH: Final = 3
VALUE_DEPTH: Final = 6
"""How many levels of recursion a value goes, before it takes the shortest way to an end."""

ITEMS_MAX: Final = 3

_PRINCIPALS: Final = st.binary(max_size=PRINCIPAL_BYTES_MAX).map(Principal)
_NAMES: Final = ("id", "name", "Ok", "Err", "vec", "a b", "☃")
_NAMED: Final = ("A", "B", "Callback")
_INTEGERS: Final = {
    NAT: (0, 2**200),
    INT: (-(2**200), 2**200),
    NAT8: (0, 2**8 - 1),
    NAT16: (0, 2**16 - 1),
    NAT32: (0, 2**32 - 1),
    NAT64: (0, 2**64 - 1),
    INT8: (-(2**7), 2**7 - 1),
    INT16: (-(2**15), 2**15 - 1),
    INT32: (-(2**31), 2**31 - 1),
    INT64: (-(2**63), 2**63 - 1),
}


@st.composite
def candid_envs(draw: st.DrawFn) -> TypeEnv:
    """Up to three named types, which may refer to each other and to themselves."""
    names = draw(st.lists(st.sampled_from(_NAMED), unique=True))
    definitions: dict[str, Type] = {}
    for name in names:
        if name == "Callback":
            definitions[name] = draw(_funcs(names, TYPE_DEPTH - 1))
        else:
            composites = st.sampled_from(["opt", "vec", "record", "variant"])
            definitions[name] = draw(_types(names, TYPE_DEPTH - 1, composites))
    return TypeEnv(definitions)


def candid_types(env: TypeEnv = NO_NAMES, *, depth: int = TYPE_DEPTH) -> st.SearchStrategy[Type]:
    """Types, nested up to `depth` levels, that refer to the names of `env`; each has a value."""
    types = _types(env.names(), depth, st.just(""))
    return types.filter(lambda type: TypeHeights(env).height(type) < ENDLESS)


def candid_values(
    type: Type, env: TypeEnv = NO_NAMES, *, only_finite: bool = True
) -> st.SearchStrategy[object]:
    """Values of a type; an empty strategy if it has none, as `record { next : T }` named `T`.

    `only_finite`: no NaN, which equals nothing, and no infinity, which has no Candid text.
    Raises `CandidTypeError` on a name that `env` lacks.
    """
    heights = TypeHeights(env)
    if heights.height(type) >= ENDLESS:
        return st.nothing()
    return _values(env.resolve(type), env, heights, VALUE_DEPTH, only_finite)


@st.composite
def _types(
    draw: st.DrawFn, names: Sequence[str], depth: int, kinds: st.SearchStrategy[str]
) -> Type:
    kind = draw(kinds)
    if not kind:
        composites = ["opt", "vec", "record", "variant", "func", "service"] if depth else []
        kind = draw(st.sampled_from(["primitive"] * 4 + composites + ["name"] * bool(names)))
    inner = _types(names, depth - 1, st.just(""))
    match kind:
        case "opt":
            return Opt(draw(inner))
        case "vec":
            return Vec(draw(inner))
        case "record":
            return Record(draw(_fields(inner, 0)))
        case "variant":
            return Variant(draw(_fields(inner, 1)))
        case "func":
            return draw(_funcs(names, depth - 1))
        case "service":
            return draw(_services(names, depth - 1))
        case "name":
            return Ref(draw(st.sampled_from(sorted(names))))
    return draw(st.sampled_from(primitive_types()))


@st.composite
def _fields(draw: st.DrawFn, types: st.SearchStrategy[Type], least: int) -> list[Field]:
    labels = st.one_of(
        st.sampled_from(_NAMES),
        st.text(min_size=1, max_size=4),
        st.integers(0, 3),
        st.integers(0, FIELD_ID_MAX),
    )
    fields: dict[int, Field] = {}
    for label in draw(st.lists(labels, min_size=least, max_size=4, unique=True)):
        type = draw(types)
        field = Field(label, type) if isinstance(label, str) else Field("", type, label)
        fields.setdefault(field.id, field)
    return list(fields.values())


@st.composite
def _funcs(draw: st.DrawFn, names: Sequence[str], depth: int) -> Func:
    tuples = st.lists(_types(names, max(depth, 0), st.just("")), max_size=2)
    annotation = draw(st.sampled_from(["", "query", "composite_query", "oneway"]))
    results = [] if annotation == "oneway" else draw(tuples)
    return Func(draw(tuples), results, [annotation] if annotation else [])


@st.composite
def _services(draw: st.DrawFn, names: Sequence[str], depth: int) -> Service:
    named = draw(st.lists(st.sampled_from(_NAMES) | st.text(max_size=4), max_size=3, unique=True))
    funcs: st.SearchStrategy[Type] = _funcs(names, depth)
    if "Callback" in names:
        funcs = funcs | st.just(Ref("Callback"))
    return Service([Method(name, draw(funcs)) for name in named])


@st.composite
def _values(
    draw: st.DrawFn, type: Type, env: TypeEnv, heights: TypeHeights, depth: int, only_finite: bool
) -> object:
    """A value; each name that is followed takes one of `depth`, at 0 it ends as soon as it can."""

    def value_of(inner: Type) -> object:
        below = depth - 1 if isinstance(inner, Ref) else depth
        return draw(_values(env.resolve(inner), env, heights, below, only_finite))

    def has_value(inner: Type) -> bool:
        return heights.height(inner) < ENDLESS

    match type:
        case Opt():
            if depth <= 0 or not has_value(type.inner) or not draw(st.booleans()):
                return None
            wraps = env.resolve(type.inner).opcode in (OP_OPT, OP_NULL, OP_RESERVED)
            return Some(value_of(type.inner)) if wraps else value_of(type.inner)
        case Vec() if env.resolve(type.inner) == NAT8:
            return draw(st.binary())
        case Vec():
            count_max = min(depth, ITEMS_MAX) if depth > 0 and has_value(type.inner) else 0
            return [value_of(type.inner) for _ in range(draw(st.integers(0, count_max)))]
        case Record():
            parts = [value_of(field.type) for field in type.fields]
            if type.arity:
                return tuple(parts)
            labels = [field.name or field.id for field in type.fields]
            return dict(zip(labels, parts, strict=True))
        case Variant():
            fields = [field for field in type.fields if has_value(field.type)]
            if depth <= 0:
                fields = [min(fields, key=lambda field: heights.height(field.type))]
            field = draw(st.sampled_from(fields))
            return VariantValue(field.name or field.id, value_of(field.type))
        case _:
            return draw(_primitive_values(type, only_finite))


def _primitive_values(type: Type, only_finite: bool) -> st.SearchStrategy[object]:
    if isinstance(type, Func):
        return st.builds(FuncValue, _PRINCIPALS, st.text(max_size=5))
    if isinstance(type, Service):
        return st.builds(ServiceValue, _PRINCIPALS)
    if isinstance(type, Primitive) and type in _INTEGERS:
        return st.integers(*_INTEGERS[type])
    if type in (FLOAT32, FLOAT64):
        width: Literal[32, 64] = 32 if type == FLOAT32 else 64
        may_be_other = not only_finite
        return st.floats(width=width, allow_nan=may_be_other, allow_infinity=may_be_other)
    if type == BOOL:
        return st.booleans()
    if type == TEXT:
        return st.text(max_size=10)
    return _PRINCIPALS if type == PRINCIPAL else st.none()
