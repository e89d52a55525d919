"""Decoding at other types than the sender's, and rewriting messages to an expected header."""

import pytest

from scm.candid.decode import decode
from scm.candid.encode import encode
from scm.candid.errors import CoercionError, DecodeError
from scm.candid.table import encode_header
from scm.candid.transcode import transcode
from scm.candid.types import (
    BLOB,
    BOOL,
    EMPTY,
    INT,
    NAT,
    NAT8,
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

CALLER = Principal(b"\xca\xff\xee")
F = Func([TEXT], [NAT])
SERVICE = Service([Method("f", F), Method("g", F)])
OLD = Record([Field("id", NAT), Field("gone", TEXT)])
NEW = Record([Field("id", INT), Field("note", Opt(TEXT)), Field("any", RESERVED)])
SHAPES = Variant([Field("Dot", NULL), Field("Disc", NAT)])
MORE_SHAPES = Variant([Field("Disc", INT), Field("Box", Vec(NAT)), Field("Dot", NULL)])
ENV = TypeEnv(
    {
        "Ints": Opt(Record([Field("head", INT), Field("tail", Ref("Ints"))])),
        "Nats": Opt(Record([Field("head", NAT), Field("tail", Ref("Nats")), Field("x", BLOB)])),
    }
)

COERCIONS = [
    (NAT, 0, INT, 0),
    (NAT, 63, INT, 63),
    (NAT, 64, INT, 64),
    (NAT, 2**100, INT, 2**100),
    (TEXT, "x", RESERVED, None),
    (RESERVED, None, Opt(NAT), None),
    (NULL, None, Opt(NAT), None),
    (NAT, 7, Opt(INT), 7),
    (NAT, 7, Opt(Opt(INT)), Some(7)),
    (NAT, 7, Opt(Opt(TEXT)), Some(None)),
    (NAT, 7, Opt(RESERVED), Some(None)),
    (NAT, 7, Opt(NULL), None),
    (Opt(NAT), 7, Opt(TEXT), None),
    (Opt(NAT), 7, Opt(Opt(TEXT)), Some(None)),
    (Opt(OLD), {"id": 1, "gone": "x"}, Opt(NEW), {"id": 1, "note": None, "any": None}),
    (OLD, {"id": 1, "gone": "x"}, NEW, {"id": 1, "note": None, "any": None}),
    (tuple_record([NAT, TEXT]), (1, "x"), tuple_record([INT]), (1,)),
    (tuple_record([NAT]), (1,), tuple_record([INT, Opt(TEXT)]), (1, None)),
    (Vec(NAT), [1, 64, 2], Vec(INT), [1, 64, 2]),
    (Vec(NAT), [], Vec(TEXT), []),
    (Vec(NAT), [1, 2], Vec(Opt(TEXT)), [None, None]),
    (Vec(Opt(NAT)), [1, None], Vec(Opt(INT)), [1, None]),
    (BLOB, b"ab", Vec(Opt(NAT8)), [97, 98]),
    (SHAPES, VariantValue("Dot"), MORE_SHAPES, VariantValue("Dot")),
    (SHAPES, VariantValue("Disc", 70), MORE_SHAPES, VariantValue("Disc", 70)),
    (MORE_SHAPES, VariantValue("Dot"), SHAPES, VariantValue("Dot")),
    (MORE_SHAPES, VariantValue("Box", [1]), Opt(SHAPES), None),
    (SERVICE, ServiceValue(CALLER), PRINCIPAL, CALLER),
    (SERVICE, ServiceValue(CALLER), Service([Method("g", F)]), ServiceValue(CALLER)),
    (F, FuncValue(CALLER, "f"), Func([TEXT, Opt(NAT)], [INT]), FuncValue(CALLER, "f")),
    (F, FuncValue(CALLER, "f"), Opt(Func([TEXT], [TEXT])), None),
    (Opt(EMPTY), None, Opt(NAT), None),
    (
        Ref("Nats"),
        {"head": 1, "tail": {"head": 99, "tail": None, "x": b""}, "x": b"abc"},
        Ref("Ints"),
        {"head": 1, "tail": {"head": 99, "tail": None}},
    ),
    (
        Record([Field("a", Opt(tuple_record([NAT, TEXT]))), Field("b", NAT)]),
        {"a": (1, "x"), "b": 2},
        Record([Field("a", Opt(tuple_record([INT, BOOL]))), Field("b", INT)]),
        {"a": None, "b": 2},
    ),
]


@pytest.mark.parametrize(("sent", "value", "expected", "result"), COERCIONS)
def test_values_coerce(sent: Type, value: object, expected: Type, result: object) -> None:
    message = encode([NULL, sent, NAT], [None, value, 5], ENV)

    assert decode(message, [NULL, expected, INT], ENV) == (None, result, 5)


@pytest.mark.parametrize(("sent", "value", "expected", "result"), COERCIONS)
def test_rewriting_gives_what_the_encoder_would(
    sent: Type, value: object, expected: Type, result: object
) -> None:
    header = encode_header([expected, INT], ENV)

    rewritten = transcode(encode([sent, NAT], [value, 5], ENV), header)

    assert rewritten == encode([expected, INT], [result, 5], ENV)
    assert transcode(rewritten, header) == rewritten


@pytest.mark.parametrize(
    ("sent", "value", "expected", "path", "message"),
    [
        (INT, 1, NAT, "arg0", "expected `nat`, got `int`"),
        (NULL, None, NAT, "arg0", "expected `nat`, got `null`"),
        (Opt(NAT), 1, NAT, "arg0", "expected `nat`, got `opt nat`"),
        (PRINCIPAL, CALLER, SERVICE, "arg0", "expected `service`, got `principal`"),
        (Vec(NAT), [1], Vec(TEXT), "arg0[0]", "expected `text`, got `nat`"),
        (Record([]), {}, OLD, "arg0.id", "expected `nat`, but the field is missing"),
        (NEW, {"id": 1}, OLD, "arg0.id", "expected `nat`, got `int`"),
        (MORE_SHAPES, VariantValue("Box", []), SHAPES, "arg0", "unknown tag"),
        (SHAPES, VariantValue("Disc", 1), Variant([Field("Disc", TEXT)]), "arg0.Disc", "`text`"),
        (Service([]), ServiceValue(CALLER), SERVICE, "arg0", "method `f` is missing"),
        (
            F,
            FuncValue(CALLER, "f"),
            Func([], [NAT]),
            "arg0",
            "argument 0 of type `text` is missing",
        ),
        (
            F,
            FuncValue(CALLER, "f"),
            Func([TEXT], [TEXT]),
            "arg0",
            "result 0: `nat` is not a subtype",
        ),
    ],
)
def test_values_that_do_not_coerce_are_refused(
    sent: Type, value: object, expected: Type, path: str, message: str
) -> None:
    with pytest.raises(CoercionError) as caught:
        decode(encode([sent], [value]), [expected])

    assert caught.value.path == path
    assert message in caught.value.message


def test_arguments_may_be_more_or_fewer() -> None:
    message = encode([NAT, TEXT], [1, "x"])

    assert decode(message, [NAT]) == (1,)
    assert decode(message, [NAT, TEXT, Opt(NAT), NULL, RESERVED]) == (1, "x", None, None, None)
    with pytest.raises(DecodeError, match="but the argument is missing at `arg2`"):
        decode(message, [NAT, TEXT, NAT])


def test_what_an_opt_gives_up_is_validated_still() -> None:
    header = encode_header([Opt(tuple_record([BOOL, TEXT]))])

    with pytest.raises(DecodeError, match="not valid UTF-8"):
        decode(header + b"\x01\x01\x01\xff", [Opt(tuple_record([NAT]))])


def test_skipped_fields_are_validated() -> None:
    header = encode_header([tuple_record([NAT, BOOL])])

    with pytest.raises(DecodeError, match="a bool is 0 or 1, got 2"):
        decode(header + b"\x01\x02", [tuple_record([NAT])])


def test_a_message_with_the_expected_header_is_validated_and_kept() -> None:
    header = encode_header([TEXT])

    assert transcode(header + b"\x01x", header) == header + b"\x01x"
    with pytest.raises(DecodeError, match="UTF-8"):
        transcode(header + b"\x01\xff", header)


def test_errors_tell_the_place() -> None:
    message = encode([Record([Field("a", Vec(NAT))])], [{"a": [1, 2]}])

    with pytest.raises(DecodeError) as caught:
        decode(message, [Record([Field("a", Vec(BOOL))])])

    assert str(caught.value) == "expected `bool`, got `nat` at `arg0.a[0]` (byte 14)"
