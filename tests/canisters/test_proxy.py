"""Calls through a proxy (`call.via`): the canister waits for no callee, and hears of everything."""

from __future__ import annotations

import pytest
from tests.canisters.proxy_scene import ProxyScene

from scm.candid.encode import encode
from scm.candid.types import BLOB, NAT, NAT32, NAT64, TEXT, Field, Opt, Record
from scm.model import Principal
from scm.replica.state import DeliveryKind, Outcome, Rejected, Replied
from scm.testing.call_counts import CallCounts
from scm.testing.client import RejectError
from scm.testing.pending_calls import answer_call, pending_calls
from scm.testing.state import check_state
from scm.testing.upgrade_ways import upgrade_stopped

pytestmark = pytest.mark.toolchain

STRANGER = Principal(b"stranger")
TAKEN = Record([Field("available", NAT), Field("accepted", NAT)])
DELIVERY = [NAT64, Opt(BLOB), NAT32, TEXT]


def test_outcome_reaches_the_handler_and_nothing_is_left(proxied):
    proxied.ask("tea", amount=5)
    assert proxied.counts == CallCounts(1, 0, 0)
    assert proxied.heard() == ["tea: 0, 0 back"]
    assert proxied.counts == CallCounts(0, 0, 0)
    assert proxied.statuses == []
    assert proxied.replica.canister(proxied.desk.canister_id).open_call_contexts == ()
    assert proxied.replica.canister(proxied.proxy.canister_id).open_call_contexts == ()
    check_state(proxied.replica, proxied.desk.canister_id)


def test_call_is_listed_with_the_proxy_and_whom_that_calls(proxied):
    with proxied.hold_till():
        proxied.ask("tea", cycles=7, seconds=60)
        proxied.replica.run_until_idle()
        (call,) = pending_calls(proxied.replica, proxied.desk.canister_id)
        assert (call.is_proxied, call.is_waiting, call.is_failed) == (True, True, False)
        assert (call.handler, call.callee) == ("taken", proxied.proxy.canister_id)
        assert (call.method, call.cycles) == (f"{proxied.till.canister_id}.take", 7)
        assert call.due_ns == call.issued_ns + 60 * 10**9
        (request,) = proxied.proxy.outstanding()
        assert (request["owner"], request["status"]) == (proxied.desk.canister_id, "calling")
        assert request["id"] & (1 << 32) - 1 == call.id
        assert request["id"] == proxied.number()
        check_state(proxied.replica, proxied.desk.canister_id)


def test_message_that_traps_has_made_no_call(proxied):
    with pytest.raises(RejectError, match="changed its mind"):
        proxied.desk.ask_in_vain()
    assert proxied.heard() == []
    assert (proxied.counts, proxied.statuses) == (CallCounts(0, 0, 0), [])


def test_handler_without_a_context_gets_the_number_of_the_call(proxied):
    with proxied.hold_till():
        number = proxied.desk.ask_quickly()
        (call,) = pending_calls(proxied.replica, proxied.desk.canister_id)
        assert call.id == number
    assert proxied.heard() == ["in time"]


def test_raw_calls_go_through_a_proxy_too(proxied):
    proxied.desk.ask_raw("take", b"no Candid")
    proxied.desk.ask_raw("title", encode([], []))
    rejected, size = proxied.heard()
    assert "DecodeError" in rejected
    assert size == f"{len(encode([TEXT], ['till']))} bytes"


def test_bounded_call_ends_as_unknown(proxied):
    with proxied.hold_till() as hold:
        proxied.ask("tea", seconds=9)
        proxied.replica.run_until_idle()
        hold.drop_as_unknown(0)
        assert proxied.heard() == ["tea: unknown"]


@pytest.mark.parametrize(("attached", "accepted"), [(1_000, 400), (300, 300), (10**12, 0)])
def test_cycles_go_along_and_what_is_left_comes_back(proxied, attached, accepted):
    before = proxied.balance
    proxied.ask("tea", amount=accepted, cycles=attached)
    assert proxied.heard() == [f"tea: {accepted}, {attached - accepted} back"]
    assert proxied.balance == before - accepted


def test_owner_can_be_stopped_and_upgraded_while_the_callee_never_answers(proxied, desk_v2):
    hold = proxied.hold_till()
    proxied.ask("tea")
    proxied.replica.run_until_idle()
    upgrade_stopped(proxied.replica, proxied.desk.canister_id, desk_v2, within_seconds=0)
    assert proxied.counts == CallCounts(1, 0, 0)
    hold.close()
    assert proxied.heard() == ["v2, tea: 0, 0 back"]
    assert proxied.statuses == []


def test_outcome_waits_until_the_owner_runs_again(proxied):
    hold = proxied.hold_till()
    proxied.ask("tea", cycles=50)
    proxied.replica.run_until_idle()
    proxied.replica.stop(proxied.desk.canister_id)
    hold.close()
    proxied.wait(20)
    (request,) = proxied.proxy.outstanding()
    assert (request["status"], request["cycles"]) == ("answered", 50)
    assert 2 <= request["attempts"] <= 5
    assert "is not running" in request["error"]
    proxied.replica.start(proxied.desk.canister_id)
    assert proxied.heard_in(60) == ["tea: 0, 50 back"]
    assert (proxied.statuses, proxied.counts) == ([], CallCounts(0, 0, 0))


def test_handler_that_traps_is_mended_by_an_upgrade(proxied, desk_v2):
    proxied.desk.break_down(True)
    proxied.ask("tea", cycles=50)
    before = proxied.balance
    assert proxied.heard_in(3) == []
    assert (proxied.counts, proxied.statuses) == (CallCounts(1, 0, 0), ["answered"])
    assert "the desk is broken" in proxied.proxy.outstanding()[0]["error"]
    proxied.replica.install(proxied.desk.canister_id, desk_v2, mode="upgrade")
    proxied.desk.break_down(False)
    assert proxied.heard_in(60) == ["v2, tea: 0, 50 back"]
    assert (proxied.counts, proxied.statuses) == (CallCounts(0, 0, 0), [])
    assert proxied.balance == before + 50
    assert proxied.desk.cleaned() == 0


def test_reply_that_does_not_fit_stays_with_the_proxy(proxied):
    hold = proxied.hold("take", DeliveryKind.REQUEST, proxied.till)
    proxied.ask("tea")
    proxied.replica.run_until_idle()
    hold.answer(0, Replied(encode([TEXT], ["no record"])))
    assert proxied.heard_in(3) == []
    assert proxied.statuses == ["answered"]
    assert "does not fit what `taken` expects" in proxied.proxy.outstanding()[0]["error"]
    (call,) = pending_calls(proxied.replica, proxied.desk.canister_id)
    reply = encode([TAKEN], [{"available": 1, "accepted": 1}])
    answer_call(proxied.replica, proxied.desk.canister_id, call.id, reply=reply)
    assert proxied.heard_in(30) == ["tea: 1, 0 back"]
    assert (proxied.counts, proxied.statuses) == (CallCounts(0, 0, 0), [])


def deliver(proxied: ProxyScene, number: int) -> Outcome:
    """A stranger brings an outcome."""
    message = encode(DELIVERY, [number, None, 4, "lies"])
    desk = proxied.desk.canister_id
    return proxied.replica.update(desk, "scm_proxied", message, sender=STRANGER)


def test_only_the_proxy_of_a_call_delivers_its_outcome(proxied):
    hold = proxied.hold_till()
    proxied.ask("tea")
    proxied.replica.run_until_idle()
    number = proxied.number()
    outcome = deliver(proxied, number)
    assert isinstance(outcome, Rejected)
    assert "PermissionError: `scm_proxied` is for the proxy" in outcome.message
    assert isinstance(deliver(proxied, number + (1 << 32)), Replied)  # Of another life.
    assert proxied.counts == CallCounts(1, 0, 0)
    hold.close()
    assert proxied.heard() == ["tea: 0, 0 back"]


def test_outcome_that_is_delivered_twice_is_handled_once(proxied):
    hold = proxied.hold("scm_proxied", DeliveryKind.RESPONSE, proxied.proxy)
    proxied.ask("tea", cycles=50)
    assert proxied.heard_in(8) == ["tea: 0, 50 back"]
    assert len(hold.parked) >= 2
    before = proxied.balance
    hold.close()
    assert proxied.heard_in(8) == ["tea: 0, 50 back"]
    assert (proxied.statuses, proxied.counts) == ([], CallCounts(0, 0, 0))
    assert proxied.balance == before


def test_outcome_may_come_before_the_receipt(proxied):
    hold = proxied.hold("forward", DeliveryKind.RESPONSE, proxied.desk)
    proxied.ask("tea")
    assert proxied.heard() == ["tea: 0, 0 back"]
    hold.close()
    assert proxied.heard() == ["tea: 0, 0 back"]
    assert proxied.counts == CallCounts(0, 0, 0)
