"""Snapshots by their parts: download, upload, and loading what was uploaded.

Interface Spec, "IC method read_canister_snapshot_metadata" to "upload_canister_snapshot_data".
"""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from scm.candid.values import VariantValue
from scm.model import Principal
from scm.replica.management_snapshots import SLICE_BYTES_MAX
from scm.replica.replica import Replica
from scm.replica.state import Rejected, Replied
from scm.testing.client import RejectError
from scm.testing.snapshots import (
    begin_upload,
    list_snapshots,
    load_snapshot,
    read_metadata,
    read_part,
    snapshot_part,
    take_snapshot,
    upload_part,
)
from scm.wasm.engine import text_to_wasm

PAGE = 65_536


# Download.


def test_metadata_tells_what_is_in_a_snapshot(
    replica: Replica, keeper: Principal, keeper_module: bytes
) -> None:
    replica.update(keeper, "arm")
    found = read_metadata(replica, keeper, take_snapshot(replica, keeper))
    assert found == {
        "source": VariantValue("taken_from_canister"),
        "taken_at_timestamp": replica.time_ns,
        "wasm_module_size": len(keeper_module),
        "globals": [
            VariantValue("i64", 5),
            VariantValue("i64", 0),
            VariantValue("f32", 1.5),
        ],
        "wasm_memory_size": 2 * PAGE,
        "stable_memory_size": PAGE,
        "wasm_chunk_store": [{"hash": hashlib.sha256(b"kept").digest()}],
        "canister_version": 3,
        "certified_data": b"\x05",
        "global_timer": VariantValue("active", 9),
        "on_low_wasm_memory_hook_status": VariantValue("condition_not_satisfied"),
    }


def test_parts_of_a_snapshot_are_read(replica: Replica, keeper: Principal) -> None:
    snapshot_id = take_snapshot(replica, keeper)
    replica.update(keeper, "set", b"\x07")
    expected = [
        (snapshot_part("wasm_module", 0, 4), b"\0asm"),
        (snapshot_part("wasm_memory", PAGE - 1, 3), b"\0\x05\0"),
        (snapshot_part("stable_memory", 3, 2), b"\x05\0"),
        (snapshot_part("stable_memory", PAGE, 0), b""),
    ]
    for kind, content in expected:
        assert read_part(replica, keeper, snapshot_id, kind) == content
    chunk = VariantValue("wasm_chunk", {"hash": hashlib.sha256(b"kept").digest()})
    assert read_part(replica, keeper, snapshot_id, chunk) == b"kept"


@pytest.mark.parametrize(
    ("kind", "error_code", "message"),
    [
        (snapshot_part("wasm_memory", 2 * PAGE, 1), "IC0408", "Invalid subslice"),
        (snapshot_part("stable_memory", PAGE - 1, 2), "IC0408", "offset: 65535, size: 2"),
        (snapshot_part("wasm_module", 10**6, 1), "IC0408", "Invalid subslice"),
        (
            snapshot_part("wasm_memory", 0, SLICE_BYTES_MAX + 1),
            "IC0408",
            "Requested slice too large",
        ),
        (VariantValue("wasm_chunk", {"hash": b"?"}), "IC0504", "WasmChunkHash 3f not found"),
    ],
)
def test_parts_that_are_not_there_are_not_read(
    replica: Replica, keeper: Principal, kind: VariantValue, error_code: str, message: str
) -> None:
    snapshot_id = take_snapshot(replica, keeper)
    with pytest.raises(RejectError) as caught:
        read_part(replica, keeper, snapshot_id, kind)
    assert caught.value.error_code == error_code
    assert message in caught.value.message


# Upload.


def test_downloaded_snapshot_is_uploaded_to_another_canister(
    replica: Replica, keeper: Principal
) -> None:
    replica.update(keeper, "arm")
    taken = take_snapshot(replica, keeper)
    found = read_metadata(replica, keeper, taken)
    other = replica.create_canister()
    accepted = ("source", "taken_at_timestamp", "wasm_chunk_store", "canister_version")
    fields = {name: value for name, value in found.items() if name not in accepted}
    snapshot_id = begin_upload(replica, other, **fields)
    for kind in ("wasm_module", "wasm_memory", "stable_memory"):
        size = found[f"{kind}_size"]
        for offset in range(0, size, 50_000):
            chunk = read_part(
                replica, keeper, taken, snapshot_part(kind, offset, min(50_000, size - offset))
            )
            upload_part(replica, other, snapshot_id, kind, chunk, offset)
    upload_part(replica, other, snapshot_id, "wasm_chunk", b"kept")
    uploaded = read_metadata(replica, other, snapshot_id)
    changed = {"source": VariantValue("metadata_upload"), "canister_version": 0}
    assert uploaded == found | changed
    load_snapshot(replica, other, snapshot_id)
    assert replica.update(other, "read") == Replied(b"\x05" * 3)
    view = replica.canister(other)
    # An uploaded snapshot brings its timer.
    assert (view.certified_data, view.global_timer_ns) == (b"\x05", 9)


def test_only_uploaded_snapshots_can_be_written(replica: Replica, keeper: Principal) -> None:
    snapshot_id = take_snapshot(replica, keeper)
    with pytest.raises(RejectError, match="created by metadata upload") as caught:
        upload_part(replica, keeper, snapshot_id, "wasm_memory", b"x")
    assert caught.value.error_code == "IC0409"


@pytest.mark.parametrize("kind", ["wasm_module", "wasm_memory", "stable_memory"])
def test_data_outside_of_the_declared_size_is_refused(replica: Replica, kind: str) -> None:
    made = replica.create_canister()
    snapshot_id = begin_upload(replica, made, **{f"{kind}_size": PAGE})
    upload_part(replica, made, snapshot_id, kind, b"x", PAGE - 1)
    with pytest.raises(RejectError, match="Invalid subslice") as caught:
        upload_part(replica, made, snapshot_id, kind, b"xx", PAGE - 1)
    assert caught.value.error_code == "IC0408"


@pytest.mark.parametrize(
    "fields",
    [
        {"wasm_memory_size": PAGE + 1},
        {"wasm_memory_size": 4 * 1024**3 + PAGE},
        {"stable_memory_size": 1},
        {"stable_memory_size": 501 * 1024**3},
        {"wasm_module_size": 100 * 1024**2 + 1},
        {"certified_data": bytes(33)},
        {"globals": [VariantValue("i32", 0)] * 1001},
    ],
)
def test_metadata_out_of_bounds_is_refused(replica: Replica, fields: dict[str, Any]) -> None:
    made = replica.create_canister()
    with pytest.raises(RejectError, match="Snapshot Metadata contains invalid data") as caught:
        begin_upload(replica, made, **fields)
    assert caught.value.error_code == "IC0408"
    assert list_snapshots(replica, made) == []


def incomplete(replica: Replica, made: Principal, module: bytes, **fields: Any) -> bytes:
    """A snapshot of a module of `keeper_module` with nothing else."""
    zeros = [VariantValue("i64", 0), VariantValue("i64", 0), VariantValue("f32", 0.0)]
    sizes = {"wasm_module_size": len(module), "wasm_memory_size": PAGE}
    snapshot_id = begin_upload(replica, made, **{**sizes, "globals": zeros, **fields})
    upload_part(replica, made, snapshot_id, "wasm_module", module)
    return snapshot_id


@pytest.mark.parametrize(
    ("fields", "error_code", "message"),
    [
        ({"globals": []}, "IC0408", "exported globals of canister module and snapshot"),
        ({"globals": [VariantValue("i32", 0)] * 3}, "IC0408", "do not match"),
        (
            {"on_low_wasm_memory_hook_status": VariantValue("executed")},
            "IC0408",
            "is inconsistent with the canister's state",
        ),
    ],
)
def test_uploaded_snapshot_must_be_consistent(
    replica: Replica, keeper_module: bytes, fields: dict[str, Any], error_code: str, message: str
) -> None:
    made = replica.create_canister()
    snapshot_id = incomplete(replica, made, keeper_module, **fields)
    with pytest.raises(RejectError) as caught:
        load_snapshot(replica, made, snapshot_id)
    assert caught.value.error_code == error_code
    assert message in caught.value.message
    assert replica.canister(made).module_hash is None


def test_uploaded_snapshot_must_have_a_valid_module(replica: Replica) -> None:
    made = replica.create_canister()
    snapshot_id = begin_upload(replica, made, wasm_module_size=4)
    with pytest.raises(RejectError, match="Wasm module is not valid") as caught:
        load_snapshot(replica, made, snapshot_id)
    assert caught.value.error_code == "IC0505"


@pytest.mark.parametrize("fields", ["", "(memory 1 1)"])
def test_uploaded_memory_must_fit_the_module(replica: Replica, fields: str) -> None:
    made = replica.create_canister()
    module = text_to_wasm(f"(module {fields})")
    sizes = {"wasm_module_size": len(module), "wasm_memory_size": 2 * PAGE}
    snapshot_id = begin_upload(replica, made, **sizes)
    upload_part(replica, made, snapshot_id, "wasm_module", module)
    with pytest.raises(RejectError, match="memory does not fit its module") as caught:
        load_snapshot(replica, made, snapshot_id)
    assert caught.value.error_code == "IC0408"


def test_memory_that_was_not_uploaded_is_zero(replica: Replica, keeper_module: bytes) -> None:
    # The module's data segments are not applied: the memory is what the snapshot says.
    made = replica.create_canister()
    load_snapshot(replica, made, incomplete(replica, made, keeper_module))
    snapshot_id = take_snapshot(replica, made)
    assert read_part(replica, made, snapshot_id, snapshot_part("wasm_memory", 0, PAGE)) == bytes(
        PAGE
    )
    outcome = replica.update(made, "read")
    assert isinstance(outcome, Rejected)  # It reads memory that is not there.
    assert outcome.error_code == "IC0502"
