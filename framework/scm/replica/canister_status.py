"""The values of `canister_status` and `canister_metrics`, for the management canister.

Memory is never scarce in the embedded replica, so nothing is reserved.
"""

from __future__ import annotations

from typing import Final

from scm.candid.values import VariantValue
from scm.replica.freezing import idle_cycles, memory_sizes
from scm.replica.settings import settings_values
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


def status_values(canister: CanisterState, *, has_fees: bool) -> dict[str, object]:
    """The record that `canister_status` replies with."""
    sizes = memory_sizes(canister)
    size_bytes = sum(sizes.values())
    idle = idle_cycles(canister.settings, size_bytes).total if has_fees else 0
    return {
        "status": VariantValue(canister.status.name.lower()),
        "ready_for_migration": canister.status is CanisterStatus.STOPPED,
        "version": canister.version,
        "settings": settings_values(canister.settings, canister.controllers),
        "module_hash": None if canister.code is None else canister.code.module.module_hash,
        "memory_size": size_bytes,
        "memory_metrics": sizes,
        "cycles": canister.cycles,
        "reserved_cycles": 0,
        "idle_cycles_burned_per_day": idle,
        "query_stats": {name: canister.query_stats[name] for name in _QUERY_STATS},
    }
