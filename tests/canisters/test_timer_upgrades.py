"""Timers live through upgrades: none fires early, none is lost."""

from __future__ import annotations

import random
import re
from collections import Counter

import pytest
from tests.canisters.timer_scene import SECOND_NS, SWEEP, SWEEP_MARK, TimerScene

from scm.replica.state import DeliveryKind
from scm.testing.building import install_canister
from scm.testing.call_counts import CallCounts
from scm.testing.costs import used
from scm.testing.timers import retry_timer

REMIND = re.compile(r"@on_timer\ndef remind\(.*?\n\n\n", re.DOTALL)

pytestmark = pytest.mark.toolchain


@pytest.fixture(scope="session")
def without_remind(build_timers):
    return build_timers((REMIND, ""), ("ic.set_timer(remind,", "ic.set_timer(fail,"))


@pytest.fixture(scope="session")
def renamed(build_timers):
    """`remind` and `fail` have other names, and numbers count in cents."""
    return build_timers(
        ("@on_timer\ndef remind(", '@on_timer(formerly=("remind",))\ndef nudge('),
        ("ic.set_timer(remind,", "ic.set_timer(nudge,"),
        ("@on_timer\ndef fail(", '@on_timer(formerly=("fail",))\ndef stumble('),
        ("ic.set_timer(fail,", "ic.set_timer(stumble,"),
        ("    every,\n", "    every,\n    migration,\n"),
        (
            "@state\n",
            '@migration(1, handler="nudge")\n'
            "def nudge_in_cents(old: Reminder) -> Reminder:\n"
            "    return Reminder(old.about, 100 * old.number)\n\n\n"
            '@migration(1, handler="stumble")\n'
            "def stumble_in_cents(old: Reminder) -> Reminder:\n"
            "    return Reminder(old.about, 100 * old.number)\n\n\n"
            "@state\n",
        ),
    )


@pytest.mark.parametrize("kind", [DeliveryKind.REQUEST, DeliveryKind.RESPONSE])
def test_timer_in_flight_during_an_upgrade_fires_once(scene, timers_v2, kind):
    numbers = [scene.desk.set_reminder("tea", number, 10, "") for number in range(3)]
    scene.desk.set_ask(10)
    with scene.hold(kind):
        scene.advance(10)
        if kind is DeliveryKind.REQUEST:
            assert {scene.timer(number).status for number in numbers} == {"firing"}
        assert scene.counts.waiting == 4 if kind is DeliveryKind.REQUEST else 5
        scene.upgrade(timers_v2)
        assert len(scene.fired) == (0 if kind is DeliveryKind.REQUEST else 3)
    scene.advance(60)
    assert sorted(number for _, number, _ in scene.fired) == [0, 1, 2]
    assert scene.desk.counts() == (0, 505)
    assert [timer.handler for timer in scene.timers] == ["sweep"]
    assert scene.counts == CallCounts(waiting=0, failed=0, orphans=0)
    scene.check_state()


def test_call_of_a_timer_is_answered_after_an_upgrade(scene, timers_v2):
    scene.desk.set_ask(10)
    hold = scene.replica.hold(
        lambda delivery: delivery.kind is DeliveryKind.RESPONSE and delivery.method == "add"
    )
    with hold:
        scene.advance(10)
        scene.upgrade(timers_v2)
    scene.replica.run_until_idle()
    assert scene.desk.counts() == (0, 505)
    assert [timer.handler for timer in scene.timers] == ["sweep"]


def test_reinstall_forgets_timers_and_what_is_in_flight(scene, timers_v1):
    for number in range(4):
        scene.desk.set_reminder("old", number, 10 if number < 2 else 30, "")
    with scene.hold(DeliveryKind.REQUEST):
        scene.advance(10)
        scene.replica.install(scene.desk.canister_id, timers_v1, mode="reinstall")
        assert [timer.handler for timer in scene.timers] == ["sweep"]
        assert scene.armed_for == SWEEP
        for number in range(4):
            scene.desk.set_reminder("new", number, 5, "")
    scene.advance(60)
    assert [about for about, _, _ in scene.fired] == ["new"] * 4
    assert scene.counts == CallCounts(waiting=0, failed=0, orphans=2)


def test_upgrade_keeps_the_beat_of_every(scene, timers_v2):
    scene.advance(30)
    scene.upgrade(timers_v2)
    assert scene.armed_for == SWEEP - 30
    scene.advance(60)
    assert scene.desk.counts() == (1, 0)


def test_every_that_is_new_changed_or_gone(scene, build_timers):
    faster = build_timers((SWEEP_MARK, "@every(seconds=40)\n"))
    both = build_timers(
        (SWEEP_MARK, f"@every(hours=1)\ndef tidy(desk: Desk) -> None:\n    pass\n\n\n{SWEEP_MARK}")
    )
    neither = build_timers((SWEEP_MARK, ""))
    scene.advance(30)
    scene.upgrade(faster)
    assert scene.armed_for == 40
    scene.upgrade(both)
    assert {timer.handler: timer.due_ns - scene.replica.time_ns for timer in scene.timers} == {
        "sweep": SWEEP * SECOND_NS,
        "tidy": 3600 * SECOND_NS,
    }
    scene.upgrade(neither)
    assert scene.timers == []
    scene.advance(2 * SWEEP)
    assert scene.desk.counts() == (0, 0)
    scene.upgrade(faster)
    assert scene.armed_for == 40
    scene.check_state()


def test_every_that_becomes_a_handler_of_set_timer_gives_up_its_timer(scene, build_timers):
    on_timer = build_timers((SWEEP_MARK, "@on_timer\n"))
    scene.desk.set_reminder("tea", 1, 100, "")
    scene.upgrade(on_timer)
    assert [timer.handler for timer in scene.timers] == ["remind"]
    scene.upgrade(on_timer)
    scene.advance(SWEEP + 20)
    assert scene.desk.counts() == (0, 0)
    assert len(scene.fired) == 1
    scene.check_state()


def test_missing_handler_is_refused_while_timers_need_it(scene, without_remind):
    for number in range(3):
        scene.desk.set_reminder("tea", number, 10, "")
    assert scene.refuse(without_remind) == (
        "there are 3 timers for timer handler `remind`, which the new code does not have; "
        "the old code goes on"
    )
    with scene.hold(DeliveryKind.REQUEST):
        scene.advance(10)
        assert "3 timers" in scene.refuse(without_remind)
    scene.replica.run_until_idle()
    scene.upgrade(without_remind)
    assert [timer.handler for timer in scene.timers] == ["sweep"]


def test_failed_timer_needs_its_handler(scene, build_timers):
    without = build_timers(
        (re.compile(r"@on_timer\ndef fail\(.*?\n\n\n", re.DOTALL), ""),
        ("ic.set_timer(fail,", "ic.set_timer(remind,"),
    )
    scene.desk.set_broken(True)
    number = scene.desk.set_failing("pour", 1, 1)
    for _ in range(140):
        scene.advance(1)
    assert scene.timer(number).status == "failed"
    assert scene.refuse(without) == (
        "there is 1 timer for timer handler `fail`, which the new code does not have; "
        "the old code goes on"
    )
    scene.control("scm_discard_timer", number)
    scene.upgrade(without)


def test_failed_timer_is_retried_under_a_new_name_with_its_context_migrated(
    scene, timers_v1, renamed
):
    scene.desk.set_broken(True)
    number = scene.desk.set_failing("pour", 3, 1)
    for _ in range(140):
        scene.advance(1)
    scene.upgrade(renamed)
    scene.upgrade(renamed)
    failed = scene.timer(number)
    assert (failed.handler, failed.status) == ("fail", "failed")
    scene.desk.set_broken(False)
    retry_timer(scene.replica, scene.desk.canister_id, number)
    scene.replica.run_until_idle()
    assert [(about, number) for about, number, _ in scene.fired] == [("pour", 300)]
    assert [timer.handler for timer in scene.timers] == ["sweep"]
    scene.upgrade(timers_v1)
    scene.check_state()


def test_timers_of_an_older_name_are_replaced_cancelled_and_discarded(scene, timers_v1, renamed):
    for number, name in enumerate(["replaced", "cancelled", ""], start=1):
        scene.desk.set_reminder("tea", number, 10, name)
    discarded = scene.timers[-1].id
    scene.upgrade(renamed)
    assert {timer.handler for timer in scene.timers} == {"remind", "sweep"}
    scene.desk.set_reminder("tea", 400, 10, "replaced")
    assert scene.desk.cancel_named("cancelled")
    scene.control("scm_discard_timer", discarded)
    assert scene.refuse(timers_v1) == (
        "there is 1 timer for timer handler `nudge`, which the new code does not have; "
        "the old code goes on"
    )
    scene.advance(10)
    assert [number for _, number, _ in scene.fired] == [400]
    # Nothing is left under any name, so any code may follow.
    scene.upgrade(timers_v1)
    scene.check_state()


@pytest.mark.parametrize("kind", [DeliveryKind.REQUEST, DeliveryKind.RESPONSE])
def test_timer_in_flight_fires_under_its_new_name(scene, renamed, kind):
    scene.desk.set_reminder("tea", 4, 10, "")
    with scene.hold(kind):
        scene.advance(10)
        scene.upgrade(renamed)
    scene.replica.run_until_idle()
    expected = 400 if kind is DeliveryKind.REQUEST else 4
    assert [number for _, number, _ in scene.fired] == [expected]
    assert [timer.handler for timer in scene.timers] == ["sweep"]
    assert scene.counts == CallCounts(waiting=0, failed=0, orphans=0)
    scene.check_state()


def test_context_that_new_code_cannot_read_is_refused(scene, build_timers):
    narrower = build_timers(
        ("    number: nat\n", "    number: text\n"),
        ("number: nat,", "number: text,"),
        (
            "fired: StableLog[tuple[text, nat, nat64]]",
            "fired2: StableLog[tuple[text, text, nat64]]",
        ),
        ("list[tuple[text, nat, nat64]]", "list[tuple[text, text, nat64]]"),
        ("desk.fired", "desk.fired2"),
    )
    scene.desk.set_reminder("tea", 1, 10, "")
    assert scene.refuse(narrower) == (
        "there is 1 timer for timer handler `remind`, whose context changed: "
        "record field `number`: `nat` is not a subtype of `text`; the old code goes on"
    )


def test_code_without_timers_takes_over_when_none_is_left(
    scene, build_canister, write_project, timers_v1
):
    plain = build_canister(
        write_project(
            "from scm import nat, query, state\n\n\n@state\nclass Desk:\n    sweeps: nat = 0\n\n\n"
            "@query\ndef swept(desk: Desk) -> nat:\n    return desk.sweeps\n",
            "",
            "timers",
        )
    )
    last = scene.desk.set_reminder("tea", 1, 10, "")
    assert scene.refuse(plain) == (
        "there is 1 timer for timer handler `remind`, which the new code does not have; "
        "the old code goes on"
    )
    scene.advance(10)
    scene.replica.advance_time(SWEEP)
    with scene.hold(DeliveryKind.RESPONSE):
        scene.replica.run_until_idle()
        assert scene.refuse(plain) == (
            "1 timer is firing just now, and the new code has no timers; the old code goes on"
        )
    scene.replica.run_until_idle()
    scene.upgrade(plain)
    assert scene.desk.swept() == 1
    assert scene.replica.canister(scene.desk.canister_id).global_timer_ns == 0
    scene.check_state()
    scene.upgrade(timers_v1)
    assert scene.armed_for == SWEEP
    assert scene.desk.set_reminder("tea", 2, 10, "") > last
    scene.check_state()


def test_upgrade_costs_the_same_however_many_timers(replica, timers_v1, timers_v2):
    fuel = []
    for count in (1, 300):
        scene = TimerScene(replica, install_canister(replica, timers_v1))
        for number in range(count):
            scene.desk.set_reminder("tea", number, 10, "")
        scene.upgrade(timers_v2)
        fuel.append(used(replica))
    assert abs(fuel[1] - fuel[0]) < 0.1 * fuel[0]


def test_a_thousand_timers_fifty_raising_twenty_upgrades(replica, timers_v1, timers_v2):
    """Acceptance: each fires as declared, none early, none lost."""
    scene = TimerScene(replica, install_canister(replica, timers_v1))
    scene.desk.set_broken(True)
    choose = random.Random(17)
    started_ns = replica.time_ns
    due = {number: choose.randrange(1, 600) for number in range(1_000)}
    raising = set(choose.sample(sorted(due), 50))
    for number, after in due.items():
        method = scene.desk.set_failing if number in raising else scene.desk.set_reminder
        arguments = ("x", number, after) if number in raising else ("x", number, after, "")
        method(*arguments)
    for step in range(20):
        replica.advance_time(30)
        # Some are on their way while the code changes.
        for _ in range(choose.randrange(100)):
            replica.step()
        scene.upgrade(timers_v2 if step % 2 == 0 else timers_v1)
        replica.run_until_idle()
    for _ in range(140):
        scene.advance(1)
    counted = Counter(number for _, number, _ in scene.fired)
    assert counted == Counter(number for number in due if number not in raising)
    for _, number, at_ns in scene.fired:
        late = (at_ns - started_ns) / SECOND_NS - due[number]
        assert 0 <= late <= 30
    failed = [timer for timer in scene.timers if timer.status == "failed"]
    assert len(failed) == 50
    assert {timer.handler for timer in failed} == {"fail"}
    assert {timer.attempts for timer in failed} == {8}
    assert [timer.handler for timer in scene.timers if timer.status == "armed"] == ["sweep"]
    assert scene.counts == CallCounts(waiting=0, failed=0, orphans=0)
    scene.check_state()
    # What was wrong is mended, and the controller has them fired after all.
    scene.desk.set_broken(False)
    for timer in failed:
        scene.control("scm_retry_timer", timer.id)
    replica.run_until_idle()
    assert Counter(number for _, number, _ in scene.fired) == Counter(due.keys())
    assert [timer.handler for timer in scene.timers] == ["sweep"]
