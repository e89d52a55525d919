"""`@on_response(retry=True)`: the response is kept, and its handler can run again."""

from __future__ import annotations

import pytest

from scm.candid.decode import decode
from scm.candid.encode import encode
from scm.candid.types import NAT
from scm.model import Principal
from scm.replica.replica import Replica
from scm.replica.state import Rejected
from scm.testing.building import CanisterBuilder, install_canister
from scm.testing.call_counts import CallCounts, read_call_counts
from scm.testing.client import CanisterHandle, RejectError
from scm.testing.pending_calls import answer_call, discard_call, pending_calls, retry_call
from scm.testing.state import check_state

pytestmark = pytest.mark.toolchain

CASE = "tests/cases/canisters/rescue"
NOTHING_LEFT = CallCounts(waiting=0, failed=0, orphans=0)


@pytest.fixture
def wasm(build_canister: CanisterBuilder) -> bytes:
    return build_canister(CASE)


@pytest.fixture
def peer(wasm: bytes, replica: Replica) -> CanisterHandle:
    return install_canister(replica, wasm)


@pytest.fixture
def rescue(wasm: bytes, replica: Replica) -> CanisterHandle:
    return install_canister(replica, wasm)


def fail(rescue: CanisterHandle, peer: Principal, word: str) -> int:
    """Have the handler of a call trap; returns the call."""
    with pytest.raises(RejectError, match="RuntimeError: scales are broken"):
        rescue.weigh_kept(peer, word)
    return pending_calls(rescue._replica, rescue.canister_id)[-1].id


def test_a_handler_that_works_answers_the_caller(
    rescue: CanisterHandle, peer: CanisterHandle, replica: Replica
) -> None:
    rescue.repair()
    assert rescue.weigh_kept(peer.canister_id, "abc") == 3
    assert rescue.weigh_kept(peer.canister_id, "trap") == 105
    assert rescue.weigh_kept(peer.canister_id, "again") == 7
    with pytest.raises(RejectError, match="not today"):
        rescue.weigh_kept(peer.canister_id, "refused")
    assert rescue.look() == (
        "",
        [f"weighed {word}" for word in ("abc", "trap", "again", "done", "refused")],
    )
    assert read_call_counts(replica, rescue.canister_id) == NOTHING_LEFT
    check_state(replica, rescue.canister_id)


def test_a_handler_that_traps_runs_again_with_its_response(
    rescue: CanisterHandle, peer: CanisterHandle, replica: Replica, wasm: bytes
) -> None:
    call_id = fail(rescue, peer.canister_id, "abcd")
    (call,) = pending_calls(replica, rescue.canister_id)
    assert call.status == "failed: its handler trapped, and the response is kept"
    assert call.error.endswith("'RuntimeError: scales are broken'")
    assert rescue.look() == ("", ["unlocked abcd"])
    check_state(replica, rescue.canister_id)
    with pytest.raises(RejectError, match="scales are broken"):
        retry_call(replica, rescue.canister_id, call_id)
    replica.install(rescue.canister_id, wasm, mode="upgrade")
    rescue.repair()
    assert decode(retry_call(replica, rescue.canister_id, call_id), [NAT]) == (4,)
    assert rescue.look() == ("", ["unlocked abcd", "weighed abcd"])
    assert read_call_counts(replica, rescue.canister_id) == NOTHING_LEFT
    check_state(replica, rescue.canister_id)


def test_a_kept_response_can_be_replaced_or_discarded(
    rescue: CanisterHandle, peer: CanisterHandle, replica: Replica
) -> None:
    first = fail(rescue, peer.canister_id, "a")
    rescue.repair()
    answer = answer_call(replica, rescue.canister_id, first, reply=encode([NAT], [9]))
    assert decode(answer, [NAT]) == (9,)
    check_state(replica, rescue.canister_id)


def test_a_kept_response_can_be_discarded(
    rescue: CanisterHandle, peer: CanisterHandle, replica: Replica
) -> None:
    discard_call(replica, rescue.canister_id, fail(rescue, peer.canister_id, "a"))
    assert read_call_counts(replica, rescue.canister_id) == NOTHING_LEFT
    check_state(replica, rescue.canister_id)


def test_upgrades_between_the_two_messages_lose_nothing(
    rescue: CanisterHandle, peer: CanisterHandle, replica: Replica, wasm: bytes
) -> None:
    rescue.repair()
    with (
        replica.hold(lambda delivery: delivery.method == "scm_handle") as inner,
    ):
        tickets = [rescue.submit("weigh_kept", peer.canister_id, "w" * size) for size in (1, 2, 3)]
        replica.run_until_idle()
        assert read_call_counts(replica, rescue.canister_id).waiting == 3
        assert {call.status for call in pending_calls(replica, rescue.canister_id)} == {
            "running: its handler has the response"
        }
        check_state(replica, rescue.canister_id)
        replica.install(rescue.canister_id, wasm, mode="upgrade")
        while inner.parked:
            inner.release(1)
            replica.run_until_idle()
            replica.install(rescue.canister_id, wasm, mode="upgrade")
    assert [ticket.result() for ticket in tickets] == [1, 2, 3]
    assert read_call_counts(replica, rescue.canister_id) == NOTHING_LEFT
    check_state(replica, rescue.canister_id)


def test_a_response_without_room_for_a_message_runs_its_handler_at_once(
    rescue: CanisterHandle, peer: CanisterHandle, replica: Replica
) -> None:
    rescue.repair()
    with replica.hold(lambda delivery: delivery.method == "scm_handle"):
        tickets = [rescue.submit("weigh_kept", peer.canister_id, "ab") for _ in range(500)]
        replica.run_until_idle()
        late = rescue.submit("weigh_kept", peer.canister_id, "abc")
        replica.run_until_idle()
        assert late.result() == 3
    assert {ticket.result() for ticket in tickets} == {2}


def test_a_canister_that_stops_runs_its_handlers_at_once(
    rescue: CanisterHandle, peer: CanisterHandle, replica: Replica
) -> None:
    rescue.repair()
    with replica.hold(lambda delivery: delivery.sender == peer.canister_id) as hold:
        ticket = rescue.submit("weigh_kept", peer.canister_id, "abc")
        replica.run_until_idle()
        replica.submit_stop(rescue.canister_id)
        hold.release()
    assert ticket.result() == 3
    replica.start(rescue.canister_id)
    assert read_call_counts(replica, rescue.canister_id) == NOTHING_LEFT


@pytest.mark.parametrize("is_started", [False, True])
def test_stopping_before_the_handler_has_run_is_no_failure(
    rescue: CanisterHandle, peer: CanisterHandle, replica: Replica, is_started: bool
) -> None:
    rescue.repair()
    hold = replica.hold(lambda delivery: delivery.method == "scm_handle")
    ticket = rescue.submit("weigh_kept", peer.canister_id, "abc")
    replica.run_until_idle()
    replica.submit_stop(rescue.canister_id)
    hold.release()
    replica.run_until_idle()
    (rejected,) = hold.parked
    assert rejected.kind == "response"
    if is_started:
        replica.start(rescue.canister_id)
    hold.close()
    assert ticket.result() == 3
    replica.start(rescue.canister_id)
    assert rescue.look() == ("", ["weighed abc"])
    assert read_call_counts(replica, rescue.canister_id) == NOTHING_LEFT


def test_locks_are_released_when_only_the_cleanup_hears_of_the_failure(
    rescue: CanisterHandle, peer: CanisterHandle, replica: Replica
) -> None:
    hold = replica.hold(
        lambda delivery: delivery.method == "scm_handle" and delivery.kind == "response"
    )
    ticket = rescue.submit("weigh_kept", peer.canister_id, "abcd")
    replica.run_until_idle()
    with replica.cut_executions(1_000, with_cleanup=False):
        hold.close()
        replica.run_until_idle()
    with pytest.raises(RejectError, match="exceeded the limit"):
        ticket.result()
    (call,) = pending_calls(replica, rescue.canister_id)
    assert call.status == "failed: its handler trapped, and the response is kept"
    assert rescue.look() == ("", ["unlocked abcd"])
    rescue.repair()
    assert decode(retry_call(replica, rescue.canister_id, call.id), [NAT]) == (4,)
    assert read_call_counts(replica, rescue.canister_id) == NOTHING_LEFT


def test_only_the_canister_itself_may_run_a_handler(
    rescue: CanisterHandle, replica: Replica
) -> None:
    outcome = replica.update(rescue.canister_id, "scm_handle", b"DIDL\x00\x01\x79\0\0\0\0")
    assert isinstance(outcome, Rejected)
    assert "PermissionError: `scm_handle` is for the canister itself" in outcome.message
