"""Collections in collections that come and go in one message, and what fails halfway."""

from __future__ import annotations

import pytest

from scm.replica.replica import Replica
from scm.storage.problems import FREE
from scm.testing.building import CanisterBuilder, install_canister
from scm.testing.client import CanisterHandle, RejectError
from scm.testing.state import check_state

pytestmark = pytest.mark.toolchain

CASE = "tests/cases/canisters/nested"


@pytest.fixture
def nested(build_canister: CanisterBuilder, replica: Replica) -> CanisterHandle:
    return install_canister(replica, build_canister(CASE))


def free_all(replica: Replica, canister: CanisterHandle, messages: int) -> int:
    """Pages that are neither free nor the engine's own, when all that was given up is freed."""
    for _ in range(messages):
        canister.touch()
    report = check_state(replica, canister.canister_id)
    return report.page_count - report.account(FREE).pages["free"]


@pytest.mark.parametrize("order", ["up", "down", "middle"])
def test_a_set_of_small_keys_is_stored_as_it_is(nested, replica, build_canister, order) -> None:
    numbers = list(range(300))
    if order == "down":
        numbers.reverse()
    elif order == "middle":
        numbers.sort(key=lambda number: abs(150 - number), reverse=True)
    for number in numbers:
        nested.add_small(number)
    check_state(replica, nested.canister_id)
    replica.install(nested.canister_id, build_canister(CASE), mode="upgrade")
    assert nested.all_small() == sorted(numbers)


def test_what_a_message_changed_is_given_up_as_it_is_by_then(nested, replica) -> None:
    before = free_all(replica, nested, 1)
    nested.fill(50)
    nested.empty_and_clear(5)
    nested.grow_and_clear(7)
    for number in range(50):
        nested.empty_and_delete(number)
    assert free_all(replica, nested, 40) <= before + 2


def test_many_groups_are_freed_over_messages(nested, replica) -> None:
    before = free_all(replica, nested, 1)
    nested.fill(2_000)
    nested.empty_and_clear(1_999)
    for number in range(2_000):
        nested.empty_and_delete(number)
    assert free_all(replica, nested, 300) <= before + 2


def test_what_fails_changes_nothing(nested) -> None:
    assert nested.replace_wrongly() == [(0.5, "fourth")]
    assert nested.assign_wrongly() == [1, 2, 3]


def test_there_is_one_state(nested) -> None:
    with pytest.raises(RejectError, match="RuntimeError: a second state object was made"):
        nested.make_another()


def test_no_sequence_pattern_matches(nested) -> None:
    nested.assign_wrongly()
    assert nested.pattern() == "none"
