"""Timers fire when they are due, and one that raises neither stops another nor vanishes."""

from __future__ import annotations

import pytest
from tests.canisters.timer_scene import SECOND_NS, SWEEP, SWEEP_MARK, TimerScene

from scm.candid.encode import encode
from scm.candid.types import BOOL, NAT32, NAT64
from scm.model import Principal
from scm.replica.state import DeliveryKind, Rejected
from scm.testing.building import install_canister
from scm.testing.call_counts import CallCounts
from scm.testing.client import RejectError
from scm.testing.costs import used
from scm.testing.pending_calls import discard_call, pending_calls
from scm.testing.snapshots import load_snapshot, take_snapshot

pytestmark = pytest.mark.toolchain


def test_timer_fires_once_and_not_early(scene):
    number = scene.desk.set_reminder("tea", 1, 10, "")
    assert scene.armed_for == 10
    scene.advance(9.999)
    assert scene.fired == []
    scene.advance(0.001)
    assert [(about, number) for about, number, _ in scene.fired] == [("tea", 1)]
    assert number not in {timer.id for timer in scene.timers}
    scene.advance(10)
    assert len(scene.fired) == 1
    assert scene.counts == CallCounts(waiting=0, failed=0, orphans=0)
    scene.check_state()


def test_timers_fire_in_the_order_of_their_times(scene):
    for number, after in enumerate([30, 10, 20, 10]):
        scene.desk.set_reminder("tea", number, after, "")
    scene.advance(60)
    assert [number for _, number, _ in scene.fired] == [1, 3, 2, 0]


def test_message_that_traps_sets_no_timer(build_timers, replica):
    unlucky = build_timers(
        (
            "    return ic.set_timer(later, after=after)\n",
            "    timer = ic.set_timer(later, after=after)\n"
            "    if after == 13:\n        raise ValueError('unlucky')\n    return timer\n",
        )
    )
    scene = TimerScene(replica, install_canister(replica, unlucky))
    before = scene.timers
    outcome = replica.wait(scene.desk.submit("set_later", 13).reference)
    assert isinstance(outcome, Rejected)
    assert scene.timers == before
    assert scene.armed_for == SWEEP
    assert scene.desk.set_later(12) == before[-1].id + 1
    scene.advance(20)
    assert scene.desk.counts() == (0, 1)


def test_cancelled_timer_does_not_fire(scene):
    number = scene.desk.set_reminder("tea", 1, 10, "")
    named = scene.desk.set_reminder("tea", 2, 20, "order 7")
    assert scene.desk.cancel(number) is True
    assert scene.armed_for == 20
    assert scene.desk.cancel(number) is False
    assert scene.desk.cancel_named("order 7") is True
    assert scene.desk.cancel_named("order 7") is False
    assert scene.desk.cancel(named) is False
    assert scene.desk.cancel(2**70) is False
    scene.advance(60)
    assert scene.fired == []


def test_timer_of_every_is_not_cancelled(scene):
    (sweep,) = scene.timers
    assert scene.desk.cancel(sweep.id) is False
    assert scene.timers == [sweep]


def test_named_timer_replaces_the_one_before(scene):
    first = scene.desk.set_reminder("tea", 1, 10, "order 7")
    second = scene.desk.set_reminder("tea", 2, 30, "order 7")
    assert scene.desk.cancel(first) is False
    scene.advance(20)
    assert scene.fired == []
    assert scene.timer(second).name == "order 7"
    scene.advance(10)
    assert [number for _, number, _ in scene.fired] == [2]
    assert scene.desk.cancel_named("order 7") is False


def test_handler_that_returns_a_call_is_done_when_that_is(scene):
    scene.desk.set_ask(5)
    scene.advance(5)
    assert scene.desk.counts() == (0, 505)
    assert [timer.handler for timer in scene.timers] == ["sweep"]


def test_every_fires_at_its_interval_and_skips_what_was_missed(scene):
    scene.advance(SWEEP - 1)
    assert scene.desk.counts() == (0, 0)
    scene.advance(1)
    assert scene.desk.counts() == (1, 0)
    scene.advance(5 * SWEEP + 10)
    assert scene.desk.counts() == (2, 0)
    assert scene.armed_for == SWEEP - 10


def test_raising_timer_is_tried_again_and_then_kept_as_failed(scene):
    scene.desk.set_broken(True)
    number = scene.desk.set_failing("pour", 1, 10)
    other = scene.desk.set_reminder("tea", 2, 10, "")
    tried: list[tuple[int, int]] = []
    scene.advance(10)
    for _ in range(200):
        timer = scene.timer(number)
        if not tried or timer.attempts != tried[-1][0]:
            tried.append((timer.attempts, timer.due_ns - scene.replica.time_ns))
        scene.advance(1)
    assert [attempts for attempts, _ in tried] == list(range(1, 9))
    assert [wait // SECOND_NS for _, wait in tried[:7]] == [1, 2, 4, 8, 16, 32, 64]
    failed = scene.timer(number)
    assert failed.status == "failed"
    assert failed.failures == 8
    assert "ValueError: cannot pour" in failed.error
    # What it did before it raised is rolled back; the other one has fired.
    assert [number for _, number, _ in scene.fired] == [2]
    assert other not in {timer.id for timer in scene.timers}
    assert scene.counts == CallCounts(waiting=0, failed=0, orphans=0)
    scene.check_state()


def test_controller_retries_or_discards_what_has_failed(scene):
    scene.desk.set_broken(True)
    first, second = (scene.desk.set_failing("pour", number, 1) for number in (1, 2))
    for _ in range(140):
        scene.advance(1)
    assert {scene.timer(number).status for number in (first, second)} == {"failed"}
    scene.desk.set_broken(False)
    stranger = Principal(b"\x01\x02")
    assert isinstance(scene.control("scm_retry_timer", first, stranger), Rejected)
    assert isinstance(scene.control("scm_discard_timer", first, stranger), Rejected)
    assert isinstance(
        scene.replica.query(
            scene.desk.canister_id, "scm_timers", b"DIDL\x00\x02\x78\x78" + bytes(16), stranger
        ),
        Rejected,
    )
    assert not isinstance(scene.control("scm_retry_timer", first), Rejected)
    assert not isinstance(scene.control("scm_discard_timer", second), Rejected)
    assert isinstance(scene.control("scm_discard_timer", second), Rejected)
    scene.replica.run_until_idle()
    assert [number for _, number, _ in scene.fired] == [1]
    assert [timer.handler for timer in scene.timers] == ["sweep"]
    (sweep,) = scene.timers
    assert isinstance(scene.control("scm_discard_timer", sweep.id), Rejected)


def test_raising_every_goes_on(scene):
    started_ns = scene.replica.time_ns
    scene.desk.set_broken(True)
    for _ in range(10 * SWEEP):
        scene.advance(1)
    (sweep,) = scene.timers
    assert sweep.status == "armed"
    assert sweep.failures > 10
    assert "no sweep" in sweep.error
    scene.desk.set_broken(False)
    scene.advance(SWEEP)
    (sweep,) = scene.timers
    assert (sweep.attempts, sweep.error) == (0, "")
    assert scene.desk.counts() == (1, 0)
    # It kept its beat.
    assert (sweep.due_ns - started_ns) % (SWEEP * SECOND_NS) == 0


def test_drained_canister_fires_nothing(scene):
    scene.desk.set_reminder("tea", 1, 10, "")
    drain = encode([BOOL], [True])
    scene.replica.update(scene.desk.canister_id, "scm_drain", drain)
    scene.advance(20)
    assert scene.fired == []
    assert scene.armed_for == 10
    scene.replica.update(scene.desk.canister_id, "scm_drain", encode([BOOL], [False]))
    scene.advance(10)
    assert [number for _, number, _ in scene.fired] == [1]


def test_handler_may_set_a_timer_of_its_own_name(build_timers, replica):
    again = "def later(desk: Desk) -> None:\n    ic.set_timer(later, after=5, name='again')\n"
    repeating = build_timers(
        ("def later(desk: Desk) -> None:\n", again),
        ("ic.set_timer(later, after=after)", "ic.set_timer(later, after=after, name='again')"),
    )
    scene = TimerScene(replica, install_canister(replica, repeating))
    scene.desk.set_later(5)
    for _ in range(4):
        scene.advance(5)
    assert scene.desk.counts() == (0, 4)
    assert [timer.name for timer in scene.timers] == ["", "again"]


def test_init_may_set_timers(build_timers, replica):
    first = "@init\ndef setup() -> Desk:\n    ic.set_timer(later, after=5)\n    return Desk()\n\n\n"
    wasm = build_timers((SWEEP_MARK, first + SWEEP_MARK), ("    ic,\n", "    ic,\n    init,\n"))
    scene = TimerScene(replica, install_canister(replica, wasm))
    assert scene.armed_for == 5
    scene.upgrade(wasm)
    scene.advance(5)
    assert scene.desk.counts() == (0, 1)
    scene.check_state()


def test_stopped_canister_fires_when_it_is_started(scene):
    scene.desk.set_reminder("tea", 1, 10, "")
    scene.desk.set_reminder("tea", 2, 20, "")
    with scene.hold(DeliveryKind.REQUEST):
        scene.advance(10)
        stopping = scene.replica.submit_stop(scene.desk.canister_id)
        scene.replica.run_until_idle()
    scene.replica.wait(stopping)
    scene.advance(60)
    scene.replica.start(scene.desk.canister_id)
    assert scene.fired == []
    scene.advance(0)
    assert sorted(number for _, number, _ in scene.fired) == [1, 2]


def test_snapshot_brings_timers_back(scene):
    scene.desk.set_reminder("tea", 1, 10, "")
    snapshot = take_snapshot(scene.replica, scene.desk.canister_id)
    scene.advance(10)
    load_snapshot(scene.replica, scene.desk.canister_id, snapshot)
    assert scene.fired == []
    scene.desk.add(1)
    scene.advance(0)
    assert [number for _, number, _ in scene.fired] == [1]
    assert scene.armed_for == SWEEP - 10


def test_stop_before_the_handler_has_run_is_no_failure(scene):
    number = scene.desk.set_reminder("tea", 1, 10, "")
    with scene.hold(DeliveryKind.REQUEST):
        scene.advance(10)
        scene.replica.submit_stop(scene.desk.canister_id)
    scene.replica.run_until_idle()
    scene.replica.start(scene.desk.canister_id)
    timer = scene.timer(number)
    assert (timer.status, timer.attempts, timer.failures, timer.error) == ("armed", 0, 0, "")
    scene.advance(1)
    assert [number for _, number, _ in scene.fired] == [1]


def test_response_of_what_a_snapshot_undid_ends_no_timer(scene):
    """The snapshot was taken before the handler ran, and loaded before the response came."""
    scene.desk.set_reminder("tea", 1, 10, "")
    requests, responses = (
        scene.hold(kind) for kind in (DeliveryKind.REQUEST, DeliveryKind.RESPONSE)
    )
    scene.advance(10)
    snapshot = take_snapshot(scene.replica, scene.desk.canister_id)
    requests.close()
    scene.replica.run_until_idle()
    assert len(scene.fired) == 1
    load_snapshot(scene.replica, scene.desk.canister_id, snapshot)
    assert scene.fired == []
    responses.close()
    scene.advance(0)
    scene.advance(1)
    assert len(scene.fired) == 1
    assert scene.counts == CallCounts(waiting=0, failed=0, orphans=0)


@pytest.fixture
def stuck(scene):
    """A timer that fires for ever: its response came before a snapshot was loaded."""
    number = scene.desk.set_reminder("tea", 1, 10, "")
    with scene.hold(DeliveryKind.REQUEST):
        scene.advance(10)
        snapshot = take_snapshot(scene.replica, scene.desk.canister_id)
    scene.replica.run_until_idle()
    load_snapshot(scene.replica, scene.desk.canister_id, snapshot)
    scene.advance(10)
    assert scene.timer(number).status == "firing"
    return number


def test_retry_gives_up_the_call_that_never_ends(scene, stuck):
    scene.control("scm_retry_timer", stuck)
    scene.advance(0)
    assert len(scene.fired) == 1
    assert scene.counts == CallCounts(waiting=0, failed=0, orphans=0)
    scene.check_state()


def test_call_of_a_timer_that_is_gone_can_be_discarded(scene, stuck):
    (call,) = pending_calls(scene.replica, scene.desk.canister_id)
    with pytest.raises(RejectError, match="fires a timer; see `scm_retry_timer`"):
        discard_call(scene.replica, scene.desk.canister_id, call.id)
    scene.desk.cancel(stuck)
    discard_call(scene.replica, scene.desk.canister_id, call.id)
    assert scene.counts == CallCounts(waiting=0, failed=0, orphans=0)


def test_timer_whose_response_is_cut_does_not_fire_again(scene):
    scene.desk.set_reminder("tea", 1, 10, "")
    with scene.hold(DeliveryKind.RESPONSE):
        scene.advance(10)
    with scene.replica.cut_executions(1_000, with_cleanup=False):
        scene.replica.run_until_idle()
    for _ in range(3):
        scene.advance(10)
    assert len(scene.fired) == 1
    assert scene.counts == CallCounts(waiting=0, failed=0, orphans=0)


def test_only_the_canister_itself_fires(scene):
    number = scene.desk.set_reminder("tea", 1, 10, "")
    argument = encode([NAT64, NAT32], [number, 0])
    outcome = scene.replica.update(scene.desk.canister_id, "scm_fire_timer", argument)
    assert isinstance(outcome, Rejected)
    assert "for the canister itself" in outcome.message
    assert scene.fired == []


def test_timer_cancelled_while_it_is_on_its_way_does_not_fire(scene):
    number = scene.desk.set_reminder("tea", 1, 10, "x")
    with scene.hold(DeliveryKind.REQUEST):
        scene.advance(10)
        assert scene.desk.cancel(number) is True
        scene.desk.set_reminder("tea", 2, 10, "x")
    scene.replica.run_until_idle()
    assert scene.fired == []
    scene.advance(10)
    assert [number for _, number, _ in scene.fired] == [2]


def test_firing_that_is_cut_short_loses_nothing(scene):
    """The global timer's message traps at some instruction; the next message finds it overdue."""
    for number in range(5):
        scene.desk.set_reminder("tea", number, 10, "")
    for after in (1, 1_000, 20_000, 50_000):
        with scene.replica.cut_executions(after):
            scene.advance(10)
        assert scene.replica.canister(scene.desk.canister_id).global_timer_ns == 0
        scene.desk.add(1)
        assert scene.armed_for <= 0
    scene.advance(0)
    assert sorted(number for _, number, _ in scene.fired) == list(range(5))


def test_response_that_traps_counts_as_a_failure(scene):
    scene.desk.set_broken(True)
    number = scene.desk.set_failing("pour", 1, 10)
    with scene.hold(DeliveryKind.RESPONSE):
        scene.advance(10)
    rehearsal = scene.replica.fork()
    rehearsal.step()
    # Enough for the cleanup, which has no error of the handler's to keep.
    with scene.replica.cut_executions(used(rehearsal) - 100):
        scene.replica.step()
    timer = scene.timer(number)
    assert (timer.status, timer.attempts, timer.failures) == ("armed", 1, 1)
    assert timer.error == "the response to the firing was not handled"
    assert scene.counts == CallCounts(waiting=0, failed=0, orphans=0)
