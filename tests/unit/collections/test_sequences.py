"""`StableList`, `StableDeque`, `StableQueue` and `StableLog` do what Python's do."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.collections.fake_engine import FakePositional

from scm import StableDeque, StableList, StableLog, StableQueue

VALUES = st.integers(0, 4)
LISTS = st.lists(VALUES, max_size=7)
INDICES = st.integers(-9, 9)
BOUNDS = st.none() | INDICES
SLICES = st.builds(slice, BOUNDS, BOUNDS, st.none() | st.integers(-3, 3).filter(bool))


def attached(made: Any, values: Iterable[Any] = ()) -> Any:
    made.attach(FakePositional())
    for value in values:
        getattr(made, "put" if isinstance(made, StableQueue) else "append")(value)
    return made


def outcome(act: Callable[[], object]) -> object:
    """The result, or the exception; its words where they are not the engine's."""
    try:
        return act()
    except IndexError as error:
        return IndexError, "" if "index out of range" in str(error) else str(error)
    except (TypeError, ValueError, RuntimeError) as error:
        return type(error), str(error)


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
        case "+=":
            target += arguments[0]
        case "extend self":
            target.extend(target)
        case "sort":
            target.sort(key=arguments[0], reverse=arguments[1])
        case _:
            return getattr(target, name)(*arguments)
    return None


def operations(*kinds: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(st.one_of(*kinds), max_size=10)


def call(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(st.just(name), *arguments)


BOTH = (
    call("[]", INDICES),
    call("set", INDICES, VALUES),
    call("del", INDICES),
    call("in", VALUES | st.text(max_size=1)),
    call("append", VALUES),
    call("extend", LISTS),
    call("extend self"),
    call("+=", LISTS),
    call("insert", INDICES, VALUES),
    call("pop"),
    call("remove", VALUES),
    call("index", VALUES),
    call("index", VALUES, INDICES),
    call("index", VALUES, INDICES, INDICES),
    call("count", VALUES),
    call("reverse"),
    call("clear"),
)
OF_LIST = (
    call("[]", SLICES),
    call("set", SLICES, LISTS | VALUES),
    call("del", SLICES),
    call("pop", INDICES),
    call("sort", st.sampled_from([None, lambda value: value % 3]), st.booleans()),
)
OF_DEQUE = (
    call("appendleft", VALUES),
    call("popleft"),
    call("extendleft", LISTS),
    call("rotate"),
    call("rotate", INDICES),
)


def check(tested: Any, model: Any, steps: list[tuple[Any, ...]]) -> None:
    for step in steps:
        expected = outcome(partial(perform, model, step))
        assert outcome(partial(perform, tested, step)) == expected
        assert list(tested) == list(model)
        assert list(reversed(tested)) == list(reversed(model))
        assert (len(tested), bool(tested)) == (len(model), bool(model))


@given(LISTS, operations(*BOTH, *OF_LIST))
def test_list_does_what_a_list_does(values, steps) -> None:
    check(attached(StableList(), values), list(values), steps)


@given(LISTS, operations(*BOTH, *OF_DEQUE))
def test_deque_does_what_a_deque_does(values, steps) -> None:
    check(attached(StableDeque(), values), deque(values), steps)


@given(LISTS, LISTS)
def test_lists_compare_like_lists(left, right) -> None:
    for other in (right, attached(StableList(), right)):
        tested = attached(StableList(), left)
        assert (tested == other, other == tested) == (left == right, left == right)
        assert (tested < other, other < tested) == (left < right, right < left)
        assert (tested <= other, other <= tested) == (left <= right, right <= left)
        assert (tested > other, tested >= other) == (left > right, left >= right)
    assert attached(StableList(), left) != tuple(left)
    for other in (deque(right), attached(StableDeque(), right)):
        tested = attached(StableDeque(), left)
        assert (tested == other, other == tested) == (left == right, left == right)
    assert attached(StableDeque(), left) != left


@given(LISTS, st.lists(st.tuples(st.integers(0, 6), st.sampled_from("+-i")), max_size=4))
def test_a_list_may_change_while_it_is_iterated(values, changes) -> None:
    def visit(target: Any) -> list[int]:
        seen = []
        for number, value in enumerate(target):
            seen.append(value)
            for at, change in changes:
                if at == number:
                    perform(
                        target, {"+": ("append", 9), "-": ("pop", 0), "i": ("insert", 0, 8)}[change]
                    )
        return seen

    assert visit(attached(StableList(), values)) == visit(list(values))


def test_a_deque_refuses_to_change_while_it_is_iterated() -> None:
    for change in (("append", 9), ("popleft",), ("rotate", 1), ("del", 0), ("clear",)):
        for target in (attached(StableDeque(), [1, 2, 3]), deque([1, 2, 3])):
            iterator = iter(target)
            assert next(iterator) == 1
            perform(target, change)
            with pytest.raises(RuntimeError, match="deque mutated during iteration"):
                next(iterator)
    tested = attached(StableDeque(), [1, 2])
    for value in tested:
        tested[0] = value + 1
    assert list(tested) == [3, 2]


@given(LISTS)
def test_queue_is_first_in_first_out(values) -> None:
    tested = attached(StableQueue(), values)
    assert (list(tested), len(tested), bool(tested)) == (values, len(values), bool(values))
    for value in values:
        assert value in tested
        assert (tested.peek(), tested.get()) == (value, value)
    for act in (tested.peek, tested.get):
        with pytest.raises(IndexError, match="empty queue"):
            act()


@given(LISTS, st.one_of(INDICES, SLICES), VALUES)
def test_log_is_a_list_that_only_grows(values, index, value) -> None:
    tested = attached(StableLog(), values)
    assert tested.append(value) == len(values)
    model = [*values, value]
    tested.extend([7])
    model.append(7)
    assert outcome(lambda: tested[index]) == outcome(lambda: model[index])
    assert list(tested) == list(reversed(list(reversed(tested)))) == model
    assert (value in tested, tested.count(value)) == (True, model.count(value))
    assert tested.index(value) == model.index(value)
    with pytest.raises(ValueError, match="is not in log"):
        tested.index(99)
    for name in ("__setitem__", "__delitem__", "pop", "clear", "insert"):
        assert not hasattr(tested, name)


@pytest.mark.parametrize("kind", [StableList, StableDeque, StableQueue, StableLog])
def test_outside_of_the_state_they_say_so(kind) -> None:
    detached: Any = kind()
    acts = [lambda: len(detached), lambda: iter(detached), lambda: 1 in detached]
    for act in acts:
        with pytest.raises(RuntimeError, match=f"a `{kind.__name__}` works only as a field"):
            act()
    assert repr(detached) == f"{kind.__name__}()"
    assert repr(attached(kind(), [1, 2])) == f"{kind.__name__}([1, 2])"


def test_they_are_collections_which_no_sequence_pattern_matches() -> None:
    # mypyc reads the parts of what is a sequence as if it were a list.
    for kind in (StableList, StableDeque, StableLog):
        assert isinstance(kind(), Collection)
        assert not isinstance(kind(), Sequence)
    with pytest.raises(TypeError, match="unhashable"):
        hash(StableList())
