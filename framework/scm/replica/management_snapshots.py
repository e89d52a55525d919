"""Management methods of snapshots: take, load, list, delete, download, upload.

Interface Spec, "IC method take_canister_snapshot" and following.
"""

from __future__ import annotations

import hashlib
from typing import Final, cast

from attrs import evolve

from scm.candid.values import VariantValue
from scm.model import Principal
from scm.replica import lifecycle, transitions
from scm.replica.fees import SNAPSHOT_DATA_INSTRUCTIONS, SNAPSHOT_INSTRUCTIONS
from scm.replica.freezing import memory_sizes
from scm.replica.management_calls import (
    Answer,
    Fields,
    ManagementCall,
    Method,
    MethodTable,
    Refusal,
    not_controller,
    refusal_by,
)
from scm.replica.management_chunks import check_chunk, chunk_store_error
from scm.replica.snapshot import CHUNK_BYTES_MAX, SNAPSHOTS_MAX, Snapshot
from scm.replica.snapshot_metadata import metadata_values, snapshot_from_metadata
from scm.replica.snapshot_rules import load_snapshot, new_snapshot_id, take_snapshot
from scm.replica.state import CanisterState

SLICE_BYTES_MAX: Final = 2_000_000

_ID_NUMBER_BYTES: Final = 8
_IN_SNAPSHOT: Final = (
    "wasm_binary_size",
    "wasm_memory_size",
    "stable_memory_size",
    "global_memory_size",
    "wasm_chunk_store_size",
)


def _take_canister_snapshot(call: ManagementCall) -> Answer:
    canister = call.controlled()
    replaced = _replaced(call, canister)
    if canister.code is None:
        message = f"Failed to create snapshot for empty canister {canister.canister_id}"
        raise refusal_by(406, message)
    size_bytes = _bytes_to_take(canister)
    grown_bytes = size_bytes - (replaced.size_bytes if replaced is not None else 0)
    instructions = SNAPSHOT_INSTRUCTIONS + size_bytes
    call.charge_instructions(canister, instructions, grown_bytes=grown_bytes)
    snapshot = take_snapshot(call.state, canister)
    if replaced is not None:
        transitions.delete_snapshot(canister, replaced.snapshot_id)
    if call.fields["uninstall_code"]:
        lifecycle.uninstall(call.state, canister, call.change_origin)
    return call.done(_listed(snapshot))


def _bytes_to_take(canister: CanisterState) -> int:
    sizes = memory_sizes(canister)
    return sum(sizes[name] for name in _IN_SNAPSHOT) + len(canister.certified_data)


def _replaced(call: ManagementCall, canister: CanisterState) -> Snapshot | None:
    """The snapshot that a new one takes the place of; refuses the call if there is no room."""
    replaced = cast("bytes | None", call.fields["replace_snapshot"])
    if replaced is not None:
        return _own_snapshot(call, canister, replaced)
    if len(canister.snapshots) >= SNAPSHOTS_MAX:
        raise refusal_by(
            406,
            f"Canister {canister.canister_id} has reached the maximum number of snapshots "
            f"allowed: {SNAPSHOTS_MAX}.",
        )
    return None


def _load_canister_snapshot(call: ManagementCall) -> Answer:
    canister = call.controlled()
    snapshot = _snapshot(call, canister, _wanted_id(call))
    owner = call.state.canisters[snapshot.canister_id]
    if not call.controls(owner):
        raise not_controller(owner, call.sender)
    call.charge_instructions(canister, SNAPSHOT_INSTRUCTIONS + snapshot.size_bytes)
    rejected = load_snapshot(call.state, canister, snapshot, call.change_origin)
    return call.done() if rejected is None else Answer(rejected, call.cycles)


def _list_canister_snapshots(call: ManagementCall) -> Answer:
    snapshots = _visible(call).snapshots.values()
    return call.done([_listed(snapshot) for snapshot in snapshots])


def _delete_canister_snapshot(call: ManagementCall) -> Answer:
    canister = call.controlled()
    snapshot = _own_snapshot(call, canister, _wanted_id(call))
    transitions.delete_snapshot(canister, snapshot.snapshot_id)
    return call.done()


def _read_canister_snapshot_metadata(call: ManagementCall) -> Answer:
    canister = _visible(call)
    snapshot = _own_snapshot(call, canister, _wanted_id(call))
    call.charge_instructions(canister, SNAPSHOT_DATA_INSTRUCTIONS)
    return call.done(metadata_values(snapshot))


def _read_canister_snapshot_data(call: ManagementCall) -> Answer:
    canister = _visible(call)
    snapshot = _own_snapshot(call, canister, _wanted_id(call))
    kind = call.fields["kind"]
    assert isinstance(kind, VariantValue)
    place = cast(Fields, kind.value)
    if kind.tag == "wasm_chunk":
        chunk = _chunk(snapshot, cast(bytes, place["hash"]))
        call.charge_instructions(canister, SNAPSHOT_DATA_INSTRUCTIONS + CHUNK_BYTES_MAX)
        return call.done({"chunk": chunk})
    offset, size = cast(int, place["offset"]), cast(int, place["size"])
    if size > SLICE_BYTES_MAX:
        message = f"Requested slice too large: {size} > {SLICE_BYTES_MAX}"
        raise refusal_by(408, message)
    try:
        chunk = _read(snapshot, str(kind.tag), offset, size)
    except IndexError as error:
        raise _invalid_slice(offset, size) from error
    call.charge_instructions(canister, SNAPSHOT_DATA_INSTRUCTIONS + size)
    return call.done({"chunk": chunk})


def _chunk(snapshot: Snapshot, chunk_hash: bytes) -> bytes:
    chunk = snapshot.chunk_store.get(chunk_hash)
    if chunk is None:
        raise chunk_store_error(f"WasmChunkHash {chunk_hash.hex()} not found")
    return chunk


def _read(snapshot: Snapshot, part: str, offset: int, size: int) -> bytes:
    if part == "wasm_module":
        if offset + size > len(snapshot.wasm_module):
            raise IndexError("outside of the module")
        return snapshot.wasm_module[offset : offset + size]
    memory = snapshot.heap if part == "wasm_memory" else snapshot.stable
    return memory.read(offset, size)


def _upload_canister_snapshot_metadata(call: ManagementCall) -> Answer:
    canister = call.controlled()
    # What is checked comes before what changes.
    replaced = _replaced(call, canister)
    draft = snapshot_from_metadata(call.fields, canister, call.state.time_ns)
    grown = draft.size_bytes - (0 if replaced is None else replaced.size_bytes)
    call.charge_instructions(canister, SNAPSHOT_INSTRUCTIONS, grown_bytes=grown)
    snapshot = evolve(draft, snapshot_id=new_snapshot_id(canister))
    if replaced is not None:
        transitions.delete_snapshot(canister, replaced.snapshot_id)
    transitions.store_snapshot(canister, snapshot)
    return call.done({"snapshot_id": snapshot.snapshot_id})


def _upload_canister_snapshot_data(call: ManagementCall) -> Answer:
    canister = call.controlled()
    snapshot = _own_snapshot(call, canister, _wanted_id(call))
    if not snapshot.is_uploaded:
        message = "Only canister snapshots created by metadata upload can be mutated."
        raise refusal_by(409, message)
    kind = call.fields["kind"]
    chunk = cast(bytes, call.fields["chunk"])
    assert isinstance(kind, VariantValue)
    if kind.tag == "wasm_chunk":
        changed = _with_chunk(snapshot, chunk)
    else:
        offset = cast(int, cast(Fields, kind.value)["offset"])
        try:
            changed = _with_data(snapshot, str(kind.tag), offset, chunk)
        except IndexError as error:
            raise _invalid_slice(offset, len(chunk)) from error
    grown = changed.size_bytes - snapshot.size_bytes
    call.charge_instructions(canister, SNAPSHOT_DATA_INSTRUCTIONS + len(chunk), grown_bytes=grown)
    transitions.store_snapshot(canister, changed)
    return call.done()


def _with_chunk(snapshot: Snapshot, chunk: bytes) -> Snapshot:
    chunk_hash = hashlib.sha256(chunk).digest()
    if chunk_hash in snapshot.chunk_store:
        return snapshot
    check_chunk(chunk, len(snapshot.chunk_store))
    return evolve(snapshot, chunk_store={**snapshot.chunk_store, chunk_hash: chunk})


def _with_data(snapshot: Snapshot, part: str, offset: int, chunk: bytes) -> Snapshot:
    match part:
        case "wasm_module":
            module = snapshot.wasm_module
            end = offset + len(chunk)
            if end > len(module):
                raise IndexError("outside of the module")
            return evolve(snapshot, wasm_module=module[:offset] + chunk + module[end:])
        case "wasm_memory":
            return evolve(snapshot, heap=snapshot.heap.written(offset, chunk))
        case _:
            return evolve(snapshot, stable=snapshot.stable.written(offset, chunk))


def _visible(call: ManagementCall) -> CanisterState:
    """The canister, if the caller may see its snapshots."""
    canister = call.canister()
    visibility = canister.settings.snapshot_visibility
    if not call.controls(canister) and not visibility.shows_to(call.sender):
        raise not_controller(canister, call.sender)
    return canister


def _wanted_id(call: ManagementCall) -> bytes:
    return cast(bytes, call.fields["snapshot_id"])


def _own_snapshot(call: ManagementCall, canister: CanisterState, wanted: bytes) -> Snapshot:
    snapshot = _snapshot(call, canister, wanted)
    if snapshot.canister_id != canister.canister_id:
        message = f"The snapshot {wanted.hex()} does not belong to canister {canister.canister_id}."
        raise refusal_by(406, message)
    return snapshot


def _snapshot(call: ManagementCall, canister: CanisterState, wanted: bytes) -> Snapshot:
    """A snapshot of any canister; its id tells which."""
    raw_owner = wanted[_ID_NUMBER_BYTES:]
    owner = call.state.canisters.get(Principal(raw_owner)) if len(raw_owner) <= 29 else None
    found = None if owner is None else owner.snapshots.get(wanted)
    if found is None:
        raise refusal_by(
            305,
            f"Could not find the snapshot ID {wanted.hex()} for canister {canister.canister_id}.",
        )
    return found


def _invalid_slice(offset: int, size: int) -> Refusal:
    return refusal_by(
        408,
        "Invalid subslice into wasm module / main memory / stable memory: "
        f"offset: {offset}, size: {size}",
    )


def _listed(snapshot: Snapshot) -> Fields:
    return {
        "id": snapshot.snapshot_id,
        "taken_at_timestamp": snapshot.taken_at_ns,
        "total_size": snapshot.size_bytes,
    }


METHODS: Final[MethodTable] = {
    "take_canister_snapshot": Method(_take_canister_snapshot),
    "load_canister_snapshot": Method(_load_canister_snapshot),
    "list_canister_snapshots": Method(_list_canister_snapshots),
    "delete_canister_snapshot": Method(_delete_canister_snapshot),
    "read_canister_snapshot_metadata": Method(_read_canister_snapshot_metadata),
    "read_canister_snapshot_data": Method(_read_canister_snapshot_data),
    "upload_canister_snapshot_metadata": Method(_upload_canister_snapshot_metadata),
    "upload_canister_snapshot_data": Method(_upload_canister_snapshot_data),
}
