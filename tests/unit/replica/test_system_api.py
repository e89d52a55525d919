"""What single System API functions do.  Interface Spec, "Canister interface"."""

from __future__ import annotations

import pytest

from scm.model import Principal
from scm.replica.replica import DEFAULT_CYCLES, Replica
from scm.replica.state import START_TIME_NS, Rejected, Replied
from scm.testing.wat import Install, WatCanister
from scm.wasm.engine import text_to_wasm

SCRATCH_REPLY = "(call $msg_reply_data_append (i32.const 0) (i32.const {})) (call $msg_reply)"


def number(value: int, size_bytes: int = 8) -> Replied:
    return Replied(value.to_bytes(size_bytes, "little"))


def run(replica: Replica, install: Install, body: str, argument: bytes = b"") -> object:
    canister = WatCanister()
    canister.update("go", body)
    return replica.update(install(canister), "go", argument)


def error_of(outcome: object) -> tuple[str, str]:
    assert isinstance(outcome, Rejected)
    return outcome.error_code, outcome.message


# "Blob-typed arguments and results".


@pytest.mark.parametrize(
    ("target", "offset", "size", "is_fine"),
    [
        (0, 0, 3, True),
        (65_533, 0, 3, True),
        (65_536, 3, 0, True),
        (0, 1, 3, False),
        (0, 4, 0, False),
        (65_534, 0, 3, False),
        (65_537, 0, 0, False),
        (-1, 0, 3, False),
    ],
)
def test_copy_checks_both_ranges(
    replica: Replica, install: Install, target: int, offset: int, size: int, is_fine: bool
) -> None:
    copy = f"(i32.const {target}) (i32.const {offset}) (i32.const {size})"
    outcome = run(replica, install, f"(call $msg_arg_data_copy {copy}) (call $msg_reply)", b"abc")
    if is_fine:
        assert outcome == Replied(b"")
    else:
        assert error_of(outcome)[0] == "IC0504"


def test_memory_is_needed_for_functions_that_touch_it(replica: Replica) -> None:
    wasm = text_to_wasm(
        """(module (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
        (func (export "canister_update go") (call $append (i32.const 0) (i32.const 0))))"""
    )
    canister_id = replica.create_canister()
    replica.install(canister_id, wasm)
    assert "WebAssembly module must define memory" in error_of(replica.update(canister_id, "go"))[1]


def test_reply_is_limited_to_2_mib(replica: Replica, install: Install) -> None:
    append = "(call $msg_reply_data_append (i32.const 0) (i32.const 1048576))"
    grow = "(drop (memory.grow (i32.const 15)))"
    outcome = run(replica, install, f"{grow} {append} {append} (call $msg_reply)")
    assert isinstance(outcome, Replied)
    outcome = run(replica, install, f"{grow} {append} {append} {append} (call $msg_reply)")
    assert "limit of 2097152 bytes" in error_of(outcome)[1]


# Identity, time, version.


def test_time_is_the_replicas_clock(replica: Replica, install: Install) -> None:
    replica.advance_time(2.5)
    outcome = run(replica, install, "(call $reply_i64 (call $time))")
    assert outcome == number(START_TIME_NS + 2_500_000_000)


def test_is_controller_knows_the_controllers(replica: Replica, install: Install) -> None:
    canister = WatCanister()
    for name, principal in (("yes", b"\x04"), ("no", b"x"), ("bad", b"x" * 30)):
        check = f"(call $is_controller {canister.constant(principal)})"
        canister.update(name, f"(call $reply_i64 (i64.extend_i32_u {check}))")
    canister_id = install(canister)
    assert replica.update(canister_id, "yes") == number(1)
    assert replica.update(canister_id, "no") == number(0)
    assert error_of(replica.update(canister_id, "bad"))[0] == "IC0504"


def test_canister_ids_count_from_zero(replica: Replica) -> None:
    assert str(replica.create_canister()) == "rwlgt-iiaaa-aaaaa-aaaaa-cai"
    assert str(replica.create_canister()) == "rrkah-fqaaa-aaaaa-aaaaq-cai"


def test_performance_counter_counts_message_and_context(
    replica: Replica, install: Install, echo: Principal
) -> None:
    canister = WatCanister()
    on_reply = canister.callback(
        "(call $append_i64 (call $performance_counter (i32.const 0)))"
        "(call $append_i64 (call $performance_counter (i32.const 1))) (call $msg_reply)"
    )
    canister.update("go", canister.call(echo, "echo", on_reply=on_reply))
    canister_id = install(canister)
    reference = replica.submit(canister_id, "go")
    outcome = replica.wait(reference)
    assert isinstance(outcome, Replied)
    message, context = (int.from_bytes(outcome.data[at : at + 8], "little") for at in (0, 8))
    assert 0 < message < context < replica.fuel(reference)


def test_unknown_performance_counter_traps(replica: Replica, install: Install) -> None:
    outcome = run(replica, install, "(drop (call $performance_counter (i32.const 2)))")
    assert error_of(outcome)[0] == "IC0504"


def test_certified_data_has_at_most_32_bytes(replica: Replica, install: Install) -> None:
    outcome = run(replica, install, "(call $certified_data_set (i32.const 0) (i32.const 33))")
    assert error_of(outcome)[0] == "IC0504"


def test_functions_of_a_network_without_keys_and_variables(
    replica: Replica,
) -> None:
    # What the functions do when there is nothing to give.
    wasm = text_to_wasm(
        """(module
        (import "ic0" "cost_sign_with_ecdsa"
          (func $cost (param i32 i32 i32 i32) (result i32)))
        (import "ic0" "data_certificate_size" (func $certificate (result i32)))
        (import "ic0" "env_var_count" (func $count (result i32)))
        (import "ic0" "env_var_name_exists" (func $exists (param i32 i32) (result i32)))
        (import "ic0" "env_var_value_size" (func $value (param i32 i32) (result i32)))
        (import "ic0" "subnet_self_size" (func $subnet (result i32)))
        (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
        (import "ic0" "msg_reply" (func $reply))
        (memory 1)
        (func $put (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
        (func (export "canister_query all")
          (call $put (i32.const 0) (call $cost (i32.const 0) (i32.const 1) (i32.const 0)
            (i32.const 0)))
          (call $put (i32.const 1) (call $cost (i32.const 0) (i32.const 1) (i32.const 9)
            (i32.const 0)))
          (call $put (i32.const 2) (call $count))
          (call $put (i32.const 3) (call $exists (i32.const 0) (i32.const 1)))
          (call $put (i32.const 4) (call $subnet))
          (call $append (i32.const 0) (i32.const 5)) (call $reply))
        (func (export "canister_query certificate") (drop (call $certificate)))
        (func (export "canister_query value")
          (drop (call $value (i32.const 0) (i32.const 1)))))"""
    )
    canister_id = replica.create_canister()
    replica.install(canister_id, wasm)
    assert replica.query(canister_id, "all") == Replied(bytes((2, 1, 0, 0, 29)))
    # Executed replicated: only queries have a certificate.
    assert error_of(replica.update(canister_id, "certificate"))[0] == "IC0504"
    assert error_of(replica.query(canister_id, "value"))[0] == "IC0504"


# "Stable memory".


def test_stable_memory_grows_and_gives_the_old_size(replica: Replica, install: Install) -> None:
    grow = "(call $append_i64 (call $stable64_grow (i64.const 2)))"
    outcome = run(replica, install, grow + grow + "(call $reply_i64 (call $stable64_size))")
    sizes = (0).to_bytes(8, "little") + (2).to_bytes(8, "little") + (4).to_bytes(8, "little")
    assert outcome == Replied(sizes)


def test_stable_memory_stops_at_500_gib(replica: Replica, install: Install) -> None:
    outcome = run(replica, install, "(call $reply_i64 (call $stable64_grow (i64.const 8192001)))")
    assert outcome == number(2**64 - 1)


def test_stable_memory_reads_what_was_written_over_page_borders(
    replica: Replica, install: Install
) -> None:
    canister = WatCanister()
    canister.update(
        "write",
        "(drop (call $stable64_grow (i64.const 1)))"
        "(call $msg_arg_data_copy (i32.const 0) (i32.const 0) (call $msg_arg_data_size))"
        "(call $stable64_write (i64.const 4000) (i64.const 0)"
        " (i64.extend_i32_u (call $msg_arg_data_size))) (call $msg_reply)",
    )
    canister.query(
        "read",
        "(call $stable64_read (i64.const 0) (i64.const 4000) (i64.const 9000))"
        + SCRATCH_REPLY.format(9000),
    )
    canister_id = install(canister)
    written = bytes(range(250)) * 36
    replica.update(canister_id, "write", written)
    assert replica.query(canister_id, "read") == Replied(written)
    assert replica.canister(canister_id).read_stable_memory(4000, 9000) == written


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("(i64.const 65530) (i64.const 0) (i64.const 7)", "stable memory out of bounds"),
        ("(i64.const 0) (i64.const 65530) (i64.const 7)", "heap out of bounds"),
        ("(i64.const -1) (i64.const 0) (i64.const 2)", "stable memory out of bounds"),
    ],
)
def test_stable_write_out_of_range_traps(
    replica: Replica, install: Install, arguments: str, reason: str
) -> None:
    grow = "(drop (call $stable64_grow (i64.const 1)))"
    outcome = run(replica, install, f"{grow} (call $stable64_write {arguments})")
    assert error_of(outcome)[0] == "IC0502"
    assert reason in error_of(outcome)[1]


def test_empty_stable_write_checks_no_bounds(replica: Replica, install: Install) -> None:
    write = "(call $stable64_write (i64.const 99) (i64.const -1) (i64.const 0))"
    assert run(replica, install, f"{write} (call $msg_reply)") == Replied(b"")


def test_32_bit_forms_refuse_a_memory_above_4_gib(replica: Replica, install: Install) -> None:
    grow = "(drop (call $stable64_grow (i64.const 65537)))"
    outcome = run(replica, install, f"{grow} (drop (call $stable_size))")
    assert "32 bit stable memory api used on a memory larger than 4GB" in error_of(outcome)[1]


def test_32_bit_grow_stops_at_4_gib(replica: Replica, install: Install) -> None:
    grow = "(call $stable_grow (i32.const 65537))"
    outcome = run(replica, install, f"(call $reply_i64 (i64.extend_i32_u {grow}))")
    assert outcome == number(2**32 - 1)


# "Cycles".


@pytest.fixture
def payee(install: Install) -> Principal:
    """Accepts 300 cycles of what is attached and replies with what was available before."""
    canister = WatCanister()
    canister.update(
        "take",
        "(call $msg_cycles_available128 (i32.const 0))"
        "(call $msg_cycles_accept128 (i64.const 0) (i64.const 300) (i32.const 16))"
        + SCRATCH_REPLY.format(32),
    )
    return install(canister)


def test_accepted_cycles_move_and_the_rest_is_refunded(
    replica: Replica, install: Install, payee: Principal
) -> None:
    caller = WatCanister()
    on_reply = caller.callback(
        "(call $msg_cycles_refunded128 (i32.const 0)) (call $append_argument)"
        + SCRATCH_REPLY.format(16)
    )
    caller.update("go", caller.call(payee, "take", cycles=1000, on_reply=on_reply))
    caller_id = install(caller)
    amounts = b"".join(amount.to_bytes(16, "little") for amount in (1000, 300, 700))
    assert replica.update(caller_id, "go") == Replied(amounts)
    assert replica.canister(caller_id).cycles == DEFAULT_CYCLES - 300
    assert replica.canister(payee).cycles == DEFAULT_CYCLES + 300


def test_cycles_beyond_64_bits_can_be_attached(
    replica: Replica, install: Install, payee: Principal
) -> None:
    caller = WatCanister()
    on_reply = caller.callback("(call $append_argument) (call $msg_reply)")
    caller.update("go", caller.call(payee, "take", cycles=2**70, on_reply=on_reply))
    caller_id = replica.create_canister(cycles=2**71)
    replica.install(caller_id, caller.build())
    outcome = replica.update(caller_id, "go")
    assert isinstance(outcome, Replied)
    assert outcome.data[:16] == (2**70).to_bytes(16, "little")
    assert replica.canister(caller_id).cycles == 2**71 - 300


def test_attaching_more_than_the_balance_traps(
    replica: Replica, install: Install, payee: Principal
) -> None:
    caller = WatCanister()
    caller.update("go", caller.call(payee, "take", cycles=DEFAULT_CYCLES + 1))
    caller_id = install(caller)
    assert error_of(replica.update(caller_id, "go"))[0] == "IC0207"
    assert replica.canister(caller_id).cycles == DEFAULT_CYCLES


def test_cycles_of_a_call_that_was_not_performed_go_back(
    replica: Replica, install: Install, payee: Principal
) -> None:
    caller = WatCanister()
    call = caller.call(payee, "take", cycles=1000).partition("(global.set $b")[0]
    caller.update("go", call + caller.reply())
    caller_id = install(caller)
    replica.update(caller_id, "go")
    assert replica.canister(caller_id).cycles == DEFAULT_CYCLES


def test_cycles_attached_to_a_trapping_callee_are_refunded(
    replica: Replica, install: Install, echo: Principal
) -> None:
    caller = WatCanister()
    on_reject = caller.callback(caller.reply())
    caller.update("go", caller.call(echo, "fail", cycles=1000, on_reject=on_reject))
    caller_id = install(caller)
    replica.update(caller_id, "go")
    assert replica.canister(caller_id).cycles == DEFAULT_CYCLES


def test_burned_cycles_are_gone(replica: Replica, install: Install) -> None:
    canister = WatCanister()
    canister.update(
        "go",
        "(call $cycles_burn128 (i64.const 0) (i64.const 50) (i32.const 0))"
        + SCRATCH_REPLY.format(16),
    )
    canister_id = install(canister)
    assert replica.update(canister_id, "go") == number(50, 16)
    assert replica.canister(canister_id).cycles == DEFAULT_CYCLES - 50


# Logs ("Debugging aids", "Canister logs").


def test_logs_are_kept_when_the_message_traps(replica: Replica, install: Install) -> None:
    canister = WatCanister()
    canister.update("go", canister.print("before") + canister.trap("why"))
    canister_id = install(canister)
    replica.advance_time(1)
    replica.update(canister_id, "go")
    records = replica.canister(canister_id).logs
    assert [(record.index, record.content) for record in records] == [
        (0, b"before"),
        (1, b"[TRAP]: why"),
    ]
    assert {record.time_ns for record in records} == {replica.time_ns}


def test_engine_trap_is_logged_with_a_backtrace(replica: Replica, install: Install) -> None:
    canister = WatCanister()
    canister.raw("(func $deep unreachable)")
    canister.update("go", "(call $deep)")
    canister_id = install(canister)
    replica.update(canister_id, "go")
    [record] = replica.canister(canister_id).logs
    assert record.content.startswith(b"[TRAP]: unreachable\nCanister Backtrace:\ndeep")


def test_contract_violation_adds_no_trap_record(replica: Replica, install: Install) -> None:
    canister = WatCanister()
    canister.update("go", "(call $msg_reject (i32.const -1) (i32.const 5))")
    canister_id = install(canister)
    replica.update(canister_id, "go")
    assert replica.canister(canister_id).logs == ()


def test_bad_ranges_in_debug_print_and_trap_get_a_placeholder(
    replica: Replica, install: Install
) -> None:
    canister = WatCanister()
    canister.update(
        "go",
        "(call $debug_print (i32.const -1) (i32.const 5))(call $trap (i32.const -1) (i32.const 5))",
    )
    canister_id = install(canister)
    assert error_of(replica.update(canister_id, "go"))[0] == "IC0503"
    contents = [record.content for record in replica.canister(canister_id).logs]
    assert contents == [
        b"(debug_print message out of memory bounds)",
        b"[TRAP]: (trap message out of memory bounds)",
    ]


def test_reject_message_must_be_utf_8(replica: Replica, install: Install) -> None:
    canister = WatCanister()
    canister.update("go", f"(call $msg_reject {canister.constant(bytes([255]))})")
    assert error_of(replica.update(install(canister), "go"))[0] == "IC0504"
