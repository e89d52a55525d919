"""What each kind of execution may use, and is charged: IC facts, "Limits", "Time, timer, counters".

`performance_counter(0)` is read where nothing but the reading itself has cost anything: entering 1,
the block up to the reading, 200 for the function.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scm.model import Principal
from scm.replica.api_costs import LogSpace
from scm.replica.errors import InstallError
from scm.replica.replica import Replica
from scm.replica.state import Outcome, Rejected, Replied
from scm.testing.costs import executions, used
from scm.testing.wat import WatCanister
from scm.wasm.engine import text_to_wasm

WRITE = "(i32.store8 (i32.const 9000) (i32.const 7))"
PAGE = 1_000
# A size that no limit has room for, read before anything is checked.
BOMB = "(call $stable64_write (i64.const 0) (i64.const 0) (i64.const 0x4000000000000000))"


@pytest.fixture
def replica() -> Replica:
    return Replica(metering="exact")


def install(replica: Replica, canister: WatCanister) -> Principal:
    canister_id = replica.create_canister()
    replica.install(canister_id, canister.build())
    return canister_id


def counter(number: int, address: int) -> str:
    reading = f"(call $performance_counter (i32.const {number}))"
    return f"(i64.store (i32.const {address}) {reading})"


def numbers(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 8], "little") for at in range(0, len(data), 8)]


# Pages.


@pytest.mark.parametrize(
    ("kind", "is_charged"),
    [("update", True), ("query", False), ("composite_query", True)],
)
def test_written_pages_are_charged_where_changes_count(
    replica: Replica, kind: str, is_charged: bool
) -> None:
    canister = WatCanister()
    reply = canister.reply()
    canister.entry(f"canister_{kind} write", WRITE + reply)
    canister.entry(f"canister_{kind} plain", reply)
    canister_id = install(replica, canister)
    ask: Callable[..., Outcome] = replica.update if kind == "update" else replica.query
    ask(canister_id, "plain")
    plain = used(replica)
    ask(canister_id, "write")
    assert used(replica) - plain == 3 + (PAGE if is_charged else 0)


def test_replicated_query_is_not_charged_for_pages(replica: Replica) -> None:
    canister = WatCanister()
    canister.query("write", WRITE + canister.reply())
    canister_id = install(replica, canister)
    replica.update(canister_id, "write")
    replica.query(canister_id, "write")
    replicated, other = (event.fuel for event in executions(replica)[-2:])
    assert replicated == other


def test_trap_is_charged_for_the_pages_it_wrote(replica: Replica) -> None:
    canister = WatCanister()
    canister.update("trap", WRITE + "unreachable")
    canister_id = install(replica, canister)
    assert isinstance(replica.update(canister_id, "trap"), Rejected)
    assert used(replica) == 1 + 3 + 1 + PAGE


def test_page_that_is_as_it_was_is_not_charged(replica: Replica) -> None:
    canister = WatCanister()
    canister.update("write", WRITE + canister.reply())
    canister_id = install(replica, canister)
    counts = []
    for _ in range(2):
        replica.update(canister_id, "write")
        counts.append(used(replica))
    assert counts[0] - counts[1] == PAGE


# Counters.


def test_counters_of_a_composite_callback_and_of_a_cleanup(replica: Replica) -> None:
    callee = WatCanister()
    callee.query("answer", callee.reply())
    callee_id = install(replica, callee)
    caller = WatCanister()
    both = counter(0, 0) + counter(1, 8)
    done = caller.callback(
        both + "(call $msg_reply_data_append (i32.const 0) (i32.const 16)) (call $msg_reply)"
    )
    fail = caller.callback("unreachable")
    clean = caller.callback(both)
    ask = caller.call(callee_id, "answer", on_reply=done, on_reject=done)
    caller.composite_query("ask", ask)
    caller.update("fail", caller.call(callee_id, "answer", on_reply=fail, on_cleanup=clean))
    caller.update(
        "read", "(call $msg_reply_data_append (i32.const 0) (i32.const 16)) (call $msg_reply)"
    )
    caller_id = install(replica, caller)

    outcome = replica.query(caller_id, "ask")
    assert isinstance(outcome, Replied)
    message, context = numbers(outcome.data)
    method, _, callback = executions(replica)[-3:]
    assert (method.mode, callback.mode) == ("composite query", "composite reply callback")
    # Between the two readings: 200 for the second.
    assert context - message == method.fuel + 200

    assert isinstance(replica.update(caller_id, "fail"), Rejected)
    cleanup = executions(replica)[-1]
    assert cleanup.mode == "cleanup"
    first = next(event for event in executions(replica) if event.entry == "canister_update fail")
    outcome = replica.update(caller_id, "read")
    assert isinstance(outcome, Replied)
    message, context = numbers(outcome.data)
    # The callback that trapped is not in the counter that its cleanup sees.
    assert context - message == first.fuel + 200


# Limits.


@pytest.mark.parametrize(
    ("entry", "limit"),
    [
        ("canister_update bomb", 40_000_000_000),
        ("canister_query bomb", 5_000_000_000),
        ("canister_inspect_message", 200_000_000),
        ("canister_heartbeat", 40_000_000_000),
    ],
)
def test_limit_by_kind(replica: Replica, entry: str, limit: int) -> None:
    canister = WatCanister()
    canister.entry(entry, BOMB)
    if "bomb" not in entry:
        canister.update("bomb", canister.reply())
    canister_id = install(replica, canister)
    if entry == "canister_heartbeat":
        replica.run_heartbeats()
    else:
        outcome = replica.update(canister_id, "bomb")
        assert isinstance(outcome, Rejected)
    last = executions(replica)[-1]
    assert last.fuel == limit
    assert last.error is not None
    assert f"exceeded the limit of {limit} instructions" in last.error


def test_callback_leaves_a_twentieth_to_its_cleanup(replica: Replica) -> None:
    canister = WatCanister()
    fail = canister.callback(BOMB)
    clean = canister.callback(BOMB)
    canister.update("answer", canister.reply())
    canister_id = replica.create_canister()
    canister.update("ask", canister.call(canister_id, "answer", on_reply=fail, on_cleanup=clean))
    quick = canister.callback("unreachable")
    canister.update("ask2", canister.call(canister_id, "answer", on_reply=quick, on_cleanup=clean))
    replica.install(canister_id, canister.build())
    replica.update(canister_id, "ask")
    assert [event.fuel for event in executions(replica)[-2:]] == [38_000_000_000, 2_000_000_000]
    replica.update(canister_id, "ask2")
    # What the callback has left is there, too.
    assert [event.fuel for event in executions(replica)[-2:]] == [2, 40_000_000_000 - 2]
    error = executions(replica)[-1].error
    assert error is not None
    # The text tells the limit of the whole message.
    assert "exceeded the limit of 40000000000 instructions" in error


def test_all_stages_of_an_installation_share_one_limit(replica: Replica) -> None:
    canister_id = replica.create_canister()
    write = '(func $write (import "ic0" "stable64_write") (param i64 i64 i64))'
    bomb = "(call $write (i64.const 0) (i64.const 0) (i64.const 0x4000000000000000))"
    old = f'(module {write} (func (export "canister_pre_upgrade") {bomb}))'
    new = f"(module {write} (func $s {bomb}) (start $s))"
    replica.install(canister_id, text_to_wasm(old))
    with pytest.raises(InstallError, match="exceeded the limit of 300000000000 instructions"):
        replica.install(canister_id, text_to_wasm(new), mode="upgrade")
    # Before the new code is compiled, its price has not been paid.
    assert used(replica) == 300_000_000_000
    with pytest.raises(InstallError, match="exceeded the limit of 300000000000 instructions"):
        replica.install(canister_id, text_to_wasm(new), mode="reinstall")
    assert used(replica) < 300_000_000_000


# The System API.


def test_log_of_a_query_is_charged_like_one_of_an_update(replica: Replica) -> None:
    canister = WatCanister()
    body = "(call $debug_print (i32.const 0) (i32.const 3000))" * 2 + canister.reply()
    canister.query("talk", body)
    canister_id = install(replica, canister)
    replica.update(canister_id, "talk")
    replica.query(canister_id, "talk")
    replicated, other = (event.fuel for event in executions(replica)[-2:])
    assert replicated == other


def test_log_of_a_message_has_room_for_so_much() -> None:
    space = LogSpace()
    # 2 for each byte up to 4 KiB, 50 for each that there is room for; a record takes 40 itself.
    assert space.add(3_000) == 2 * 3_000 + 50 * 3_000
    assert space.add(3_000) == 2 * 3_000 + 50 * (4_096 - 3_040)
    # That one has taken the first one's place.
    assert space.add(100) == 2 * 100 + 50 * 100
    assert space.add(9_000) == 2 * 4_096 + 50 * (4_096 - 3_040 - 140)
    assert space.add(1) == 2


def test_sizes_are_unsigned(replica: Replica) -> None:
    canister = WatCanister()
    # -1 is 4 GiB - 1: 50 instructions for each byte are more than a message has.
    canister.update("bomb", "(call $msg_reply_data_append (i32.const 0) (i32.const -1))")
    canister_id = install(replica, canister)
    outcome = replica.update(canister_id, "bomb")
    assert isinstance(outcome, Rejected)
    assert outcome.error_code == "IC0522"
