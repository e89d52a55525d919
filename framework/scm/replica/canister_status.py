"""The values of `canister_status` and `canister_metrics`, for the management canister.

Storage costs nothing in the embedded replica, so nothing is reserved and nothing burned by a
canister that is idle.
"""

from __future__ import annotations

from typing import Final

from scm.candid.values import VariantValue
from scm.replica.settings import settings_values
from scm.replica.snapshot import CHUNK_BYTES_MAX
from scm.replica.state import CanisterState, CanisterStatus

CYCLES_USES: Final = (
    "memory",
    "compute_allocation",
    "ingress_induction",
    "instructions",
    "request_and_response_transmission",
    "uninstall",
    "canister_creation",
    "http_outcalls",
    "burned_cycles",
)
_QUERY_STATS: Final = (
    "num_calls_total",
    "num_instructions_total",
    "request_payload_bytes_total",
    "response_payload_bytes_total",
)


def status_values(canister: CanisterState) -> dict[str, object]:
    """The record that `canister_status` replies with."""
    sizes = _memory_sizes(canister)
    return {
        "status": VariantValue(canister.status.name.lower()),
        "ready_for_migration": canister.status is CanisterStatus.STOPPED,
        "version": canister.version,
        "settings": settings_values(canister.settings, canister.controllers),
        "module_hash": None if canister.code is None else canister.code.module.module_hash,
        "memory_size": sum(sizes.values()),
        "memory_metrics": sizes,
        "cycles": canister.cycles,
        "reserved_cycles": 0,
        "idle_cycles_burned_per_day": 0,
        "query_stats": {name: canister.query_stats[name] for name in _QUERY_STATS},
    }


def _memory_sizes(canister: CanisterState) -> dict[str, int]:
    code = canister.code
    sections = {} if code is None else code.module.custom_sections
    return {
        "wasm_memory_size": 0 if code is None else code.heap.committed_size_bytes,
        "stable_memory_size": canister.stable.size_bytes,
        "global_memory_size": 0 if code is None else 8 * len(code.module.mutable_globals),
        "wasm_binary_size": 0 if code is None else len(code.module.wasm),
        "custom_sections_size": sum(
            len(contents) for name, contents in sections.items() if name.startswith("icp:")
        ),
        "canister_history_size": canister.history.size_bytes,
        # A chunk counts as one of full size, whatever its own.
        "wasm_chunk_store_size": CHUNK_BYTES_MAX * len(canister.chunk_store),
        "snapshots_size": sum(item.size_bytes for item in canister.snapshots.values()),
    }
