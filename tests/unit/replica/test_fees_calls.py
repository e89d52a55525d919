"""What a call costs its caller: `cost_call` before, the prepayment, and what comes back.

Figures: developer documentation, "Cycles costs"; the order of things: the replica's
`withdraw_request_cycles`, `refund_for_response_transmission` and `execution/response.rs`.
"""

from __future__ import annotations

from typing import Any

import pytest

from scm.model import Principal
from scm.replica.errors import InstallError
from scm.replica.replica import DEFAULT_CYCLES, Replica
from scm.replica.state import Replied
from scm.replica.trace import Executed
from scm.testing.costs import ingress_fee
from scm.testing.management import ask_management
from scm.testing.wat import WatCanister
from scm.wasm.engine import text_to_wasm

FIXED = 5_000_000
NOBODY = Principal(b"\x09")
# 260,000, a response of 2 MiB at 1,000 a byte, and a callback of 40 B instructions.
PREPAID = 260_000 + 2_097_152_000 + 40_005_000_000


@pytest.fixture
def replica() -> Replica:
    return Replica(metering="exact", fees=True)


@pytest.fixture
def callee(replica: Replica) -> Principal:
    canister = WatCanister()
    accept = "(call $msg_cycles_accept128 (i64.const 0) (i64.const 30) (i32.const 0))"
    canister.update("answer", accept + canister.reply("1234"))
    canister.update("refuse", canister.reject("not now"))
    canister_id = replica.create_canister()
    replica.install(canister_id, canister.build())
    return canister_id


@pytest.fixture
def caller(replica: Replica, callee: Principal) -> Principal:
    canister = WatCanister()
    done = canister.callback("nop nop" + canister.reply())
    trap = canister.callback("nop unreachable")
    clean = canister.callback("nop nop nop")
    ends: dict[str, Any] = {"on_reply": done, "on_reject": done}
    canister.update("call", canister.call(callee, "answer", b"abc", **ends))
    canister.update("pay", canister.call(callee, "answer", b"abc", cycles=100, **ends))
    canister.update("refused", canister.call(callee, "refuse", **ends))
    canister.update("absent", canister.call(NOBODY, "nothing", **ends))
    canister.update("fail", canister.call(callee, "answer", on_reply=trap, on_cleanup=clean))
    canister.update("drop", canister.call(callee, "answer", **ends) + "unreachable")
    canister.update(
        "cost",
        "(call $cost_call (i64.const 6) (i64.const 3) (i32.const 0))"
        "(call $msg_reply_data_append (i32.const 0) (i32.const 16)) (call $msg_reply)",
    )
    canister_id = replica.create_canister()
    replica.install(canister_id, canister.build())
    return canister_id


def instructions(replica: Replica, canister_id: Principal, since: int) -> int:
    """Of all executions of a canister, after so many events."""
    executed = [event for event in replica.trace[since:] if isinstance(event, Executed)]
    return sum(event.fuel for event in executed if event.canister_id == canister_id)


def test_call_perform_takes_what_cost_call_tells(replica: Replica, caller: Principal) -> None:
    outcome = replica.update(caller, "cost")
    assert isinstance(outcome, Replied)
    told = int.from_bytes(outcome.data, "little")
    # Six bytes of name, three of argument.
    assert told == PREPAID + 9_000 == 42_102_421_000
    view = replica.canister(caller)
    before, since = view.cycles, len(replica.trace)
    with replica.hold(lambda delivery: delivery.method == "answer"):
        replica.submit(caller, "call")
        replica.run_until_idle()
        taken = before - view.cycles
    assert taken == told + ingress_fee(caller, "call") + FIXED + instructions(
        replica, caller, since
    )


@pytest.mark.parametrize(
    ("method", "request_bytes", "response_bytes"),
    [
        # "answer" and "abc"; "1234".
        ("call", 6 + 3, 4),
        # "refuse"; the code and "not now".
        ("refused", 6, 1 + 7),
        # "nothing"; the code and the system's words.
        ("absent", 7, 1 + len(f"Canister {NOBODY} not found")),
    ],
)
def test_what_a_response_does_not_use_comes_back(
    replica: Replica, caller: Principal, method: str, request_bytes: int, response_bytes: int
) -> None:
    view = replica.canister(caller)
    before, since = view.cycles, len(replica.trace)
    assert isinstance(replica.update(caller, method), Replied)
    transmission = 260_000 + 1_000 * (request_bytes + response_bytes)
    executions = 2 * FIXED + instructions(replica, caller, since)
    assert before - view.cycles == ingress_fee(caller, method) + transmission + executions


def test_attached_cycles_move_beside_the_fees(
    replica: Replica, caller: Principal, callee: Principal
) -> None:
    view = replica.canister(caller)
    before, since = view.cycles, len(replica.trace)
    callee_before = replica.canister(callee).cycles
    replica.update(caller, "pay")
    costs = ingress_fee(caller, "pay") + 260_000 + 13_000 + 2 * FIXED
    assert before - view.cycles == costs + instructions(replica, caller, since) + 30
    # The callee pays for its execution and nothing else.
    gained = replica.canister(callee).cycles - callee_before
    assert gained == 30 - FIXED - instructions(replica, callee, since)


def test_a_cleanup_is_paid_from_the_same_prepayment(replica: Replica, caller: Principal) -> None:
    view = replica.canister(caller)
    before, since = view.cycles, len(replica.trace)
    replica.update(caller, "fail")
    executed = [event.mode for event in replica.trace[since:] if isinstance(event, Executed)]
    assert executed[-2:] == ["reply callback", "cleanup"]
    # One fixed fee for both.
    costs = ingress_fee(caller, "fail") + 260_000 + 1_000 * (6 + 4) + 2 * FIXED
    assert before - view.cycles == costs + instructions(replica, caller, since)


def test_a_call_that_is_rolled_back_costs_nothing(replica: Replica, caller: Principal) -> None:
    view = replica.canister(caller)
    before, since = view.cycles, len(replica.trace)
    replica.update(caller, "drop")
    costs = ingress_fee(caller, "drop") + FIXED + instructions(replica, caller, since)
    assert before - view.cycles == costs


def test_without_code_only_the_fixed_fee_of_the_callback_is_kept(
    replica: Replica, caller: Principal
) -> None:
    view = replica.canister(caller)
    before, since = view.cycles, len(replica.trace)
    with replica.hold(lambda delivery: delivery.method == "answer"):
        replica.submit(caller, "call")
        replica.run_until_idle()
        replica.uninstall(caller)
    replica.run_until_idle()
    costs = ingress_fee(caller, "call") + 260_000 + 1_000 * (9 + 4) + 2 * FIXED
    assert before - view.cycles == costs + instructions(replica, caller, since)


def test_metrics_tell_what_cycles_went_for(
    replica: Replica, caller: Principal, callee: Principal
) -> None:
    def consumed() -> dict[str, int]:
        metrics = ask_management(replica, "canister_metrics", canister_id=caller)
        assert isinstance(metrics, dict)
        return dict(metrics["cycles_consumed"])

    before, since = consumed(), len(replica.trace)
    replica.update(caller, "call")
    grown = {use: cycles - before[use] for use, cycles in consumed().items()}
    assert grown == dict.fromkeys(grown, 0) | {
        "ingress_induction": ingress_fee(caller, "call"),
        "instructions": 2 * FIXED + instructions(replica, caller, since),
        "request_and_response_transmission": 260_000 + 13_000,
    }


def test_all_cycles_are_accounted_for_at_any_time(
    replica: Replica, caller: Principal, callee: Principal
) -> None:
    def total() -> int:
        balances = replica.canister(caller).cycles + replica.canister(callee).cycles
        return balances + replica.cycles_in_flight + replica.cycles_burned

    for method in ("call", "pay", "refused", "absent", "fail", "drop"):
        replica.submit(caller, method)
        while replica.step():
            assert total() == 2 * DEFAULT_CYCLES


def test_a_lost_message_loses_its_cycles(replica: Replica, callee: Principal) -> None:
    canister = WatCanister()
    canister.update("go", canister.call(callee, "answer", cycles=100, timeout_seconds=5))
    canister_id = replica.create_canister()
    replica.install(canister_id, canister.build())
    with replica.hold(lambda delivery: delivery.method == "answer") as hold:
        replica.submit(canister_id, "go")
        replica.run_until_idle()
        burned = replica.cycles_burned
        assert replica.cycles_in_flight == 100
        hold.drop_as_unknown(0)
        assert replica.cycles_in_flight == 0
        assert replica.cycles_burned == burned + 100


def test_code_that_became_64_bit_pays_its_own_price(replica: Replica, callee: Principal) -> None:
    canister = WatCanister()
    done = canister.callback("nop")
    canister.update("go", canister.call(callee, "answer", on_reply=done, on_reject=done))
    canister_id = replica.create_canister()
    replica.install(canister_id, canister.build())
    wide = text_to_wasm(
        '(module (import "ic0" "msg_reply" (func $reply)) (memory i64 1)'
        " (table 1 funcref) (elem (i32.const 0) $done)"
        " (func $done (param i64) (call $reply)))"
    )
    with replica.hold(lambda delivery: delivery.method == "answer"):
        reference = replica.submit(canister_id, "go")
        replica.run_until_idle()
        replica.install(canister_id, wide, mode="upgrade")
        before, since = replica.canister(canister_id).cycles, len(replica.trace)
    assert isinstance(replica.wait(reference), Replied)
    used = instructions(replica, canister_id, since)
    back = 2_097_152_000 - 4_000 + 40_005_000_000 - FIXED - 2 * used
    assert replica.canister(canister_id).cycles - before == back


def test_a_canister_too_poor_to_be_installed_is_not_charged(replica: Replica) -> None:
    # 300 B instructions are prepaid: 300,005,000,000 cycles.
    canister_id = replica.create_canister(cycles=300_000_000_000)
    with pytest.raises(InstallError, match="installation failed") as caught:
        replica.install(canister_id, WatCanister().build())
    assert caught.value.error_code == "IC0207"
    assert replica.canister(canister_id).cycles == 300_000_000_000
