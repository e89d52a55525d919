"""Code that goes wrong at run time, or never ends: a clean error each, and the replica works on."""

from __future__ import annotations

import pytest

from scm.model import Principal, RejectCode
from scm.replica.replica import Replica
from scm.replica.state import Pending, Rejected, Replied
from scm.testing.contexts import TESTED, module_for, run_in
from scm.testing.wat import Install, WatCanister, number
from scm.wasm.ic0_table import Context

B = 1_000_000_000
READ_STABLE = '(import "ic0" "stable64_read" (func $read (param i64 i64 i64)))'
MAKE_CALLS = "(loop {} (br_if 0 (i64.eqz (global.get $b))))"

# Every way in which code can trap, as a function body, and what it is called.
TRAPS = {
    "unreachable": ("unreachable", "unreachable"),
    "division": ("(drop (i32.div_s (i32.const 1) (i32.const 0)))", "integer division by 0"),
    "overflow": ("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", "unknown"),
    "conversion": ("(drop (i32.trunc_f64_s (f64.const nan)))", "unknown"),
    "heap": ("(drop (i32.load (P.const 65533)))", "heap out of bounds"),
    "heap fill": ("(memory.fill (P.const 0) (i32.const 1) (P.const 65537))", "heap out of bounds"),
    "table": ("(call_indirect (i32.const 99))", "table out of bounds"),
    "empty slot": ("(call_indirect (i32.const 2))", "unknown"),
    "signature": ("(call_indirect (i32.const 0))", "violated contract"),
    "stack": ("(call $target)", "stack overflow"),
    "ic0.trap": ("(call $trap (P.const 0) (P.const 0))", "called `ic0.trap`"),
    "contract": ("(drop (call $counter (i32.const 9)))", "performance counter type 9"),
}
TRAP_IMPORTS = """(import "ic0" "trap" (func $trap (param P P)))
    (import "ic0" "performance_counter" (func $counter (param i32) (result i64)))"""


@pytest.mark.parametrize("is_memory_64", [False, True], ids=["32", "64"])
@pytest.mark.parametrize("context", Context, ids=lambda context: context.name.lower())
def test_every_trap_in_every_entry_point_is_a_clean_error(
    context: Context, is_memory_64: bool
) -> None:
    wrong = []
    for name, (code, reason) in TRAPS.items():
        replica = Replica()
        wasm = module_for(context, code, imports=TRAP_IMPORTS, is_memory_64=is_memory_64)
        [event] = run_in(context, wasm, replica)
        good = WatCanister()
        good.update("ping", good.reply("pong"))
        replica.install(TESTED, good.build(), mode="reinstall")
        answer = replica.update(TESTED, "ping")
        if reason not in (event.error or "") or answer != Replied(b"pong"):
            wrong.append((name, event.error))
    assert wrong == []


# Instructions: with exact metering a byte that is copied costs one, so a limit is met at once.

LIMITS = {
    **dict.fromkeys((Context.UPDATE, Context.SYSTEM_TASK), 40 * B),
    # The last 2 billion are kept for a cleanup, which has what the callback has left.
    **dict.fromkeys((Context.REPLY_CALLBACK, Context.REJECT_CALLBACK), 38 * B),
    Context.CLEANUP: 40 * B,
    **dict.fromkeys((Context.REPLICATED_QUERY, Context.NON_REPLICATED_QUERY), 5 * B),
    **dict.fromkeys((Context.TRANSFORM_QUERY, Context.COMPOSITE_QUERY), 5 * B),
    Context.INSPECT_MESSAGE: 200_000_000,
}
"""Resource limits, "instructions per message"; installing and callbacks in queries share theirs."""


@pytest.mark.parametrize("context", LIMITS, ids=lambda context: context.name.lower())
def test_every_entry_point_may_use_so_many_instructions(context: Context) -> None:
    errors = []
    for size in (LIMITS[context] - 100_000, LIMITS[context]):
        code = f"(call $read (i64.const 0) (i64.const 0) (i64.const {size}))"
        wasm = module_for(context, code, imports=READ_STABLE)
        [event] = run_in(context, wasm, Replica(metering="exact"))
        errors.append(event.error or "")
    assert "stable memory out of bounds" in errors[0]
    told = 40 * B if LIMITS[context] == 38 * B else LIMITS[context]
    assert f"exceeded the limit of {told} instructions" in errors[1]


@pytest.mark.parametrize("context", [Context.START, Context.INIT, Context.PRE_UPGRADE])
def test_installing_may_use_300_billion_instructions_in_all(context: Context) -> None:
    errors = []
    for size in (299 * B, 300 * B):
        code = f"(call $read (i64.const 0) (i64.const 0) (i64.const {size}))"
        wasm = module_for(context, code, imports=READ_STABLE)
        [event] = run_in(context, wasm, Replica(metering="exact"))
        errors.append(event.error or "")
    assert "stable memory out of bounds" in errors[0]
    assert "exceeded the limit of 300000000000 instructions" in errors[1]


def test_endless_loop_ends_at_the_limit(install: Install, replica: Replica) -> None:
    canister = WatCanister()
    canister.entry("canister_inspect_message", "(loop (br 0))")
    canister.query("ping", canister.reply("pong"))
    canister.update("go", "")
    canister_id = install(canister)
    assert replica.update(canister_id, "go") == Rejected(
        RejectCode.CANISTER_REJECT, "Canister rejected the message", "IC0406"
    )
    assert replica.query(canister_id, "ping") == Replied(b"pong")


# Memory.


@pytest.fixture
def greedy(install: Install) -> Principal:
    canister = WatCanister()
    all_of_it = "(loop (br_if 0 (i32.ne (memory.grow (i32.const 64)) (i32.const -1))))"
    size = "(call $reply_i64 (i64.extend_i32_u (memory.size)))"
    canister.update("heap", all_of_it + size)
    canister.query("look", all_of_it + size)
    canister.update("heap_and_trap", all_of_it + "(i32.store (i32.const -8) (i32.const 1))"
                    + canister.trap("no"))  # fmt: skip
    canister.update(
        "stable",
        "(loop (br_if 0 (i64.ne (call $stable64_grow (i64.const 65536)) (i64.const -1))))"
        "(call $stable64_write (i64.sub (i64.shl (call $stable64_size) (i64.const 16))"
        " (i64.const 1)) (i64.const 0) (i64.const 1)) (call $reply_i64 (call $stable64_size))",
    )
    grow = "(drop (memory.grow (i32.const 33000))) (drop (call $stable64_grow (i64.const 33000)))"
    copy = "(i64.const 0) (i64.const 0) (i64.const 2147483649)"
    canister.update("write", f"{grow} (call $stable64_write {copy})")
    canister.update("read", f"{grow} (call $stable64_read {copy})")
    canister.query(
        "read_as_query",
        f"{grow} (call $stable64_read (i64.const 0) (i64.const 0) (i64.const 1073741825))",
    )
    canister.query("ping", canister.reply("pong"))
    return install(canister)


def test_heap_ends_at_4_gib(replica: Replica, greedy: Principal) -> None:
    # One page was there; then 1,023 times 64.
    assert replica.query(greedy, "look") == number(65_473)
    assert replica.canister(greedy).heap_size_bytes == 65_536
    assert replica.update(greedy, "heap") == number(65_473)
    assert replica.update(greedy, "heap") == number(65_473)
    assert replica.query(greedy, "ping") == Replied(b"pong")


def test_trap_gives_the_whole_heap_back(replica: Replica, greedy: Principal) -> None:
    outcome = replica.update(greedy, "heap_and_trap")
    assert isinstance(outcome, Rejected)
    assert replica.canister(greedy).heap_size_bytes == 65_536
    assert replica.query(greedy, "ping") == Replied(b"pong")


def test_stable_memory_ends_at_500_gib(replica: Replica, greedy: Principal) -> None:
    assert replica.update(greedy, "stable") == number(8_192_000)
    assert replica.query(greedy, "ping") == Replied(b"pong")
    twin = replica.fork()
    assert twin.canister(greedy).read_stable_memory(500 * 1024**3 - 1, 1) == b"\0"


@pytest.mark.parametrize("method", ["write", "read", "read_as_query"])
def test_message_touches_2_gib_of_stable_memory_and_a_query_1(
    replica: Replica, greedy: Principal, method: str
) -> None:
    outcome = replica.update(greedy, method)
    assert isinstance(outcome, Rejected)
    assert outcome.error_code == "IC0524"
    assert "Canister exceeded memory access limits" in outcome.message
    assert replica.query(greedy, "ping") == Replied(b"pong")


# Recursion.


def test_deep_recursion_overflows_the_stack_and_no_more(replica: Replica, install: Install) -> None:
    canister = WatCanister()
    canister.raw("(func $deep (param i64) (if (i64.ne (local.get 0) (i64.const 0))"
                 " (then (call $deep (i64.sub (local.get 0) (i64.const 1))))"
                 " (else (drop (call $time)))))")  # fmt: skip
    canister.update("fine", "(call $deep (i64.const 5000))" + canister.reply("deep"))
    canister.update("endless", "(call $deep (i64.const -1))")
    canister_id = install(canister)
    for _ in range(3):
        outcome = replica.update(canister_id, "endless")
        assert isinstance(outcome, Rejected)
        assert (outcome.error_code, "stack overflow" in outcome.message) == ("IC0502", True)
        assert len(outcome.message.encode()) <= 8192
        assert replica.update(canister_id, "fine") == Replied(b"deep")


# Many messages.


def test_canister_that_calls_itself_is_stopped_by_its_queue(
    replica: Replica, install: Install
) -> None:
    own_id = Principal((0).to_bytes(8, "big") + b"\x01\x01")
    canister = WatCanister()
    count = "(global.set $a (i64.add (global.get $a) (i64.const 1)))"
    done = canister.callback(count)
    call = canister.call(own_id, "ping", on_reply=done, on_reject=done)
    canister.update("go", MAKE_CALLS.format(call) + "(call $reply_i64 (global.get $b))")
    canister.query("ping", canister.reply("pong"))
    canister.query("count", "(call $reply_i64 (global.get $a))")
    assert install(canister) == own_id
    assert replica.update(own_id, "go") == number(RejectCode.SYS_TRANSIENT)
    replica.run_until_idle()
    assert replica.query(own_id, "count") == number(500)


def test_message_may_make_very_many_calls(install: Install) -> None:
    replica = Replica(request_queue_capacity=5_000)
    canister_id = replica.create_canister()
    canister = WatCanister()
    call = canister.call(Principal(b"nobody"), "ping")
    canister.update("go", MAKE_CALLS.format(call) + canister.reply("sent"))
    replica.install(canister_id, canister.build())
    assert replica.update(canister_id, "go") == Replied(b"sent")
    assert replica.run_until_idle() == 10_000
    assert replica.canister(canister_id).open_call_contexts == ()


def test_100_000_messages_may_wait_at_once(replica: Replica, install: Install) -> None:
    canister = WatCanister()
    canister.update("ping", canister.reply("pong"))
    canister_id = install(canister)
    calls = [replica.submit(canister_id, "ping") for _ in range(100_000)]
    for _ in range(1_000):
        replica.step()
    assert (replica.status(calls[999]), replica.status(calls[1_000])) == (
        Replied(b"pong"),
        Pending(),
    )
    # A step takes as long as if they were few.
    replica.submit_stop(canister_id)
    for _ in range(2_000):
        replica.step()
    refused = replica.status(calls[2_500])
    assert isinstance(refused, Rejected)
    assert refused.error_code == "IC0508"
    replica.start(canister_id)
    assert replica.wait(calls[4_000]) == Replied(b"pong")


# Sizes of what is sent.

BIG = {
    "reply": ("(call $msg_reply_data_append (i32.const 0) (i32.const 2097153))", "2097152 bytes"),
    "reply in parts": (
        "(call $msg_reply_data_append (i32.const 0) (i32.const 2097152))"
        "(call $msg_reply_data_append (i32.const 0) (i32.const 1))", "2097152 bytes"),
    "reject": ("(call $msg_reject (i32.const 0) (i32.const 2097153))", "2097152 bytes"),
    "argument": (
        "(call $call_new (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)"
        " (i32.const 0) (i32.const 0) (i32.const 0))"
        "(call $call_data_append (i32.const 0) (i32.const 10485761))", "10485760 bytes"),
    "method name": (
        "(call $call_new (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 20001) (i32.const 0)"
        " (i32.const 0) (i32.const 0) (i32.const 0))", "limit of 20000"),
    "callee": (
        "(call $call_new (i32.const 0) (i32.const 30) (i32.const 0) (i32.const 0) (i32.const 0)"
        " (i32.const 0) (i32.const 0) (i32.const 0))", "invalid principal id"),
    "certified data": ("(call $certified_data_set (i32.const 0) (i32.const 33))", "limit of 32"),
}  # fmt: skip


@pytest.mark.parametrize(("code", "reason"), BIG.values(), ids=BIG)
def test_what_is_too_large_traps(
    replica: Replica, install: Install, code: str, reason: str
) -> None:
    canister = WatCanister(pages=200)
    canister.update("go", code)
    canister.query("ping", canister.reply("pong"))
    canister_id = install(canister)
    outcome = replica.update(canister_id, "go")
    assert isinstance(outcome, Rejected)
    assert (outcome.error_code, reason in outcome.message) == ("IC0504", True), outcome.message
    assert replica.query(canister_id, "ping") == Replied(b"pong")


@pytest.mark.parametrize(("size", "is_fine"), [(3 * 1024**2, True), (3 * 1024**2 + 1, False)])
def test_query_replies_with_3_mib_at_most(
    replica: Replica, install: Install, size: int, is_fine: bool
) -> None:
    canister = WatCanister(pages=64)
    append = f"(call $msg_reply_data_append (i32.const 0) (i32.const {size}))"
    canister.query("go", append + "(call $msg_reply)")
    canister_id = install(canister)
    assert isinstance(replica.query(canister_id, "go"), Replied) == is_fine
    assert isinstance(replica.update(canister_id, "go"), Rejected)


def test_largest_argument_and_name_arrive(replica: Replica, install: Install) -> None:
    name = "n" * 20_000
    canister = WatCanister(pages=200)
    canister.update(name, "(call $reply_i64 (i64.extend_i32_u (call $msg_arg_data_size)))")
    callee = install(canister)
    caller = WatCanister(pages=200)
    on_reply = caller.callback("(call $append_argument) (call $msg_reply)")
    call, _, perform = caller.call(callee, name, on_reply=on_reply).partition("(global.set $b")
    size = 10 * 1024**2 - 20_000
    append = f"(call $call_data_append (i32.const 0) (i32.const {size}))"
    caller.update("go", call + append + "(global.set $b" + perform)
    assert replica.update(install(caller), "go") == number(size)
