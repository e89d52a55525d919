"""Readers and writers against the general way: the same values, bytes and errors."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scm.candid.codec import Codec
from scm.candid.decode import decode, decode_generally
from scm.candid.encode import encode_generally
from scm.candid.errors import DecodeError, EncodeError
from scm.candid.message_reader import MessageReader
from scm.candid.readers import RefusedError
from scm.candid.scan import DEPTH_MAX
from scm.candid.table import encode_header, parse_header, table_from_types, write_header
from scm.candid.types import (
    BLOB,
    BOOL,
    EMPTY,
    FLOAT32,
    FLOAT64,
    INT,
    INT8,
    NAT,
    NAT8,
    NAT64,
    NULL,
    PRINCIPAL,
    RESERVED,
    TEXT,
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
    tuple_record,
)
from scm.candid.values import FuncValue, ServiceValue, Some, VariantValue
from scm.candid.writers import MessageWriter
from scm.leb128 import write_unsigned
from scm.model import Principal
from scm.testing.strategies import candid_envs, candid_types, candid_values

ENV = TypeEnv(
    {
        "List": Opt(Record([Field("head", NAT), Field("tail", Ref("List"))])),
        "Ints": Opt(Record([Field("head", INT), Field("tail", Ref("Ints"))])),
        "Tree": Vec(Ref("Tree")),
        "Opts": Opt(Ref("Opts")),
        "Loop": Record([Field("", Ref("Loop"), 0)]),
    }
)
CALLER = Principal(b"\xca\xff\xee")
F = Func([TEXT], [NAT], ["query"])
RESULT = Variant([Field("Ok", NAT), Field("Err", TEXT)])
USER = Record([Field("id", NAT64), Field("owner", PRINCIPAL), Field("name", TEXT)])
"""What people send: readers must not leave these to the general way."""
COMMON: list[tuple[Type, object, Type]] = [
    (Vec(USER), [{"id": 7, "owner": CALLER, "name": "x" * 200}] * 3, Vec(USER)),
    (USER, {"id": 7, "owner": CALLER, "name": "x"}, Record([Field("id", NAT64)])),
    (USER, {"id": 7, "owner": CALLER, "name": "x"}, Record([Field("name", Opt(TEXT))])),
    (Record([]), {}, Record([Field("new", Opt(TEXT)), Field("any", RESERVED)])),
    (Vec(RESULT), [VariantValue("Ok", 300), VariantValue("Err", "no")], Vec(RESULT)),
    (RESULT, VariantValue("Ok", 3), Variant([Field("More", NULL), Field("Ok", INT)])),
    (Opt(Opt(NAT)), Some(None), Opt(Opt(INT))),
    (NAT, 2**300, Opt(Opt(INT))),
    (tuple_record([BOOL, FLOAT32, FLOAT64]), (True, 0.5, -0.1), tuple_record([BOOL])),
    (BLOB, b"ab", BLOB),
    (Vec(INT8), [-1, 2], Vec(INT8)),
    (Vec(NULL), [None, None], Vec(Opt(NAT))),
    (Vec(EMPTY), [], Vec(EMPTY)),
    (F, FuncValue(CALLER, "f"), F),
    (Service([Method("f", F)]), ServiceValue(CALLER), Service([Method("f", F)])),
    (Service([Method("f", F)]), ServiceValue(CALLER), PRINCIPAL),
    (Ref("List"), {"head": 1, "tail": {"head": 99, "tail": None}}, Ref("List")),
    (Ref("List"), {"head": 1, "tail": {"head": 99, "tail": None}}, Ref("Ints")),
    (Ref("Tree"), [[], [[]]], Ref("Tree")),
    (Ref("Opts"), Some(Some(None)), Ref("Opts")),
]


def outcome_of(decoder: Callable[[], object]) -> tuple[object, ...]:
    """The values, or all that an error says."""
    try:
        return "values", decoder()
    except DecodeError as error:
        return type(error), error.offset, error.path, error.message
    except EncodeError as error:
        return type(error), error.path, error.message


def compare(message: bytes, types: list[Type], env: TypeEnv, work: int = -1) -> bool:
    """Check that a message decodes alike by both ways; tells whether a reader was sure of it."""
    expected = table_from_types(types, env)
    general = outcome_of(lambda: decode_generally(message, expected, work=work))
    codec = Codec(types, env)
    for _ in range(2):
        assert outcome_of(lambda: codec.decode(message, work=work)) == general
    try:
        wire, start = parse_header(message)
        values = MessageReader(wire, expected).read(message, start, work)
    except (DecodeError, RefusedError):
        return False
    assert ("values", values) == general
    return True


@dataclass(frozen=True)
class Sample:
    type: Type
    value: object
    other: Type
    env: TypeEnv


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    env = draw(candid_envs())
    type = draw(candid_types(env))
    return Sample(type, draw(candid_values(type, env)), draw(candid_types(env)), env)


def general_message(type: Type, value: object, env: TypeEnv = ENV) -> bytes:
    table = table_from_types([type], env)
    return write_header(table) + encode_generally(table, [value])


@pytest.mark.parametrize(("sent", "value", "expected"), COMMON)
def test_readers_and_writers_handle_common_messages(
    sent: Type, value: object, expected: Type
) -> None:
    message = general_message(sent, value)
    table = table_from_types([sent], ENV)

    assert compare(message, [sent], ENV)
    assert compare(message, [expected], ENV)
    assert compare(message, [], ENV)
    assert compare(message, [sent, Opt(NAT), NULL, RESERVED], ENV)
    assert MessageWriter(table).write(write_header(table), [value]) == message


@given(samples())
def test_valid_messages_decode_alike(sample: Sample) -> None:
    message = general_message(sample.type, sample.value, sample.env)

    assert compare(message, [sample.type], sample.env)
    compare(message, [sample.other], sample.env)
    compare(message, [Opt(sample.other)], sample.env)
    compare(message, [], sample.env)


@given(samples(), st.data())
def test_mutated_messages_decode_alike(sample: Sample, data: st.DataObject) -> None:
    message = bytearray(general_message(sample.type, sample.value, sample.env))
    for _ in range(data.draw(st.integers(1, 3))):
        index = data.draw(st.integers(4, len(message) - 1))
        replacement = data.draw(st.binary(max_size=3))
        message[index : index + data.draw(st.integers(0, 2))] = replacement
        if len(message) <= 5:
            break

    compare(bytes(message), [sample.type], sample.env)
    compare(bytes(message), [sample.other], sample.env)


@given(st.binary(max_size=60), samples())
@example(b"\x01\x6d\x7f\x01\x00\xff\xff\x03", Sample(NULL, None, Vec(NULL), ENV))
def test_any_bytes_decode_alike(tail: bytes, sample: Sample) -> None:
    compare(b"DIDL" + tail, [sample.other], sample.env)


@given(samples(), st.integers(0, 60))
def test_a_small_budget_is_kept_alike(sample: Sample, work: int) -> None:
    message = general_message(sample.type, sample.value, sample.env)

    compare(message, [sample.type], sample.env, work)
    compare(message, [sample.other], sample.env, work)
    compare(message, [RESERVED], sample.env, work)


@given(samples())
def test_values_encode_alike(sample: Sample) -> None:
    for value in (sample.value, [sample.value], None):
        table = table_from_types([sample.other, Vec(sample.type)], sample.env)
        header = write_header(table)
        codec = Codec([sample.other, Vec(sample.type)], sample.env)
        general = outcome_of(lambda: header + encode_generally(table, [value, value]))  # noqa: B023
        assert outcome_of(lambda: codec.encode([value, value])) == general  # noqa: B023


@pytest.mark.parametrize(
    ("type", "value"),
    [
        (NAT, True),
        (NAT, -1),
        (NAT8, 256),
        (Vec(NAT8), [1, True]),
        (Vec(NAT8), [1, 256]),
        (Vec(NAT64), [1.0]),
        (Vec(FLOAT64), [1, 2.5]),
        (Vec(FLOAT32), [1e300]),
        (BLOB, bytearray(b"ab")),
        (Vec(NAT), (1, 2)),
        (FLOAT64, 3),
        (BOOL, 1),
        (TEXT, "\ud800"),
        (Record([Field("a", NAT)]), {97: 1}),
        (Record([Field("a", NAT)]), {"b": 1}),
        (Record([Field("a", Opt(NAT))]), {}),
        (Record([Field("", NAT, 5), Field("", NAT, 6)]), {"": 1, 5: 2}),
        (tuple_record([NAT, NAT]), {0: 1, 1: 2}),
        (tuple_record([NAT, NAT]), (1,)),
        (RESULT, VariantValue(True, 1)),
        (RESULT, VariantValue(17724, 1)),
        (RESULT, VariantValue("No", 1)),
        (Variant([Field("", NULL, 1)]), VariantValue(1.0)),  # type: ignore[arg-type]
        (Variant([Field("", NULL, 1)]), VariantValue("")),
        (Opt(NULL), None),
        (Opt(Opt(NAT)), 1),
        (F, FuncValue("x", "f")),  # type: ignore[arg-type]
    ],
)
def test_odd_values_encode_alike(type: Type, value: object) -> None:
    table = table_from_types([type])
    header = write_header(table)
    if isinstance(value, FuncValue):
        with pytest.raises(AttributeError):
            encode_generally(table, [value])
        with pytest.raises(AttributeError):
            Codec([type]).encode([value])
        return
    general = outcome_of(lambda: header + encode_generally(table, [value]))

    assert outcome_of(lambda: Codec([type]).encode([value])) == general


@pytest.mark.parametrize("name", ["Tree", "List", "Opts"])
@pytest.mark.parametrize("depth", [DEPTH_MAX - 1, DEPTH_MAX, DEPTH_MAX + 1])
def test_depth_is_bounded_alike(name: str, depth: int) -> None:
    value: object = [] if name == "Tree" else None
    for _ in range(depth // 2 if name == "List" else depth - 1):
        match name:
            case "Tree":
                value = [value]
            case "List":
                value = {"head": 1, "tail": value}
            case "Opts":
                value = Some(value)
    types: list[Type] = [Ref(name)]
    table = table_from_types(types, ENV)
    header = write_header(table)
    general = outcome_of(lambda: header + encode_generally(table, [value]))

    assert outcome_of(lambda: Codec(types, ENV).encode([value])) == general
    tail = {"Tree": b"\1" * (depth - 1) + b"\0", "Opts": b"\1" * (depth - 1) + b"\0"}
    tail["List"] = b"\1\1" * (depth // 2) + b"\0"
    compare(header + tail[name], types, ENV)
    compare(header + tail[name], [RESERVED], ENV)
    compare(encode_header([tuple_record(types)], ENV) + tail[name], [tuple_record(types)], ENV)


@pytest.mark.parametrize(
    "message",
    [
        b"DIDL\x01\x6d\x7f\x01\x00" + write_unsigned(10**9),
        b"DIDL\x01\x6d\x7f\x01\x00" + write_unsigned(3_000),
        b"DIDL\x02\x6d\x01\x6c\x00\x01\x00" + write_unsigned(10**6),
        b"DIDL\x01\x6d\x7d\x01\x00" + write_unsigned(10**18) + b"\1",
        b"DIDL\x01\x6d\x78\x01\x00" + write_unsigned(2**64) + b"\1",
        b"DIDL\x01\x6c\x01\x00\x00\x01\x00",
        b"DIDL\x00\x01\x7e\x01",
        b"DIDL\x00\x01\x71" + b"\xff" * 5000 + b"\x01x",
        b"DIDL\x00\x02\x71\x7b" + write_unsigned(2**63) + b"\x01",
        b"DIDL\x00\x02\x71\x68" + write_unsigned(2**63) + b"\x01",
        b"DIDL\x01\x6d\x7b\x02\x00\x7e" + write_unsigned(2**63) + b"\x01",
        b"DIDL\x00\x01\x68\x01\x82\x00\xca\xff",
        b"DIDL\x01\x6b\x01\x00\x7f\x01\x00" + b"\x80" * 50 + b"\x00",
    ],
)
@pytest.mark.parametrize(
    "type",
    [Vec(NULL), Vec(RESERVED), Vec(NAT), Ref("Loop"), Ref("Opts"), TEXT, PRINCIPAL, RESERVED],
)
def test_hostile_messages_decode_alike(message: bytes, type: Type) -> None:
    compare(message, [type], ENV)
    compare(message, [type, NAT8], ENV)
    compare(message, [RESERVED, NAT8], ENV)


def test_larger_messages_are_read_by_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    message = general_message(Vec(TEXT), ["x" * 100] * 10)
    monkeypatch.setattr(sys.modules["scm.candid.decode"], "decode_generally", None)

    assert decode(message, [Vec(TEXT)]) == (["x" * 100] * 10,)


def test_a_codec_adapts_to_each_header() -> None:
    codec = Codec([Vec(INT)])
    sent: list[tuple[Type, list[object], object]] = [
        (Vec(INT), [-1], [-1]),
        (Vec(NAT), [64], [64]),
        (Vec(NULL), [], []),
        (Vec(NAT), [65], [65]),
    ]

    for type, value, expected in sent:
        assert codec.decode(general_message(type, value)) == (expected,)
    with pytest.raises(DecodeError, match="expected `int`, got `text` at `arg0\\[0\\]`"):
        codec.decode(general_message(Vec(TEXT), ["x"]))
