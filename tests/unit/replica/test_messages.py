"""Calls and responses.  Interface Spec, "Abstract behavior"."""

from __future__ import annotations

from scm.model import Principal, RejectCode
from scm.replica.replica import Replica
from scm.replica.state import Rejected, Replied
from scm.testing.wat import ADD_ONE, READ_A, Install, WatCanister, number


def counting_caller(callee: Principal, method: str, **closures: str) -> WatCanister:
    """`go` calls `method`; callbacks are bodies by name; `read` gives global `$a`."""
    caller = WatCanister()
    indices = {name: caller.callback(body) for name, body in closures.items()}
    caller.update("go", caller.call(callee, method, b"abc", environment=77, **indices))
    caller.query("read", READ_A)
    return caller


# "Call context creation" and "Message execution".


def test_update_replies_with_what_was_appended(replica: Replica, echo: Principal) -> None:
    assert replica.update(echo, "echo", b"hello") == Replied(b"hello")


def test_update_of_an_unknown_canister_is_destination_invalid(replica: Replica) -> None:
    nobody = Principal(b"\x00" * 7 + b"\x63\x01\x01")
    outcome = replica.update(nobody, "echo")
    assert outcome == Rejected(
        RejectCode.DESTINATION_INVALID, f"Canister {nobody} not found", "IC0301"
    )


def test_update_of_an_empty_canister_is_rejected(replica: Replica) -> None:
    outcome = replica.update(replica.create_canister(), "echo")
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.error_code) == (RejectCode.CANISTER_ERROR, "IC0537")


def test_update_of_an_unknown_method_is_rejected(replica: Replica, echo: Principal) -> None:
    outcome = replica.update(echo, "nothing")
    assert outcome == Rejected(
        RejectCode.CANISTER_ERROR,
        f"Error from Canister {echo}: Canister has no update method 'nothing'.",
        "IC0536",
    )


def test_reject_by_the_canister_has_code_4(replica: Replica, echo: Principal) -> None:
    outcome = replica.update(echo, "refuse")
    assert outcome == Rejected(RejectCode.CANISTER_REJECT, "not today", "IC0406")


def test_trap_is_reported_with_its_message(replica: Replica, echo: Principal) -> None:
    outcome = replica.update(echo, "fail")
    assert outcome == Rejected(
        RejectCode.CANISTER_ERROR,
        f"Error from Canister {echo}: Canister called `ic0.trap` with message: 'broken'",
        "IC0503",
    )


def test_return_without_a_response_is_rejected(replica: Replica, echo: Principal) -> None:
    outcome = replica.update(echo, "silent")
    assert isinstance(outcome, Rejected)
    assert outcome.error_code == "IC0506"
    assert "did not reply to the call" in outcome.message


def test_long_error_texts_are_cut_at_8_kib(replica: Replica, install: Install) -> None:
    canister = WatCanister()
    canister.update("refuse", canister.reject("x" * 9000))
    canister.update("fail", canister.trap("x" * 9000))
    canister_id = install(canister)
    for method in ("refuse", "fail"):
        outcome = replica.update(canister_id, method)
        assert isinstance(outcome, Rejected)
        assert len(outcome.message) == 8192


def test_caller_is_the_sender(replica: Replica, install: Install) -> None:
    canister = WatCanister()
    canister.update("who", "(call $append_caller) (call $msg_reply)")
    sender = Principal(b"user")
    assert replica.update(install(canister), "who", sender=sender) == Replied(b"user")


def test_second_response_in_one_context_traps(replica: Replica, install: Install) -> None:
    canister = WatCanister()
    canister.update("twice", canister.reply("a") + canister.reply("b"))
    outcome = replica.update(install(canister), "twice")
    assert isinstance(outcome, Rejected)
    assert outcome.error_code == "IC0504"


def test_reply_buffer_does_not_outlive_the_message(
    replica: Replica, install: Install, echo: Principal
) -> None:
    # "msg_reply_data_append": data that no reply took is gone at the end of the message.
    caller = WatCanister()
    on_reply = caller.callback("(call $append_argument) (call $msg_reply)")
    lost = f"(call $msg_reply_data_append {caller.constant('lost')})"
    caller.update("go", lost + caller.call(echo, "echo", b"kept", on_reply=on_reply))
    assert replica.update(install(caller), "go") == Replied(b"kept")


# "Callback invocation".


def test_reply_callback_sees_the_reply_and_its_environment(
    replica: Replica, install: Install, echo: Principal
) -> None:
    body = (
        "(call $append_argument) (call $append_i64 (i64.extend_i32_u (local.get $env)))"
        "(call $msg_reply)"
    )
    caller = install(counting_caller(echo, "echo", on_reply=body))
    assert replica.update(caller, "go") == Replied(b"abc" + (77).to_bytes(8, "little"))


def test_callback_sees_the_caller_of_its_context(
    replica: Replica, install: Install, echo: Principal
) -> None:
    body = "(call $append_caller) (call $msg_reply)"
    caller = install(counting_caller(echo, "echo", on_reply=body))
    assert replica.update(caller, "go", sender=Principal(b"me")) == Replied(b"me")


def test_reject_callback_sees_code_and_message(
    replica: Replica, install: Install, echo: Principal
) -> None:
    body = (
        "(call $append_i64 (i64.extend_i32_u (call $msg_reject_code)))"
        "(call $append_reject_message) (call $msg_reply)"
    )
    caller = install(counting_caller(echo, "refuse", on_reject=body))
    assert replica.update(caller, "go") == Replied((4).to_bytes(8, "little") + b"not today")


def test_canister_sees_no_response_where_a_user_sees_more(
    replica: Replica, install: Install, echo: Principal
) -> None:
    body = "(call $append_reject_message) (call $msg_reply)"
    caller = install(counting_caller(echo, "silent", on_reject=body))
    assert replica.update(caller, "go") == Replied(b"No response")


def test_call_of_a_missing_canister_rejects_with_destination_invalid(
    replica: Replica, install: Install
) -> None:
    body = "(call $reply_i64 (i64.extend_i32_u (call $msg_reject_code)))"
    nobody = Principal(b"\x00" * 7 + b"\x63\x01\x01")
    caller = install(counting_caller(nobody, "echo", on_reject=body))
    assert replica.update(caller, "go") == number(RejectCode.DESTINATION_INVALID)


def test_callback_without_response_starves_its_context(
    replica: Replica, install: Install, echo: Principal
) -> None:
    caller = install(counting_caller(echo, "echo", on_reply=ADD_ONE))
    outcome = replica.update(caller, "go")
    assert isinstance(outcome, Rejected)
    assert outcome.error_code == "IC0506"
    assert replica.query(caller, "read") == number(1)


def test_context_waits_for_its_last_callback(
    replica: Replica, install: Install, echo: Principal
) -> None:
    # "Call context starvation": while callbacks are outstanding a context waits.
    caller = WatCanister()
    body = f"{ADD_ONE} (if (i64.eq (global.get $a) (i64.const 2)) (then {READ_A}))"
    on_reply = caller.callback(body)
    call = caller.call(echo, "echo", on_reply=on_reply)
    caller.update("go", call + call)
    assert replica.update(install(caller), "go") == number(2)


def test_self_call_is_an_ordinary_message(replica: Replica, install: Install) -> None:
    canister_id = Principal((0).to_bytes(8, "big") + b"\x01\x01")
    canister = WatCanister()
    on_reply = canister.callback("(call $append_argument) (call $msg_reply)")
    canister.update("go", ADD_ONE + canister.call(canister_id, "inner", on_reply=on_reply))
    # The inner message starts after the outer one was committed.
    canister.update("inner", READ_A)
    assert install(canister) == canister_id
    assert replica.update(canister_id, "go") == number(1)


def test_canister_can_answer_early_and_go_on(
    replica: Replica, install: Install, echo: Principal
) -> None:
    caller = WatCanister()
    on_reply = caller.callback(ADD_ONE)
    caller.update("go", caller.reply("early") + caller.call(echo, "echo", on_reply=on_reply))
    caller.query("read", READ_A)
    caller_id = install(caller)
    assert replica.update(caller_id, "go") == Replied(b"early")
    assert replica.query(caller_id, "read") == number(0)
    replica.run_until_idle()
    assert replica.query(caller_id, "read") == number(1)
    assert replica.canister(caller_id).open_call_contexts == ()


# "Inter-canister calls": call_new and friends.


def test_call_functions_need_a_call_under_construction(replica: Replica, install: Install) -> None:
    canister = WatCanister()
    canister.update("go", "(drop (call $call_perform))")
    outcome = replica.update(install(canister), "go")
    assert isinstance(outcome, Rejected)
    assert outcome.error_code == "IC0504"
    assert "no call is under construction" in outcome.message


def test_full_queue_makes_call_perform_answer_transient(install: Install, echo: Principal) -> None:
    replica = Replica(request_queue_capacity=2)
    callee = replica.create_canister()
    caller = WatCanister()
    call = caller.call(callee, "echo")
    caller.update("go", call + call + call + "(call $reply_i64 (global.get $b))")
    caller_id = replica.create_canister()
    replica.install(caller_id, caller.build())
    assert replica.update(caller_id, "go") == number(RejectCode.SYS_TRANSIENT)
    assert len(replica.canister(caller_id).outstanding_callbacks) == 2


def test_call_keeps_its_place_until_its_response_is_consumed() -> None:
    replica = Replica(request_queue_capacity=2)
    callee = replica.create_canister()
    caller = WatCanister()
    caller.update("go", caller.call(callee, "echo") + "(call $reply_i64 (global.get $b))")
    other = replica.create_canister()
    caller.update("ask", caller.call(other, "echo") + "(call $reply_i64 (global.get $b))")
    caller_id = replica.create_canister()
    replica.install(caller_id, caller.build())

    with replica.hold(lambda delivery: delivery.kind == "response") as hold:
        for _ in range(2):
            assert replica.update(caller_id, "go") == number(0)
            replica.run_until_idle()
        assert len(hold.parked) == 2
        assert replica.update(caller_id, "go") == number(RejectCode.SYS_TRANSIENT)
        assert replica.update(caller_id, "ask") == number(0)
        fork = replica.fork()
        hold.release_one(0)
        replica.run_until_idle()
        assert replica.update(caller_id, "go") == number(0)
        assert replica.update(caller_id, "go") == number(RejectCode.SYS_TRANSIENT)
    assert fork.update(caller_id, "go") == number(RejectCode.SYS_TRANSIENT)


def test_expired_call_keeps_its_place_until_its_caller_has_the_answer() -> None:
    replica = Replica(request_queue_capacity=1)
    callee = replica.create_canister()
    caller = WatCanister()
    call = caller.call(callee, "echo", timeout_seconds=10)
    caller.update("go", call + "(call $reply_i64 (global.get $b))")
    caller_id = replica.create_canister()
    replica.install(caller_id, caller.build())

    with replica.hold(lambda delivery: delivery.kind == "request"):
        assert replica.update(caller_id, "go") == number(0)
        replica.run_until_idle()
        assert replica.update(caller_id, "go") == number(RejectCode.SYS_TRANSIENT)
        replica.advance_time(11)
        replica.run_until_idle()
        assert replica.update(caller_id, "go") == number(0)


def test_requests_to_one_callee_arrive_in_order(
    replica: Replica, install: Install, echo: Principal
) -> None:
    caller = WatCanister()
    calls = [caller.call(echo, "echo", bytes([index])) for index in range(5)]
    caller.update("go", "".join(calls) + caller.reply())
    caller_id = install(caller)
    with replica.hold(lambda delivery: delivery.kind == "request") as hold:
        replica.update(caller_id, "go")
        replica.run_until_idle()
        assert [delivery.payload for delivery in hold.parked] == [bytes([i]) for i in range(5)]
