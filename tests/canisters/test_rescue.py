"""Calls as objects: listed, answered, discarded; what cleans up, comes too late, is drained."""

from __future__ import annotations

import pytest

from scm.candid.decode import decode
from scm.candid.encode import encode
from scm.candid.types import BLOB, BOOL, NAT, NAT32, NAT64, TEXT, Field, Opt, Record, Vec
from scm.model import Principal
from scm.replica.errors import InstallError
from scm.replica.replica import Replica
from scm.replica.state import DeliveryKind, Rejected
from scm.replica.trace import Executed
from scm.testing.building import CanisterBuilder, install_canister
from scm.testing.call_counts import CallCounts, read_call_counts
from scm.testing.client import CanisterHandle, RejectError
from scm.testing.pending_calls import answer_call, discard_call, drain, pending_calls
from scm.testing.state import check_state

COMPILER = "optimizing"
pytestmark = pytest.mark.toolchain

CASE = "tests/cases/canisters/rescue"
NOBODY = Principal(b"nobody")
LOCK = Record([Field("owner", TEXT)])
EXPECT_IDLE = encode([TEXT], ["expect_idle"])


@pytest.fixture
def wasm(build_canister: CanisterBuilder) -> bytes:
    return build_canister(CASE)


@pytest.fixture
def peer(wasm: bytes, replica: Replica) -> CanisterHandle:
    return install_canister(replica, wasm)


@pytest.fixture
def rescue(wasm: bytes, replica: Replica) -> CanisterHandle:
    return install_canister(replica, wasm)


def hold_responses(replica: Replica, receiver: CanisterHandle):
    return replica.hold(
        lambda delivery: (
            delivery.kind is DeliveryKind.RESPONSE and delivery.receiver == receiver.canister_id
        )
    )


def test_a_waiting_call_is_listed_with_all_that_is_known(rescue, peer, replica):
    with hold_responses(replica, rescue) as hold:
        ticket = rescue.submit("lock", peer.canister_id, "anna")
        issued_ns = replica.time_ns
        replica.run_until_idle()
        (call,) = pending_calls(replica, rescue.canister_id)
        assert call.is_waiting
        assert (call.handler, call.method, call.callee) == ("locked", "measure", peer.canister_id)
        assert (call.cycles, call.due_ns, call.slot) == (1000, 0, 65_552)
        assert decode(call.context, [LOCK]) == ({"owner": "anna"},)
        assert call.version == replica.canister(rescue.canister_id).version - 1
        assert abs(call.issued_ns - issued_ns) < 10**9
        with pytest.raises(RejectError, match="waits for its response, which may still come"):
            answer_call(replica, rescue.canister_id, call.id)
        rescue.repair()
        hold.release()
    assert ticket.result() == 4
    assert pending_calls(replica, rescue.canister_id) == []


def test_many_calls_are_listed_in_pages(rescue, peer, replica):
    with hold_responses(replica, rescue):
        for number in range(450):
            rescue.submit("lock", peer.canister_id, str(number))
            replica.run_until_idle()
        calls = pending_calls(replica, rescue.canister_id)
        owners = [decode(call.context, [LOCK]) for call in calls]
        assert owners == [({"owner": str(number)},) for number in range(450)]


def test_a_handler_that_traps_is_cleaned_up_after_and_answered_by_hand(rescue, peer, replica):
    with pytest.raises(RejectError, match="RuntimeError: broken"):
        rescue.lock(peer.canister_id, "anna")
    assert rescue.look() == ("", ["unlocked anna"])
    (call,) = pending_calls(replica, rescue.canister_id)
    assert call.status == "failed: its handler trapped"
    with pytest.raises(RejectError, match="RuntimeError: broken"):
        answer_call(replica, rescue.canister_id, call.id, reply=encode([NAT], [4]))
    assert len(pending_calls(replica, rescue.canister_id)) == 1
    rescue.repair()
    answer = answer_call(replica, rescue.canister_id, call.id, reply=encode([NAT], [4]))
    assert decode(answer, [NAT]) == (4,)
    assert rescue.look() == ("", ["unlocked anna", "handled anna"])
    with pytest.raises(RejectError, match=f"LookupError: there is no call {call.id}"):
        answer_call(replica, rescue.canister_id, call.id)
    assert read_call_counts(replica, rescue.canister_id) == CallCounts(0, 0, 0)


def test_a_failed_call_is_answered_with_a_rejection_or_unknown_after_an_upgrade(
    rescue, peer, replica, wasm
):
    for owner in ("anna", "bert"):
        with pytest.raises(RejectError):
            rescue.lock(peer.canister_id, owner)
    rescue.repair()
    replica.install(rescue.canister_id, wasm, mode="upgrade")
    first, second = pending_calls(replica, rescue.canister_id)
    assert decode(answer_call(replica, rescue.canister_id, first.id), [NAT]) == (2000,)
    reply = answer_call(replica, rescue.canister_id, second.id, rejection="it never was")
    assert decode(reply, [NAT]) == (1000,)
    assert rescue.look()[1][-1] == "it never was"


def test_a_reply_by_hand_of_another_type_is_refused(rescue, peer, replica):
    with pytest.raises(RejectError):
        rescue.lock(peer.canister_id, "anna")
    (call,) = pending_calls(replica, rescue.canister_id)
    with pytest.raises(RejectError, match="expected `nat`, got `text`"):
        answer_call(replica, rescue.canister_id, call.id, reply=encode([TEXT], ["4"]))
    assert pending_calls(replica, rescue.canister_id) == [call]


@pytest.mark.parametrize("owner", ["bad", "refuse"])
def test_what_cleans_up_may_fail_and_the_call_is_kept_all_the_same(rescue, peer, replica, owner):
    with pytest.raises(RejectError):
        rescue.lock(peer.canister_id, owner)
    assert rescue.look() == ("", [f"unlocked {owner}"])
    assert read_call_counts(replica, rescue.canister_id).failed == 1
    log = [record.content.decode() for record in replica.canister(rescue.canister_id).logs]
    reason = {"bad": "ValueError: bad owner", "refuse": "Rejection: no"}[owner]
    assert f"scm: what `locked` does on a trap failed: {reason}" in log


def test_a_call_whose_cleaning_up_is_cut_can_be_discarded(rescue, peer, replica):
    with pytest.raises(RejectError):
        rescue.lock(peer.canister_id, "endless")
    (call,) = pending_calls(replica, rescue.canister_id)
    discard_call(replica, rescue.canister_id, call.id)
    assert read_call_counts(replica, rescue.canister_id) == CallCounts(0, 0, 0)


def test_the_response_of_a_discarded_call_is_an_orphan(rescue, peer, replica):
    with hold_responses(replica, rescue) as hold:
        ticket = rescue.submit("lock", peer.canister_id, "anna")
        replica.run_until_idle()
        (call,) = pending_calls(replica, rescue.canister_id)
        discard_call(replica, rescue.canister_id, call.id)
        assert pending_calls(replica, rescue.canister_id) == []
        hold.release()
    with pytest.raises(RejectError):
        ticket.result()
    assert read_call_counts(replica, rescue.canister_id) == CallCounts(0, 0, 1)


@pytest.mark.parametrize(("seconds", "is_late"), [(59, False), (61, True)])
def test_a_response_that_comes_too_late_is_refused(rescue, peer, replica, seconds, is_late):
    with hold_responses(replica, rescue) as hold:
        ticket = rescue.submit("hurry", peer.canister_id)
        replica.run_until_idle()
        replica.advance_time(seconds)
        hold.release()
    if not is_late:
        assert ticket.result() == 7
        return
    with pytest.raises(RejectError, match="the response of `measure` came too late for `hurried`"):
        ticket.result()
    (call,) = pending_calls(replica, rescue.canister_id)
    assert call.status == "failed: its response came too late"
    assert rescue.look()[1] == ["too late"]
    assert decode(answer_call(replica, rescue.canister_id, call.id), [NAT]) == (7,)


def test_a_drained_canister_begins_nothing_and_ends_what_it_has_begun(rescue, peer, replica, wasm):
    with hold_responses(replica, rescue) as hold:
        ticket = rescue.submit("twice", peer.canister_id)
        replica.run_until_idle()
        drain(replica, rescue.canister_id)
        assert read_call_counts(replica, rescue.canister_id).is_draining
        with pytest.raises(RejectError, match="DrainingError: no new calls are made before"):
            rescue.lock(peer.canister_id, "anna")
        assert rescue.look() == ("", [])
        assert rescue.measure("abc") == 3
        with pytest.raises(InstallError, match=r"expects that no call waits.*: 1 for `once`"):
            replica.install(rescue.canister_id, wasm, EXPECT_IDLE, mode="upgrade")
        hold.release()
    assert ticket.result() == 7
    replica.install(rescue.canister_id, wasm, EXPECT_IDLE, mode="upgrade")
    assert not read_call_counts(replica, rescue.canister_id).is_draining
    rescue.repair()
    assert rescue.lock(peer.canister_id, "anna") == 4


def test_an_upgrade_that_expects_something_else_is_refused(rescue, replica, wasm):
    for argument in (encode([TEXT], ["expect_Idle"]), encode([TEXT], ["Expect idle"])):
        with pytest.raises(InstallError, match="an upgrade can expect one thing"):
            replica.install(rescue.canister_id, wasm, argument, mode="upgrade")
    replica.install(rescue.canister_id, wasm, encode([TEXT], ["a name"]), mode="upgrade")


def test_draining_can_be_given_up(rescue, peer, replica):
    drain(replica, rescue.canister_id)
    drain(replica, rescue.canister_id, is_on=False)
    assert rescue.hurry(peer.canister_id) == 7


def test_a_join_runs_its_handler_once_with_all_responses_in_order(rescue, peer, replica):
    words = ["a", "nobody", "bcd", "trap", "xy"]
    answer = rescue.survey(peer.canister_id, words)
    assert answer == ["5 words", "1", "rejected 3", "3", "rejected 5", "2"]
    assert rescue.look()[1] == ["surveyed 5 words"]
    assert rescue.relay(peer.canister_id) == "done"
    assert read_call_counts(replica, rescue.canister_id) == CallCounts(0, 0, 0)
    check_state(replica, rescue.canister_id)


def test_a_join_lives_through_upgrades_between_its_responses(rescue, peer, replica, wasm):
    with hold_responses(replica, rescue) as hold:
        ticket = rescue.submit("survey", peer.canister_id, ["a", "bb", "ccc", "dddd"])
        replica.run_until_idle()
        for waiting in (4, 3, 2, 1):
            assert read_call_counts(replica, rescue.canister_id).waiting == waiting
            check_state(replica, rescue.canister_id)
            replica.install(rescue.canister_id, wasm, mode="upgrade")
            hold.release_one(waiting - 1)
            replica.run_until_idle()
    assert ticket.result() == ["4 words", "1", "2", "3", "4"]
    assert read_call_counts(replica, rescue.canister_id) == CallCounts(0, 0, 0)
    check_state(replica, rescue.canister_id)


def test_a_join_whose_handler_traps_is_answered_by_hand(rescue, peer, replica):
    words = ["a", "n" * 13, "bb"]
    with pytest.raises(RejectError, match="RuntimeError: broken"):
        rescue.survey(peer.canister_id, words)
    assert rescue.look()[1] == ["unlocked 3 words"]
    check_state(replica, rescue.canister_id)
    (call,) = pending_calls(replica, rescue.canister_id)
    assert call.status == "failed: its handler trapped"
    rescue.repair()
    answer = answer_call(replica, rescue.canister_id, call.id, reply=encode([NAT], [77]))
    (found,) = decode(answer, [Vec(TEXT)])
    assert isinstance(found, list)
    assert sorted(found) == sorted(["3 words", "1", "13", "77"])
    check_state(replica, rescue.canister_id)


def test_a_join_is_cleaned_up_after_once_however_many_responses_trap(rescue, peer, replica):
    with hold_responses(replica, rescue) as hold:
        ticket = rescue.submit("survey", peer.canister_id, ["a", "bb", "ccc"])
        replica.run_until_idle()
        with replica.cut_executions(after=9_000, with_cleanup=False):
            hold.release()
            replica.run_until_idle()
    with pytest.raises(RejectError):
        ticket.result()
    assert rescue.look()[1] == ["unlocked 3 words"]
    assert read_call_counts(replica, rescue.canister_id).failed == 3
    check_state(replica, rescue.canister_id)
    rescue.repair()
    for call in pending_calls(replica, rescue.canister_id):
        answer = answer_call(replica, rescue.canister_id, call.id, reply=encode([NAT], [1]))
    assert decode(answer, [Vec(TEXT)]) == (["3 words", "1", "1", "1"],)
    check_state(replica, rescue.canister_id)


def test_discarded_calls_of_a_join_count_as_unknown(rescue, peer, replica):
    with hold_responses(replica, rescue) as hold:
        ticket = rescue.submit("survey", peer.canister_id, ["a", "bb", "ccc"])
        replica.run_until_idle()
        calls = pending_calls(replica, rescue.canister_id)
        discard_call(replica, rescue.canister_id, calls[1].id)
        check_state(replica, rescue.canister_id)
        hold.release()
    assert ticket.result() == ["3 words", "1", "unknown", "3"]
    with hold_responses(replica, rescue):
        rescue.submit("survey", peer.canister_id, ["a", "bb"])
        replica.run_until_idle()
        for call in pending_calls(replica, rescue.canister_id):
            discard_call(replica, rescue.canister_id, call.id)
        check_state(replica, rescue.canister_id)
    assert rescue.look()[1] == ["surveyed 3 words"]


def test_a_join_of_no_calls_or_too_many_is_refused(rescue, peer):
    with pytest.raises(RejectError, match="ValueError: a join has 1 to 1000 calls, got 0"):
        rescue.survey(peer.canister_id, [])


def test_an_upgrade_costs_the_same_however_many_calls_wait(rescue, wasm, replica):
    def upgrade() -> int:
        start = len(replica.trace)
        replica.install(rescue.canister_id, wasm, mode="upgrade")
        return sum(event.fuel for event in replica.trace[start:] if isinstance(event, Executed))

    idle = upgrade()
    peers = [install_canister(replica, wasm) for _ in range(10)]
    with replica.hold(lambda delivery: delivery.receiver != rescue.canister_id):
        for peer in peers:
            rescue.submit("survey", peer.canister_id, ["word"] * 500)
            replica.run_until_idle()
        assert read_call_counts(replica, rescue.canister_id).waiting == 5_000
        # For each handler that is waited for a constant, and a bit for each 1,024 calls.
        assert idle < upgrade() < idle + 10_000


@pytest.mark.parametrize(
    ("method", "argument"),
    [
        ("scm_pending", encode([NAT64, NAT64], [0, 1])),
        ("scm_answer", encode([NAT32, Opt(BLOB), Opt(TEXT)], [0, None, None])),
        ("scm_discard", encode([NAT32], [0])),
        ("scm_drain", encode([BOOL], [True])),
    ],
)
def test_only_controllers_may(rescue, replica, method, argument):
    outcome = replica.update(rescue.canister_id, method, argument, sender=NOBODY)
    assert isinstance(outcome, Rejected)
    assert f"PermissionError: `{method}` is for controllers" in outcome.message
