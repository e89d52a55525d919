"""What forms send, as values of Candid; mistakes lead to their controls."""

from __future__ import annotations

from typing import Any

import pytest

from scm.candid.did_parser import parse_did
from scm.candid.values import FuncValue, ServiceValue, Some, VariantValue
from scm.model import Principal
from scm.page.form_values import FormError, values_of_form
from scm.page.interfaces import describe_type

ANONYMOUS = Principal.anonymous()


def read(types: str, *given: object) -> list[object]:
    interface = parse_did(
        f"type List = opt record {{ nat; List }}; service : {{ f : {types} -> () }}"
    )
    function: Any = interface.resolved().methods[0].type
    return values_of_form(list(given), function.args, interface.env)


@pytest.mark.parametrize(
    ("types", "given", "value"),
    [
        ("(nat)", " 1_000 ", 1000),
        ("(nat)", "0xff", 255),
        ("(int)", "-3", -3),
        ("(nat64)", "18446744073709551615", 2**64 - 1),
        ("(int8)", "-128", -128),
        ("(float64)", "1e3", 1000.0),
        ("(float64)", "2", 2.0),
        ("(text)", "  as typed\n", "  as typed\n"),
        ("(bool)", True, True),
        ("(null)", None, None),
        ("(reserved)", None, None),
        ("(principal)", " 2vxsx-fae ", ANONYMOUS),
        ("(blob)", {"as": "text", "text": "é"}, "é".encode()),
        ("(blob)", {"as": "hex", "text": "00 ff"}, b"\0\xff"),
        ("(opt nat)", None, None),
        ("(opt nat)", {"some": "1"}, 1),
        ("(opt opt nat)", {"some": None}, Some(None)),
        ("(vec text)", ["a", ""], ["a", ""]),
        ("(record { 0 : nat; 1 : text })", {"0": "1", "1": "x"}, (1, "x")),
        ("(record { a : nat })", {"97": "1"}, {"a": 1}),
        ("(variant { a; b : nat })", {"tag": 98, "value": "1"}, VariantValue("b", 1)),
        ("(variant { a; b : nat })", {"tag": 97, "value": None}, VariantValue("a")),
        ("(List)", {"some": {"0": "1", "1": None}}, (1, None)),
        ("(service {})", "2vxsx-fae", ServiceValue(ANONYMOUS)),
        (
            "(func () -> ())",
            {"principal": "2vxsx-fae", "method": "go"},
            FuncValue(ANONYMOUS, "go"),
        ),
    ],
)
def test_values_of_all_types(types: str, given: object, value: object) -> None:
    assert read(types, given) == [value]


@pytest.mark.parametrize(
    ("types", "given", "path", "message"),
    [
        ("(nat)", "-1", (), "out of range"),
        ("(nat8)", "256", (), "out of range"),
        ("(nat)", "", (), "is missing"),
        ("(nat)", "1, 2", (), "expected"),
        ("(nat)", "1) (2", (), "expected"),
        ("(nat)", "true", (), "expected `nat`"),
        ("(float32)", "1e99", (), "out of range"),
        ("(principal)", "nobody", (), ""),
        ("(bool)", "true", (), "true or false"),
        ("(text)", "\ud800", (), "UTF-8"),
        ("(text)", None, (), "is missing"),
        ("(blob)", {"as": "hex", "text": "0"}, (), "two for each byte"),
        ("(empty)", None, (), "no values"),
        ("(opt nat)", {"some": "x"}, ("some",), "expected"),
        ("(vec nat)", ["1", "x"], (1,), "expected"),
        ("(vec nat)", "1", (), "a list"),
        ("(record { a : vec nat })", {"97": ["1", ""]}, (97, 1), "is missing"),
        ("(record { a : nat })", {}, (97,), "is missing"),
        ("(variant { a; b : nat })", {"tag": None}, (), "choose one"),
        ("(variant { a; b : nat })", {"tag": 98, "value": "x"}, (98,), "expected"),
        ("(func () -> ())", {"principal": "2vxsx-fae", "method": ""}, ("method",), "is missing"),
        ("(func () -> ())", {"principal": "x", "method": "go"}, ("principal",), ""),
    ],
)
def test_mistakes_lead_to_their_controls(
    types: str, given: object, path: tuple[str | int, ...], message: str
) -> None:
    with pytest.raises(FormError) as caught:
        read(types, given)
    assert caught.value.path == (0, *path)
    assert message in caught.value.message


def test_values_that_nest_without_end_are_refused() -> None:
    given: object = None
    for _ in range(300):
        given = {"some": {"0": "1", "1": given}}
    with pytest.raises(FormError, match="too deep"):
        read("(List)", given)


def test_wrong_number_of_arguments_is_refused() -> None:
    with pytest.raises(FormError, match="expected 1 arguments"):
        read("(nat)")


def test_types_are_described_with_their_names() -> None:
    interface = parse_did("type List = opt record { nat; List }; service : {}")
    assert describe_type(interface.env.lookup("List"), interface.env) == {
        "kind": "opt",
        "inner": {
            "kind": "record",
            "fields": [
                {"id": 0, "label": "0", "type": {"kind": "nat"}},
                {"id": 1, "label": "1", "type": {"kind": "ref", "name": "List"}},
            ],
        },
    }
