"""Stop, start, uninstall; timers, heartbeat, inspection.

Interface Spec, "Stopping a canister", "Code uninstallation", "Heartbeat", "Global timer", "Ingress
message inspection".
"""

from __future__ import annotations

import pytest

from scm.model import Principal, RejectCode
from scm.replica.errors import ReplicaUsageError, StuckError
from scm.replica.replica import Replica
from scm.replica.state import Pending, Rejected, Replied
from scm.testing.deliveries import is_response
from scm.testing.wat import ADD_ONE, READ_A, Install, WatCanister, number


@pytest.fixture
def caller(install: Install, echo: Principal) -> Principal:
    canister = WatCanister()
    on_reply = canister.callback(canister.reply("done"))
    canister.update("go", canister.call(echo, "echo", on_reply=on_reply, cycles=500))
    canister.query("status", "(call $reply_i64 (i64.extend_i32_u (call $canister_status)))")
    return install(canister)


def test_stop_of_an_idle_canister_takes_effect(replica: Replica, caller: Principal) -> None:
    assert replica.stop(caller) == Replied(b"DIDL\x00\x00")
    assert replica.canister(caller).status == "stopped"
    outcome = replica.update(caller, "go")
    assert outcome == Rejected(
        RejectCode.CANISTER_ERROR, f"Canister {caller} is not running", "IC0508"
    )


def test_stop_waits_for_open_call_contexts(replica: Replica, caller: Principal) -> None:
    with replica.hold(is_response) as hold:
        call = replica.submit(caller, "go")
        replica.run_until_idle()
        stop = replica.submit_stop(caller)
        replica.run_until_idle()
        assert (replica.status(stop), replica.canister(caller).status) == (Pending(), "stopping")
        refused = replica.update(caller, "go")
        assert isinstance(refused, Rejected)
        assert refused.error_code == "IC0509"
        hold.release()
        replica.run_until_idle()
    # The response was delivered while stopping.
    assert replica.status(call) == Replied(b"done")
    assert replica.status(stop) == Replied(b"DIDL\x00\x00")
    assert replica.canister(caller).status == "stopped"


def test_stop_that_is_held_is_stuck(replica: Replica, caller: Principal) -> None:
    with replica.hold(is_response):
        replica.submit(caller, "go")
        replica.run_until_idle()
        with pytest.raises(StuckError, match="stop_canister"):
            replica.stop(caller)


def test_stop_times_out_after_five_minutes(replica: Replica, caller: Principal) -> None:
    with replica.hold(is_response):
        replica.submit(caller, "go")
        replica.run_until_idle()
        stop = replica.submit_stop(caller)
        replica.advance_time(300)
        outcome = replica.wait(stop)
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.error_code) == (RejectCode.SYS_TRANSIENT, "IC0206")
        assert replica.canister(caller).status == "stopping"


def test_start_cancels_a_pending_stop(replica: Replica, caller: Principal) -> None:
    with replica.hold(is_response):
        replica.submit(caller, "go")
        replica.run_until_idle()
        stop = replica.submit_stop(caller)
        replica.start(caller)
    outcome = replica.wait(stop)
    assert isinstance(outcome, Rejected)
    assert outcome.error_code == "IC0511"
    assert replica.update(caller, "go") == Replied(b"done")


def test_stop_of_a_stopped_canister_succeeds_at_once(replica: Replica, caller: Principal) -> None:
    replica.stop(caller)
    assert replica.status(replica.submit_stop(caller)) == Replied(b"DIDL\x00\x00")


def test_uninstall_rejects_open_calls_and_runs_no_callback(
    replica: Replica, caller: Principal
) -> None:
    before = replica.canister(caller).cycles
    with replica.hold(is_response):
        call = replica.submit(caller, "go")
        replica.run_until_idle()
        replica.uninstall(caller)
        assert replica.status(call) == Rejected(
            RejectCode.CANISTER_REJECT, "Canister has been uninstalled.", "IC0406"
        )
    replica.run_until_idle()
    view = replica.canister(caller)
    # The refund that came with the response is credited all the same.
    assert (view.module_hash, view.cycles, view.open_call_contexts) == (None, before, ())


def test_unknown_canister_is_a_usage_error(replica: Replica) -> None:
    with pytest.raises(ReplicaUsageError, match="there is no canister"):
        replica.canister(Principal(b"x"))


# Timers and heartbeat.


def timer_canister(body: str) -> WatCanister:
    canister = WatCanister()
    canister.entry("canister_global_timer", body)
    canister.update(
        "arm",
        "(call $reply_i64 (call $global_timer_set (i64.add (call $time) (i64.const 1000000000))))",
    )
    canister.query("read", READ_A)
    return canister


def test_timer_fires_once_when_due(replica: Replica, install: Install) -> None:
    canister_id = install(timer_canister(ADD_ONE))
    assert replica.update(canister_id, "arm") == number(0)
    replica.run_until_idle()
    assert replica.query(canister_id, "read") == number(0)
    replica.advance_time(1)
    replica.run_until_idle()
    replica.advance_time(10)
    replica.run_until_idle()
    assert replica.query(canister_id, "read") == number(1)


def test_setting_the_timer_gives_the_previous_deadline(replica: Replica, install: Install) -> None:
    canister_id = install(timer_canister(ADD_ONE))
    replica.update(canister_id, "arm")
    assert replica.update(canister_id, "arm") == number(replica.time_ns + 10**9)


def test_timer_that_traps_stays_disarmed(replica: Replica, install: Install) -> None:
    canister_id = install(timer_canister("unreachable"))
    replica.update(canister_id, "arm")
    replica.advance_time(1)
    replica.run_until_idle()
    assert replica.canister(canister_id).global_timer_ns == 0


def test_timer_may_make_calls(replica: Replica, install: Install, echo: Principal) -> None:
    canister = timer_canister("")
    canister = WatCanister()
    on_reply = canister.callback(ADD_ONE)
    canister.entry("canister_global_timer", canister.call(echo, "echo", on_reply=on_reply))
    canister.update("arm", "(drop (call $global_timer_set (i64.const 1)))" + canister.reply())
    canister.query("read", READ_A)
    canister_id = install(canister)
    replica.update(canister_id, "arm")
    replica.run_until_idle()
    assert replica.query(canister_id, "read") == number(1)


def test_heartbeat_runs_when_asked(replica: Replica, install: Install) -> None:
    canister = WatCanister()
    canister.entry("canister_heartbeat", ADD_ONE)
    canister.query("read", READ_A)
    canister_id = install(canister)
    replica.run_heartbeats()
    replica.run_heartbeats()
    assert replica.query(canister_id, "read") == number(2)


# inspect_message.


@pytest.mark.parametrize(
    ("body", "is_accepted"),
    [("(call $accept_message)", True), ("", False), ("unreachable", False)],
)
def test_inspect_message_decides_about_ingress(
    replica: Replica, install: Install, body: str, is_accepted: bool
) -> None:
    canister = WatCanister()
    canister.entry("canister_inspect_message", body)
    canister.update("go", canister.reply("in"))
    outcome = replica.update(install(canister), "go")
    refused = Rejected(RejectCode.CANISTER_REJECT, "Canister rejected the message", "IC0406")
    assert outcome == (Replied(b"in") if is_accepted else refused)


def test_inspect_message_sees_the_method_name(replica: Replica, install: Install) -> None:
    canister = WatCanister()
    canister.entry(
        "canister_inspect_message",
        "(if (i32.eq (call $msg_method_name_size) (i32.const 4)) (then (call $accept_message)))",
    )
    canister.update("four", canister.reply("in"))
    canister.update("longer", canister.reply("in"))
    canister_id = install(canister)
    assert replica.update(canister_id, "four") == Replied(b"in")
    assert isinstance(replica.update(canister_id, "longer"), Rejected)


def test_inspect_message_is_not_asked_about_calls_of_canisters(
    replica: Replica, install: Install
) -> None:
    guarded = WatCanister()
    guarded.entry("canister_inspect_message", "")
    guarded.update("echo", guarded.reply("in"))
    caller = WatCanister()
    on_reply = caller.callback("(call $append_argument) (call $msg_reply)")
    caller.update("go", caller.call(install(guarded), "echo", on_reply=on_reply))
    assert replica.update(install(caller), "go") == Replied(b"in")
