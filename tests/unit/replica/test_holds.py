"""Holding, releasing, reordering and losing messages; best-effort calls.

Interface Spec, "Inter-canister calls" and "Abstract behavior": "Call expiry".
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scm.model import Principal, RejectCode
from scm.replica.errors import ReplicaUsageError, StuckError
from scm.replica.replica import Replica
from scm.replica.state import Delivery, Pending, Rejected, Replied
from scm.replica.trace import Executed
from scm.testing.deliveries import is_request, is_response
from scm.testing.wat import ADD_ONE, Install, WatCanister, caller_of, number

REPLY_CODE = "(call $reply_i64 (i64.extend_i32_u (call $msg_reject_code)))"


def bounded_caller(callee: Principal, seconds: int | None = 60, cycles: int = 0) -> WatCanister:
    caller = WatCanister()
    on_reply = caller.callback("(call $append_argument) (call $msg_reply)")
    on_reject = caller.callback(REPLY_CODE)
    caller.update(
        "go",
        caller.call(
            callee,
            "echo",
            b"answer",
            on_reply=on_reply,
            on_reject=on_reject,
            timeout_seconds=seconds,
            cycles=cycles,
        ),
    )
    return caller


def test_held_response_keeps_the_call_pending(
    replica: Replica, install: Install, echo: Principal
) -> None:
    caller = install(bounded_caller(echo))
    with replica.hold(is_response) as hold:
        reference = replica.submit(caller, "go")
        replica.run_until_idle()
        assert replica.status(reference) == Pending()
        [delivery] = hold.parked
        assert (delivery.sender, delivery.receiver) == (echo, caller)
        assert (delivery.method, delivery.payload) == ("echo", b"answer")
        hold.release()
        assert replica.wait(reference) == Replied(b"answer")


def test_update_that_is_held_names_what_is_held(
    replica: Replica, install: Install, echo: Principal
) -> None:
    caller = install(bounded_caller(echo))
    with replica.hold(is_response), pytest.raises(StuckError, match="held: response `echo` from"):
        replica.update(caller, "go")


def test_closing_a_hold_releases_what_it_parked(
    replica: Replica, install: Install, echo: Principal
) -> None:
    caller = install(bounded_caller(echo))
    with replica.hold(is_request):
        reference = replica.submit(caller, "go")
        replica.run_until_idle()
    assert replica.wait(reference) == Replied(b"answer")


def test_parked_responses_can_be_reordered(replica: Replica, install: Install) -> None:
    callee = WatCanister()
    callee.update("echo", "(call $append_argument) (call $msg_reply)")
    callee_id = install(callee)
    caller = install(bounded_caller(callee_id, seconds=None))
    with replica.hold(is_response) as hold:
        first, second = replica.submit(caller, "go"), replica.submit(caller, "go")
        replica.run_until_idle()
        hold.release_one(1)
        replica.run_until_idle()
        assert replica.status(first) == Pending()
        assert replica.status(second) == Replied(b"answer")
        hold.release(1)
        assert replica.wait(first) == Replied(b"answer")


def test_release_of_more_than_is_parked_is_an_error(replica: Replica) -> None:
    hold = replica.hold(is_request)
    with pytest.raises(ReplicaUsageError, match="0 are parked"):
        hold.release(1)
    with pytest.raises(ReplicaUsageError, match="no parked message 0"):
        hold.release_one(0)


def test_dropped_response_of_a_bounded_call_is_unknown(
    replica: Replica, install: Install, echo: Principal
) -> None:
    caller = install(bounded_caller(echo))
    with replica.hold(is_response) as hold:
        reference = replica.submit(caller, "go")
        replica.run_until_idle()
        hold.drop_as_unknown(0)
        assert replica.wait(reference) == number(RejectCode.SYS_UNKNOWN)


def test_guaranteed_response_cannot_be_dropped(
    replica: Replica, install: Install, echo: Principal
) -> None:
    caller = install(bounded_caller(echo, seconds=None))
    with replica.hold(is_response) as hold:
        replica.submit(caller, "go")
        replica.run_until_idle()
        with pytest.raises(ReplicaUsageError, match="only best-effort calls may end unknown"):
            hold.drop_as_unknown(0)


@pytest.mark.parametrize("held", [is_request, is_response])
def test_deadline_answers_with_unknown_and_the_late_message_is_lost(
    replica: Replica, install: Install, echo: Principal, held: Callable[[Delivery], bool]
) -> None:
    caller = install(bounded_caller(echo))
    with replica.hold(held):
        reference = replica.submit(caller, "go")
        replica.run_until_idle()
        replica.advance_time(59)
        replica.run_until_idle()
        assert replica.status(reference) == Pending()
        replica.advance_time(1)
        assert replica.wait(reference) == number(RejectCode.SYS_UNKNOWN)
    replica.run_until_idle()
    assert replica.canister(caller).open_call_contexts == ()


def test_unbounded_call_never_expires(replica: Replica, install: Install, echo: Principal) -> None:
    caller = install(bounded_caller(echo, seconds=None))
    with replica.hold(is_response):
        reference = replica.submit(caller, "go")
        replica.run_until_idle()
        replica.advance_time(10**6)
        replica.run_until_idle()
        assert replica.status(reference) == Pending()


def test_timeout_is_capped_at_300_seconds_and_floored(replica: Replica, install: Install) -> None:
    callee = WatCanister()
    callee.update("echo", "(call $reply_i64 (call $msg_deadline))")
    caller = install(bounded_caller(install(callee), seconds=1000))
    replica.advance_time(0.5)
    start_seconds = replica.time_ns // 10**9
    assert replica.update(caller, "go") == number((start_seconds + 300) * 10**9)


def test_unbounded_callee_sees_no_deadline(replica: Replica, install: Install) -> None:
    callee = WatCanister()
    callee.update("echo", "(call $reply_i64 (call $msg_deadline))")
    caller = install(bounded_caller(install(callee), seconds=None))
    assert replica.update(caller, "go") == number(0)


def test_cycles_of_an_expired_call_are_lost(
    replica: Replica, install: Install, echo: Principal
) -> None:
    caller = install(bounded_caller(echo, cycles=1000))
    before = replica.canister(caller).cycles
    with replica.hold(is_response) as hold:
        replica.submit(caller, "go")
        replica.run_until_idle()
        hold.drop_as_unknown(0)
        replica.run_until_idle()
    assert replica.canister(caller).cycles == before - 1000


def test_as_many_calls_as_may_wait_survive_an_upgrade(replica: Replica, install: Install) -> None:
    callee = WatCanister()
    callee.update("echo", "(call $append_argument) (call $msg_reply)")
    caller = bounded_caller(install(callee), seconds=None)
    caller_id = install(caller)
    with replica.hold(is_response) as hold:
        references = [replica.submit(caller_id, "go") for _ in range(500)]
        replica.run_until_idle()
        assert len(hold.parked) == 500
        replica.install(caller_id, caller.build(), mode="upgrade")
        hold.release()
        replica.run_until_idle()
    assert {replica.status(reference) for reference in references} == {Replied(b"answer")}


def test_parked_call_is_answered_in_its_callees_stead(
    replica: Replica, install: Install, echo: Principal
) -> None:
    caller = install(bounded_caller(echo, seconds=None, cycles=1000))
    cycles = replica.canister(caller).cycles
    with replica.hold(is_request) as hold:
        reference = replica.submit(caller, "go")
        replica.run_until_idle()
        hold.answer(0, Replied(b"not the callee"))
        assert hold.parked == []
        assert replica.wait(reference) == Replied(b"not the callee")
    assert not any(isinstance(e, Executed) and e.canister_id == echo for e in replica.trace)
    assert replica.canister(caller).cycles == cycles
    assert (replica.cycles_in_flight, replica.cycles_burned) == (0, 0)


def test_parked_call_is_rejected_in_its_callees_stead(replica: Replica, install: Install) -> None:
    caller = install(bounded_caller(Principal(b"nobody")))
    with replica.hold(is_request) as hold:
        reference = replica.submit(caller, "go")
        replica.run_until_idle()
        hold.answer(0, Rejected(RejectCode.CANISTER_REJECT, "no", "IC0406"))
        assert replica.wait(reference) == number(RejectCode.CANISTER_REJECT)


def test_only_calls_of_canisters_can_be_answered(
    replica: Replica, install: Install, echo: Principal
) -> None:
    caller = install(bounded_caller(echo))
    with replica.hold(is_response) as hold:
        replica.submit(caller, "go")
        replica.run_until_idle()
        with pytest.raises(ReplicaUsageError, match="the response of `echo` can't be answered"):
            hold.answer(0, Replied(b""))
        with pytest.raises(ReplicaUsageError, match="no parked message 1"):
            hold.answer(1, Replied(b""))


def test_cut_may_spare_the_cleanup(replica: Replica, install: Install, echo: Principal) -> None:
    wasm = caller_of(echo, "silent", reject="(call $msg_reply)", cleanup=ADD_ONE)
    caller = install(wasm)
    for with_cleanup, count in ((True, 0), (False, 1)):
        with replica.hold(is_response) as hold:
            reference = replica.submit(caller, "go")
            replica.run_until_idle()
            hold.release()
            with replica.cut_executions(0, with_cleanup=with_cleanup):
                assert isinstance(replica.wait(reference), Rejected)
        assert replica.query(caller, "read") == number(count)
