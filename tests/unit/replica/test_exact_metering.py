"""Instructions as the platform counts them: of code, of the System API, of written pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from scm.model import Principal
from scm.replica.api_costs import ApiCost, api_cost
from scm.replica.errors import InstallError
from scm.replica.install import COMPILE_INSTRUCTIONS
from scm.replica.replica import Replica
from scm.replica.state import Rejected, Replied
from scm.replica.trace import Executed
from scm.testing.costs import used
from scm.testing.wat import WatCanister
from scm.wasm.engine import text_to_wasm
from scm.wasm.ic0_table import ic0_functions


@pytest.fixture
def replica() -> Replica:
    return Replica(metering="exact")


def install(replica: Replica, canister: WatCanister) -> Principal:
    canister_id = replica.create_canister()
    replica.install(canister_id, canister.build())
    return canister_id


def test_every_function_of_the_table_has_a_cost() -> None:
    for name, function in ic0_functions(is_memory_64=False).items():
        cost = api_cost(name)
        assert cost.fixed >= 0
        assert all(index < len(function.type.parameters) for index in cost.sizes)
        if name.endswith("_copy"):
            # The size is the last argument.
            assert cost == ApiCost(500, 1, (len(function.type.parameters) - 1,)), name


def test_update_counts_code_and_functions(replica: Replica) -> None:
    canister = WatCanister()
    canister.update("go", "nop nop (call $msg_reply)")
    canister_id = install(replica, canister)
    reference = replica.submit(canister_id, "go")
    replica.wait(reference)
    # Entering 1, nops 2, the call 5, `msg_reply` 500; no page was written.
    assert replica.fuel(reference) == used(replica) == 1 + 2 + 5 + 500


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("(drop (call $time))", 1 + 5 + 1 + 500),
        ("(drop (call $performance_counter (i32.const 0)))", 1 + 1 + 5 + 1 + 200),
        ("(drop (call $stable64_size))", 1 + 5 + 1 + 0),
        ("(drop (call $stable64_grow (i64.const 1)))", 1 + 1 + 5 + 1 + 100),
        # 50 instructions for each byte of a reply, 1 for each byte read.
        ("(call $msg_reply_data_append (i32.const 0) (i32.const 9))", 1 + 2 + 5 + 500 + 50 * 9),
        ("(call $msg_caller_copy (i32.const 0) (i32.const 0) (i32.const 1))", None),
        # A log: 2 for each byte, and 50 while there is room in this message's log.
        ("(call $debug_print (i32.const 0) (i32.const 10))", 1 + 2 + 5 + 100 + 52 * 10),
        ("(call $debug_print (i32.const 0) (i32.const 5000))",
         1 + 2 + 5 + 100 + 52 * 4096),
    ],
)  # fmt: skip
def test_functions_are_charged(replica: Replica, body: str, expected: int | None) -> None:
    canister = WatCanister()
    canister.update("go", body + canister.reply())
    canister.update("plain", canister.reply())
    canister_id = install(replica, canister)
    replica.update(canister_id, "plain")
    plain = used(replica)
    replica.update(canister_id, "go")
    if expected is None:
        # The caller's byte also lands in the heap: one page of it is written.
        expected = 1 + 3 + 5 + 500 + 1 + 1_000
    assert used(replica) - plain == expected - 1


def test_written_pages_are_charged_once(replica: Replica) -> None:
    canister = WatCanister(pages=4)
    store = "(i32.store8 (i32.const {}) (i32.const 7))"
    canister.update("one", store.format(5) + store.format(6) + canister.reply())
    canister.update("three", "".join(map(store.format, (9, 70_000, 200_000))) + canister.reply())
    canister.update("stable", "(drop (call $stable64_grow (i64.const 1)))"
                    "(call $stable64_write (i64.const 4000) (i64.const 0) (i64.const 200))"
                    "(call $stable64_write (i64.const 4000) (i64.const 0) (i64.const 8))"
                    + canister.reply())  # fmt: skip
    canister.update("plain", canister.reply())
    canister_id = install(replica, canister)
    replica.update(canister_id, "plain")
    plain = used(replica)
    replica.update(canister_id, "one")
    assert used(replica) - plain == 2 * 3 + 1_000
    replica.update(canister_id, "three")
    assert used(replica) - plain == 3 * 3 + 3_000
    replica.update(canister_id, "stable")
    # Two pages of 4 KiB, once each in a message.
    grow, write = 1 + 5 + 1 + 100, 3 + 5 + 20
    assert used(replica) - plain == grow + 2 * write + 200 + 8 + 2_000


def test_performance_counters_count_the_message_and_the_call(replica: Replica) -> None:
    callee = WatCanister()
    callee.update("answer", callee.reply())
    callee_id = install(replica, callee)
    caller = WatCanister()
    done = caller.callback(
        "(i64.store (i32.const 0) (call $performance_counter (i32.const 0)))"
        "(i64.store (i32.const 8) (call $performance_counter (i32.const 1)))"
        "(call $msg_reply_data_append (i32.const 0) (i32.const 16)) (call $msg_reply)"
    )
    caller.update("ask", caller.call(callee_id, "answer", on_reply=done, on_reject=done))
    caller_id = install(replica, caller)
    outcome = replica.update(caller_id, "ask")
    assert isinstance(outcome, Replied)
    message, call = (int.from_bytes(outcome.data[at : at + 8], "little") for at in (0, 8))
    executed = [event for event in replica.trace if isinstance(event, Executed)]
    first = next(event.fuel for event in executed if event.entry == "canister_update ask")
    # The code of both readings is charged when their block begins, the second call later.
    assert message > 200
    assert call - message == first + 200


def test_endless_loops_end_at_the_limit_of_their_kind(replica: Replica) -> None:
    canister = WatCanister()
    canister.update("bomb", "(call $msg_reply_data_append (i32.const 0) (i32.const 2000000000))")
    canister_id = install(replica, canister)
    outcome = replica.update(canister_id, "bomb")
    assert isinstance(outcome, Rejected)
    assert outcome.error_code == "IC0522"
    assert "40000000000 instructions" in outcome.message
    assert used(replica) == 40_000_000_000


def test_compiling_is_charged_to_the_installation(replica: Replica) -> None:
    # 300 B instructions for all of an installation: what compiling takes is not there any more.
    canister_id = replica.create_canister()
    body = "(call $write (i64.const 0) (i64.const 0) (i64.const 0x4000000000000000))"
    with pytest.raises(InstallError) as caught:
        replica.install(
            canister_id,
            text_to_wasm(
                '(module (func $write (import "ic0" "stable64_write") (param i64 i64 i64))'
                f'(func (export "canister_init") {body}))'
            ),
        )
    assert caught.value.error_code == "IC0522"
    # Five instructions and ten that count; what the platform adds: three globals, two functions
    # for its own use, and `stable64_write`.
    compiled = 5 + 10 + 3 * 2 + 20 + 46 + 107
    assert used(replica) == 300_000_000_000 - COMPILE_INSTRUCTIONS * compiled


def test_runs_are_equal_and_forks_and_saves_keep_the_kind(replica: Replica, tmp_path: Path) -> None:
    canister = WatCanister()
    canister.update("go", "(i32.store (i32.const 8) (i32.const 8))" + canister.reply("x"))
    canister_id = install(replica, canister)
    replica.save(tmp_path / "saved")
    counts = []
    for world in (replica, replica.fork(), Replica.load(tmp_path / "saved")):
        world.update(canister_id, "go")
        counts.append(used(world))
    assert len(set(counts)) == 1
