"""Fees: the prices, and what executions and users' calls cost, to the cycle.

Figures: developer documentation, "Cycles costs" (13 nodes); who is charged when: the replica's
`cycles_account_manager` and `execution/call_or_task.rs`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from scm.model import Principal
from scm.replica import fees
from scm.replica.errors import InstallError, ReplicaUsageError
from scm.replica.ingress import envelope_bytes
from scm.replica.module_checks import load_module
from scm.replica.queries import QueryCall
from scm.replica.replica import DEFAULT_CYCLES, Replica
from scm.testing.costs import ingress_fee, spent, used
from scm.testing.wat import WatCanister
from scm.wasm.engine import text_to_wasm
from scm.wasm.engine_config import EngineKind

FIXED = 5_000_000


@pytest.fixture
def replica() -> Replica:
    return Replica(metering="exact", fees=True)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        # 5,000,000 and 10 for ten instructions; twice as much for those of 64-bit modules.
        (40_005_000_000, fees.execution_cycles(40_000_000_000, is_memory_64=False)),
        (80_005_000_000, fees.execution_cycles(40_000_000_000, is_memory_64=True)),
        # 260,000 + 1,000 * (10 + 2 MiB) + 40,005,000,000.
        (42_102_422_000, fees.call_cycles(10, 40_000_000_000, is_memory_64=False)),
        (82_102_422_000, fees.call_cycles(10, 40_000_000_000, is_memory_64=True)),
        (2_097_412_000, fees.transmission_cycles(0)),
        # All but 3 of 2 MiB come back; a reject's code is one more byte.
        (2_097_149_000, fees.unused_transmission_cycles(b"abc", is_reject=False)),
        (2_097_148_000, fees.unused_transmission_cycles(b"abc", is_reject=True)),
        (1_400_000, fees.ingress_cycles(100)),
        # 127,000 for a GiB and second; 864,000 million a day for each percent of computing.
        (10_972_800_000, fees.memory_cycles_per_day(1024**3)),
        (864_000_000_000, fees.compute_cycles_per_day(1)),
        # 30 days of a GiB; 10 seconds of one.
        (329_184_000_000, fees.freezing_cycles(10_972_800_000, 2_592_000)),
        (1_270_000, fees.collected_cycles(10_972_800_000)),
        # (3,000,000 + 60,000 * 13 + 400 * 10 + 800 * 100) * 13.
        (50_232_000, fees.http_request_cycles(10, 100)),
    ],
)
def test_prices(expected: int, actual: int) -> None:
    assert expected == actual


def test_fees_need_exact_metering() -> None:
    with pytest.raises(ReplicaUsageError, match="exact"):
        Replica(fees=True)


def test_without_fees_nothing_is_charged() -> None:
    replica = Replica(metering="exact")
    canister = WatCanister()
    canister.update("go", canister.reply())
    canister_id = replica.create_canister()
    replica.install(canister_id, canister.build())
    replica.update(canister_id, "go")
    replica.advance_time(10_000_000)
    assert replica.canister(canister_id).cycles == DEFAULT_CYCLES
    assert replica.cycles_burned == 0


def test_a_users_call_has_the_size_of_its_envelope() -> None:
    # RFC 8949: text of n bytes is 60 + n and the text, bytes are 40 + n; 24 and more have a byte
    # for the length.  HTTPS interface, "Request: Call".
    canister_id = Principal(bytes(9) + b"\x01")
    envelope = (
        b"\xd9\xd9\xf7\xa1\x67content\xa6\x6crequest_type\x64call\x6bcanister_id\x4a"
        + canister_id.raw
        + b"\x6bmethod_name\x62go\x63arg\x58\x1e"
        + bytes(30)
        + b"\x66sender\x41\x04\x6eingress_expiry\x1b"
        + bytes(8)
    )
    call = QueryCall(canister_id, "go", bytes(30), Principal.anonymous())
    assert envelope_bytes(call) == len(envelope)


def test_a_signature_is_paid_for() -> None:
    sender = Principal(bytes(28) + b"\x02")
    canister_id = Principal(bytes(9) + b"\x01")
    signed = envelope_bytes(QueryCall(canister_id, "go", b"", sender))
    anonymous = envelope_bytes(QueryCall(canister_id, "go", b"", Principal.anonymous()))
    # A principal of 29 bytes for one of 1, and what an Ed25519 key and signature take.
    key_and_signature = b"\x6dsender_pubkey\x58\x2c" + bytes(44) + b"\x6asender_sig\x58\x40"
    assert signed - anonymous == (2 + 29) - (1 + 1) + len(key_and_signature) + 64


@pytest.fixture
def worker(replica: Replica) -> Principal:
    canister = WatCanister(pages=2)
    canister.update("go", "nop" + canister.reply())
    canister.update("trap", "nop unreachable")
    canister.update("burn", "(call $cycles_burn128 (i64.const 0) (i64.const 700) (i32.const 0))"
                    + canister.reply())  # fmt: skip
    canister.query("ask", canister.reply("yes"))
    canister.entry("canister_heartbeat", "nop")
    canister.entry("canister_global_timer", "nop")
    canister.update("arm", "(drop (call $global_timer_set (i64.const 1)))" + canister.reply())
    canister_id = replica.create_canister()
    replica.install(canister_id, canister.build())
    return canister_id


@pytest.mark.parametrize("method", ["go", "trap", "ask"])
def test_an_update_costs_its_message_the_fixed_fee_and_its_instructions(
    replica: Replica, worker: Principal, method: str
) -> None:
    # "Execution charging": prepaid for 40 B instructions (5 B as a query), the rest comes back,
    # after a trap as well.
    cost = spent(replica, worker, lambda: replica.update(worker, method))
    assert cost == ingress_fee(worker, method) + FIXED + used(replica)


def test_a_method_that_is_not_there_costs_the_fixed_fee(
    replica: Replica, worker: Principal
) -> None:
    # `call_or_task.rs`: it is prepaid before the method is looked up.
    cost = spent(replica, worker, lambda: replica.update(worker, "absent"))
    assert cost == ingress_fee(worker, "absent") + FIXED


def test_a_query_is_free(replica: Replica, worker: Principal) -> None:
    assert spent(replica, worker, lambda: replica.query(worker, "ask")) == 0


def test_system_tasks_cost_the_fixed_fee_and_their_instructions(
    replica: Replica, worker: Principal
) -> None:
    assert spent(replica, worker, replica.run_heartbeats) == FIXED + used(replica)
    replica.submit(worker, "arm")
    replica.step()
    assert spent(replica, worker, replica.run_until_idle) == FIXED + used(replica)


def test_a_64_bit_module_pays_twice_for_instructions(replica: Replica) -> None:
    wasm = text_to_wasm(
        '(module (import "ic0" "msg_reply" (func $reply)) (memory i64 1)'
        ' (func (export "canister_update go") (call $reply)))'
    )
    canister_id = replica.create_canister()
    replica.install(canister_id, wasm)
    cost = spent(replica, canister_id, lambda: replica.update(canister_id, "go"))
    # Entering 1, the call 5, `msg_reply` 500.
    assert used(replica) == 506
    assert cost == ingress_fee(canister_id, "go") + FIXED + 2 * 506


def test_an_installation_costs_one_fixed_fee_compiling_and_its_hooks(replica: Replica) -> None:
    canister = WatCanister()
    canister.entry("canister_init", "nop nop")
    canister_id = replica.create_canister()
    wasm = canister.build()
    count = load_module(wasm, None, EngineKind.COUNTING).instruction_count
    cost = spent(replica, canister_id, lambda: replica.install(canister_id, wasm))
    # 6,000 for each instruction of the module; entering 1, two nops.
    assert cost == FIXED + 6_000 * count + 3


def test_an_installation_that_fails_costs_what_it_used(replica: Replica) -> None:
    canister = WatCanister()
    canister.entry("canister_init", "nop unreachable")
    canister_id = replica.create_canister()
    wasm = canister.build()
    count = load_module(wasm, None, EngineKind.COUNTING).instruction_count

    def fail(module: bytes) -> None:
        with pytest.raises(InstallError):
            replica.install(canister_id, module)

    assert spent(replica, canister_id, lambda: fail(wasm)) == FIXED + 6_000 * count + 3
    assert spent(replica, canister_id, lambda: fail(b"\0asm")) == FIXED


def test_what_a_canister_burns_is_counted_apart(replica: Replica, worker: Principal) -> None:
    cost = spent(replica, worker, lambda: replica.update(worker, "burn"))
    assert cost == ingress_fee(worker, "burn") + FIXED + used(replica) + 700
    assert replica.canister(worker).cycles + replica.cycles_burned == DEFAULT_CYCLES


def test_a_saved_replica_has_its_fees(replica: Replica, worker: Principal, tmp_path: Path) -> None:
    replica.save(tmp_path / "saved")
    loaded = Replica.load(tmp_path / "saved")
    assert loaded.cycles_burned == replica.cycles_burned
    cost = spent(loaded, worker, lambda: loaded.update(worker, "go"))
    assert cost == ingress_fee(worker, "go") + FIXED + used(loaded)
