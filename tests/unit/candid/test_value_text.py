"""Values as text, at given types."""

import pytest

from scm.candid.codec import Codec
from scm.candid.encode import encode
from scm.candid.errors import CandidSyntaxError, EncodeError
from scm.candid.type_parser import parse_types
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
    NULL,
    PRINCIPAL,
    RESERVED,
    TEXT,
    Field,
    Func,
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
from scm.candid.value_parser import parse_values
from scm.candid.value_text import format_values
from scm.candid.values import FuncValue, ServiceValue, Some, VariantValue
from scm.model import Principal

CALLER = Principal.from_text("w7x7r-cok77-xa")
RESULT = Variant([Field("Ok", NAT), Field("Err", NULL)])
POINT = Record([Field("x", INT), Field("a b", Opt(TEXT))])

TEXTS: list[tuple[Type, str, object]] = [
    (NAT, "42", 42),
    (INT, "-42", -42),
    (BOOL, "true", True),
    (NULL, "null", None),
    (FLOAT64, "0.5", 0.5),
    (FLOAT64, "-1e+300", -1e300),
    (TEXT, '"a\\"\\\\\\n☃"', 'a"\\\n☃'),
    (BLOB, 'blob "a\\00\\22"', b'a\0"'),
    (PRINCIPAL, 'principal "w7x7r-cok77-xa"', CALLER),
    (Service([]), 'service "w7x7r-cok77-xa"', ServiceValue(CALLER)),
    (Func([], []), 'func "w7x7r-cok77-xa".m', FuncValue(CALLER, "m")),
    (Func([], []), 'func "w7x7r-cok77-xa"."a b"', FuncValue(CALLER, "a b")),
    (Opt(NAT), "null", None),
    (Opt(NAT), "opt 1", 1),
    (Opt(Opt(NAT)), "opt null", Some(None)),
    (
        TEXT,
        '"\\u{9b}31m \\u{202e}gpj\\u{2069}\\u{feff}\\u{a0}."',
        "\x9b31m \u202egpj\u2069\ufeff\xa0.",
    ),
    (TEXT, '"👩\u200d🔬 क्\u200cष"', "👩\u200d🔬 क्\u200cष"),
    (Opt(Opt(NAT)), "opt opt 1", Some(1)),
    (Vec(NAT), "vec {}", []),
    (Vec(NAT), "vec { 1; 2 }", [1, 2]),
    (tuple_record([NAT, TEXT]), 'record { 1; "x" }', (1, "x")),
    (POINT, 'record { x = 1; "a b" = opt "y" }', {"x": 1, "a b": "y"}),
    (RESULT, "variant { Ok = 3 }", VariantValue("Ok", 3)),
    (RESULT, "variant { Err }", VariantValue("Err")),
]
OTHER_SPELLINGS: list[tuple[Type, str, object]] = [
    (NAT, "0x2A", 42),
    (NAT, "1_000", 1000),
    (INT, "+7", 7),
    (NAT8, "(255 : nat8)", 255),
    (FLOAT64, "3", 3.0),
    (FLOAT64, "0x1.8p1", 3.0),
    (FLOAT64, "1.", 1.0),
    (TEXT, '"\\u{26_03}"', "☃"),
    (TEXT, '"\\e2\\98\\83"', "☃"),
    (BLOB, "vec { 1; 2 }", b"\x01\x02"),
    (Opt(NAT), "1", 1),
    (RESERVED, "vec { 1 }", None),
    (PRINCIPAL, 'service "w7x7r-cok77-xa"', CALLER),
    (POINT, "record { 120 = 1; more = true }", {"x": 1, "a b": None}),
    (RESULT, "variant { 17724 = 3; }", VariantValue("Ok", 3)),
]


@pytest.mark.parametrize(("type", "text", "value"), TEXTS)
def test_values_print_as_candid(type: Type, text: str, value: object) -> None:
    assert format_values([value, value], [type, type]) == f"({text}, {text})"


@pytest.mark.parametrize(("type", "text", "value"), TEXTS + OTHER_SPELLINGS)
def test_text_is_read_at_its_type(type: Type, text: str, value: object) -> None:
    assert parse_values(f"({text},)", [type]) == (value,)


def test_arguments_may_be_missing_or_extra() -> None:
    assert parse_values("(1, 2)", [NAT]) == (1,)
    assert parse_values("()", [Opt(NAT)]) == (None,)
    with pytest.raises(CandidSyntaxError, match="argument 0 of type `nat` is missing"):
        parse_values("()", [NAT])


@pytest.mark.parametrize(
    ("type", "text", "message"),
    [
        (NAT, "-1", "1:2: `-1` is out of range for `nat`"),
        (INT8, "128", "1:2: `128` is out of range for `int8`"),
        (NAT, "1.5", "1:2: expected `nat`, got `1.5`"),
        (NAT, "1x", "1:3: unexpected character 'x' in a number"),
        (NAT, '"x"', "1:2: expected `nat`, got a value of kind `text`"),
        (NAT, "(1 : text)", "1:3: expected `text`, got a value of kind `number`"),
        (POINT, "record {}", "1:2: the record lacks the field `x`"),
        (POINT, "record { x = 1; x = 2 }", "1:18: the record has the field `x` twice"),
        (POINT, "record { x = 1; 120 = 2 }", "1:18: the fields `x` and `120` of the record have"),
        (POINT, "record { 5; 0 = 2 }", "1:14: the record has the field `0` twice"),
        (RESULT, "variant { No }", "1:2: the variant has no such tag; expected one of `Ok`, `Err`"),
        (PRINCIPAL, 'principal "x"', "1:12: `x` is not a principal"),
        (TEXT, '"\\ff"', "1:2: the text is not valid UTF-8"),
        (NAT, "maybe", "1:2: expected a value, got `maybe`"),
        (NAT, "1) (2", "1:5: unexpected `(` after the arguments"),
    ],
)
def test_mistakes_are_placed(type: Type, text: str, message: str) -> None:
    with pytest.raises(CandidSyntaxError) as caught:
        parse_values(f"({text})", [type])

    assert message in str(caught.value)


# Types that contain themselves.

ENDLESS = {
    "t": "type t = opt t",
    "a": "type a = b; type b = opt a",
    "o": "type o = vec o",
    "r": "type r = record { r }",
    "v": "type v = variant { x : v }",
}
VALUES = ("42", '"x"', "vec {}", "vec { vec {} }", "record {}", "variant { x = null }", "opt 1")


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("name", ENDLESS)
def test_values_at_endless_types_fit_or_are_refused(name: str, value: str) -> None:
    types, env = parse_types(f"{ENDLESS[name]}; ({name})")
    if name == "o" and value.startswith("vec"):
        assert parse_values(f"({value})", types, env) == ([[]] if "{ vec" in value else [],)
        return
    with pytest.raises(CandidSyntaxError) as caught:
        parse_values(f"({value})", types, env)
    assert caught.value.message.startswith(
        ("expected `", "`opt ", "the record lacks the field `0`", "a type nests")
    )


def test_only_null_and_opts_are_values_of_an_opt_without_end() -> None:
    types, env = parse_types("type t = opt t; (t)")
    assert parse_values("(opt opt null)", types, env) == (Some(Some(None)),)
    with pytest.raises(CandidSyntaxError) as caught:
        parse_values("(opt 42)", types, env)
    assert str(caught.value) == (
        "1:6: `opt t` has nothing but `null` and opts inside, deeper than values may nest,"
        " got a value of kind `number`"
    )


@pytest.mark.parametrize(("count", "fits"), [(256, True), (257, False), (20_000, False)])
def test_a_value_stands_for_itself_in_many_opts(count: int, fits: bool) -> None:
    definitions = {f"t{index}": Opt(Ref(f"t{index + 1}")) for index in range(count)}
    env = TypeEnv({**definitions, f"t{count}": NAT})
    if not fits:
        with pytest.raises(CandidSyntaxError, match="nothing but `null` and opts inside"):
            parse_values("(42)", [Ref("t0")], env)
        return
    (value,) = parse_values("(42)", [Ref("t0")], env)
    for _ in range(count - 1):
        assert isinstance(value, Some)
        value = value.value
    assert value == 42


def test_a_value_stands_for_itself_in_opts_of_reserved() -> None:
    assert parse_values("(1, 1)", [Opt(RESERVED), Opt(Opt(RESERVED))]) == (
        Some(None),
        Some(Some(None)),
    )


def test_annotations_inside_each_other_take_no_more_than_their_number() -> None:
    text = "(" * 40 + "1" + " : nat)" * 40
    assert parse_values(f"({text})", [NAT]) == (1,)


# Values of another type.

HUGE = 10**5_000  # CPython refuses to print it.
MISFITS: list[tuple[Type, object]] = [
    *[(type, HUGE) for type in (TEXT, BOOL, NULL, PRINCIPAL, EMPTY, BLOB, POINT, RESULT)],
    *[(type, HUGE) for type in (Func([], []), Service([]), Vec(NAT), tuple_record([NAT]))],
    *[(type, 1.5) for type in (NAT, INT, NAT8, INT8, TEXT)],
    *[(type, True) for type in (NAT, NAT8, FLOAT64, TEXT)],
    *[(type, None) for type in (NAT, FLOAT64, TEXT, POINT, RESULT, Vec(NAT), PRINCIPAL)],
    *[(type, [HUGE]) for type in (NAT, TEXT, POINT, RESULT, Vec(TEXT))],
    (POINT, {"a b": "no x"}),
    (RESULT, VariantValue("Ok", "text")),
    (RESULT, VariantValue("No", HUGE)),
    (RESULT, VariantValue(HUGE)),
    (tuple_record([NAT, NAT]), (1,)),
    (RESERVED, object()),
]


@pytest.mark.parametrize("index", range(len(MISFITS)))  # Pytest could not print all the values.
def test_values_of_another_type_have_no_text(index: int) -> None:
    type, value = MISFITS[index]
    with pytest.raises(EncodeError) as caught:
        format_values([value], [type])
    assert len(str(caught.value)) < 200


UNSENT: list[tuple[Type, object]] = [
    *[misfit for misfit in MISFITS if misfit[0] != RESERVED],
    (FLOAT64, HUGE),
    (FLOAT32, -HUGE),
    (Record([Field("a", NAT)]), {HUGE: 1}),
]


@pytest.mark.parametrize("index", range(len(UNSENT)))
def test_values_of_another_type_make_no_message(index: int) -> None:
    type, value = UNSENT[index]
    for action in (lambda: encode([type], [value]), lambda: Codec([type]).encode([value])):
        with pytest.raises(EncodeError) as caught:
            action()
        assert len(str(caught.value)) < 200
