"""`scm.ic` in a real canister: caller, time, identity, versions, cycles."""

from __future__ import annotations

import pytest

from scm.model import Principal, RejectCode
from scm.replica.replica import Replica
from scm.testing.building import compiled_modules_folder, install_canister
from scm.testing.call_counts import CallCounts, read_call_counts
from scm.testing.client import RejectError

pytestmark = pytest.mark.toolchain

ALICE = Principal.from_text("rdmx6-jaaaa-aaaaa-aaadq-cai")


@pytest.mark.parametrize(("method", "version_step"), [("facts", 0), ("facts_of_update", 1)])
def test_facts_are_those_of_the_replica(bench, replica, method, version_step):
    replica.advance_time(1.5)
    facts = bench.as_sender(ALICE).call(method)
    view = replica.canister(bench.canister_id)
    assert facts["caller"] == ALICE
    assert facts["self_id"] == bench.canister_id
    assert facts["time_ns"] == replica.time_ns
    assert facts["is_controller"] is False
    assert 0 < facts["balance"] <= view.cycles
    facts_of_controller = bench.call(method)
    assert facts_of_controller["is_controller"] is True
    assert facts_of_controller["version"] == facts["version"] + version_step


def test_controller_check_traps_for_others(bench):
    bench.restricted()
    with pytest.raises(RejectError, match=f"PermissionError: {ALICE} is not a controller"):
        bench.as_sender(ALICE).restricted()


@pytest.mark.parametrize(
    ("attached", "at_most", "accepted"),
    [(0, 5, 0), (1_000, 0, 0), (1_000, 400, 400), (1_000, 2**70, 1_000), (10**12, 10**12, 10**12)],
)
def test_cycles_are_accepted_and_the_rest_comes_back(
    bench, replica, workbench_wasm, attached, at_most, accepted
):
    till = install_canister(replica, workbench_wasm, "till", None)
    before = replica.canister(till.canister_id).cycles
    payment = bench.pay(till.canister_id, attached, at_most)
    expected = {"available": attached, "accepted": accepted, "refunded": attached - accepted}
    assert payment == expected
    assert replica.canister(till.canister_id).cycles == before + accepted


def test_more_cycles_than_there_are_fail_the_call(bench, replica, workbench_wasm):
    till = install_canister(replica, workbench_wasm, "till", None)
    with pytest.raises(RejectError):
        bench.pay(till.canister_id, 10**30, 1)
    assert replica.canister(bench.canister_id).open_call_contexts == ()


def test_call_to_nobody_gives_the_handler_a_reject(bench):
    nobody = Principal(b"\0\0\0\0\0\0\x03\xe7\x01\x01")
    assert bench.call_nobody(nobody) == RejectCode.DESTINATION_INVALID


def test_call_that_finds_no_room_is_rejected_at_once(workbench_wasm):
    replica = Replica(cache_directory=compiled_modules_folder(), request_queue_capacity=0)
    bench = install_canister(replica, workbench_wasm, "bench", None)
    assert bench.call_nobody(bench.canister_id) == RejectCode.SYS_TRANSIENT
    assert read_call_counts(replica, bench.canister_id) == CallCounts(0, 0, 0)


def test_reject_by_a_response_handler_keeps_its_changes(bench, replica):
    with pytest.raises(RejectError) as caught:
        bench.reject_after_call(bench.canister_id)
    assert (caught.value.code, caught.value.message) == (4, "after the call")
    assert bench.counter() == 1
    assert read_call_counts(replica, bench.canister_id) == CallCounts(0, 0, 0)


def test_one_way_call_arrives_and_its_response_harms_nobody(bench, replica, workbench_wasm):
    till = install_canister(replica, workbench_wasm, "till", None)
    assert bench.notify(till.canister_id) is True
    replica.run_until_idle()
    assert bench.title() == "bench"
    assert replica.canister(bench.canister_id).open_call_contexts == ()
