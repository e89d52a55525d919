"""Slots: given once, kept for good, whatever happens to the source."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from scm.compiler.artefacts import (
    CanisterSpec,
    ClassSpec,
    HandlerSpec,
    ScalarShape,
    Shape,
    Slot,
    SlotEntry,
)
from scm.compiler.lockfile import FIRST_HANDLER_SLOT, LockFile, format_lock, parse_lock
from scm.compiler.plan import plan_slots
from scm.errors import ConfigurationError, LimitError, SourceError, SourceSpan

SPAN = SourceSpan("canister.py", 1, 1, 1, 2)
NAT = ScalarShape("nat")


def handler(
    name: str,
    context: Shape | None = NAT,
    response: Shape | None = NAT,
    result: Shape | None = NAT,
) -> HandlerSpec:
    return HandlerSpec(
        "canister", name, context is not None, context, response, result, False, SPAN
    )


def canister(*handlers: HandlerSpec) -> CanisterSpec:
    state = ClassSpec("state", "canister", "State", "", (), SPAN)
    return CanisterSpec("test", state, None, (), handlers, (), ())


def named(*names: str) -> CanisterSpec:
    return canister(*(handler(name) for name in names))


def locked(entries: Sequence[SlotEntry]) -> LockFile:
    return parse_lock(format_lock(entries))


def slots(entries: Sequence[SlotEntry]) -> dict[str, int]:
    return {entry.name: entry.slot - FIRST_HANDLER_SLOT for entry in entries}


def test_first_plan_follows_the_order_of_declaration() -> None:
    plan = plan_slots(named("b", "a"))
    assert slots(plan.handlers) == {"b": 0, "a": 1}
    assert (plan.cleanup, plan.orphan) == (65_536, 65_537)
    assert plan.handlers[0].slot == 65_552


def test_handlers_may_move_and_new_ones_are_appended() -> None:
    first = plan_slots(named("a", "b"))
    second = plan_slots(named("new", "b", "a"), locked(first.handlers))
    assert slots(second.handlers) == {"a": 0, "b": 1, "new": 2}


def test_entry_tells_the_types() -> None:
    entry = plan_slots(canister(handler("a", None, ScalarShape("text"), None))).handlers[0]
    assert (entry.context, entry.response, entry.reply) == ("()", "(text)", "()")
    assert entry.status == "active"


def test_removed_handler_is_told_at_its_line() -> None:
    lock = locked(plan_slots(named("a", "b")).handlers)
    with pytest.raises(SourceError) as caught:
        plan_slots(named("a"), lock)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "removed-handler"
    assert diagnostic.span == SourceSpan("scm.lock", 13, 1, 13, 1)
    assert any("--retire b" in text for text in diagnostic.helps)


def test_retired_handler_keeps_its_slot_and_it_is_not_given_again() -> None:
    lock = locked(plan_slots(named("a", "b")).handlers)
    retired = plan_slots(named("a"), lock, frozenset({"b"}))
    assert [(entry.name, entry.status) for entry in retired.handlers] == [
        ("a", "active"),
        ("b", "retired"),
    ]
    later = plan_slots(named("a", "c"), locked(retired.handlers))
    assert slots(later.handlers) == {"a": 0, "b": 1, "c": 2}


def test_retired_handler_may_come_back_to_its_slot() -> None:
    lock = locked(plan_slots(named("a", "b")).handlers)
    retired = plan_slots(named("b"), lock, frozenset({"a"}))
    again = plan_slots(named("a", "b"), locked(retired.handlers))
    assert slots(again.handlers) == {"a": 0, "b": 1}
    assert {entry.status for entry in again.handlers} == {"active"}
    with pytest.raises(SourceError):
        plan_slots(
            canister(handler("a", ScalarShape("text")), handler("b")), locked(again.handlers)
        )


@pytest.mark.parametrize(
    ("retire", "message"), [("a", "the source still has it"), ("x", "has no such entry")]
)
def test_only_what_is_gone_can_be_retired(retire: str, message: str) -> None:
    lock = locked(plan_slots(named("a")).handlers)
    with pytest.raises(ConfigurationError, match=message):
        plan_slots(named("a"), lock, frozenset({retire}))


INT = ScalarShape("int")


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        (handler("a", NAT), handler("a", INT), []),
        (handler("a", INT), handler("a", NAT), ["context"]),
        (handler("a", NAT, NAT), handler("a", NAT, INT), []),
        (handler("a", NAT, INT), handler("a", NAT, NAT), ["response type"]),
        (handler("a", NAT, NAT, INT), handler("a", NAT, NAT, NAT), []),
        (handler("a", NAT, NAT, NAT), handler("a", NAT, NAT, INT), ["reply type"]),
        (
            handler("a", INT, INT, NAT),
            handler("a", NAT, NAT, INT),
            ["context", "reply", "response"],
        ),
        (handler("a", None), handler("a", NAT), ["context"]),
        (handler("a", NAT), handler("a", None), []),
    ],
)
def test_types_may_change_only_so_that_calls_in_flight_fit(
    old: HandlerSpec, new: HandlerSpec, parts: list[str]
) -> None:
    lock = locked(plan_slots(canister(old)).handlers)
    if not parts:
        (entry,) = plan_slots(canister(new), lock).handlers
        assert entry.slot == FIRST_HANDLER_SLOT
        return
    with pytest.raises(SourceError) as caught:
        plan_slots(canister(new), lock)
    diagnostics = caught.value.diagnostics
    assert {item.code for item in diagnostics} == {"incompatible-handler"}
    assert len(diagnostics) == len(parts)
    for part, diagnostic in zip(parts, diagnostics, strict=True):
        assert f"its {part}" in diagnostic.message
        assert diagnostic.span == SPAN


def test_plan_takes_over_the_new_types() -> None:
    lock = locked(plan_slots(canister(handler("a", NAT))).handlers)
    assert plan_slots(canister(handler("a", INT)), lock).handlers[0].context == "(int)"


def test_table_has_an_end() -> None:
    last = evolve(plan_slots(named("a")).handlers[0], slot=Slot(999_999))
    assert plan_slots(named("a"), locked([last])).handlers == (last,)
    with pytest.raises(LimitError, match="1,000,001 is over the limit"):
        plan_slots(named("a", "b"), locked([last]))


NAMES = st.sampled_from([f"h{index}" for index in range(8)])
VERSIONS = st.lists(st.lists(NAMES, unique=True), min_size=1, max_size=8)


@given(VERSIONS)
def test_no_history_moves_a_name_or_gives_a_slot_twice(versions: list[list[str]]) -> None:
    """Each version is any set of handlers in any order; what is gone is retired."""
    given: dict[str, int] = {}
    lock = LockFile()
    for names in versions:
        gone = frozenset(entry.name for entry in lock.entries if entry.name not in names)
        plan = plan_slots(named(*names), lock, gone)
        for entry in plan.handlers:
            assert given.setdefault(entry.name, entry.slot) == entry.slot
            assert (entry.status == "active") == (entry.name in names)
        assert len(set(given.values())) == len(given)
        assert set(given) == {entry.name for entry in plan.handlers}
        lock = locked(plan.handlers)


@given(st.permutations(["a", "b", "c", "d"]), st.permutations(["a", "b", "c", "d"]))
def test_order_of_declaration_matters_only_once(first: list[str], second: list[str]) -> None:
    plan = plan_slots(named(*first))
    assert plan_slots(named(*second), locked(plan.handlers)).handlers == plan.handlers


def test_reserved_slots_are_left_out() -> None:
    lock = evolve(locked(plan_slots(named("a")).handlers), reserved=(FIRST_HANDLER_SLOT + 1, "old"))
    assert slots(plan_slots(named("a", "b", "c"), lock).handlers) == {"a": 0, "b": 2, "c": 3}


def test_reserved_names_are_refused() -> None:
    lock = evolve(locked(plan_slots(named("a")).handlers), reserved=("b",))
    with pytest.raises(SourceError, match=r"has a name that `scm\.lock` reserves") as caught:
        plan_slots(named("a", "b"), lock)
    assert [item.code for item in caught.value.diagnostics] == ["reserved-handler"]


def test_name_that_another_handler_had_is_not_given_to_a_new_one() -> None:
    first = locked(plan_slots(named("paid")).handlers)
    settled = evolve(handler("settled"), formerly=("paid",))
    lock = locked(plan_slots(canister(settled), first).handlers)
    for rest in ([settled], [handler("settled")]):
        with pytest.raises(SourceError, match="`paid` has a name that `settled` had") as caught:
            plan_slots(canister(*rest, handler("paid")), lock)
        (found,) = caught.value.diagnostics
        assert (found.code, found.helps) == (
            "reserved-handler",
            ("give the new handler another name",),
        )
    with pytest.raises(SourceError, match="`paid` has a name that `settled` had"):
        plan_slots(named("paid"), lock, frozenset({"settled"}))


def test_handler_may_have_its_older_name_again() -> None:
    first = locked(plan_slots(named("paid")).handlers)
    lock = locked(plan_slots(canister(evolve(handler("b"), formerly=("paid",))), first).handlers)
    back = evolve(handler("paid"), formerly=("b",))
    assert slots(plan_slots(canister(back), lock).handlers) == {"paid": 0}
    with pytest.raises(SourceError) as caught:
        plan_slots(named("paid"), lock)
    assert [item.code for item in caught.value.diagnostics] == ["removed-handler"]


def test_a_join_can_t_take_over_from_one_response() -> None:
    one = handler("a", response=ScalarShape("nat"))
    with pytest.raises(SourceError, match="it was one response, and is a list now"):
        plan_slots(canister(evolve(one, is_join=True)), locked(plan_slots(canister(one)).handlers))
