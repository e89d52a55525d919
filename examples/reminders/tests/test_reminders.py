"""Tests of the reminders, on the real module in a small Internet Computer."""

from pathlib import Path

import pytest

from scm.testing.building import install_canister
from scm.testing.timers import read_timers

pytestmark = pytest.mark.toolchain

PROJECT = Path(__file__).parents[1]
DAY = 86_400


@pytest.fixture
def wasm(build_canister):
    return build_canister(PROJECT)


@pytest.fixture
def reminders(replica, wasm):
    return install_canister(replica, wasm)


@pytest.fixture
def inbox(replica, wasm):
    return install_canister(replica, wasm)


def advance(replica, seconds):
    replica.advance_time(seconds)
    replica.run_until_idle()


def test_reminder_is_delivered_over_an_upgrade(replica, wasm, reminders, inbox):
    reminders.remind_me(inbox.canister_id, "milk", 60)
    advance(replica, 30)
    replica.install(reminders.canister_id, wasm, mode="upgrade")
    advance(replica, 29)
    assert inbox.inbox() == []
    advance(replica, 1)
    assert inbox.inbox() == ["milk"]


def test_later_reminder_replaces_the_earlier_one(replica, reminders, inbox):
    reminders.remind_me(inbox.canister_id, "milk", 60)
    reminders.remind_me(inbox.canister_id, "milk", 120)
    advance(replica, 60)
    assert inbox.inbox() == []
    advance(replica, 60)
    assert inbox.inbox() == ["milk"]


def test_forgotten_reminder_is_not_delivered(replica, reminders, inbox):
    reminders.remind_me(inbox.canister_id, "milk", 60)
    assert reminders.forget("milk") is True
    assert reminders.forget("milk") is False
    advance(replica, 60)
    assert inbox.inbox() == []


def test_closed_inbox_is_asked_again(replica, reminders, inbox):
    inbox.close(True)
    reminders.remind_me(inbox.canister_id, "milk", 60)
    advance(replica, 60)
    timer = read_timers(replica, reminders.canister_id)[-1]
    assert (timer.status, timer.attempts) == ("armed", 1)
    assert "the inbox is closed" in timer.error
    inbox.close(False)
    advance(replica, 1)
    assert inbox.inbox() == ["milk"]


def test_old_deliveries_go(replica, reminders):
    itself = reminders.canister_id
    reminders.remind_me(itself, "milk", 60)
    reminders.remind_me(itself, "bread", 20 * DAY)
    for _ in range(32):
        advance(replica, DAY)
    assert reminders.inbox() == ["bread"]
