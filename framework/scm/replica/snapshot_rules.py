"""Taking a snapshot of a canister, and loading one.

Interface Spec, "IC method take_canister_snapshot" and "IC method load_canister_snapshot".  A load
works on a draft of the canister; calls that are in flight stay, so their callbacks run in the
snapshot's code, by table index.
"""

from __future__ import annotations

from attrs import evolve

from scm.model import Principal
from scm.replica import transitions
from scm.replica.code import instantiate_code
from scm.replica.errors import InvalidModule
from scm.replica.execute import canister_error
from scm.replica.history import ChangeOrigin, Tag
from scm.replica.module_checks import load_module
from scm.replica.snapshot import HookStatus, Snapshot, WasmGlobal, snapshot_id
from scm.replica.stable import StableMemory
from scm.replica.state import CanisterState, InstalledCode, Rejected, ReplicaState
from scm.replica.trace import Installed
from scm.wasm.engine import WasmError, WasmTrap


def take_snapshot(state: ReplicaState, canister: CanisterState) -> Snapshot:
    """Keep a snapshot of a canister that has code."""
    code = canister.code
    assert code is not None
    snapshot = Snapshot(
        snapshot_id=new_snapshot_id(canister),
        canister_id=canister.canister_id,
        taken_at_ns=state.time_ns,
        canister_version=canister.version,
        is_uploaded=False,
        wasm_module=code.module.wasm,
        heap=StableMemory.from_bytes(code.heap.contents()),
        stable=canister.stable.copy(),
        globals=_globals_of(code),
        certified_data=canister.certified_data,
        chunk_store=dict(canister.chunk_store),
        global_timer_ns=canister.global_timer_ns,
        low_memory_hook=canister.low_memory_hook,
    )
    transitions.store_snapshot(canister, snapshot)
    return snapshot


def new_snapshot_id(canister: CanisterState) -> bytes:
    """An id that no snapshot of the canister has had."""
    return snapshot_id(canister.canister_id, transitions.next_snapshot_number(canister))


def load_snapshot(
    state: ReplicaState, canister: CanisterState, snapshot: Snapshot, origin: ChangeOrigin
) -> Rejected | None:
    """Put a snapshot in place of a canister's code and memories: None, or why it cannot be."""
    code = _code_of(state, canister.canister_id, snapshot)
    if isinstance(code, Rejected):
        return code
    draft = evolve(
        canister,
        code=code,
        stable=snapshot.stable.copy(),
        certified_data=snapshot.certified_data,
        chunk_store=dict(snapshot.chunk_store),
        version=canister.version + 1,
    )
    # The timer and the hook's status of a snapshot that was taken stay out of it: "that would be
    # a breaking change", says the platform's code.
    if snapshot.is_uploaded:
        if snapshot.global_timer_ns is not None:
            draft.global_timer_ns = snapshot.global_timer_ns
        rejected = _restore_hook(draft, snapshot.low_memory_hook)
        if rejected is not None:
            return rejected
    transitions.replace_canister(state, draft)
    transitions.record_change(state, draft, origin, _details(draft, snapshot))
    module_hash = code.module.module_hash
    transitions.emit(state, Installed(draft.canister_id, "load snapshot", module_hash, None))
    return None


def source_of(snapshot: Snapshot) -> str:
    """A tag of the interface's `snapshot_source`."""
    return "metadata_upload" if snapshot.is_uploaded else "taken_from_canister"


def _details(canister: CanisterState, snapshot: Snapshot) -> Tag:
    is_own = snapshot.canister_id == canister.canister_id
    return Tag(
        "load_snapshot",
        {
            "from_canister_id": None if is_own else snapshot.canister_id,
            "snapshot_id": snapshot.snapshot_id,
            "canister_version": snapshot.canister_version,
            "taken_at_timestamp": snapshot.taken_at_ns,
            "source": Tag(source_of(snapshot)),
        },
    )


def _code_of(
    state: ReplicaState, canister_id: Principal, snapshot: Snapshot
) -> InstalledCode | Rejected:
    try:
        module = load_module(snapshot.wasm_module, state.cache_directory, state.engine_kind)
        code = instantiate_code(module)
        own = _globals_of(code)
        if [item.type for item in own] != [item.type for item in snapshot.globals]:
            return _inconsistent(
                "Wasm exported globals of canister module and snapshot metadata do not match."
            )
        values = [item.value for item in snapshot.globals]
        globals = dict(zip(module.mutable_globals, values, strict=True))
        code.heap.replace(snapshot.heap.read(0, snapshot.heap.size_bytes), globals)
    except InvalidModule as invalid:
        detail = f"Canister's Wasm module is not valid: {invalid.reason}"
        return canister_error(canister_id, 505, detail)
    except WasmTrap as trap:
        return canister_error(canister_id, 502, f"Canister trapped: {trap.kind.value}")
    except WasmError as error:
        return _inconsistent(f"The snapshot's memory does not fit its module: {error.message}")
    return code


def _globals_of(code: InstalledCode) -> tuple[WasmGlobal, ...]:
    values = code.heap.committed_globals
    names_and_types = zip(code.module.mutable_globals, code.module.global_types, strict=True)
    return tuple(WasmGlobal(kind, values[name]) for name, kind in names_and_types)


def _restore_hook(draft: CanisterState, status: HookStatus | None) -> Rejected | None:
    if status is None:
        return None
    transitions.set_low_memory_hook(draft, status)
    transitions.update_low_memory_hook(draft)
    # "Not satisfied" becomes ready, and the others end, where they do not fit the memory's state.
    if draft.low_memory_hook is status:
        return None
    return _inconsistent(
        f"Hook status ({status.value}) of uploaded snapshot is inconsistent with the canister's "
        "state."
    )


def _inconsistent(message: str) -> Rejected:
    return Rejected(4, message, "IC0408")
