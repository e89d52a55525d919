"""Properties over random types and values: what is encoded comes back, by every way."""

import struct
from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scm.candid.decode import decode
from scm.candid.did import CandidService, print_did
from scm.candid.did_parser import parse_did
from scm.candid.encode import encode
from scm.candid.errors import DecodeError
from scm.candid.subtype import explain_headers, explain_subtype
from scm.candid.table import encode_header, parse_header, write_header
from scm.candid.transcode import transcode
from scm.candid.types import (
    BOOL,
    FLOAT32,
    FLOAT64,
    INT,
    NO_NAMES,
    NULL,
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
    Vec,
)
from scm.candid.value_parser import parse_values
from scm.candid.value_text import format_values
from scm.candid.values import Some
from scm.testing.strategies import candid_envs, candid_types, candid_values

LIST = TypeEnv({"List": Opt(Record([Field("head", INT), Field("tail", Ref("List"))]))})


@dataclass(frozen=True)
class Sample:
    """A value of a type, another type, and the names that both refer to."""

    type: Type
    value: object
    other: Type
    env: TypeEnv = NO_NAMES


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    env = draw(candid_envs())
    type = draw(candid_types(env))
    return Sample(type, draw(candid_values(type, env)), draw(candid_types(env)), env)


@given(samples())
@example(Sample(Ref("List"), {"head": 1, "tail": {"head": -1, "tail": None}}, INT, LIST))
def test_values_come_back(sample: Sample) -> None:
    message = encode([sample.type], [sample.value], sample.env)

    assert decode(message, [sample.type], sample.env) == (sample.value,)


@given(samples())
@example(Sample(Ref("List"), {"head": 1, "tail": {"head": -1, "tail": None}}, INT, LIST))
def test_values_come_back_through_text(sample: Sample) -> None:
    types = [sample.type, sample.type]
    values = [sample.value, sample.value]

    text = format_values(values, types, sample.env)
    assert parse_values(text, types, sample.env, exact=True) == (sample.value, sample.value)
    annotated = format_values(values, types, sample.env, annotate=True)
    assert parse_values(annotated, types, sample.env) == (sample.value, sample.value)


@given(samples())
def test_bytes_come_back_through_text(sample: Sample) -> None:
    message = encode([sample.type], [sample.value], sample.env)

    text = format_values(decode(message, [sample.type], sample.env), [sample.type], sample.env)
    assert encode([sample.type], parse_values(text, [sample.type], sample.env), sample.env) == (
        message
    )


@given(st.floats(), st.floats(width=32))
def test_floats_come_back_bit_by_bit(wide: float, narrow: float) -> None:
    decoded = decode(encode([FLOAT64, FLOAT32], [wide, narrow]), [FLOAT64, FLOAT32])

    assert struct.pack("<2d", *decoded) == struct.pack("<2d", wide, narrow)


@given(samples())
@example(Sample(BOOL, False, Ref("A"), TypeEnv({"A": Opt(Ref("A"))})))
def test_a_message_at_a_supertype_decodes(sample: Sample) -> None:
    env = sample.env
    message = encode([sample.type], [sample.value], env)
    supertypes: list[Type] = [Opt(sample.other)]
    if explain_subtype(sample.type, sample.other, sub_env=env, super_env=env) is None:
        supertypes.append(sample.other)

    for type in supertypes:
        header = encode_header([type], env)
        expected = decoded_or_too_deep(message, type, env)
        if expected is None:
            with pytest.raises(DecodeError, match="nest deeper"):
                transcode(message, header)
        else:
            rewritten = transcode(message, header)
            assert rewritten.startswith(header)
            assert decode(rewritten, [type], env) == expected


def decoded_or_too_deep(message: bytes, type: Type, env: TypeEnv) -> tuple[object, ...] | None:
    """`None`: at `type A = opt A`, say, any other value would be an opt of itself, without end."""
    try:
        return decode(message, [type], env)
    except DecodeError as error:
        if "nest deeper" in error.message:
            return None
        raise


def at_opt_of(type: Type, value: object, env: TypeEnv) -> object:
    """What a value of a type is at `opt` of that type: an opt is taken for the outer opt."""
    resolved = env.resolve(type)
    if value is None:
        return None
    if isinstance(resolved, Opt):
        inner = value.value if isinstance(value, Some) else value
        return Some(at_opt_of(resolved.inner, inner, env))
    return value


@given(samples())
@example(Sample(Opt(NULL), Some(None), INT))
def test_a_value_fits_an_opt_of_its_type(sample: Sample) -> None:
    message = encode([sample.type], [sample.value], sample.env)

    decoded = decode(message, [Opt(sample.type)], sample.env)
    assert decoded == (at_opt_of(sample.type, sample.value, sample.env),)


@given(samples())
def test_opts_and_extra_fields_change_nothing(sample: Sample) -> None:
    type, value = sample.type, sample.value
    sent = Record([Field("kept", type), Field("extra", type), Field("more", Vec(type))])
    expected = Record([Field("kept", type), Field("new", Opt(type)), Field("other", RESERVED)])
    message = encode([sent], [{"kept": value, "extra": value, "more": [value]}], sample.env)

    decoded = decode(message, [expected], sample.env)
    assert decoded == ({"kept": value, "new": None, "other": None},)


@st.composite
def argument_types(draw: st.DrawFn) -> tuple[list[Type], TypeEnv]:
    env = draw(candid_envs())
    return draw(st.lists(candid_types(env), max_size=3)), env


@given(argument_types())
def test_headers_come_back_and_types_fit_themselves(arguments: tuple[list[Type], TypeEnv]) -> None:
    header = encode_header(*arguments)
    table, end = parse_header(header)

    assert end == len(header)
    assert write_header(table) == header
    assert explain_headers(header, header, strict=True) is None


@given(argument_types())
def test_types_come_back_through_did_files(arguments: tuple[list[Type], TypeEnv]) -> None:
    args, names = arguments
    definitions = {name: names.lookup(name) for name in names.names()}
    definitions |= {f"T{index}": type for index, type in enumerate(args)}
    interface = CandidService(
        Service([Method("m", Func(args, args))]), TypeEnv(definitions), tuple(args)
    )

    assert parse_did(print_did(interface)) == interface
