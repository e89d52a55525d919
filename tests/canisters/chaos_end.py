"""The end of a random history: everything is mended and time goes on, so nothing may be left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.canisters.chaos_proxy import end_proxied
from tests.canisters.chaos_scene import KEPT, is_of_order, is_open, order_of

from scm.testing.pending_calls import discard_call, drain
from scm.testing.timers import discard_timer, retry_timer

if TYPE_CHECKING:
    from tests.canisters.chaos_history import ChaosHistory


def end_history(history: ChaosHistory) -> None:
    """Let everything come to its end, and check what has come of it."""
    replica, scene, books = history.replica, history.scene, history.books
    for canister_id in scene.canisters:
        replica.start(canister_id)
    replica.run_until_idle()
    history.mend()
    _pass_time(history)
    history.poll()
    history.check_stops()
    assert books.open == [], f"lost: never answered: {books.open}"
    books.compare(scene.look())
    end_proxied(history)
    for canister_id in scene.canisters:
        view = replica.canister(canister_id)
        assert (view.open_call_contexts, view.outstanding_callbacks) == ((), ())
    _end_timers(history)
    _end_calls(history)
    history.check_executions()
    look = scene.look()
    books.compare(look)
    lost = [number for number in look.alarms if not books.may_be_lost(number)]
    assert not lost, f"lost: never rang: {lost}"
    (tick,) = look.timers
    due = (replica.time_ns - look.began_ns) // 60_000_000_000
    assert look.ticked == (due - 1 if tick.attempts else due), "lost: a tick"
    assert (look.counts.waiting, look.counts.failed) == (0, 0), f"left: {look.pending}"


def _pass_time(history: ChaosHistory) -> None:
    """Time for eight tries of a timer."""
    for _ in range(60):
        history.replica.advance_time(5)
        history.replica.run_until_idle()
        drain(history.replica, history.scene.caller, is_on=False)  # Finds overdue timers.
    history.replica.run_until_idle()


def _end_timers(history: ChaosHistory) -> None:
    """Retry what has failed, or is said to be firing and is not: messages were cut, or a snapshot
    was loaded."""
    replica, scene = history.replica, history.scene
    look = scene.look()
    ringing = set(look.alarms.values())
    for timer in look.timers:
        assert timer.status != "armed" or timer.handler == "tick", timer
        if timer.status == "armed":
            continue
        if timer.id in ringing or timer.handler == "tick":
            retry_timer(replica, scene.caller, timer.id)
        else:
            discard_timer(replica, scene.caller, timer.id)
    _pass_time(history)


def _end_calls(history: ChaosHistory) -> None:
    """Handlers whose response is kept work now; what else is left is given up."""
    replica, scene = history.replica, history.scene
    history.retry_kept()
    replica.run_until_idle()
    history.poll()
    for call in scene.pending():
        if is_of_order(call) and is_open(call):
            history.books.given_up.add(order_of(call)[1])
        elif call.handler in ("kept_done", "relay_done") and call.status == KEPT:
            assert "can't be booked" in call.error, call
        discard_call(replica, scene.caller, call.id)
