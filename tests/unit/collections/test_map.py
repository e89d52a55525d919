"""`StableMap` does what a dict sorted by key does."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Callable, Mapping, MutableMapping
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.collections.fake_engine import FakeKeyed, FakePositional

from scm import StableList, StableMap
from scm.collections.views import StableItems, StableKeys, StableValues

KEYS = st.integers(-6, 6)
VALUES = st.integers(0, 3)
ENTRIES = st.dictionaries(KEYS, VALUES, max_size=8)


def new_map(entries: Mapping[Any, Any] = {}, key_type: type = int) -> StableMap[Any, Any]:
    made: StableMap[Any, Any] = StableMap()
    made.attach(FakeKeyed(key_type))
    made.update(entries)
    return made


def outcome(act: Callable[[], object]) -> object:
    """The result, or the exception with its arguments."""
    try:
        return act()
    except (LookupError, TypeError, ValueError) as error:
        return type(error), error.args


def in_order(entries: Mapping[int, int]) -> dict[int, int]:
    return dict(sorted(entries.items()))


OPERATIONS = st.one_of(
    st.tuples(st.just("[]"), KEYS),
    st.tuples(st.just("set"), KEYS, VALUES),
    st.tuples(st.just("del"), KEYS),
    st.tuples(st.just("in"), KEYS | st.text(max_size=1)),
    st.tuples(st.just("get"), KEYS),
    st.tuples(st.just("get"), KEYS, VALUES),
    st.tuples(st.just("pop"), KEYS),
    st.tuples(st.just("pop"), KEYS, VALUES | st.none()),
    st.tuples(st.just("setdefault"), KEYS),
    st.tuples(st.just("setdefault"), KEYS, VALUES),
    st.tuples(st.just("popitem")),
    st.tuples(st.just("clear")),
    st.tuples(st.just("update"), ENTRIES),
    st.tuples(st.just("update"), st.lists(st.tuples(KEYS, VALUES), max_size=4)),
    st.tuples(st.just("|="), ENTRIES),
)


def perform(target: Any, operation: tuple[Any, ...]) -> object:
    name, *arguments = operation
    match name:
        case "[]":
            return target[arguments[0]]
        case "set":
            target[arguments[0]] = arguments[1]
        case "del":
            del target[arguments[0]]
        case "in":
            return arguments[0] in target
        case "|=":
            target |= arguments[0]
        case _:
            return getattr(target, name)(*arguments)
    return None


@given(ENTRIES, st.lists(OPERATIONS, max_size=12))
def test_map_does_what_a_dict_does(entries, operations) -> None:
    tested, model = new_map(entries), in_order(entries)
    for operation in operations:
        expected = outcome(partial(perform, model, operation))
        assert outcome(partial(perform, tested, operation)) == expected
        model = in_order(model)
        assert list(tested.items()) == list(model.items())
        assert len(tested) == len(model)
        assert bool(tested) == bool(model)
    assert list(tested) == list(tested.keys()) == list(model)
    assert list(tested.values()) == list(model.values())
    assert list(reversed(tested)) == list(reversed(tested.keys())) == list(reversed(model))
    assert list(reversed(tested.values())) == list(reversed(model.values()))
    assert list(reversed(tested.items())) == list(reversed(model.items()))
    assert tested == model
    assert model == tested


@given(ENTRIES, ENTRIES)
def test_maps_compare_like_dicts(left, right) -> None:
    expected = left == right
    assert (new_map(left) == right) is expected
    assert (right == new_map(left)) is expected
    assert (new_map(left) == new_map(right)) is expected
    assert (new_map(left) != UserDict(right)) is not expected


def test_maps_of_other_types_differ() -> None:
    assert new_map({1: 2}) != new_map({"a": 2}, str)
    assert new_map({1: 2}) != [(1, 2)]
    assert new_map() == new_map(key_type=str)


@given(
    ENTRIES,
    st.none() | KEYS,
    st.none() | KEYS,
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_range_selects_keys(entries, low, high, include_low, include_high, reverse) -> None:
    def is_inside(key: int) -> bool:
        above = low is None or key > low or (include_low and key == low)
        return above and (high is None or key < high or (include_high and key == high))

    expected = [item for item in sorted(entries.items(), reverse=reverse) if is_inside(item[0])]
    found = new_map(entries).range(
        low, high, include_low=include_low, include_high=include_high, reverse=reverse
    )
    assert list(found) == list(found.items()) == expected
    assert list(found.keys()) == [key for key, _ in expected]
    assert list(found.values()) == [value for _, value in expected]
    assert list(reversed(found)) == expected[::-1]
    assert bool(found) == bool(expected)


def test_prefix_selects_texts_and_leading_fields() -> None:
    texts = new_map({"a": 1, "ab": 2, "abc": 3, "b": 4}, str)
    assert list(texts.prefix("ab")) == [("ab", 2), ("abc", 3)]
    assert list(texts.prefix("ab", reverse=True).keys()) == ["abc", "ab"]
    pairs = new_map({("x", 1): 1, ("x", 2): 2, ("y", 1): 3}, tuple)
    assert list(pairs.prefix(("x",)).values()) == [1, 2]


def test_first_and_last_are_by_key() -> None:
    tested = new_map({3: "c", 1: "a", 2: "b"})
    assert (tested.first(), tested.last()) == ((1, "a"), (3, "c"))
    assert tested.popitem() == (3, "c")
    empty = new_map()
    for act in (empty.first, empty.last, empty.popitem):
        with pytest.raises(KeyError):
            act()


def test_update_takes_what_dict_takes() -> None:
    tested = new_map({"a": 1}, str)
    tested.update({"b": 2}, c=3)
    tested.update(UserDict({"d": 4}))
    tested.update([("e", 5)], f=6)
    tested.update(new_map({"g": 7}, str))
    tested.update(other=8)
    tested.update(tested)
    assert dict(tested) == {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "other": 8}
    update: Any = tested.update
    with pytest.raises(TypeError, match="update expected at most 1 argument, got 2"):
        update({}, {})


@given(ENTRIES, st.sets(KEYS, max_size=6), st.booleans())
def test_keys_are_a_set(entries, other, is_frozen) -> None:
    tested, model = new_map(entries).keys(), entries.keys()
    other = frozenset(other) if is_frozen else other
    check_set_operations(tested, model, other)


@given(ENTRIES, st.sets(st.tuples(KEYS, VALUES), max_size=6))
def test_items_are_a_set(entries, other) -> None:
    check_set_operations(new_map(entries).items(), entries.items(), other)
    for key, value in [*entries.items(), *other]:
        assert ((key, value) in new_map(entries).items()) == ((key, value) in entries.items())
    for odd in (1, (1,), (1, 2, 3), ("a", 1)):
        assert odd not in new_map(entries).items()


def check_set_operations(tested: Any, model: Any, other: Any) -> None:
    assert (tested & other, other & tested) == (model & other, other & model)
    assert (tested | other, other | tested) == (model | other, other | model)
    assert (tested - other, other - tested) == (model - other, other - model)
    assert (tested ^ other, other ^ tested) == (model ^ other, other ^ model)
    assert (tested < other, other < tested) == (model < other, other < model)
    assert (tested <= other, other <= tested) == (model <= other, other <= model)
    assert (tested == other, other == tested) == (model == other, other == model)
    assert tested.isdisjoint(other) == model.isdisjoint(other)
    assert tested & list(other) == model & list(other)
    assert tested | iter(other) == model | iter(other)
    assert isinstance(tested & other, set)
    assert tested == model
    assert model == tested


def test_iteration_notices_changes() -> None:
    tested = new_map({1: 1, 2: 2})
    keys = iter(tested)
    tested[next(keys) + 10] = 0
    with pytest.raises(RuntimeError):
        next(keys)
    for key, value in tested.items():
        tested[key] = value + 1
    assert list(tested.values())[:2] == [2, 3]


def test_values_are_copies() -> None:
    tested = new_map({1: [1]})
    tested[1].append(2)
    assert tested[1] == [1]
    value = tested[1]
    value.append(2)
    tested[1] = value
    assert tested[1] == [1, 2]


def test_nested_collections_live_in_the_map() -> None:
    def new_list() -> StableList[int]:
        made: StableList[int] = StableList()
        made.attach(FakePositional())
        return made

    tested: StableMap[str, StableList[int]] = StableMap()
    tested.attach(FakeKeyed(str, new_list))
    with pytest.raises(KeyError):
        tested["a"]
    tested.setdefault("a").append(1)
    tested.setdefault("a").append(2)
    assert list(tested["a"]) == [1, 2]
    assert next(iter(tested.values())) == [1, 2]
    with pytest.raises(TypeError):
        tested["b"] = StableList()
    del tested["a"]
    assert "a" not in tested
    assert tested.get("a") is None


def test_map_outside_of_the_state_says_so() -> None:
    detached: StableMap[int, int] = StableMap()
    acts: list[Callable[[], object]] = [
        lambda: detached[1],
        lambda: detached.get(1),
        lambda: 1 in detached,
        lambda: len(detached),
        lambda: iter(detached),
        lambda: detached.update({1: 1}),
        lambda: list(detached.items()),
        lambda: detached.setdefault(1),
        lambda: detached.popitem(),
    ]
    for act in acts:
        with pytest.raises(RuntimeError, match="a `StableMap` works only as a field of the state"):
            act()
    assert repr(detached) == "StableMap()"


def test_map_counts_as_a_mapping() -> None:
    tested = new_map({1: 2})
    assert isinstance(tested, MutableMapping)
    with pytest.raises(TypeError, match="unhashable"):
        hash(tested)
    match tested:
        case {1: value}:
            assert value == 2
        case _:
            pytest.fail("a mapping pattern does not match")


def test_repr_is_short() -> None:
    tested = new_map({n: n for n in range(1000)})
    assert repr(tested) == (
        "StableMap([(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (7, 7), (8, 8), "
        "(9, 9), ... 1000 in all])"
    )
    assert repr(new_map({1: 2}).keys()) == "StableKeys([1])"
    assert repr(new_map({1: 2}).values()) == "StableValues([2])"
    assert repr(new_map({1: 2}).items()) == "StableItems([(1, 2)])"


def test_views_are_of_their_classes() -> None:
    tested = new_map()
    assert isinstance(tested.keys(), StableKeys)
    assert isinstance(tested.values(), StableValues)
    assert isinstance(tested.items(), StableItems)
