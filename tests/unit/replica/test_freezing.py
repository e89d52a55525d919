"""What freezing blocks and what it does not: Interface Spec, `freezing_threshold`."""

from __future__ import annotations

from typing import Any, cast

import pytest

from scm.model import Principal
from scm.replica.errors import InstallError
from scm.replica.replica import Replica
from scm.replica.state import Outcome, Rejected, Replied
from scm.replica.trace import Executed
from scm.testing.client import RejectError
from scm.testing.costs import ingress_fee
from scm.testing.management import ask_management, manage
from scm.testing.wat import WatCanister

EXECUTION = 40_005_000_000
LOAD_AMOUNT = "(call $msg_arg_data_copy (i32.const 0) (i32.const 0) (i32.const 8))"
FOREVER = 2**64 - 1


@pytest.fixture
def replica() -> Replica:
    return Replica(metering="exact", fees=True)


@pytest.fixture
def callee(replica: Replica) -> Principal:
    canister = WatCanister()
    accept = "(call $msg_cycles_accept128 (i64.const 0) (i64.const 5) (i32.const 0))"
    canister.update("answer", canister.reply("fine"))
    canister.update("take", accept + canister.reply("fine"))
    canister_id = replica.create_canister()
    replica.install(canister_id, canister.build())
    return canister_id


@pytest.fixture
def caller(replica: Replica, callee: Principal) -> Principal:
    canister = WatCanister(pages=1)
    got_reply = canister.callback(canister.reply("called back"))
    got_reject = canister.callback(
        "(i64.store (i32.const 0) (i64.extend_i32_u (call $msg_reject_code)))"
        "(call $msg_reply_data_append (i32.const 0) (i32.const 8)) (call $msg_reply)"
    )
    cleanup = canister.callback("(call $debug_print (i32.const 0) (i32.const 1))")
    trap = canister.callback("unreachable")
    burn = "(call $cycles_burn128 (i64.const 0) (i64.load (i32.const 0)) (i32.const 0))"
    canister.update("go", canister.reply())
    canister.update("burn", LOAD_AMOUNT + burn + canister.reply())
    callbacks: dict[str, Any] = {"on_reply": got_reply, "on_reject": got_reject}
    canister.update("call", canister.call(callee, "answer", **callbacks))
    canister.update(
        "call and clean up", canister.call(callee, "answer", on_reply=trap, on_cleanup=cleanup)
    )
    canister.update(
        "perform", canister.call(callee, "answer") + "(call $reply_i64 (global.get $b))"
    )
    canister.update(
        "send",
        f"(call $call_new {canister.constant(callee.raw)} {canister.constant('take')}"
        " (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))"
        f"{LOAD_AMOUNT} (call $call_cycles_add128 (i64.const 0) (i64.load (i32.const 0)))",
    )
    canister.update("grow", "(drop (memory.grow (i32.const 16)))" + canister.reply())
    canister.update("grow stable", "(drop (call $stable64_grow (i64.const 16)))" + canister.reply())
    canister.update(
        "liquid",
        "(call $canister_liquid_cycle_balance128 (i32.const 0))"
        "(call $msg_reply_data_append (i32.const 0) (i32.const 16)) (call $msg_reply)",
    )
    canister.query("ask", canister.reply())
    soon = "(i64.add (call $time) (i64.const 5))"
    canister.update("arm", f"(drop (call $global_timer_set {soon}))" + canister.reply())
    canister.entry("canister_global_timer", canister.print("timer"))
    canister.entry("canister_heartbeat", canister.print("heartbeat"))
    canister_id = replica.create_canister()
    replica.install(canister_id, canister.build())
    return canister_id


def burn(replica: Replica, canister_id: Principal, cycles: int) -> None:
    outcome = replica.update(canister_id, "burn", cycles.to_bytes(8, "little"))
    assert isinstance(outcome, Replied)


def freeze(replica: Replica, canister_id: Principal) -> None:
    """Let it have to keep more than it has."""
    settings = {"freezing_threshold": FOREVER}
    manage(replica, "update_settings", canister_id=canister_id, settings=settings)
    view = replica.canister(canister_id)
    assert view.cycles < view.freezing_limit


def error_code(outcome: Outcome) -> str | None:
    return outcome.error_code if isinstance(outcome, Rejected) else None


def test_the_limit_is_what_memory_costs_for_the_threshold(
    replica: Replica, caller: Principal
) -> None:
    status = cast("dict[str, int]", ask_management(replica, "canister_status", canister_id=caller))
    # 127,000 for a GiB and second, by the day, rounded down; 30 days of that.
    per_day = status["memory_size"] * 127_000 * 86_400 // 2**30
    assert status["idle_cycles_burned_per_day"] == per_day
    assert replica.canister(caller).freezing_limit == per_day * 30


def test_a_threshold_of_nothing_is_a_limit_of_nothing(replica: Replica, caller: Principal) -> None:
    settings = {"freezing_threshold": 0}
    manage(replica, "update_settings", canister_id=caller, settings=settings)
    assert replica.canister(caller).freezing_limit == 0


def test_what_can_be_prepaid_runs_and_one_cycle_less_does_not(
    replica: Replica, caller: Principal
) -> None:
    # All that a canister may burn: not its limit, not what is prepaid for its execution.
    burn(replica, caller, 10**18)
    limit = replica.canister(caller).freezing_limit
    missing = limit + ingress_fee(caller, "go") + EXECUTION - replica.canister(caller).cycles
    assert missing > 0
    replica.add_cycles(caller, missing - 1)
    outcome = replica.update(caller, "go")
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.error_code) == (2, "IC0207")
    assert "at least 1 additional cycles" in outcome.message
    # The message that was refused has been paid for.
    replica.add_cycles(caller, 1 + ingress_fee(caller, "go"))
    assert isinstance(replica.update(caller, "go"), Replied)


def test_burning_stops_at_the_limit(replica: Replica, caller: Principal) -> None:
    burn(replica, caller, 10**18)
    view = replica.canister(caller)
    # The rest of the prepayment came back after it had burned.
    executed = [event for event in replica.trace if isinstance(event, Executed)]
    assert view.cycles == view.freezing_limit + EXECUTION - 5_000_000 - executed[-1].fuel


def test_the_liquid_balance_is_what_is_above_the_limit(replica: Replica, caller: Principal) -> None:
    view = replica.canister(caller)
    expected = view.cycles - ingress_fee(caller, "liquid") - EXECUTION - view.freezing_limit
    outcome = replica.update(caller, "liquid")
    assert isinstance(outcome, Replied)
    assert int.from_bytes(outcome.data, "little") == expected


def test_a_frozen_canister_lets_no_user_in(replica: Replica, caller: Principal) -> None:
    freeze(replica, caller)
    before = replica.canister(caller).cycles
    outcome = replica.update(caller, "go")
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.error_code) == (2, "IC0207")
    assert replica.canister(caller).cycles == before


def test_a_frozen_canister_answers_no_query(replica: Replica, caller: Principal) -> None:
    freeze(replica, caller)
    outcome = replica.query(caller, "ask")
    assert isinstance(outcome, Rejected)
    assert outcome.error_code == "IC0207"
    assert "because it's frozen" in outcome.message


def test_a_frozen_canister_rejects_calls_with_code_2(
    replica: Replica, caller: Principal, callee: Principal
) -> None:
    freeze(replica, callee)
    outcome = replica.update(caller, "call")
    assert outcome == Replied((2).to_bytes(8, "little"))


def test_a_frozen_canister_skips_its_tasks(replica: Replica, caller: Principal) -> None:
    replica.submit(caller, "arm")
    replica.step()
    freeze(replica, caller)
    replica.advance_time(1)
    replica.run_heartbeats()
    replica.run_until_idle()
    assert replica.canister(caller).logs == ()
    manage(replica, "update_settings", canister_id=caller, settings={"freezing_threshold": 0})
    # The timer is still armed: it was not disarmed as it did not run.
    replica.run_until_idle()
    replica.run_heartbeats()
    assert [record.content for record in replica.canister(caller).logs] == [b"timer", b"heartbeat"]


def test_settings_can_be_changed_and_cycles_added(replica: Replica, caller: Principal) -> None:
    # "update_settings with a small payload is charged after the fact".
    freeze(replica, caller)
    before = replica.canister(caller).cycles
    manage(replica, "provisional_top_up_canister", canister_id=caller, amount=5)
    assert replica.canister(caller).cycles == before + 5
    manage(replica, "update_settings", canister_id=caller, settings={"freezing_threshold": 0})
    assert isinstance(replica.update(caller, "go"), Replied)


def test_a_frozen_canister_takes_no_code(replica: Replica, caller: Principal) -> None:
    freeze(replica, caller)
    with pytest.raises(InstallError) as caught:
        replica.install(caller, WatCanister().build(), mode="upgrade")
    assert (caught.value.code, caught.value.error_code) == (2, "IC0207")


def test_responses_are_never_blocked(replica: Replica, caller: Principal) -> None:
    with replica.hold(lambda delivery: delivery.method == "answer") as hold:
        reference = replica.submit(caller, "call")
        replica.run_until_idle()
        assert len(hold.parked) == 1
        freeze(replica, caller)
    assert replica.wait(reference) == Replied(b"called back")


def test_cleanup_is_never_blocked(replica: Replica, caller: Principal) -> None:
    with replica.hold(lambda delivery: delivery.method == "answer"):
        replica.submit(caller, "call and clean up")
        replica.run_until_idle()
        freeze(replica, caller)
    replica.run_until_idle()
    assert replica.canister(caller).logs[-1].content == b"\0"


def test_a_call_that_cannot_be_prepaid_is_not_made(replica: Replica, caller: Principal) -> None:
    # `call_perform` answers 2, SYS_TRANSIENT, and takes nothing.
    view = replica.canister(caller)
    call = 42_102_412_000 + 1_000 * len("answer")
    needed = view.freezing_limit + ingress_fee(caller, "perform") + EXECUTION + call
    burn(replica, caller, view.cycles - 90_000_000_000 - needed)
    spare = view.cycles - needed
    burn(replica, caller, spare - 10_000_000)
    # Close to what is needed, from above; then exactly that.
    over = view.cycles - needed
    assert 0 < over < 10_000_000
    assert replica.update(caller, "perform") == Replied(bytes(8))
    replica.run_until_idle()
    missing = needed - view.cycles
    assert missing > 0
    replica.add_cycles(caller, missing - 1)
    before = view.cycles
    assert replica.update(caller, "perform") == Replied((2).to_bytes(8, "little"))
    executed = [event for event in replica.trace if isinstance(event, Executed)]
    assert view.cycles == before - ingress_fee(caller, "perform") - 5_000_000 - executed[-1].fuel


def test_cycles_below_the_limit_cannot_be_attached(replica: Replica, caller: Principal) -> None:
    view = replica.canister(caller)
    liquid = view.cycles - view.freezing_limit - EXECUTION
    outcome = replica.update(caller, "send", liquid.to_bytes(8, "little"))
    assert error_code(outcome) == "IC0207"


@pytest.mark.parametrize("method", ["grow", "grow stable"])
def test_memory_does_not_grow_into_the_limit(
    replica: Replica, caller: Principal, method: str
) -> None:
    # IC0532; 16 pages are a MiB: 30 days of it cost 321,468,750 cycles.
    view = replica.canister(caller)
    settings = {"freezing_threshold": 2_592_000 * 100}
    manage(replica, "update_settings", canister_id=caller, settings=settings)
    burn(replica, caller, 10**18)
    replica.add_cycles(caller, 10_000_000 + ingress_fee(caller, method))
    size = view.heap_size_bytes + view.stable_memory_size_bytes
    outcome = replica.update(caller, method)
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.error_code) == (5, "IC0532")
    assert "grow memory by 1048576 bytes" in outcome.message
    assert view.heap_size_bytes + view.stable_memory_size_bytes == size
    # A memory allocation is paid for already.
    replica.add_cycles(caller, 10**12)
    settings = {"memory_allocation": 4 * 2**20}
    manage(replica, "update_settings", canister_id=caller, settings=settings)
    burn(replica, caller, 10**18)
    replica.add_cycles(caller, 10_000_000 + ingress_fee(caller, method))
    assert isinstance(replica.update(caller, method), Replied)


@pytest.mark.parametrize(
    ("allocation", "code"), [("compute_allocation", "IC0530"), ("memory_allocation", "IC0531")]
)
def test_allocations_that_would_freeze_are_refused(
    replica: Replica, caller: Principal, allocation: str, code: str
) -> None:
    # 100 % cost 2,592 trillion in 30 days, a TiB 337 trillion.
    wanted = {"compute_allocation": 100, "memory_allocation": 2**40}[allocation]
    with pytest.raises(RejectError) as caught:
        manage(replica, "update_settings", canister_id=caller, settings={allocation: wanted})
    assert caught.value.error_code == code
    assert getattr(replica.canister(caller).settings, allocation) == 0
