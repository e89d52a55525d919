"""Put another stable memory into a canister: one that was saved, or that a test damaged."""

from __future__ import annotations

from scm.model import Principal
from scm.replica.errors import InstallError, ReplicaUsageError
from scm.replica.replica import Replica
from scm.replica.stable import STABLE_PAGE_BYTES, StableMemory


def replace_stable_memory(replica: Replica, canister_id: Principal, content: bytes) -> None:
    """Give a canister another stable memory, and upgrade it to its own code to go on with that.

    `canister_pre_upgrade` does not run.  Raises `InstallError` if the code refuses the memory; the
    canister is as before then.
    """
    canister = replica._state.canisters.get(canister_id)
    if canister is None or canister.code is None or len(content) % STABLE_PAGE_BYTES:
        raise ReplicaUsageError(
            f"stable memory is whole pages of {STABLE_PAGE_BYTES:,} bytes, of a canister with code"
        )
    before = canister.stable
    canister.stable = StableMemory.from_bytes(content)
    wasm = canister.code.module.wasm
    try:
        replica.install(canister_id, wasm, mode="upgrade", skip_pre_upgrade=True)
    except InstallError:
        replica._state.canisters[canister_id].stable = before
        raise


def canisters_with_code(replica: Replica) -> tuple[Principal, ...]:
    """The canisters that may have a stable memory, in the order they were created."""
    canisters = replica._state.canisters.items()
    return tuple([name for name, canister in canisters if canister.code is not None])
