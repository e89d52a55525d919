"""Tests of the counter, on the real module in a small Internet Computer."""

from pathlib import Path

import pytest

from scm import Principal
from scm.testing.building import install_canister
from scm.testing.client import RejectError

pytestmark = pytest.mark.toolchain

PROJECT = Path(__file__).parents[1]


@pytest.fixture
def counter(build_canister, replica):
    return install_canister(replica, build_canister(PROJECT))


def test_counter_starts_at_zero(counter):
    assert counter.value() == 0


def test_increment_returns_the_new_value(counter):
    assert counter.increment(2) == 2
    assert counter.increment(40) == 42
    assert counter.value() == 42


def test_only_a_controller_resets(counter):
    counter.increment(5)
    stranger = Principal.from_text("rrkah-fqaaa-aaaaa-aaaaq-cai")
    with pytest.raises(RejectError, match=f"PermissionError: {stranger} is not a controller"):
        counter.as_sender(stranger).reset()
    assert counter.value() == 5
    counter.reset()
    assert counter.value() == 0


def test_count_survives_an_upgrade(counter, replica, build_canister):
    counter.increment(7)
    replica.install(counter.canister_id, build_canister(PROJECT), mode="upgrade")
    assert counter.increment(1) == 8
