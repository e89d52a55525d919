"""Snapshots of canisters.

Interface Spec, "IC method take_canister_snapshot" to "upload_canister_snapshot_data".
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from scm.candid.values import VariantValue
from scm.model import Principal, RejectCode
from scm.replica.http_messages import HttpResponse
from scm.replica.replica import Replica
from scm.replica.snapshot import SNAPSHOTS_MAX
from scm.replica.state import Replied
from scm.replica.trace import Installed
from scm.testing.client import RejectError
from scm.testing.management import manage
from scm.testing.relay import Relay
from scm.testing.snapshots import list_snapshots, load_snapshot, read_metadata, take_snapshot
from scm.testing.wat import Install, WatCanister

ME, SOMEONE = Principal.anonymous(), Principal(b"someone")
PAGE = 65_536


# Take and load.


def test_loading_brings_back_all_that_was_taken(replica: Replica, keeper: Principal) -> None:
    snapshot_id = take_snapshot(replica, keeper)
    replica.update(keeper, "set", b"\x09")
    manage(replica, "clear_chunk_store", canister_id=keeper)
    assert replica.update(keeper, "read") == Replied(b"\x09" * 3)
    version = replica.canister(keeper).version
    load_snapshot(replica, keeper, snapshot_id)
    view = replica.canister(keeper)
    # "Canister version": one more for a load.
    assert view.version == version + 1
    assert view.module_hash is not None
    loaded = Installed(keeper, "load snapshot", view.module_hash, None)
    assert loaded in replica.trace
    assert (view.certified_data, view.heap_size_bytes) == (b"\x05", 2 * PAGE)
    assert view.stable_memory_size_bytes == PAGE
    stored = manage(replica, "stored_chunks", canister_id=keeper)
    assert stored == [{"hash": hashlib.sha256(b"kept").digest()}]
    assert replica.update(keeper, "read") == Replied(b"\x05" * 3)


def test_loaded_heap_is_rolled_back_to_after_a_trap(replica: Replica, keeper: Principal) -> None:
    snapshot_id = take_snapshot(replica, keeper)
    replica.install(keeper, WatCanister().build(), mode="reinstall")
    load_snapshot(replica, keeper, snapshot_id)
    replica.update(keeper, "set", b"")  # Traps: it has no argument.
    assert replica.update(keeper, "read") == Replied(b"\x05" * 3)


def test_snapshot_brings_its_code(replica: Replica, keeper: Principal) -> None:
    module_hash = replica.canister(keeper).module_hash
    snapshot_id = take_snapshot(replica, keeper)
    replica.uninstall(keeper)
    load_snapshot(replica, keeper, snapshot_id)
    assert replica.canister(keeper).module_hash == module_hash
    assert replica.update(keeper, "read") == Replied(b"\x05" * 3)


def test_timer_stays_as_it_is_at_the_load_of_a_taken_snapshot(
    replica: Replica, keeper: Principal
) -> None:
    # The platform leaves the timer of such a snapshot alone.
    snapshot_id = take_snapshot(replica, keeper)
    replica.update(keeper, "arm")
    assert replica.canister(keeper).global_timer_ns == 9
    load_snapshot(replica, keeper, snapshot_id)
    assert replica.canister(keeper).global_timer_ns == 9


def test_calls_in_flight_end_in_the_code_of_the_snapshot(
    replica: Replica, install: Install, echo: Principal
) -> None:
    # "Load": call contexts and callbacks stay; callbacks run by table index.
    old = WatCanister()
    old.update("go", old.call(echo, "echo", on_reply=old.callback(old.reply("old"))))
    new = WatCanister()
    new.update("go", new.call(echo, "echo", on_reply=new.callback(new.reply("new"))))
    made = install(old)
    snapshot_id = take_snapshot(replica, made)
    replica.install(made, new.build(), mode="upgrade")
    with replica.hold(lambda delivery: delivery.kind == "response"):
        call = replica.submit(made, "go")
        replica.run_until_idle()
        load_snapshot(replica, made, snapshot_id)
    assert replica.wait(call) == Replied(b"old")


def test_load_is_in_the_history(replica: Replica, relay: Relay, keeper: Principal) -> None:
    snapshot_id = take_snapshot(replica, keeper)
    other = replica.create_canister()
    load_snapshot(replica, other, snapshot_id)
    for target, source in ((keeper, None), (other, keeper)):
        load_snapshot(replica, target, snapshot_id)
        info = relay.manage("canister_info", canister_id=target, num_requested_changes=1)
        assert isinstance(info, dict)
        assert info["recent_changes"][0]["details"] == VariantValue(
            "load_snapshot",
            {
                "from_canister_id": source,
                "snapshot_id": snapshot_id,
                "canister_version": 2,
                "taken_at_timestamp": replica.time_ns,
                "source": VariantValue("taken_from_canister"),
            },
        )


def test_snapshot_of_another_canister_needs_control_of_both(
    replica: Replica, keeper: Principal
) -> None:
    snapshot_id = take_snapshot(replica, keeper)
    other = replica.create_canister()
    load_snapshot(replica, other, snapshot_id)
    assert replica.update(other, "read") == Replied(b"\x05" * 3)
    replica.set_controllers(keeper, [SOMEONE])
    with pytest.raises(RejectError) as caught:
        load_snapshot(replica, other, snapshot_id)
    assert caught.value.error_code == "IC0512"


def test_code_is_uninstalled_with_the_snapshot_if_asked(
    replica: Replica, keeper: Principal
) -> None:
    snapshot_id = take_snapshot(replica, keeper, uninstall_code=True)
    view = replica.canister(keeper)
    assert (view.module_hash, view.stable_memory_size_bytes) == (None, 0)
    assert list_snapshots(replica, keeper) == [snapshot_id]


def test_empty_canister_has_no_snapshot(replica: Replica) -> None:
    with pytest.raises(RejectError, match="Failed to create snapshot for empty") as caught:
        take_snapshot(replica, replica.create_canister())
    assert caught.value.error_code == "IC0406"


def test_ten_snapshots_at_most_and_one_may_replace_another(
    replica: Replica, keeper: Principal
) -> None:
    taken = [take_snapshot(replica, keeper) for _ in range(SNAPSHOTS_MAX)]
    assert taken[3] == (3).to_bytes(8, "big") + keeper.raw
    with pytest.raises(RejectError, match="maximum number of snapshots allowed: 10") as caught:
        take_snapshot(replica, keeper)
    assert caught.value.error_code == "IC0406"
    newest = take_snapshot(replica, keeper, replace_snapshot=taken[3])
    assert list_snapshots(replica, keeper) == [*taken[:3], *taken[4:], newest]


def test_snapshots_outlive_uninstalling_and_are_deleted(
    replica: Replica, keeper: Principal
) -> None:
    snapshot_id = take_snapshot(replica, keeper)
    replica.uninstall(keeper)
    assert list_snapshots(replica, keeper) == [snapshot_id]
    fields = {"canister_id": keeper, "snapshot_id": snapshot_id}
    manage(replica, "delete_canister_snapshot", sender=ME, **fields)
    assert list_snapshots(replica, keeper) == []
    with pytest.raises(RejectError, match="Could not find the snapshot ID") as caught:
        load_snapshot(replica, keeper, snapshot_id)
    assert (caught.value.code, caught.value.error_code) == (
        RejectCode.DESTINATION_INVALID,
        "IC0305",
    )


def test_size_counts_all_parts(replica: Replica, keeper: Principal, keeper_module: bytes) -> None:
    take_snapshot(replica, keeper)
    snapshots = manage(replica, "list_canister_snapshots", canister_id=keeper)
    assert isinstance(snapshots, list)
    [item] = snapshots
    memories = 2 * PAGE + PAGE
    assert item["total_size"] == len(keeper_module) + memories + 3 * 8 + 1 + 1024 * 1024
    assert item["taken_at_timestamp"] == replica.time_ns
    status = manage(replica, "canister_status", canister_id=keeper)
    assert isinstance(status, dict)
    assert status["memory_metrics"]["snapshots_size"] == item["total_size"]


@pytest.mark.parametrize(
    ("method", "more"),
    [
        ("take_canister_snapshot", {}),
        ("load_canister_snapshot", {"snapshot_id": b""}),
        ("delete_canister_snapshot", {"snapshot_id": b""}),
        ("list_canister_snapshots", {}),
        ("read_canister_snapshot_metadata", {"snapshot_id": b""}),
    ],
)
def test_snapshots_are_for_controllers(
    replica: Replica, keeper: Principal, method: str, more: dict[str, Any]
) -> None:
    with pytest.raises(RejectError) as caught:
        manage(replica, method, sender=SOMEONE, canister_id=keeper, **more)
    assert caught.value.error_code == "IC0512"


def test_snapshot_of_another_canister_is_not_read(replica: Replica, keeper: Principal) -> None:
    snapshot_id = take_snapshot(replica, keeper)
    with pytest.raises(RejectError, match="does not belong to canister") as caught:
        read_metadata(replica, replica.create_canister(), snapshot_id)
    assert caught.value.error_code == "IC0406"


def test_saved_replica_has_snapshots_history_and_settings(
    replica: Replica, relay: Relay, keeper: Principal, tmp_path: Path
) -> None:
    snapshot_id = take_snapshot(replica, keeper)
    variables = [{"name": "n", "value": "v"}]
    settings = {"environment_variables": variables, "log_visibility": VariantValue("public")}
    manage(replica, "update_settings", canister_id=keeper, settings=settings)
    replica.on_http_request(lambda _request: HttpResponse())
    replica.save(tmp_path / "saved")
    loaded = Replica.load(tmp_path / "saved")
    for method in ("canister_status", "list_canister_snapshots", "stored_chunks"):
        expected = manage(replica, method, canister_id=keeper)
        assert manage(loaded, method, canister_id=keeper) == expected
    assert loaded.canister(keeper).history == replica.canister(keeper).history
    load_snapshot(loaded, keeper, snapshot_id)
    assert loaded.update(keeper, "read") == Replied(b"\x05" * 3)


def test_fork_has_the_snapshots_and_goes_its_own_way(replica: Replica, keeper: Principal) -> None:
    snapshot_id = take_snapshot(replica, keeper)
    twin = replica.fork()
    manage(replica, "delete_canister_snapshot", canister_id=keeper, snapshot_id=snapshot_id)
    assert list_snapshots(twin, keeper) == [snapshot_id]
    load_snapshot(twin, keeper, snapshot_id)
