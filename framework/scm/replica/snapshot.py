"""Snapshots of canisters: what they hold, and how big it is.

Interface Spec, "Canister snapshots".  A snapshot is frozen, and its memories are never written, so
forks of a replica share it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from attrs import field, frozen

from scm.model import Principal
from scm.replica.stable import StableMemory

SNAPSHOTS_MAX: Final = 10
CHUNK_BYTES_MAX: Final = 1024 * 1024  # Chunk store; each chunk counts as that much.

_GLOBAL_BYTES: Final = 8


class HookStatus(Enum):
    """Of `canister_on_low_wasm_memory`; values are tags of the interface."""

    CONDITION_NOT_SATISFIED = "condition_not_satisfied"
    READY = "ready"
    EXECUTED = "executed"


@frozen
class WasmGlobal:
    """A mutable global: its type (`i32`, `i64`, `f32`, `f64`) and value.

    Integers are signed.  An f32 or f64 is kept as its bits, as a Python float does not hold every
    NaN, or as the `float` that was uploaded.
    """

    type: str
    value: int | float


@frozen
class Snapshot:
    """A canister's code and memories at one moment, taken from it or uploaded."""

    snapshot_id: bytes
    canister_id: Principal
    taken_at_ns: int
    canister_version: int
    is_uploaded: bool
    wasm_module: bytes = field(repr=False)
    heap: StableMemory = field(repr=False)
    stable: StableMemory = field(repr=False)
    globals: tuple[WasmGlobal, ...]
    certified_data: bytes
    chunk_store: Mapping[bytes, bytes] = field(repr=False)
    global_timer_ns: int | None
    low_memory_hook: HookStatus | None

    @property
    def size_bytes(self) -> int:
        """What counts as its size, for `total_size` and the canister's memory."""
        return (
            len(self.wasm_module)
            + self.heap.size_bytes
            + self.stable.size_bytes
            + _GLOBAL_BYTES * len(self.globals)
            + len(self.certified_data)
            + CHUNK_BYTES_MAX * len(self.chunk_store)
        )


def snapshot_id(canister_id: Principal, number: int) -> bytes:
    """The id of a canister's snapshot: its number, then the canister."""
    return number.to_bytes(8, "big") + canister_id.raw
