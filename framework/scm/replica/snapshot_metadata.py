"""A snapshot's metadata as the interface has it: read, or uploaded to begin a new snapshot.

Interface Spec, "IC method read_canister_snapshot_metadata", "IC method
upload_canister_snapshot_metadata".
"""

from __future__ import annotations

from typing import Final, cast

from scm.candid.values import VariantValue
from scm.replica.api_environment import CERTIFIED_DATA_BYTES_MAX
from scm.replica.management_calls import Fields, Refusal, refusal_by
from scm.replica.module_checks import WASM_BYTES_MAX
from scm.replica.module_limits import GLOBALS_MAX
from scm.replica.snapshot import HookStatus, Snapshot, WasmGlobal
from scm.replica.snapshot_rules import source_of
from scm.replica.stable import STABLE_PAGE_BYTES, STABLE_PAGES_MAX, StableMemory
from scm.replica.state import CanisterState
from scm.wasm.globals import float_of_bits

_HEAP_BYTES_MAX: Final = {False: 4 * 1024**3, True: 6 * 1024**3}
"""By whether the canister's memory is a 64-bit one."""


def metadata_values(snapshot: Snapshot) -> Fields:
    """A `read_canister_snapshot_metadata_response` record."""
    hook = snapshot.low_memory_hook
    return {
        "source": VariantValue(source_of(snapshot)),
        "taken_at_timestamp": snapshot.taken_at_ns,
        "wasm_module_size": len(snapshot.wasm_module),
        "globals": [_global_value(item) for item in snapshot.globals],
        "wasm_memory_size": snapshot.heap.size_bytes,
        "stable_memory_size": snapshot.stable.size_bytes,
        "wasm_chunk_store": [{"hash": item} for item in sorted(snapshot.chunk_store)],
        "canister_version": snapshot.canister_version,
        "certified_data": snapshot.certified_data,
        "global_timer": _timer_value(snapshot.global_timer_ns),
        "on_low_wasm_memory_hook_status": None if hook is None else VariantValue(hook.value),
    }


def snapshot_from_metadata(fields: Fields, canister: CanisterState, time_ns: int) -> Snapshot:
    """A snapshot all of zeros with that metadata, and no id yet.  Raises `Refusal`."""
    module_size = cast(int, fields["wasm_module_size"])
    if module_size > WASM_BYTES_MAX:
        raise _invalid("wasm_module_size", f"{module_size} bytes are over {WASM_BYTES_MAX}")
    certified_data = cast(bytes, fields["certified_data"])
    if len(certified_data) > CERTIFIED_DATA_BYTES_MAX:
        raise _invalid("certified_data", f"more than {CERTIFIED_DATA_BYTES_MAX} bytes")
    is_memory_64 = canister.code is not None and canister.code.module.is_memory_64
    stable_bytes_max = STABLE_PAGES_MAX * STABLE_PAGE_BYTES
    return Snapshot(
        snapshot_id=b"",
        canister_id=canister.canister_id,
        taken_at_ns=time_ns,
        canister_version=canister.version,
        is_uploaded=True,
        wasm_module=bytes(module_size),
        heap=_empty_memory(fields, "wasm_memory_size", _HEAP_BYTES_MAX[is_memory_64]),
        stable=_empty_memory(fields, "stable_memory_size", stable_bytes_max),
        globals=_globals(fields),
        certified_data=certified_data,
        chunk_store={},
        global_timer_ns=_timer(fields["global_timer"]),
        low_memory_hook=_hook(fields["on_low_wasm_memory_hook_status"]),
    )


def _empty_memory(fields: Fields, name: str, bytes_max: int) -> StableMemory:
    size_bytes = cast(int, fields[name])
    if size_bytes % STABLE_PAGE_BYTES:
        raise _invalid(name, f"{size_bytes} bytes are no whole Wasm pages")
    if size_bytes > bytes_max:
        raise _invalid(name, f"{size_bytes} bytes are over {bytes_max}")
    return StableMemory(size_bytes // STABLE_PAGE_BYTES)


def _globals(fields: Fields) -> tuple[WasmGlobal, ...]:
    values = cast("list[VariantValue]", fields["globals"])
    if len(values) > GLOBALS_MAX:
        raise _invalid("globals", f"{len(values)} are over {GLOBALS_MAX}")
    return tuple(WasmGlobal(str(item.tag), cast("int | float", item.value)) for item in values)


def _global_value(item: WasmGlobal) -> VariantValue:
    if item.type in ("f32", "f64") and isinstance(item.value, int):
        return VariantValue(item.type, float_of_bits(item.type, item.value))
    return VariantValue(item.type, item.value)


def _timer_value(deadline_ns: int | None) -> VariantValue | None:
    match deadline_ns:
        case None:
            return None
        case 0:
            return VariantValue("inactive")
        case _:
            return VariantValue("active", deadline_ns)


def _timer(value: object) -> int | None:
    if value is None:
        return None
    assert isinstance(value, VariantValue)
    return cast(int, value.value) if value.tag == "active" else 0


def _hook(value: object) -> HookStatus | None:
    if value is None:
        return None
    assert isinstance(value, VariantValue)
    return HookStatus(str(value.tag))


def _invalid(name: str, reason: str) -> Refusal:
    return refusal_by(408, f"Snapshot Metadata contains invalid data: {name}: {reason}")
