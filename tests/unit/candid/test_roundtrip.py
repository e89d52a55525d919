"""Properties over random types and values: what is encoded comes back, by every way."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from scm.candid.decode import decode
from scm.candid.did import CandidService, print_did
from scm.candid.did_parser import parse_did
from scm.candid.encode import encode
from scm.candid.subtype import explain_headers, explain_subtype
from scm.candid.table import encode_header, parse_header, write_header
from scm.candid.transcode import transcode
from scm.candid.types import (
    BOOL,
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
    NULL,
    PRINCIPAL,
    RESERVED,
    TEXT,
    Field,
    Func,
    Method,
    Opt,
    Primitive,
    Record,
    Service,
    Type,
    TypeEnv,
    Variant,
    Vec,
)
from scm.candid.value_parser import parse_values
from scm.candid.value_text import format_values
from scm.candid.values import FuncValue, ServiceValue, Some, VariantValue
from scm.model import Principal

NAMES = st.sampled_from(["id", "name", "vec", "a b", "☃", "Ok", "Err", "amount"])
RANGES = {
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
PRIMITIVES = st.sampled_from([*RANGES, NULL, BOOL, FLOAT32, FLOAT64, TEXT, RESERVED, PRINCIPAL])
PRINCIPALS = st.binary(max_size=29).map(Principal)


@st.composite
def types(draw: st.DrawFn, depth: int = 3) -> Type:
    kinds = ["primitive"] * 4 + ["opt", "vec", "record", "variant", "func", "service"]
    match draw(st.sampled_from(kinds)) if depth else "primitive":
        case "opt":
            return Opt(draw(types(depth - 1)))
        case "vec":
            return Vec(draw(types(depth - 1)))
        case "record":
            return Record(draw(fields(depth - 1, 0)))
        case "variant":
            return Variant(draw(fields(depth - 1, 1)))
        case "func":
            return draw(funcs(depth - 1))
        case "service":
            names = draw(st.lists(NAMES, max_size=3, unique=True))
            return Service([Method(name, draw(funcs(depth - 1))) for name in names])
    return draw(PRIMITIVES)


@st.composite
def fields(draw: st.DrawFn, depth: int, least: int) -> list[Field]:
    labels = draw(st.lists(NAMES | st.integers(0, 3), min_size=least, max_size=4, unique=True))
    return [
        Field(label, draw(types(depth)))
        if isinstance(label, str)
        else Field("", draw(types(depth)), label)
        for label in labels
    ]


@st.composite
def funcs(draw: st.DrawFn, depth: int) -> Func:
    tuples = st.lists(types(depth), max_size=2)
    annotations = draw(st.sampled_from([(), ("query",), ("composite_query",)]))
    return Func(draw(tuples), draw(tuples), annotations)


def values_of(type: Type) -> st.SearchStrategy[object]:
    match type:
        case Opt():
            wraps = isinstance(type.inner, Opt) or type.inner in (NULL, RESERVED)
            inner = values_of(type.inner)
            return st.none() | (inner.map(Some) if wraps else inner)
        case Vec():
            return (
                st.binary() if type.inner == NAT8 else st.lists(values_of(type.inner), max_size=3)
            )
        case Record():
            parts = [values_of(field.type) for field in type.fields]
            if type.arity:
                return st.tuples(*parts)
            labels = [field.name or field.id for field in type.fields]
            return st.fixed_dictionaries(dict(zip(labels, parts, strict=True)))
        case Variant():
            return st.one_of([_alternatives(field) for field in type.fields])
        case Func():
            return st.builds(FuncValue, PRINCIPALS, st.text(max_size=5))
        case Service():
            return PRINCIPALS.map(ServiceValue)
        case _:
            return _primitive_values(type)


def _alternatives(field: Field) -> st.SearchStrategy[object]:
    tag = field.name or field.id
    return values_of(field.type).map(lambda value: VariantValue(tag, value))


def _primitive_values(type: Type) -> st.SearchStrategy[object]:
    if isinstance(type, Primitive) and type in RANGES:
        return st.integers(*RANGES[type])
    if type in (NULL, RESERVED):
        return st.none()
    if type == BOOL:
        return st.booleans()
    if type == TEXT:
        return st.text(max_size=10)
    if type == PRINCIPAL:
        return PRINCIPALS
    floats = st.floats(allow_nan=False, allow_infinity=False, width=32 if type == FLOAT32 else 64)
    return floats.filter(lambda number: struct.pack("<d", number) != struct.pack("<d", -0.0))


@st.composite
def typed_values(draw: st.DrawFn) -> tuple[Type, object]:
    type = draw(types())
    return type, draw(values_of(type))


@given(typed_values())
def test_values_come_back(pair: tuple[Type, object]) -> None:
    type, value = pair

    assert decode(encode([type], [value]), [type]) == (value,)


@given(typed_values())
def test_values_come_back_through_text(pair: tuple[Type, object]) -> None:
    type, value = pair

    assert parse_values(format_values([value], [type]), [type]) == (value,)


@given(typed_values(), types())
def test_a_message_at_a_supertype_decodes(pair: tuple[Type, object], super: Type) -> None:
    type, value = pair
    message = encode([type], [value])
    header = encode_header([super])

    if explain_subtype(type, super) is None:
        rewritten = transcode(message, header)
        assert rewritten.startswith(header)
        assert decode(rewritten, [super]) == decode(message, [super])
    at_opt = transcode(message, encode_header([Opt(super)]))
    assert decode(at_opt, [Opt(super)]) == decode(message, [Opt(super)])


@given(typed_values())
def test_opts_and_extra_fields_change_nothing(pair: tuple[Type, object]) -> None:
    type, value = pair
    sent = Record([Field("kept", type), Field("extra", type), Field("more", Vec(type))])
    expected = Record([Field("kept", type), Field("new", Opt(type)), Field("other", RESERVED)])
    message = encode([sent], [{"kept": value, "extra": value, "more": [value]}])

    assert decode(message, [expected]) == ({"kept": value, "new": None, "other": None},)


@given(st.lists(types(), max_size=3))
def test_headers_come_back_and_types_fit_themselves(args: list[Type]) -> None:
    header = encode_header(args)
    table, end = parse_header(header)

    assert end == len(header)
    assert write_header(table) == header
    assert explain_headers(header, header, strict=True) is None


@given(st.lists(types(), max_size=3))
def test_types_come_back_through_did_files(args: list[Type]) -> None:
    env = TypeEnv({f"T{index}": type for index, type in enumerate(args)})
    interface = CandidService(Service([Method("m", Func(args, args))]), env, tuple(args))

    assert parse_did(print_did(interface)) == interface
