"""Traps and cleanup callbacks.  Interface Spec, "Callback invocation"."""

from __future__ import annotations

import pytest

from scm.model import Principal, RejectCode
from scm.replica.replica import Replica
from scm.replica.state import Rejected, Replied
from scm.replica.trace import Executed
from scm.testing.wat import ADD_ONE, READ_A, Install, WatCanister, number


def counting_caller(callee: Principal, method: str, **closures: str) -> WatCanister:
    """`go` calls `method`; callbacks are bodies by name; `read` gives global `$a`."""
    caller = WatCanister()
    indices = {name: caller.callback(body) for name, body in closures.items()}
    caller.update("go", caller.call(callee, method, b"abc", environment=77, **indices))
    caller.query("read", READ_A)
    return caller


def test_trap_undoes_memory_globals_stable_memory_and_calls(
    replica: Replica, install: Install, echo: Principal
) -> None:
    canister = WatCanister()
    canister.update("grow", "(drop (call $stable64_grow (i64.const 1)))" + canister.reply())
    canister.update(
        "fail",
        f"{ADD_ONE} (i32.store (i32.const 0) (i32.const 9))"
        "(call $stable64_write (i64.const 0) (i64.const 0) (i64.const 4))"
        "(drop (call $stable64_grow (i64.const 5)))"
        "(drop (call $global_timer_set (i64.const 5)))"
        f"(call $certified_data_set {canister.constant('certified')})"
        + canister.call(echo, "echo")
        + "unreachable",
    )
    canister.query(
        "read",
        "(call $reply_i64 (i64.add (global.get $a) (i64.load (i32.const 0))))",
    )
    canister_id = install(canister)
    replica.update(canister_id, "grow")
    outcome = replica.update(canister_id, "fail")
    view = replica.canister(canister_id)
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.error_code) == (RejectCode.CANISTER_ERROR, "IC0502")
    assert "Canister trapped: unreachable" in outcome.message
    assert replica.query(canister_id, "read") == number(0)
    assert view.stable_memory == bytes(65_536)
    assert (view.global_timer_ns, view.certified_data) == (0, b"")
    assert view.outstanding_callbacks == ()


def test_trap_in_a_callback_rejects_with_its_error(
    replica: Replica, install: Install, echo: Principal
) -> None:
    caller = install(counting_caller(echo, "echo", on_reply=f"{ADD_ONE} unreachable"))
    outcome = replica.update(caller, "go")
    assert isinstance(outcome, Rejected)
    assert outcome.error_code == "IC0502"
    assert replica.query(caller, "read") == number(0)


def test_state_before_a_call_is_kept_if_its_callback_traps(
    replica: Replica, install: Install, echo: Principal
) -> None:
    caller = WatCanister()
    on_reply = caller.callback("unreachable")
    caller.update("go", ADD_ONE + caller.call(echo, "echo", on_reply=on_reply))
    caller.query("read", READ_A)
    caller_id = install(caller)
    replica.update(caller_id, "go")
    assert replica.query(caller_id, "read") == number(1)


def test_cleanup_runs_after_a_trap_and_keeps_its_changes(
    replica: Replica, install: Install, echo: Principal
) -> None:
    caller = install(
        counting_caller(
            echo,
            "echo",
            on_reply=f"{ADD_ONE} unreachable",
            on_cleanup="(global.set $a (i64.extend_i32_u (local.get $env)))",
        )
    )
    outcome = replica.update(caller, "go")
    assert isinstance(outcome, Rejected)
    assert outcome.error_code == "IC0502"
    assert replica.query(caller, "read") == number(77)


def test_cleanup_does_not_run_after_a_success(
    replica: Replica, install: Install, echo: Principal
) -> None:
    reply = "(call $msg_reply)"
    caller = install(counting_caller(echo, "echo", on_reply=reply, on_cleanup=ADD_ONE))
    replica.update(caller, "go")
    assert replica.query(caller, "read") == number(0)


def test_cleanup_runs_if_the_callback_does_not_exist(
    replica: Replica, install: Install, echo: Principal
) -> None:
    caller = install(counting_caller(echo, "echo", on_cleanup=ADD_ONE))
    outcome = replica.update(caller, "go")
    assert isinstance(outcome, Rejected)
    assert outcome.error_code == "IC0513"
    assert replica.query(caller, "read") == number(1)


def test_trap_in_cleanup_is_added_to_the_message(
    replica: Replica, install: Install, echo: Principal
) -> None:
    caller = WatCanister()
    on_reply = caller.callback(caller.trap("first"))
    on_cleanup = caller.callback(ADD_ONE + caller.trap("second"))
    caller.update("go", caller.call(echo, "echo", on_reply=on_reply, on_cleanup=on_cleanup))
    caller.query("read", READ_A)
    caller_id = install(caller)
    outcome = replica.update(caller_id, "go")
    assert isinstance(outcome, Rejected)
    assert "'first'" in outcome.message
    assert "\n\ncall_on_cleanup also failed:\n\n" in outcome.message
    assert "'second'" in outcome.message
    assert replica.query(caller_id, "read") == number(0)


@pytest.mark.parametrize(
    ("index", "error_code", "text"),
    [
        (9999, "IC0513", "non-existent Wasm function 9999 from table 0"),
        (1, "IC0504", "unexpected null function reference"),
        (2, "IC0504", "function invocation does not match its signature"),
    ],
)
def test_callback_index_is_looked_up_when_the_response_arrives(
    replica: Replica, install: Install, echo: Principal, index: int, error_code: str, text: str
) -> None:
    caller = WatCanister(table_size=4)
    caller.raw("(func $wrong (param i64)) (elem (i32.const 2) $wrong)")
    caller.update("go", caller.call(echo, "echo", on_reply=index))
    caller_id = install(caller)
    outcome = replica.update(caller_id, "go")
    assert isinstance(outcome, Rejected)
    assert outcome.error_code == error_code
    assert text in outcome.message


def test_one_way_call_leaves_the_caller_unharmed(
    replica: Replica, install: Install, echo: Principal
) -> None:
    # An invalid index makes the response a harmless trap.
    caller = WatCanister()
    caller.update("go", ADD_ONE + caller.call(echo, "echo") + caller.reply("sent"))
    caller.query("read", READ_A)
    caller_id = install(caller)
    assert replica.update(caller_id, "go") == Replied(b"sent")
    replica.run_until_idle()
    assert replica.query(caller_id, "read") == number(1)
    assert replica.canister(caller_id).open_call_contexts == ()


def test_endless_loop_exceeds_the_instruction_limit(replica: Replica, install: Install) -> None:
    # `inspect_message` has the lowest limit of all: 200 M instructions.
    canister = WatCanister()
    canister.entry("canister_inspect_message", "(loop (br 0))")
    canister.update("go", canister.reply())
    canister_id = install(canister)
    outcome = replica.update(canister_id, "go")
    assert isinstance(outcome, Rejected)
    last = replica.trace[-1]
    assert isinstance(last, Executed)
    assert last.error is not None
    assert "exceeded the limit of 200000000 instructions" in last.error
