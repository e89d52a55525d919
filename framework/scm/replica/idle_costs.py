"""What canisters pay while time passes: for memory and compute allocation.

As on the platform this is collected every ten seconds, until a canister cannot pay: then it loses
its code, its allocations, its snapshots and what is left of its balance.
"""

from __future__ import annotations

from scm.replica import lifecycle, transitions
from scm.replica.fees import COLLECTION_NS, collected_cycles
from scm.replica.freezing import idle_cycles, memory_bytes
from scm.replica.state import CanisterState, ReplicaState


def collect_idle_costs(state: ReplicaState) -> None:
    """Collect everything that has become due, at once; nothing in a replica without fees."""
    if not state.has_fees:
        return
    for canister in list(state.canisters.values()):
        times = (state.time_ns - canister.paid_until_ns) // COLLECTION_NS
        if times:
            transitions.set_paid_until(canister, canister.paid_until_ns + times * COLLECTION_NS)
            _collect(state, canister, times)


def _collect(state: ReplicaState, canister: CanisterState, times: int) -> None:
    idle = idle_cycles(canister.settings, memory_bytes(canister))
    memory = collected_cycles(idle.memory)
    compute = collected_cycles(idle.compute_allocation)
    at_once = memory + compute
    paid_times = min(times, canister.cycles // at_once) if at_once else times
    transitions.spend_cycles(state, canister, "memory", memory * paid_times)
    transitions.spend_cycles(state, canister, "compute_allocation", compute * paid_times)
    if paid_times < times:
        _run_out(state, canister)


def _run_out(state: ReplicaState, canister: CanisterState) -> None:
    """Interface Spec, "Canister out of cycles": as if uninstalled, and nothing is left to pay."""
    lifecycle.uninstall(state, canister, None)
    transitions.strip_canister(canister)
    transitions.spend_cycles(state, canister, "uninstall", canister.cycles)
