"""Types that values have by themselves, from text and from messages; nothing gets dropped."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scm.candid.decode import decode_untyped
from scm.candid.encode import encode
from scm.candid.errors import CandidSyntaxError
from scm.candid.message_types import read_message_types
from scm.candid.type_parser import parse_types
from scm.candid.types import NAT, RESERVED, TEXT, TypeEnv, Vec
from scm.candid.value_inference import infer_types
from scm.candid.value_parser import parse_values
from scm.candid.value_text import format_values
from scm.testing.strategies import candid_envs, candid_types, candid_values


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("()", "()"),
        ("(42, -1, +1_000, 0x1f)", "(int, int, int, int)"),
        ("(1.5, 1e3, 1., 0x1.8p3, 0xe)", "(float64, float64, float64, float64, int)"),
        ('(true, "x", null, blob "\\00")', "(bool, text, null, blob)"),
        (
            '(principal "aaaaa-aa", service "aaaaa-aa", func "aaaaa-aa".m)',
            "(principal, service {}, func () -> ())",
        ),
        ("(42 : nat8, (1 : int64), opt (1 : nat))", "(nat8, int64, opt nat)"),
        ("(opt 1, opt opt null)", "(opt int, opt opt null)"),
        (
            '(record { a = 1; "b c" = true; 7 = null }, record { 1; "x" })',
            '(record { a : int; "b c" : bool; 7 : null }, record { int; text })',
        ),
        ("(variant { Ok = 1 }, variant { no })", "(variant { Ok : int }, variant { no })"),
        ("(vec {}, vec { vec {}; vec { 1 } })", "(vec empty, vec vec int)"),
        ("(vec { opt 1; null; opt 2 })", "(vec opt int)"),
        ("(vec { null; null; opt null })", "(vec opt null)"),
        ("(vec { 1; 2 : nat; 3 })", "(vec int)"),
        (
            "(vec { variant { a }; variant { b = 1 }; variant { a } })",
            "(vec variant { a; b : int })",
        ),
        (
            "(vec { record { a = vec {} }; record { a = vec { 1 } } })",
            "(vec record { a : vec int })",
        ),
        ("(vec { opt variant { a }; opt variant { b } })", "(vec opt variant { a; b })"),
    ],
)
def test_values_have_natural_types(text: str, types: str) -> None:
    expected, _ = parse_types(types)
    inferred = infer_types(text)
    # Field names are hashed on the way; the bytes tell whether the types are the same.
    assert encode(inferred, parse_values(text, inferred)) == encode(
        expected, parse_values(text, expected)
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('(vec { 1; "x" })', "1:11: element 1 of the vec is `text`, those before it are `int`"),
        ("(vec { 1; 1.5 })", "1:11: element 1 of the vec is `float64`, those before it are `int`"),
        ("(vec { 1; null })", "1:11: element 1 of the vec is `null`, those before it are `int`"),
        ("(vec { 1 : nat8; 2 })", "1:18: element 1 of the vec is `int`"),
        (
            "(vec { record { a = 1 }; record { b = 1 } })",
            "1:26: element 1 of the vec is `record { 98 : int }`",
        ),
        ("(vec { variant { a = 1 }; variant { a = true } })", "1:27: element 1 of the vec"),
        ("(vec { opt 1; opt true })", "1:15: element 1 of the vec"),
        ("(1 : T)", "1:6: type `T` is not defined"),
        ("(record { 4294967296 = 1 })", "1:11: a field id is a number below 2^32"),
        ("(variant { 4294967296 })", "1:12: a field id is a number below 2^32"),
        ("1", "1:1: expected `(`, got `1`"),
    ],
)
def test_what_has_no_type_of_its_own_is_refused(text: str, message: str) -> None:
    with pytest.raises(CandidSyntaxError) as caught:
        infer_types(text)

    assert str(caught.value).startswith(message)


def test_annotations_may_use_names() -> None:
    types, env = parse_types("type T = opt record { nat; T }; (T)")
    assert infer_types("(null : T, vec { null; null : T; null : opt record { nat; T } })", env) == (
        types[0],
        Vec(types[0]),
    )
    with pytest.raises(CandidSyntaxError, match="element 1 of the vec is `text`"):
        infer_types('(vec { null : T; "x" })', env)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(record {}, 2)", "1:13: expected 1 argument, got 2"),
        ("(record { b = 1 })", "1:15: the record has no such field; its fields are `a`, `c`"),
        ("(record { a = 1; true })", "1:18: the record has no such field"),
    ],
)
def test_exact_reading_drops_nothing(text: str, message: str) -> None:
    types, _ = parse_types("(record { a : opt nat; c : reserved })")
    parse_values(text, types)
    with pytest.raises(CandidSyntaxError) as caught:
        parse_values(text, types, exact=True)

    assert str(caught.value).startswith(message)
    assert parse_values("()", parse_types("(opt nat)")[0], exact=True) == (None,)


def test_numbers_are_annotated_where_the_text_does_not_tell() -> None:
    types, _ = parse_types("(nat, int, nat8, float32, float64, opt nat, reserved, blob)")
    values = (1, 2, 3, 0.5, 0.5, 4, None, b"a")
    assert format_values(values, types) == '(1, 2, 3, 0.5, 0.5, opt 4, null, blob "a")'
    assert format_values(values, types, annotate=True) == (
        '(1 : nat, 2, 3 : nat8, 0.5 : float32, 0.5, opt (4 : nat), null : reserved, blob "a")'
    )


def test_types_of_a_message_are_named_once() -> None:
    types, env = parse_types("type T = opt record { nat; T }; (T, text, T)")
    sent, names = read_message_types(encode(types, [None, "", None], env))
    assert [repr(type) for type in sent] == ["t0", "text", "t0"]
    assert repr(names) == "type t0 = opt t1; type t1 = record { nat; t0 }"


def test_types_that_have_no_text_are_read_all_the_same() -> None:
    # A oneway func with a result, and a type of a later version of Candid.
    oneway = bytes.fromhex("4449444c016a00017f010201000101000001 6d".replace(" ", ""))
    (func,), names = read_message_types(oneway)
    assert repr(names.resolve(func)) == "func () -> () oneway"
    future = bytes.fromhex("4449444c01670001000000")
    (sent,), names = read_message_types(future)
    assert names.resolve(sent) == RESERVED
    assert format_values(decode_untyped(future), (sent,), names) == "(null)"


@given(st.data())
def test_a_message_as_text_gives_the_values_again(data: st.DataObject) -> None:
    env = data.draw(candid_envs())
    types = data.draw(st.lists(candid_types(env), max_size=3))
    values = [data.draw(candid_values(type, env)) for type in types]
    message = encode(types, values, env)

    sent, names = read_message_types(message)
    text = format_values(decode_untyped(message), sent, names, annotate=True)
    assume(len(text) < 5_000)
    inferred = infer_types(text)
    again = encode(inferred, parse_values(text, inferred, exact=True))
    # Types may be others, as an absent opt shows none.
    assert decode_untyped(again) == decode_untyped(message)


def test_types_may_use_the_names_of_an_interface() -> None:
    env = TypeEnv({"A": NAT})
    types, names = parse_types("type B = vec A; (B, x : A, text)", env)
    assert [repr(type) for type in types] == ["B", "A", "text"]
    assert names == TypeEnv({"A": NAT, "B": parse_types("(vec A)", env)[0][0]})
    assert types[2] == TEXT


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nat", "1:1: expected `(`, got `nat`"),
        ("(nat) x", "1:7: expected the end, got `x`"),
        ("(B)", "1:2: type `B` is not defined"),
        ("type A = nat; (A)", "1:1: type `A` is defined twice"),
    ],
)
def test_mistakes_in_types_are_placed(text: str, message: str) -> None:
    with pytest.raises(CandidSyntaxError) as caught:
        parse_types(text, TypeEnv({"A": NAT}))

    assert str(caught.value) == message
