"""Keys of every type in a real canister: they come back as they were, in Python's order."""

from __future__ import annotations

import pytest

from scm.candid.values import VariantValue
from scm.testing.building import install_canister

pytestmark = pytest.mark.toolchain

KEYS = """\
from scm import (Opt, Principal, StableMap, StableSet, blob, float64, int_, int64, nat, nat8,
    null, query, record, state, text, update, variant)


@record
class Key:
    name: text
    number: int_
    nothing: null
    flag: bool
    ratio: float64
    pair: tuple[blob, nat8]
    more: tuple[text, ...]
    owner: Principal


@variant
class Red:
    pass


@variant("green")
class Green:
    shade: nat8
    name: text


@variant("blue")
class Blue:
    value: text


Colour = Red | Green | Blue


@state
class State:
    keys: StableMap[Key, nat] = StableMap()
    colours: StableSet[Colour] = StableSet()
    wrapped: StableSet[Opt[nat]] = StableSet()
    halves: StableSet[text | None] = StableSet()
    fixed: StableSet[int64] = StableSet()


@update
def add(state: State, key: Key) -> nat:
    state.keys[key] = len(state.keys)
    return state.keys[key]


@query
def keys(state: State) -> tuple[Key, ...]:
    return tuple(state.keys)


@update
def colour(state: State, colours: tuple[Colour, ...]) -> tuple[Colour, ...]:
    state.colours.update(colours)
    return tuple(state.colours)


@update
def wrap(state: State, numbers: tuple[Opt[nat], ...]) -> tuple[Opt[nat], ...]:
    state.wrapped.update(numbers)
    return tuple(state.wrapped)


@update
def halve(state: State, texts: tuple[text | None, ...]) -> tuple[text | None, ...]:
    state.halves.update(texts)
    return tuple(state.halves)


@update
def fix(state: State, numbers: tuple[int64, ...]) -> tuple[int64, ...]:
    state.fixed.update(numbers)
    return tuple(state.fixed)
"""


@pytest.fixture(scope="module")
def keys_wasm(write_project, build_canister):
    return build_canister(write_project(KEYS, name="keys"))


@pytest.fixture
def keys(replica, keys_wasm):
    return install_canister(replica, keys_wasm)


def test_keys_of_records_come_back_in_order(keys, customer):
    first = {
        "name": "a",
        "number": -5,
        "nothing": None,
        "flag": False,
        "ratio": -1.5,
        "pair": (b"\0", 1),
        "more": [],
        "owner": customer,
    }
    changes = [
        {},
        {"owner": customer.__class__(b"\xff")},
        {"more": ["", "x"]},
        {"more": ["a"]},
        {"pair": (b"\0", 2)},
        {"pair": (b"\0\0", 0)},
        {"pair": (b"\1", 0)},
        {"ratio": 0.5},
        {"flag": True},
        {"number": 10**30},
        {"name": "a\0"},
        {"name": "aa"},
        {"name": "b"},
    ]
    in_order = [first | change for change in changes]
    for key in reversed(in_order):
        keys.add(key)
    assert keys.keys() == in_order
    assert keys.add(first) == len(in_order)


def test_keys_of_variants_are_in_the_order_of_their_tags(keys):
    red = VariantValue("Red", None)
    blues = [VariantValue("blue", text) for text in ("", "a", "b")]
    greens = [
        VariantValue("green", {"shade": shade, "name": name})
        for shade, name in [(1, "z"), (2, ""), (2, "a")]
    ]
    assert keys.colour([*greens, *blues, red]) == [red, *blues, *greens]


def test_none_comes_first(keys):
    assert keys.wrap([3, None, 0]) == [None, 0, 3]
    assert keys.halve(["b", None, "", "a"]) == [None, "", "a", "b"]


def test_fixed_numbers_are_in_order(keys):
    numbers = [-(2**63), -1, 0, 1, 2**63 - 1]
    assert keys.fix(list(reversed(numbers))) == numbers
