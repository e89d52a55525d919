"""The values of `canister_status`, for the management canister.

Amounts that the embedded replica does not keep (allocations, statistics, reservations) are zero,
settings are the platform's defaults.
"""

from __future__ import annotations

from scm.candid.values import VariantValue
from scm.replica.state import CanisterState, CanisterStatus

_FREEZING_THRESHOLD_SECONDS = 2_592_000
_RESERVED_CYCLES_MAX = 5_000_000_000_000


def status_values(canister: CanisterState) -> dict[str, object]:
    """The record that `canister_status` replies with."""
    sizes = _memory_sizes(canister)
    return {
        "status": VariantValue(canister.status.name.lower()),
        "ready_for_migration": canister.status is CanisterStatus.STOPPED,
        "version": canister.version,
        "settings": _settings(canister),
        "module_hash": None if canister.code is None else canister.code.module.module_hash,
        "memory_size": sum(sizes.values()),
        "memory_metrics": sizes,
        "cycles": canister.cycles,
        "reserved_cycles": 0,
        "idle_cycles_burned_per_day": 0,
        "query_stats": {
            "num_calls_total": 0,
            "num_instructions_total": 0,
            "request_payload_bytes_total": 0,
            "response_payload_bytes_total": 0,
        },
    }


def _settings(canister: CanisterState) -> dict[str, object]:
    for_controllers = VariantValue("controllers")
    return {
        "controllers": list(canister.controllers),
        "compute_allocation": 0,
        "memory_allocation": 0,
        "freezing_threshold": _FREEZING_THRESHOLD_SECONDS,
        "reserved_cycles_limit": _RESERVED_CYCLES_MAX,
        "minimum_incoming_canister_call_cycles": 0,
        "log_visibility": for_controllers,
        "snapshot_visibility": for_controllers,
        "status_visibility": for_controllers,
        "wasm_memory_limit": 0,
        "wasm_memory_threshold": 0,
        "environment_variables": [],
    }


def _memory_sizes(canister: CanisterState) -> dict[str, int]:
    code = canister.code
    sections = {} if code is None else code.module.custom_sections
    return {
        "wasm_memory_size": 0 if code is None else code.heap.committed_size_bytes,
        "stable_memory_size": canister.stable.size_bytes,
        "global_memory_size": 0 if code is None else 8 * len(code.module.mutable_globals),
        "wasm_binary_size": 0 if code is None else len(code.module.wasm),
        "custom_sections_size": sum(len(contents) for contents in sections.values()),
        "canister_history_size": 0,
        "wasm_chunk_store_size": 0,
        "snapshots_size": 0,
    }
