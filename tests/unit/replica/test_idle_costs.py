"""What canisters pay while time passes, and what happens when they cannot.

Interface Spec, "Canister out of cycles"; figures: developer documentation, "Cycles costs".
"""

from __future__ import annotations

from typing import cast

import pytest

from scm.model import Principal
from scm.replica.replica import Replica
from scm.replica.state import Rejected
from scm.testing.management import ask_management, manage
from scm.testing.wat import WatCanister

GIB = 2**30


@pytest.fixture
def replica() -> Replica:
    return Replica(metering="exact", fees=True)


@pytest.fixture
def sleeper(replica: Replica) -> Principal:
    canister = WatCanister()
    canister.update("go", canister.reply())
    canister_id = replica.create_canister()
    replica.install(canister_id, canister.build())
    return canister_id


def set_up(replica: Replica, canister_id: Principal, **settings: int) -> None:
    manage(replica, "update_settings", canister_id=canister_id, settings=settings)


def collected(replica: Replica, canister_id: Principal, seconds: float) -> int:
    before = replica.canister(canister_id).cycles
    replica.advance_time(seconds)
    return before - replica.canister(canister_id).cycles


def status(replica: Replica, canister_id: Principal) -> dict[str, int]:
    found = ask_management(replica, "canister_status", canister_id=canister_id)
    return cast("dict[str, int]", found)


def test_memory_is_paid_for_every_ten_seconds(replica: Replica, sleeper: Principal) -> None:
    per_day = status(replica, sleeper)["memory_size"] * 127_000 * 86_400 // GIB
    at_once = per_day * 10 // 86_400
    assert at_once > 0
    assert collected(replica, sleeper, 9.5) == 0
    assert collected(replica, sleeper, 0.5) == at_once
    assert collected(replica, sleeper, 25) == 2 * at_once
    # Five seconds are still to be paid for.
    assert collected(replica, sleeper, 5) == at_once


def test_it_does_not_matter_how_time_is_cut(replica: Replica, sleeper: Principal) -> None:
    twin = replica.fork()
    for _ in range(60):
        twin.advance_time(7)
    replica.advance_time(420)
    assert twin.canister(sleeper).cycles == replica.canister(sleeper).cycles


def test_an_allocation_of_memory_is_paid_for_whatever_is_used(
    replica: Replica, sleeper: Principal
) -> None:
    set_up(replica, sleeper, memory_allocation=GIB)
    assert status(replica, sleeper)["idle_cycles_burned_per_day"] == 10_972_800_000
    assert collected(replica, sleeper, 10) == 1_270_000
    assert collected(replica, sleeper, 86_400) == 10_972_800_000


def test_an_allocation_of_computing_is_paid_for(replica: Replica, sleeper: Principal) -> None:
    before = status(replica, sleeper)["idle_cycles_burned_per_day"]
    set_up(replica, sleeper, compute_allocation=2)
    after = status(replica, sleeper)["idle_cycles_burned_per_day"]
    # 10,000,000 for each percent and second.
    assert after - before == 2 * 10_000_000 * 86_400
    memory = before * 10 // 86_400
    assert collected(replica, sleeper, 10) == 2 * 10_000_000 * 10 + memory


def test_metrics_tell_them_apart(replica: Replica, sleeper: Principal) -> None:
    set_up(replica, sleeper, compute_allocation=1, memory_allocation=GIB)
    replica.advance_time(100)
    metrics = ask_management(replica, "canister_metrics", canister_id=sleeper)
    consumed = cast("dict[str, dict[str, int]]", metrics)["cycles_consumed"]
    assert consumed["memory"] == 12_700_000
    assert consumed["compute_allocation"] == 1_000_000_000


def test_an_empty_canister_pays_for_its_history_only(replica: Replica) -> None:
    canister_id = replica.create_canister()
    size = status(replica, canister_id)["memory_size"]
    assert 0 < size < 1000
    per_day = size * 127_000 * 86_400 // GIB
    assert collected(replica, canister_id, 86_400) == 8_640 * (per_day * 10 // 86_400)


def test_a_canister_out_of_cycles_is_uninstalled(replica: Replica, sleeper: Principal) -> None:
    set_up(replica, sleeper, compute_allocation=1, memory_allocation=GIB)
    manage(replica, "upload_chunk", canister_id=sleeper, chunk=b"kept")
    manage(replica, "take_canister_snapshot", canister_id=sleeper)
    view = replica.canister(sleeper)
    balance, burned = view.cycles, replica.cycles_burned
    # 101,270,000 in ten seconds.
    replica.advance_time(balance // 101_270_000 * 10)
    assert 0 < view.cycles < 101_270_000
    assert view.module_hash is not None
    replica.advance_time(10)
    assert view.cycles == 0
    assert replica.cycles_burned == burned + balance
    assert view.module_hash is None
    assert view.history == ()
    assert view.settings.compute_allocation == view.settings.memory_allocation == 0
    assert view.status == "running"
    sizes = cast("dict[str, dict[str, int]]", status(replica, sleeper))["memory_metrics"]
    assert set(sizes.values()) == {0}
    # It stores nothing, so that it lives on and can be filled again.
    replica.advance_time(10**9)
    replica.add_cycles(sleeper, 10**12)
    replica.install(sleeper, WatCanister().build())


def test_open_calls_of_a_canister_out_of_cycles_are_rejected(replica: Replica) -> None:
    callee = replica.create_canister()
    canister = WatCanister()
    canister.update("go", canister.reply())
    replica.install(callee, canister.build())
    canister = WatCanister()
    canister.update("call", canister.call(callee, "go"))
    caller = replica.create_canister()
    replica.install(caller, canister.build())
    set_up(replica, caller, compute_allocation=1)
    with replica.hold(lambda delivery: delivery.receiver == callee):
        reference = replica.submit(caller, "call")
        replica.run_until_idle()
        # A percent costs 315 trillion in a year.
        replica.advance_time(365 * 24 * 3600)
        outcome = replica.status(reference)
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.error_code) == (4, "IC0406")
        assert "uninstalled" in outcome.message
    replica.run_until_idle()
    view = replica.canister(caller)
    # What the call had prepaid comes back to the empty canister.
    assert view.cycles == 2_097_152_000 + 40_005_000_000 - 5_000_000
    assert view.open_call_contexts == ()
