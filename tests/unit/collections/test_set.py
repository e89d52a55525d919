"""`StableSet` does what a set does, in order."""

from __future__ import annotations

from collections.abc import Iterable, MutableSet
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.collections.fake_engine import FakeKeyed

from scm import StableSet

ELEMENTS = st.integers(-6, 6)
SETS = st.sets(ELEMENTS, max_size=7)


def new_set(elements: Iterable[Any] = (), key_type: type = int) -> StableSet[Any]:
    made: StableSet[Any] = StableSet()
    made.attach(FakeKeyed(key_type))
    made.update(elements)
    return made


@given(SETS, SETS, st.sampled_from([set, frozenset, new_set]))
def test_operators_give_what_sets_give(left, right, kind) -> None:
    tested, other, model = new_set(left), kind(right), set(right)
    assert (tested | other, tested & other) == (left | model, left & model)
    assert (tested - other, tested ^ other) == (left - model, left ^ model)
    assert (other | tested, other & tested) == (left | model, left & model)
    assert (other - tested, other ^ tested) == (model - left, left ^ model)
    assert type(tested | other) is type(tested & other) is type(tested - other) is set
    assert (tested < other, tested <= other) == (left < model, left <= model)
    assert (tested > other, tested >= other) == (left > model, left >= model)
    assert (other < tested, other <= tested) == (model < left, model <= left)
    assert (tested == other, other == tested) == (left == model, left == model)
    assert (tested != other) is (left != model)


@given(SETS, SETS, SETS, st.sampled_from([set, list, iter, new_set]))
def test_methods_take_any_iterables(left, right, third, kind) -> None:
    tested = new_set(left)
    assert tested.union(kind(right), third) == left.union(right, third)
    assert tested.intersection(kind(right), third) == left.intersection(right, third)
    assert tested.difference(kind(right), third) == left.difference(right, third)
    assert tested.symmetric_difference(kind(right)) == left.symmetric_difference(right)
    assert tested.isdisjoint(kind(right)) == left.isdisjoint(right)
    assert tested.issubset(kind(right)) == left.issubset(right)
    assert tested.issuperset(kind(right)) == left.issuperset(right)
    assert tested.union() == tested.intersection() == tested.difference() == left


@given(
    SETS,
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    *("update", "intersection_update", "difference_update"),
                    *("symmetric_difference_update", "|=", "&=", "-=", "^="),
                ]
            ),
            SETS | st.none(),
        ),
        max_size=5,
    ),
)
def test_sets_change_in_place(elements, operations) -> None:
    tested, model = new_set(elements), set(elements)
    same = tested
    for name, operand in operations:
        # None stands for the set itself.
        for target in (tested, model):
            other = target if operand is None else operand
            match name:
                case "|=":
                    target |= other
                case "&=":
                    target &= other
                case "-=":
                    target -= other
                case "^=":
                    target ^= other
                case _:
                    getattr(target, name)(other)
        assert tested is same
        assert list(tested) == sorted(model)


@given(SETS, ELEMENTS)
def test_single_elements(elements, element) -> None:
    tested, model = new_set(elements), set(elements)
    assert (element in tested) is (element in model)
    for name in ("add", "discard", "add", "remove"):
        getattr(tested, name)(element)
        getattr(model, name)(element)
        assert list(tested) == list(reversed(list(reversed(tested)))) == sorted(model)
        assert (len(tested), bool(tested)) == (len(model), bool(model))
    tested.discard(element)
    with pytest.raises(KeyError) as caught:
        tested.remove(element)
    assert caught.value.args == (element,)
    assert "text" not in tested


def test_ends() -> None:
    tested = new_set([3, 1, 2])
    assert (tested.first(), tested.last(), tested.pop()) == (1, 3, 1)
    tested.clear()
    with pytest.raises(KeyError, match="pop from an empty set"):
        tested.pop()
    for act in (tested.first, tested.last):
        with pytest.raises(KeyError):
            act()


def test_none_is_an_element() -> None:
    tested = new_set([None], type(None))
    assert tested.first() is None
    assert tested.pop() is None
    assert len(tested) == 0


def test_range_and_prefix() -> None:
    tested = new_set(range(10))
    assert list(tested.range(3, 6)) == [3, 4, 5]
    assert list(tested.range(3, 6, include_low=False, include_high=True)) == [4, 5, 6]
    assert list(tested.range(high=3, reverse=True)) == [2, 1, 0]
    assert list(reversed(tested.range(7))) == [9, 8, 7]
    assert bool(tested.range(3, 4))
    assert not tested.range(3, 3)
    assert list(new_set(["a", "ab", "b"], str).prefix("a")) == ["a", "ab"]


def test_operators_refuse_what_is_no_set() -> None:
    tested: Any = new_set([1])
    for act in (
        lambda: tested | [1],
        lambda: tested & [1],
        lambda: tested - [1],
        lambda: tested ^ [1],
        lambda: tested < [1],
        lambda: tested.__ior__([1]) is NotImplemented and 1 / 0,
    ):
        with pytest.raises((TypeError, ZeroDivisionError)):
            act()
    assert tested != [1]


def test_set_counts_as_a_set() -> None:
    assert isinstance(new_set(), MutableSet)
    with pytest.raises(TypeError, match="unhashable"):
        hash(new_set())
    assert repr(new_set([2, 1])) == "StableSet([1, 2])"
    detached: StableSet[int] = StableSet()
    assert repr(detached) == "StableSet()"
    with pytest.raises(RuntimeError, match="`StableSet` works only as a field"):
        detached.add(1)
