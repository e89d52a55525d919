"""What an idle canister costs, and below which balance it is frozen.  Changes nothing.

Interface Spec, "IC method update_settings" (`freezing_threshold`); the formulas are those of the
replica's `cycles_account_manager`, without the memory that messages on their way take.
"""

from __future__ import annotations

from attrs import frozen

from scm.replica.execution import CanisterTrap, Execution
from scm.replica.fees import compute_cycles_per_day, freezing_cycles, memory_cycles_per_day
from scm.replica.settings import Settings
from scm.replica.snapshot import CHUNK_BYTES_MAX
from scm.replica.state import CanisterState
from scm.wasm.ic0_table import Context

_CYCLES_MISSING_TO_GROW = 532
# "Callbacks do not check the freezing threshold"; an installation does so once, at its end.
_GROWTH_CHECKED = (Context.UPDATE, Context.SYSTEM_TASK)


@frozen
class IdleCycles:
    """What a canister costs in a day if it does nothing."""

    memory: int
    compute_allocation: int

    @property
    def total(self) -> int:
        """Cycles a day."""
        return self.memory + self.compute_allocation


def memory_sizes(canister: CanisterState) -> dict[str, int]:
    """What a canister stores, in bytes, by the field names of `canister_status`."""
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


def memory_bytes(canister: CanisterState) -> int:
    """All that a canister stores, in bytes."""
    return sum(memory_sizes(canister).values())


def idle_cycles(settings: Settings, size_bytes: int) -> IdleCycles:
    """Of a canister that stores so much; a memory allocation is paid for, used or not."""
    return IdleCycles(
        memory=memory_cycles_per_day(max(settings.memory_allocation, size_bytes)),
        compute_allocation=compute_cycles_per_day(settings.compute_allocation),
    )


def freezing_limit(settings: Settings, size_bytes: int) -> int:
    """The cycles that a canister that stores so much may not spend."""
    return freezing_cycles(idle_cycles(settings, size_bytes).total, settings.freezing_threshold)


def limit_of(canister: CanisterState) -> int:
    """The freezing limit of a canister as it is now."""
    return freezing_limit(canister.settings, memory_bytes(canister))


# While a canister runs.


def liquid_cycles(execution: Execution) -> int:
    """What the running canister may spend now."""
    if not execution.invocation.has_fees:
        return execution.cycles_balance
    canister = execution.canister
    limit = freezing_limit(canister.settings, _memory_bytes_now(execution))
    return max(0, execution.cycles_balance - limit)


def check_growth(execution: Execution) -> None:
    """Trap if memory has grown so much that the canister would be frozen."""
    if not execution.invocation.has_fees or execution.invocation.mode not in _GROWTH_CHECKED:
        return
    settings = execution.canister.settings
    grown = _grown_bytes(execution)
    size_bytes = memory_bytes(execution.canister) + grown
    limit = freezing_limit(settings, size_bytes)
    is_paid_for = grown <= 0 or size_bytes <= settings.memory_allocation
    if is_paid_for or execution.cycles_balance >= limit:
        return
    detail = (
        f"Canister cannot grow memory by {grown} bytes due to insufficient cycles. At least "
        f"{limit - execution.cycles_balance} additional cycles are required."
    )
    raise CanisterTrap(_CYCLES_MISSING_TO_GROW, detail, detail)


def _memory_bytes_now(execution: Execution) -> int:
    return memory_bytes(execution.canister) + _grown_bytes(execution)


def _grown_bytes(execution: Execution) -> int:
    canister = execution.canister
    heap_bytes = 0 if canister.code is None else canister.code.heap.committed_size_bytes
    grown = execution.instance.memory_size_bytes - heap_bytes
    return grown + execution.stable.size_bytes - canister.stable.size_bytes
