"""One table of types, values and bytes drives encoder, decoder and header parser."""

from dataclasses import dataclass

import pytest

from scm.candid.decode import decode, decode_untyped
from scm.candid.encode import encode
from scm.candid.errors import CandidTypeError, DecodeError, EncodeError
from scm.candid.table import encode_header, parse_header, table_from_types, write_header
from scm.candid.types import (
    BLOB,
    BOOL,
    EMPTY,
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
from scm.model import Principal

ENV = TypeEnv(
    {
        "List": Opt(Record([Field("head", INT), Field("tail", Ref("List"))])),
        "Opts": Opt(Ref("Opts")),
        "Tree": Vec(Ref("Tree")),
    }
)
CALLER = Principal(bytes.fromhex("caffee"))
RESULT = Variant([Field("Ok", NAT), Field("Err", TEXT)])


@dataclass(frozen=True)
class Case:
    type: Type
    value: object
    table: str
    ref: str
    encoded: str

    @property
    def message(self) -> bytes:
        return b"DIDL" + bytes.fromhex(f"{self.table or '00'} 01 {self.ref} {self.encoded}")


CASES = [
    Case(NULL, None, "", "7f", ""),
    Case(BOOL, True, "", "7e", "01"),
    Case(BOOL, False, "", "7e", "00"),
    Case(NAT, 624485, "", "7d", "e58e26"),
    Case(NAT, 2**64, "", "7d", "80808080808080808002"),
    Case(INT, -1, "", "7c", "7f"),
    Case(INT, 64, "", "7c", "c000"),
    Case(NAT8, 255, "", "7b", "ff"),
    Case(NAT16, 258, "", "7a", "0201"),
    Case(NAT32, 2**32 - 1, "", "79", "ffffffff"),
    Case(NAT64, 1, "", "78", "0100000000000000"),
    Case(INT8, -128, "", "77", "80"),
    Case(INT16, -2, "", "76", "feff"),
    Case(INT32, 2**31 - 1, "", "75", "ffffff7f"),
    Case(INT64, -(2**63), "", "74", "0000000000000080"),
    Case(FLOAT32, 0.5, "", "73", "0000003f"),
    Case(FLOAT64, -0.5, "", "72", "000000000000e0bf"),
    Case(TEXT, "☃", "", "71", "03e29883"),
    Case(RESERVED, None, "", "70", ""),
    Case(PRINCIPAL, CALLER, "", "68", "0103caffee"),
    Case(PRINCIPAL, Principal(b""), "", "68", "0100"),
    Case(Opt(NAT), None, "01 6e7d", "00", "00"),
    Case(Opt(NAT), 5, "01 6e7d", "00", "0105"),
    Case(Opt(Opt(NAT)), None, "02 6e01 6e7d", "00", "00"),
    Case(Opt(Opt(NAT)), Some(None), "02 6e01 6e7d", "00", "0100"),
    Case(Opt(Opt(NAT)), Some(5), "02 6e01 6e7d", "00", "010105"),
    Case(Opt(NULL), Some(None), "01 6e7f", "00", "01"),
    Case(Opt(RESERVED), Some(None), "01 6e70", "00", "01"),
    Case(Ref("Opts"), Some(Some(None)), "01 6e00", "00", "010100"),
    Case(BLOB, b"\x01\x02", "01 6d7b", "00", "020102"),
    Case(Vec(NAT), [], "01 6d7d", "00", "00"),
    Case(Vec(NAT), [1, 300], "01 6d7d", "00", "0201ac02"),
    Case(Vec(NULL), [None, None], "01 6d7f", "00", "02"),
    Case(Ref("Tree"), [[], [[]]], "01 6d00", "00", "02000100"),
    Case(Record([]), {}, "01 6c00", "00", ""),
    Case(Record([Field("", NAT, 1)]), {1: 42}, "01 6c01017d", "00", "2a"),
    Case(tuple_record([NAT, BOOL]), (42, True), "01 6c02007d017e", "00", "2a01"),
    Case(
        Record([Field("foo", INT), Field("bar", BOOL)]),
        {"foo": 42, "bar": True},
        "01 6c02d3e3aa027e868eb7027c",
        "00",
        "012a",
    ),
    Case(
        Ref("List"),
        {"head": 1, "tail": {"head": 2, "tail": None}},
        "02 6e01 6c02a0d2aca8047c90eddae70400",
        "00",
        "0101010200",
    ),
    Case(RESULT, VariantValue("Ok", 3), "01 6b02bc8a017dc5fed20171", "00", "0003"),
    Case(RESULT, VariantValue("Err", "no"), "01 6b02bc8a017dc5fed20171", "00", "01026e6f"),
    Case(Variant([Field("", NULL, 0)]), VariantValue(0), "01 6b01007f", "00", "00"),
    Case(
        Func([NAT], [TEXT], ["query"]),
        FuncValue(CALLER, "get"),
        "01 6a017d01710101",
        "00",
        "010103caffee03676574",
    ),
    Case(
        Service([Method("f", Func([], []))]),
        ServiceValue(CALLER),
        "02 6901016601 6a000000",
        "00",
        "0103caffee",
    ),
]
IDS = [f"{case.type!r}-{case.value!r}"[:60] for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_values_have_known_bytes(case: Case) -> None:
    assert encode([case.type], [case.value], ENV).hex() == case.message.hex()


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_known_bytes_decode_to_the_value(case: Case) -> None:
    assert decode(case.message, [case.type], ENV) == (case.value,)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_headers_read_back_to_the_same_bytes(case: Case) -> None:
    header = encode_header([case.type], ENV)
    table, end = parse_header(case.message)

    assert write_header(table) == header
    assert case.message[:end] == header


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_every_cut_of_a_message_is_refused(case: Case) -> None:
    for size in range(len(case.message)):
        with pytest.raises(DecodeError):
            decode_untyped(case.message[:size])


def test_the_table_lists_parents_before_parts_and_each_type_once() -> None:
    inner = Vec(NAT)
    types = [Record([Field("", Opt(inner), 0), Field("", inner, 1)]), inner]

    table = table_from_types(types)

    assert [table.describe(index) for index in range(3)] == ["record", "opt vec nat", "vec nat"]
    assert len(table.entries) == 3
    assert table.args == [0, 2]


def test_a_name_and_its_type_share_an_entry() -> None:
    env = TypeEnv({"N": Vec(NAT)})

    assert encode_header([Ref("N"), Vec(NAT)], env) == encode_header([Vec(NAT), Ref("N")], env)


def test_types_may_nest_deeper_than_the_stack() -> None:
    nested: Type = NAT
    for _ in range(5000):
        nested = Opt(nested)

    assert len(table_from_types([nested]).entries) == 5000


def test_values_without_types_come_by_id() -> None:
    message = encode([Record([Field("id", NAT)]), RESULT], [{"id": 1}, VariantValue("Ok", 2)])

    assert decode_untyped(message) == ({23515: 1}, VariantValue(17724, 2))


@pytest.mark.parametrize(
    ("type", "value", "encoded"),
    [
        (BLOB, [1, 2], "020102"),
        (BLOB, bytearray(b"\x01"), "0101"),
        (Vec(NAT), (1, 2), "020102"),
        (FLOAT64, 3, "0000000000000840"),
        (Record([Field("a", Opt(NAT)), Field("b", NULL)]), {}, "00"),
        (Record([Field("a", NAT)]), {97: 1}, "01"),
        (Record([]), (), ""),
        (RESERVED, object(), ""),
    ],
)
def test_the_encoder_accepts_other_spellings(type: Type, value: object, encoded: str) -> None:
    header = encode_header([type])

    assert encode([type], [value])[len(header) :].hex() == encoded


@pytest.mark.parametrize(
    ("type", "value", "path", "message"),
    [
        (NAT, -1, "arg0", "expected `nat`, got `int` -1"),
        (NAT, True, "arg0", "expected `nat`, got `bool` True"),
        (NAT8, 256, "arg0", "expected `nat8`, got `int` 256"),
        (INT8, -129, "arg0", "expected `int8`, got `int` -129"),
        (INT64, 2**63, "arg0", "expected `int64`"),
        (BOOL, 1, "arg0", "expected `bool`, got `int` 1"),
        (NULL, 0, "arg0", "expected `null`, got `int` 0"),
        (EMPTY, None, "arg0", "expected `empty`, got `None`"),
        (NAT64, 2**400, "arg0", "expected `nat64`, got `int` of 401 bits"),
        (FLOAT32, 1e300, "arg0", "expected `float32`, got `float` 1e+300"),
        (TEXT, b"x", "arg0", "expected `text`, got `bytes`"),
        (TEXT, "\ud800", "arg0", "lone surrogate"),
        (PRINCIPAL, "aaaaa-aa", "arg0", "expected `principal`, got `str` 'aaaaa-aa'"),
        (Opt(Opt(NAT)), 1, "arg0", "expected `None` or `Some` of `opt nat`"),
        (BLOB, [1, 256], "arg0[1]", "expected `nat8`, got `int` 256"),
        (Vec(TEXT), "ab", "arg0", "expected `vec text`, got `str` 'ab'"),
        (Record([Field("a", Vec(NAT))]), {"a": [0, "x"]}, "arg0.a[1]", "expected `nat`"),
        (Record([Field("a", NAT)]), {}, "arg0.a", "the field is missing"),
        (Record([Field("a", NAT)]), {"a": 1, "b": 2}, "arg0", "has no field `b`"),
        (Record([Field("a", NAT)]), {"a": 1, 97: 2}, "arg0", "by name and by id"),
        (Record([Field("a", NAT)]), (1,), "arg0", "expected `record` from a `dict`"),
        (tuple_record([NAT, NAT]), (1,), "arg0", "from 2 values, got a tuple of 1"),
        (RESULT, VariantValue("Ok", ""), "arg0.Ok", "expected `nat`"),
        (
            Variant([Field("", NULL, 7)]),
            VariantValue("7"),
            "arg0",
            "`7` is an id, not a name: write `VariantValue(7)`",
        ),
        (RESULT, VariantValue("No"), "arg0", "has no tag `No`; it has `Ok`, `Err`"),
        (RESULT, "Ok", "arg0", "expected `variant`, got `str` 'Ok'"),
        (Func([], []), CALLER, "arg0", "expected `func`, got `Principal`"),
    ],
)
def test_values_that_do_not_fit_are_refused(
    type: Type, value: object, path: str, message: str
) -> None:
    with pytest.raises(EncodeError) as caught:
        encode([type], [value])

    assert caught.value.path == path
    assert message in caught.value.message


def test_a_wrong_number_of_arguments_is_refused() -> None:
    with pytest.raises(EncodeError, match="expected 1 argument, got 2"):
        encode([NAT], [1, 2])


def test_values_nested_too_deep_are_refused() -> None:
    nested: object = []
    for _ in range(1000):
        nested = [nested]

    with pytest.raises(EncodeError, match="nest deeper"):
        encode([Ref("Tree")], [nested], ENV)


def test_a_method_that_is_no_func_has_no_table() -> None:
    env = TypeEnv({"F": NAT})

    with pytest.raises(CandidTypeError, match="`m` must be a func"):
        encode_header([Service([Method("m", Ref("F"))])], env)
