"""Calls through a proxy when things go wrong: upgrades, refusals, lost proxies, late answers."""

from __future__ import annotations

import pytest
from tests.canisters.proxy_scene import make_scene

from scm.candid.encode import encode
from scm.candid.types import BLOB, NAT32, NAT64, PRINCIPAL, TEXT, Vec
from scm.compiler.findings import is_safe
from scm.model import Principal, RejectCode
from scm.replica.errors import InstallError
from scm.replica.replica import Replica
from scm.replica.state import DeliveryKind, Rejected, Replied
from scm.testing.building import compiled_modules_folder
from scm.testing.call_counts import CallCounts
from scm.testing.client import RejectError
from scm.testing.pending_calls import answer_call, discard_call, drain, pending_calls, retry_call
from scm.testing.upgrade_ways import (
    EXPECT_IDLE,
    BlockedUpgradeError,
    upgrade_stopped,
    upgrade_when_idle,
)
from scm.testing.upgrades import check_live

pytestmark = pytest.mark.toolchain

STRANGER = Principal(b"stranger")
WORK = ("work", DeliveryKind.REQUEST, "proxy")
ANSWER = ("take", DeliveryKind.RESPONSE, "proxy")
DELIVERY = ("scm_proxied", DeliveryKind.REQUEST, "desk")


@pytest.mark.parametrize(
    ("status", "held"), [("accepted", WORK), ("calling", ANSWER), ("answered", DELIVERY)]
)
def test_proxy_is_upgraded_in_flight(proxied, proxy_wasm, status, held):
    method, kind, receiver = held
    hold = proxied.hold(method, kind, getattr(proxied, receiver))
    proxied.ask("tea", cycles=9)
    proxied.replica.run_until_idle()
    assert proxied.statuses == [status]
    proxied.replica.install(proxied.proxy.canister_id, proxy_wasm, mode="upgrade")
    hold.close()
    assert proxied.heard() == ["tea: 0, 9 back"]
    assert proxied.statuses == []


@pytest.mark.parametrize(("status", "held"), [("accepted", WORK), ("answered", DELIVERY)])
def test_proxy_goes_on_where_it_was_when_it_is_started_again(proxied, status, held):
    method, kind, receiver = held
    hold = proxied.hold(method, kind, getattr(proxied, receiver))
    proxied.ask("tea")
    proxied.replica.run_until_idle()
    proxied.replica.submit_stop(proxied.proxy.canister_id)
    hold.close()
    proxied.replica.run_until_idle()
    assert proxied.replica.canister(proxied.proxy.canister_id).status == "stopped"
    proxied.replica.start(proxied.proxy.canister_id)
    assert proxied.heard_in(10) == ["tea: 0, 0 back"]
    assert (proxied.statuses, proxied.counts) == ([], CallCounts(0, 0, 0))


def test_proxy_that_is_drained_goes_on_after_its_upgrade(proxied, proxy_wasm):
    drain(proxied.replica, proxied.proxy.canister_id)
    proxied.ask("tea")
    assert proxied.heard_in(5) == []
    assert proxied.statuses == ["accepted"]
    proxied.replica.install(proxied.proxy.canister_id, proxy_wasm, mode="upgrade")
    assert proxied.heard_in(20) == ["tea: 0, 0 back"]


@pytest.mark.parametrize("way", ["answer", "discard"])
def test_controller_deals_with_what_a_reinstalled_proxy_has_forgotten(proxied, proxy_wasm, way):
    hold = proxied.hold_till()
    proxied.ask("tea")
    proxied.replica.run_until_idle()
    nobody = encode([Vec(PRINCIPAL)], [[]])
    proxied.replica.install(proxied.proxy.canister_id, proxy_wasm, nobody, mode="reinstall")
    hold.close()
    assert proxied.heard_in(5) == []
    (call,) = pending_calls(proxied.replica, proxied.desk.canister_id)
    assert call.is_proxied
    if way == "answer":
        answer_call(proxied.replica, proxied.desk.canister_id, call.id)
    else:
        discard_call(proxied.replica, proxied.desk.canister_id, call.id)
    assert proxied.heard() == (["tea: unknown"] if way == "answer" else [])
    assert proxied.counts == CallCounts(0, 0, 0)


def test_call_that_was_answered_by_hand_is_not_answered_again(proxied):
    hold = proxied.hold_till()
    proxied.ask("tea", cycles=50)
    proxied.replica.run_until_idle()
    (call,) = pending_calls(proxied.replica, proxied.desk.canister_id)
    answer_call(proxied.replica, proxied.desk.canister_id, call.id)
    hold.close()
    assert proxied.heard() == ["tea: unknown"]
    assert (proxied.statuses, proxied.counts) == ([], CallCounts(0, 0, 0))


def test_proxy_that_refuses_is_heard_of(proxied):
    proxied.proxy.set_owners([])
    before = proxied.balance
    proxied.ask("tea", cycles=50)
    owner = proxied.desk.canister_id
    assert proxied.heard() == [f"tea: reject 4, {owner} is no owner of this proxy"]
    assert (proxied.counts, proxied.balance) == (CallCounts(0, 0, 0), before)


def test_proxy_that_is_none_is_heard_of(proxied):
    hold = proxied.hold("forward", DeliveryKind.REQUEST, proxied.proxy)
    proxied.ask("tea")
    proxied.replica.run_until_idle()
    hold.answer(0, Replied(encode([TEXT], ["I forward letters"])))
    assert proxied.heard() == ["tea: reject 5, it answered as no proxy does"]
    hold.close()
    proxied.replica.stop(proxied.proxy.canister_id)
    proxied.ask("more tea")
    assert "more tea: reject 5" in proxied.heard()[1]


def test_handler_that_traps_on_the_refusal_is_run_again_later(proxied):
    proxied.proxy.set_owners([])
    proxied.desk.break_down(True)
    proxied.ask("tea")
    assert proxied.heard() == []
    (call,) = pending_calls(proxied.replica, proxied.desk.canister_id)
    assert call.is_failed
    assert "the proxy did not take the call: " in call.error
    assert "then its handler failed: " in call.error
    proxied.desk.break_down(False)
    retry_call(proxied.replica, proxied.desk.canister_id, call.id)
    assert len(proxied.heard()) == 1
    assert proxied.counts == CallCounts(0, 0, 0)


def refuse_while_it_stops(proxied):
    """The desk hears that its call was refused when it can call nobody, then it is started."""
    proxied.proxy.set_owners([])
    hold = proxied.hold("forward", DeliveryKind.RESPONSE, proxied.desk)
    proxied.ask("tea")
    proxied.replica.run_until_idle()
    proxied.replica.submit_stop(proxied.desk.canister_id)
    hold.close()
    proxied.replica.run_until_idle()
    proxied.replica.start(proxied.desk.canister_id)


def test_refusal_that_comes_while_the_owner_stops_is_kept(proxied):
    refuse_while_it_stops(proxied)
    (call,) = pending_calls(proxied.replica, proxied.desk.canister_id)
    assert call.status.startswith("refused: ")
    retry_call(proxied.replica, proxied.desk.canister_id, call.id)
    assert "reject 4" in proxied.heard()[0]


def test_refusal_that_was_kept_is_heard_of_with_the_next_call(proxied, desk_wasm):
    refuse_while_it_stops(proxied)
    with pytest.raises(InstallError, match="expects that no call waits, but some do: 1 for `tak"):
        proxied.replica.install(proxied.desk.canister_id, desk_wasm, EXPECT_IDLE, mode="upgrade")
    assert proxied.heard() == []
    proxied.ask("milk")
    assert sorted(line.partition(":")[0] for line in proxied.heard()) == ["milk", "tea"]
    assert proxied.counts == CallCounts(0, 0, 0)


def test_draining_has_refusals_heard_of_too(proxied, desk_v2):
    refuse_while_it_stops(proxied)
    upgrade_when_idle(proxied.replica, proxied.desk.canister_id, desk_v2, within_seconds=2)
    assert [line.partition(":")[0] for line in proxied.heard()] == ["tea"]


def test_outcome_of_a_call_from_before_a_reinstall_is_logged(proxied, desk_wasm):
    hold = proxied.hold_till()
    proxied.ask("tea")
    proxied.replica.run_until_idle()
    argument = encode([PRINCIPAL, PRINCIPAL], [proxied.till.canister_id, proxied.proxy.canister_id])
    proxied.replica.install(proxied.desk.canister_id, desk_wasm, argument, mode="reinstall")
    hold.close()
    assert proxied.heard() == []
    logs = proxied.replica.canister(proxied.desk.canister_id).logs
    assert b"brought the outcome of proxied call" in logs[-1].content


def test_stop_that_is_blocked_names_the_call_that_no_proxy_has_taken(proxied, desk_v2):
    with proxied.hold("forward", DeliveryKind.REQUEST, proxied.proxy):
        proxied.ask("tea")
        with pytest.raises(BlockedUpgradeError) as caught:
            upgrade_stopped(proxied.replica, proxied.desk.canister_id, desk_v2, within_seconds=2)
        assert [call.handler for call in caught.value.calls] == ["taken"]


def test_more_refusals_than_the_canister_can_call_itself_are_all_heard_of(
    workbench_wasm, proxy_wasm, desk_wasm
):
    replica = Replica(cache_directory=compiled_modules_folder(), request_queue_capacity=3)
    proxied = make_scene(replica, workbench_wasm, proxy_wasm, desk_wasm)
    proxied.proxy.set_owners([])
    with proxied.hold("scm_handle", DeliveryKind.REQUEST, proxied.desk) as hold:
        for number in range(10):
            proxied.ask(f"cup {number}")
            replica.run_until_idle()
        assert len(hold.parked) == 3
        statuses = [call.status for call in pending_calls(replica, proxied.desk.canister_id)]
        assert len([status for status in statuses if status.startswith("refused")]) == 7
    heard = [line.partition(":")[0] for line in proxied.heard()]
    assert sorted(heard) == [f"cup {number}" for number in range(10)]
    assert proxied.counts == CallCounts(0, 0, 0)


@pytest.mark.parametrize("after", [200, 60_000])
def test_answer_that_the_proxy_fails_to_keep_becomes_unknown(proxied, after):
    hold = proxied.hold_till()
    proxied.ask("tea")
    proxied.replica.run_until_idle()
    with proxied.replica.cut_executions(after, with_cleanup=False):
        hold.close()
        proxied.replica.run_until_idle()
    assert proxied.heard_in(5) == ["tea: unknown"]
    assert (proxied.statuses, proxied.counts) == ([], CallCounts(0, 0, 0))
    assert proxied.proxy.recount() == 0


def test_call_that_finds_no_room_is_kept_for_its_handler(workbench_wasm, proxy_wasm, desk_wasm):
    replica = Replica(cache_directory=compiled_modules_folder(), request_queue_capacity=0)
    proxied = make_scene(replica, workbench_wasm, proxy_wasm, desk_wasm)
    proxied.ask("tea", cycles=50)  # Not even a call of the desk to itself finds room here.
    (call,) = pending_calls(replica, proxied.desk.canister_id)
    assert call.status.startswith("refused: ")
    retry_call(replica, proxied.desk.canister_id, call.id)
    reason = "the call could not be enqueued"
    assert proxied.heard() == [f"tea: reject {RejectCode.SYS_TRANSIENT}, {reason}"]


def test_answer_that_comes_too_late_is_refused_and_forgotten(proxied):
    hold = proxied.hold_till()
    proxied.desk.ask_quickly()
    proxied.replica.run_until_idle()
    proxied.replica.advance_time(61)
    hold.close()
    assert proxied.heard() == []
    (call,) = pending_calls(proxied.replica, proxied.desk.canister_id)
    assert call.status == "failed: its response came too late"
    assert (proxied.desk.cleaned(), proxied.statuses) == (1, [])


def test_handler_may_go_on_through_the_proxy_and_without_it(proxied):
    proxied.desk.ask_twice()
    proxied.desk.ask_and_wait()
    assert sorted(proxied.heard()) == [
        "and without it",
        "once",
        "through the proxy",
        "twice: 0, 0 back",
    ]
    assert (proxied.counts, proxied.statuses) == (CallCounts(0, 0, 0), [])


def test_canister_that_is_drained_begins_no_calls_but_ends_them(proxied, desk_v2):
    hold = proxied.hold_till()
    proxied.desk.ask_twice()
    proxied.replica.run_until_idle()
    drain(proxied.replica, proxied.desk.canister_id)
    with pytest.raises(RejectError, match="DrainingError: no new calls are made"):
        proxied.ask("tea")
    with pytest.raises(InstallError, match="expects that no call waits, but some do: 1 for `once`"):
        proxied.replica.install(proxied.desk.canister_id, desk_v2, EXPECT_IDLE, mode="upgrade")
    hold.close()
    assert proxied.heard() == ["once", "twice: 0, 0 back"]
    with pytest.raises(RejectError, match="DrainingError"):
        proxied.ask("tea")
    proxied.replica.install(proxied.desk.canister_id, desk_v2, EXPECT_IDLE, mode="upgrade")
    proxied.ask("tea")
    assert proxied.heard()[-1] == "v2, tea: 0, 0 back"


def test_upgrade_when_idle_waits_for_the_proxy(proxied, desk_v2):
    with proxied.hold_till():
        proxied.ask("tea")
        with pytest.raises(BlockedUpgradeError) as caught:
            upgrade_when_idle(proxied.replica, proxied.desk.canister_id, desk_v2, within_seconds=2)
        assert [call.handler for call in caught.value.calls] == ["taken"]


def test_code_that_can_not_take_the_call_over_is_refused(proxied, build_desk):
    other = build_desk(
        ("class Note:\n    about: text", "class Note:\n    about: text\n    more: text"),
        ("Note(about)", 'Note(about, "")'),
        ('Note("never")', 'Note("never", "")'),
        ('Note("twice")', 'Note("twice", "")'),
        context="(record { about : text; more : text })",
    )
    assert is_safe(check_live(proxied.replica, proxied.desk.canister_id, other)) is True
    hold = proxied.hold_till()
    proxied.ask("tea")
    proxied.replica.run_until_idle()
    assert is_safe(check_live(proxied.replica, proxied.desk.canister_id, other)) is False
    with pytest.raises(InstallError, match="1 call waits for response handler `taken`"):
        proxied.replica.install(proxied.desk.canister_id, other, mode="upgrade")
    hold.close()
    assert proxied.heard() == ["tea: 0, 0 back"]


def test_proxy_serves_its_owners_only(proxied):
    argument = encode(
        [NAT64, PRINCIPAL, TEXT, BLOB, NAT32], [1, proxied.till.canister_id, "take", b"", 0]
    )
    outcome = proxied.replica.update(
        proxied.proxy.canister_id, "forward", argument, sender=STRANGER
    )
    assert isinstance(outcome, Rejected)
    assert "is no owner of this proxy" in outcome.message
    stranger = proxied.proxy.as_sender(STRANGER)
    with pytest.raises(RejectError, match="for the proxy itself"):
        stranger.work({"owner": STRANGER, "id": 1})
    with pytest.raises(RejectError, match="not a controller"):
        stranger.set_owners([STRANGER])
    with proxied.hold_till():
        proxied.ask("tea")
        proxied.replica.run_until_idle()
        assert stranger.outstanding() == []
        with pytest.raises(RejectError, match="not a controller"):
            stranger.forget(proxied.desk.canister_id, proxied.number())


@pytest.mark.parametrize("callee", ["itself", "another"])
def test_proxy_does_not_act_as_the_proxy_for_its_owners(proxied, callee):
    target = proxied.proxy if callee == "itself" else proxied.till
    method = "forget" if callee == "itself" else "scm_proxied"
    argument = encode(
        [NAT64, PRINCIPAL, TEXT, BLOB, NAT32], [1, target.canister_id, method, b"", 0]
    )
    owner = proxied.desk.canister_id
    outcome = proxied.replica.update(proxied.proxy.canister_id, "forward", argument, sender=owner)
    assert isinstance(outcome, Rejected)
    assert outcome.message.startswith("the proxy calls neither itself nor")
    assert proxied.statuses == []


def test_method_of_another_canisters_runtime_is_refused_by_the_proxy(proxied):
    proxied.desk.ask_raw("scm_proxied", b"")
    assert proxied.heard() == ["the proxy calls neither itself nor methods of scm's, `scm_...`"]


def test_name_that_is_too_long_is_refused_at_once(proxied):
    with pytest.raises(RejectError, match="a method name has at most 20000 bytes, not 20002"):
        proxied.desk.ask_raw("é" * 10_001, b"")
    assert proxied.counts == CallCounts(0, 0, 0)
    till = proxied.till.canister_id
    argument = encode([NAT64, PRINCIPAL, TEXT, BLOB, NAT32], [1, till, "m" * 20_001, b"", 0])
    owner = proxied.desk.canister_id
    outcome = proxied.replica.update(proxied.proxy.canister_id, "forward", argument, sender=owner)
    assert isinstance(outcome, Rejected)
    assert "the name of a method has at most 20000 bytes" in outcome.message
    assert proxied.statuses == []


def test_calls_that_wait_are_counted_anew(proxied):
    with pytest.raises(RejectError, match="not a controller"):
        proxied.proxy.as_sender(STRANGER).recount()
    with proxied.hold_till():
        proxied.ask("tea")
        proxied.ask("milk")
        proxied.replica.run_until_idle()
        assert proxied.proxy.recount() == 2
        first = min(request["id"] for request in proxied.proxy.outstanding())
        proxied.proxy.forget(proxied.desk.canister_id, first)
        assert proxied.proxy.recount() == 1
    assert proxied.heard() == ["milk: 0, 0 back"]
    assert proxied.proxy.recount() == 0
    proxied.ask("bread")
    assert proxied.heard() == ["milk: 0, 0 back", "bread: 0, 0 back"]


def test_request_that_is_forgotten_is_not_delivered(proxied):
    hold = proxied.hold_till()
    proxied.ask("tea")
    proxied.replica.run_until_idle()
    assert proxied.proxy.forget(proxied.desk.canister_id, proxied.number()) is True
    assert proxied.proxy.forget(proxied.desk.canister_id, proxied.number()) is False
    hold.close()
    assert proxied.heard_in(5) == []
    assert proxied.counts == CallCounts(1, 0, 0)
