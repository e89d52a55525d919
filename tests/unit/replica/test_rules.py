"""Clauses of the abstract behaviour that the other files do not try (see `test_clauses.py`)."""

from __future__ import annotations

import pytest

from scm.model import Principal, RejectCode
from scm.replica.replica import DEFAULT_CYCLES, Replica
from scm.replica.state import Rejected, Replied
from scm.replica.trace import Executed
from scm.testing.deliveries import is_response
from scm.testing.wat import ADD_ONE, READ_A, Install, WatCanister, caller_of, number

BALANCE = "(call $canister_cycle_balance128 (i32.const 0))"
SHOW_REJECT = "(call $append_reject_message) (call $msg_reply)"


def error_of(outcome: object) -> tuple[str, str]:
    assert isinstance(outcome, Rejected)
    assert outcome.error_code[2] in f"0{outcome.code}"
    return outcome.error_code, outcome.message


# 3.2 Delivering a call.


@pytest.mark.parametrize("state", ["stopped", "empty", "missing", "unknown method"])
def test_refused_call_brings_its_cycles_back(
    replica: Replica, install: Install, state: str
) -> None:
    callee = replica.create_canister()
    if state in ("stopped", "unknown method"):
        replica.install(callee, WatCanister().build())
    if state == "stopped":
        replica.stop(callee)
    show = "(call $reply_i64 (i64.extend_i32_u (call $msg_reject_code)))"
    called = Principal(b"none") if state == "missing" else callee
    caller = install(caller_of(called, "x", reject=show))
    code = RejectCode.DESTINATION_INVALID if state == "missing" else RejectCode.CANISTER_ERROR
    assert replica.update(caller, "go") == number(code)
    assert replica.canister(caller).cycles == DEFAULT_CYCLES


def test_stopped_is_told_before_empty_and_empty_before_unknown(replica: Replica) -> None:
    canister_id = replica.create_canister()
    assert error_of(replica.update(canister_id, "x"))[0] == "IC0537"
    replica.stop(canister_id)
    assert error_of(replica.update(canister_id, "x"))[0] == "IC0508"


def test_replicated_query_keeps_accepted_cycles_and_drops_the_rest(
    replica: Replica, install: Install
) -> None:
    callee = WatCanister()
    callee.query(
        "take",
        "(drop (call $stable64_grow (i64.const 1)))" + ADD_ONE
        + "(call $msg_cycles_accept128 (i64.const 0) (i64.const 300) (i32.const 0))"
        + callee.reply(),
    )  # fmt: skip
    callee.query("read", READ_A)
    callee_id = install(callee)
    caller = caller_of(callee_id, "take", reply="(call $msg_reply)")
    assert replica.update(install(caller), "go") == Replied(b"")
    view = replica.canister(callee_id)
    assert (view.cycles, view.stable_memory_size_bytes) == (DEFAULT_CYCLES + 300, 0)
    assert replica.query(callee_id, "read") == number(0)


# 3.3 Result of one execution.


@pytest.mark.parametrize("method", ["fail", "silent", "refuse"])
def test_call_that_fails_brings_its_cycles_back(
    replica: Replica, install: Install, echo: Principal, method: str
) -> None:
    caller = install(caller_of(echo, method, reject=SHOW_REJECT))
    assert isinstance(replica.update(caller, "go"), Replied)
    assert replica.canister(caller).cycles == DEFAULT_CYCLES
    assert replica.canister(echo).cycles == DEFAULT_CYCLES


def test_response_is_dropped_by_a_later_trap(replica: Replica, install: Install) -> None:
    canister = WatCanister()
    canister.update("go", ADD_ONE + canister.reply("too early") + "unreachable")
    canister.query("read", READ_A)
    canister_id = install(canister)
    assert error_of(replica.update(canister_id, "go"))[0] == "IC0502"
    assert replica.query(canister_id, "read") == number(0)


def test_answered_context_does_not_care_for_a_trap(
    replica: Replica, install: Install, echo: Principal
) -> None:
    caller = caller_of(echo, "echo", reply="unreachable")
    caller.update("early", caller.reply("early") + caller.call(echo, "echo", on_reply=0))
    caller_id = install(caller)
    assert replica.update(caller_id, "early") == Replied(b"early")
    replica.run_until_idle()
    assert replica.canister(caller_id).open_call_contexts == ()


def test_trap_of_a_callback_is_forgotten_while_others_wait(
    replica: Replica, install: Install, echo: Principal
) -> None:
    canister = WatCanister()
    bad, good = canister.callback("unreachable"), canister.callback(canister.reply("good"))
    calls = [canister.call(echo, "echo", on_reply=slot) for slot in (bad, good)]
    canister.update("good_last", "".join(calls))
    canister.update("bad_last", "".join(reversed(calls)))
    silent = canister.callback("")
    canister.update("silent_last", calls[0] + canister.call(echo, "echo", on_reply=silent))
    canister_id = install(canister)
    assert replica.update(canister_id, "good_last") == Replied(b"good")
    assert replica.update(canister_id, "bad_last") == Replied(b"good")
    assert error_of(replica.update(canister_id, "silent_last"))[0] == "IC0506"


# 3.4 Responses and callbacks.


def test_refund_is_there_before_the_callback_and_after_its_trap(
    replica: Replica, install: Install, echo: Principal
) -> None:
    show = BALANCE + "(call $reply_i64 (i64.load (i32.const 0)))"
    caller = install(caller_of(echo, "refuse", reject=show))
    assert replica.update(caller, "go") == number(DEFAULT_CYCLES)
    trapping = install(caller_of(echo, "refuse", reject=BALANCE + "unreachable"))
    assert error_of(replica.update(trapping, "go"))[0] == "IC0502"
    assert replica.canister(trapping).cycles == DEFAULT_CYCLES


@pytest.mark.parametrize(
    ("slot", "error_code", "text"),
    [
        (99, "IC0513", "non-existent Wasm function 99 from table 0"),
        (6, "IC0504", "unexpected null function reference"),
        (7, "IC0504", "function invocation does not match its signature"),
    ],
)
@pytest.mark.parametrize("method", ["echo", "refuse"])
def test_callback_that_cannot_be_called_counts_as_a_trap(
    replica: Replica, install: Install, echo: Principal,
    slot: int, error_code: str, text: str, method: str,
) -> None:  # fmt: skip
    canister = WatCanister(table_size=8)
    canister.raw("(func $odd (param i64)) (elem (i32.const 7) $odd)")
    canister.update("go", canister.call(echo, method, on_reply=slot, on_reject=slot))
    found = error_of(replica.update(install(canister), "go"))
    assert (found[0], text in found[1]) == (error_code, True), found


def test_callback_needs_a_table(replica: Replica, echo: Principal) -> None:
    canister_id = replica.create_canister()
    canister = caller_of(echo, "echo")
    # The old code had a table; the code that gets the response has none.
    replica.install(canister_id, canister.build())
    with replica.hold(is_response):
        call = replica.submit(canister_id, "go")
        replica.run_until_idle()
        replica.install(canister_id, b"\0asm\1\0\0\0", mode="upgrade")
    assert error_of(replica.wait(call)) == (
        "IC0504",
        f"Error from Canister {canister_id}: Canister violated contract: table not found",
    )


# 3.5 Cleanup.


def test_cleanup_starts_from_the_state_before_the_callback(
    replica: Replica, install: Install, echo: Principal
) -> None:
    canister = caller_of(echo, "echo", reply=ADD_ONE + ADD_ONE + "unreachable", cleanup=ADD_ONE)
    canister_id = install(canister)
    version = replica.canister(canister_id).version
    assert error_of(replica.update(canister_id, "go"))[0] == "IC0502"
    assert replica.query(canister_id, "read") == number(1)
    # The update and the cleanup count, the callback does not.
    assert replica.canister(canister_id).version == version + 2


@pytest.mark.parametrize("method", ["echo", "refuse"])
def test_cleanup_sees_caller_and_reject_code(
    replica: Replica, install: Install, echo: Principal, method: str
) -> None:
    look = (
        "(global.set $a (i64.extend_i32_u (i32.add (i32.mul (call $msg_caller_size)"
        " (i32.const 10)) (call $msg_reject_code))))"
    )
    fail = "unreachable"
    canister_id = install(caller_of(echo, method, reply=fail, reject=fail, cleanup=look))
    replica.update(canister_id, "go", sender=Principal(b"four"))
    assert replica.query(canister_id, "read") == number(44 if method == "refuse" else 40)


def test_cleanup_that_does_not_exist_is_told(
    replica: Replica, install: Install, echo: Principal
) -> None:
    canister = WatCanister()
    fail = canister.callback("unreachable")
    canister.update("go", canister.call(echo, "echo", on_reply=fail, on_cleanup=99))
    error_code, message = error_of(replica.update(install(canister), "go"))
    assert (error_code, "call_on_cleanup also failed" in message) == ("IC0502", True)
    assert "non-existent Wasm function 99" in message


def test_uninstalled_canister_runs_no_cleanup(
    replica: Replica, install: Install, echo: Principal
) -> None:
    canister_id = install(caller_of(echo, "echo", reply="unreachable", cleanup=ADD_ONE))
    with replica.hold(is_response):
        replica.submit(canister_id, "go")
        replica.run_until_idle()
        replica.uninstall(canister_id)
    events = len(replica.trace)
    replica.run_until_idle()
    assert not any(isinstance(event, Executed) for event in replica.trace[events:])
    assert replica.canister(canister_id).cycles == DEFAULT_CYCLES


# 3.6 One-way calls.


def test_one_way_call_of_an_unanswered_context_is_its_reject(
    replica: Replica, install: Install, echo: Principal
) -> None:
    caller = install(caller_of(echo, "echo"))
    assert error_of(replica.update(caller, "go"))[0] == "IC0513"
