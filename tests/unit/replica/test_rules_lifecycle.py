"""Clauses about lifecycle, system tasks, queries, inspection and logs that nothing else tries.

See `test_clauses.py` for all of them.
"""

from __future__ import annotations

import pytest

from scm.model import Principal, RejectCode
from scm.replica.errors import InstallError
from scm.replica.replica import DEFAULT_CYCLES, Replica
from scm.replica.state import Pending, Rejected, Replied
from scm.testing.contexts import module_for, run_in
from scm.testing.deliveries import is_response
from scm.testing.wat import ADD_ONE, READ_A, Install, WatCanister, caller_of, number
from scm.wasm.ic0_table import Context

# 3.9 Lifecycle.


def test_reinstalled_canister_still_has_to_answer(replica: Replica, echo: Principal) -> None:
    canister_id = replica.create_canister()
    replica.install(canister_id, caller_of(echo, "echo", reply="unreachable").build())
    new = WatCanister()
    new.callback(new.reply("new"), slot=0)
    with replica.hold(is_response):
        call = replica.submit(canister_id, "go")
        replica.run_until_idle()
        replica.install(canister_id, new.build(), mode="reinstall")
        assert replica.status(call) == Pending()
    assert replica.wait(call) == Replied(b"new")


def test_uninstalling_answers_callers_with_code_4_and_their_cycles(
    replica: Replica, install: Install, echo: Principal
) -> None:
    middle = install(caller_of(echo, "echo"))
    code = "(call $reply_i64 (i64.extend_i32_u (call $msg_reject_code)))"
    caller = install(caller_of(middle, "go", reject=code))
    with replica.hold(lambda delivery: delivery.receiver == middle and is_response(delivery)):
        call = replica.submit(caller, "go")
        replica.run_until_idle()
        replica.uninstall(middle)
        assert replica.wait(call) == number(RejectCode.CANISTER_REJECT)
    replica.run_until_idle()
    assert replica.canister(caller).cycles == DEFAULT_CYCLES


def test_uninstalling_keeps_what_is_not_code(replica: Replica, keeper: Principal) -> None:
    replica.update(keeper, "arm")
    owners = [Principal(b"boss")]
    replica.set_controllers(keeper, owners)
    before = replica.canister(keeper)
    cycles, version = before.cycles, before.version
    replica.uninstall(keeper)
    view = replica.canister(keeper)
    assert (view.cycles, view.version, list(view.controllers)) == (cycles, version + 1, owners)
    assert (view.global_timer_ns, view.stable_memory_size_bytes, view.certified_data) == (0, 0, b"")


def test_several_stops_may_wait_at_once(
    replica: Replica, install: Install, echo: Principal
) -> None:
    canister_id = install(caller_of(echo, "echo", reply="(call $msg_reply)"))
    with replica.hold(is_response):
        replica.submit(canister_id, "go")
        replica.run_until_idle()
        stops = [replica.submit_stop(canister_id) for _ in range(3)]
        replica.run_until_idle()
        assert [replica.status(stop) for stop in stops] == [Pending()] * 3
    assert {type(replica.wait(stop)) for stop in stops} == {Replied}


def test_post_upgrade_may_set_the_timer_again(replica: Replica) -> None:
    canister = WatCanister()
    canister.entry("canister_post_upgrade", "(drop (call $global_timer_set (i64.const 77)))")
    canister.entry("canister_pre_upgrade", "(drop (call $global_timer_set (i64.const 66)))")
    canister_id = replica.create_canister()
    replica.install(canister_id, canister.build())
    replica.install(canister_id, canister.build(), mode="upgrade")
    assert replica.canister(canister_id).global_timer_ns == 77


# 3.10 System tasks.


def test_system_task_is_called_by_the_management_canister(
    replica: Replica, install: Install
) -> None:
    canister = WatCanister()
    canister.entry(
        "canister_heartbeat", "(global.set $a (i64.extend_i32_u (call $msg_caller_size)))"
    )
    canister.update("set", "(global.set $a (i64.const 9))" + canister.reply())
    canister.query("read", READ_A)
    canister_id = install(canister)
    replica.update(canister_id, "set")
    replica.run_heartbeats()
    assert replica.query(canister_id, "read") == number(0)


def test_stopped_canister_has_no_system_tasks(replica: Replica, install: Install) -> None:
    canister = WatCanister()
    for task in ("canister_heartbeat", "canister_global_timer"):
        canister.entry(task, ADD_ONE)
    canister.update("arm", "(drop (call $global_timer_set (i64.const 1)))" + canister.reply())
    canister.query("read", READ_A)
    canister_id = install(canister)
    replica.submit(canister_id, "arm")
    replica.step()
    replica.submit_stop(canister_id)
    replica.step()
    replica.run_heartbeats()
    replica.run_until_idle()
    replica.start(canister_id)
    assert replica.query(canister_id, "read") == number(0)
    replica.run_until_idle()
    assert replica.query(canister_id, "read") == number(1)


# 3.12 Queries.


def test_composite_query_has_5_billion_instructions_over_all_its_calls() -> None:
    read = '(import "ic0" "stable64_read" (func $read (param i64 i64 i64)))'
    errors = []
    # A call in a composite query takes 50 M itself.
    for size in (4_940_000_000, 4_960_000_000):
        code = f"(call $read (i64.const 0) (i64.const 0) (i64.const {size}))"
        wasm = module_for(Context.COMPOSITE_REPLY_CALLBACK, code, imports=read)
        replica = Replica(metering="exact")
        [event] = run_in(Context.COMPOSITE_REPLY_CALLBACK, wasm, replica)
        errors.append(event.error or "")
    assert ["stable memory out of bounds" in error for error in errors] == [True, False]


# 3.13 inspect_message.


@pytest.mark.parametrize("body", ["(call $accept_message) (call $accept_message)",
                                  "(call $accept_message) unreachable"])  # fmt: skip
def test_acceptance_counts_once_and_without_a_trap(
    replica: Replica, install: Install, body: str
) -> None:
    canister = WatCanister()
    canister.entry("canister_inspect_message", ADD_ONE + body)
    canister.update("go", canister.reply())
    canister.query("read", READ_A)
    canister_id = install(canister)
    outcome = replica.update(canister_id, "go")
    assert isinstance(outcome, Rejected)
    assert outcome.error_code == "IC0406"
    # Queries are not inspected, and what inspecting changes is dropped.
    assert replica.query(canister_id, "read") == number(0)


# 3.16 Logs.


def test_logs_outlive_an_upgrade_and_end_with_the_code(replica: Replica) -> None:
    canister = WatCanister()
    canister.update("say", canister.print("hello") + canister.reply())
    canister.query("whisper", canister.print("psst") + canister.reply())
    wasm = canister.build()
    canister_id = replica.create_canister()
    replica.install(canister_id, wasm)
    replica.update(canister_id, "say")
    replica.query(canister_id, "whisper")
    replica.install(canister_id, wasm, mode="upgrade")
    replica.update(canister_id, "say")
    assert [record.index for record in replica.canister(canister_id).logs] == [0, 1]
    replica.uninstall(canister_id)
    assert replica.canister(canister_id).logs == ()
    replica.install(canister_id, wasm)
    replica.update(canister_id, "say")
    assert [record.index for record in replica.canister(canister_id).logs] == [2]


def test_failed_install_of_an_empty_canister_leaves_it_empty(replica: Replica) -> None:
    canister = WatCanister()
    canister.entry("canister_init", canister.print("here") + "unreachable")
    canister_id = replica.create_canister()
    with pytest.raises(InstallError):
        replica.install(canister_id, canister.build())
    view = replica.canister(canister_id)
    assert (view.module_hash, view.version, view.cycles) == (None, 0, DEFAULT_CYCLES)
