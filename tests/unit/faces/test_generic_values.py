"""Instances of faces among generic values, by their classes alone."""

from __future__ import annotations

from typing import Any

import pytest

from scm import Func, Method, Principal, Service, Some, nat, record, text, variant
from scm.candid.errors import EncodeError
from scm.candid.values import FuncValue, ServiceValue, VariantValue
from scm.faces import generic_values

SOMEONE = Principal(b"\1\2")
GENERIC = {"left": 1, "right": "right"}


@record
class Pair:
    left: nat
    right: text = "right"


@variant("failed")
class Failed:
    reason: text
    pair: Pair


@variant(7)
class Closed:
    pass


class Ledger(Service):
    close: Method[[], None]


def test_records_and_cases_become_generic_values() -> None:
    assert generic_values([Pair(1), Closed(), Failed("why", Pair(1))]) == [
        GENERIC,
        VariantValue(7),
        VariantValue("failed", {"reason": "why", "pair": GENERIC}),
    ]


def test_references_become_generic_values() -> None:
    assert generic_values([Ledger(SOMEONE), Func(SOMEONE, "f")]) == [
        ServiceValue(SOMEONE),
        FuncValue(SOMEONE, "f"),
    ]


def test_instances_in_lists_and_tuples_are_found_and_the_rest_stays() -> None:
    values = [[Pair(1)], (5, (Pair(1),)), Some(1), "x", None, {"a": 1}]

    assert generic_values(values) == [[GENERIC], (5, (GENERIC,)), Some(1), "x", None, {"a": 1}]


def test_what_does_not_fit_its_class_is_told_with_its_path() -> None:
    wrong: Any = 1
    with pytest.raises(EncodeError) as caught:
        generic_values([1, (Pair(1), Failed("", wrong))])
    assert str(caught.value) == "expected `Pair`, got `int` 1 at `arg1[1].failed.pair`"


def test_a_list_that_contains_itself_ends() -> None:
    endless: list[object] = []
    endless.append(endless)

    assert generic_values([endless]) != []
