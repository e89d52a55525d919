"""Snapshots in a test, by the management methods: take, load, list, download, upload."""

from __future__ import annotations

from typing import Any

from scm.candid.values import VariantValue
from scm.model import Principal
from scm.replica.replica import Replica
from scm.testing.management import manage


def take_snapshot(replica: Replica, canister_id: Principal, **fields: Any) -> bytes:
    """Take one: its id."""
    taken = manage(replica, "take_canister_snapshot", canister_id=canister_id, **fields)
    assert isinstance(taken, dict)
    snapshot_id = taken["id"]
    assert isinstance(snapshot_id, bytes)
    return snapshot_id


def load_snapshot(replica: Replica, canister_id: Principal, snapshot_id: bytes) -> None:
    """Put one in place of the canister."""
    manage(replica, "load_canister_snapshot", canister_id=canister_id, snapshot_id=snapshot_id)


def list_snapshots(replica: Replica, canister_id: Principal) -> list[bytes]:
    """The ids of those that a canister has."""
    snapshots = manage(replica, "list_canister_snapshots", canister_id=canister_id)
    assert isinstance(snapshots, list)
    return [item["id"] for item in snapshots]


def read_metadata(replica: Replica, canister_id: Principal, snapshot_id: bytes) -> dict[str, Any]:
    """What a snapshot says of itself."""
    found = manage(
        replica,
        "read_canister_snapshot_metadata",
        canister_id=canister_id,
        snapshot_id=snapshot_id,
    )
    assert isinstance(found, dict)
    return found


def snapshot_part(kind: str, offset: int, size: int) -> VariantValue:
    """A slice of `wasm_module`, `wasm_memory` or `stable_memory`."""
    return VariantValue(kind, {"offset": offset, "size": size})


def read_part(
    replica: Replica, canister_id: Principal, snapshot_id: bytes, kind: VariantValue
) -> bytes:
    """The bytes of a slice or of a chunk."""
    found = manage(
        replica,
        "read_canister_snapshot_data",
        canister_id=canister_id,
        snapshot_id=snapshot_id,
        kind=kind,
    )
    assert isinstance(found, dict)
    chunk = found["chunk"]
    assert isinstance(chunk, bytes)
    return chunk


def begin_upload(replica: Replica, canister_id: Principal, **fields: Any) -> bytes:
    """Upload metadata, by default of nothing at all: the id."""
    nothing = {"wasm_module_size": 0, "wasm_memory_size": 0, "stable_memory_size": 0}
    found = manage(
        replica,
        "upload_canister_snapshot_metadata",
        canister_id=canister_id,
        **{**nothing, "globals": [], "certified_data": b"", **fields},
    )
    assert isinstance(found, dict)
    snapshot_id = found["snapshot_id"]
    assert isinstance(snapshot_id, bytes)
    return snapshot_id


def upload_part(
    replica: Replica,
    canister_id: Principal,
    snapshot_id: bytes,
    kind: str,
    chunk: bytes,
    offset: int = 0,
) -> None:
    """Upload a slice, or a chunk (`wasm_chunk`)."""
    manage(
        replica,
        "upload_canister_snapshot_data",
        canister_id=canister_id,
        snapshot_id=snapshot_id,
        kind=VariantValue(kind, None if kind == "wasm_chunk" else {"offset": offset}),
        chunk=chunk,
    )
