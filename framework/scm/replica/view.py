"""A look into one canister; nothing here changes anything."""

from __future__ import annotations

from attrs import frozen

from scm.model import Principal
from scm.replica.freezing import limit_of
from scm.replica.history import Change
from scm.replica.settings import Settings
from scm.replica.state import (
    Callback,
    CallContext,
    CanisterState,
    InstalledCode,
    LogRecord,
    ReplicaState,
)
from scm.wasm.engine import FunctionType, TableSlot


@frozen
class CanisterView:
    """The canister as it is at the moment of each access."""

    _replica_state: ReplicaState
    canister_id: Principal

    @property
    def module_hash(self) -> bytes | None:
        """SHA-256 of the module as installed; None for an empty canister."""
        code = self._state.code
        return None if code is None else code.module.module_hash

    @property
    def status(self) -> str:
        """`running`, `stopping` or `stopped`."""
        return self._state.status.name.lower()

    @property
    def cycles(self) -> int:
        """The balance."""
        return self._state.cycles

    @property
    def freezing_limit(self) -> int:
        """The cycles below which the canister is frozen; 0 in a replica without fees."""
        return limit_of(self._state) if self._replica_state.has_fees else 0

    @property
    def controllers(self) -> tuple[Principal, ...]:
        """The controllers, as they were given."""
        return self._state.controllers

    @property
    def settings(self) -> Settings:
        """All settings but the controllers."""
        return self._state.settings

    @property
    def history(self) -> tuple[Change, ...]:
        """The last changes of code and controllers, as `canister_info` tells them."""
        return tuple(self._state.history.changes)

    @property
    def version(self) -> int:
        """The version counter, as `ic0.canister_version` gives it."""
        return self._state.version

    @property
    def certified_data(self) -> bytes:
        """Up to 32 bytes, as `ic0.certified_data_set` left them."""
        return self._state.certified_data

    @property
    def global_timer_ns(self) -> int:
        """When the global timer fires; 0 if it is not set."""
        return self._state.global_timer_ns

    @property
    def logs(self) -> tuple[LogRecord, ...]:
        """The log records that are kept, the oldest first."""
        return tuple(self._state.logs)

    @property
    def heap_size_bytes(self) -> int:
        """The size of the Wasm memory; 0 for an empty canister."""
        code = self._state.code
        return 0 if code is None else code.heap.committed_size_bytes

    @property
    def stable_memory_size_bytes(self) -> int:
        """The size of stable memory: whole pages of 64 KiB."""
        return self._state.stable.size_bytes

    @property
    def stable_memory(self) -> bytes:
        """All of stable memory; `read_stable_memory` is cheaper if there is much."""
        return self.read_stable_memory(0, self.stable_memory_size_bytes)

    def read_stable_memory(self, offset: int, size_bytes: int) -> bytes:
        """A part of stable memory; raises `IndexError` outside of it."""
        return self._state.stable.read(offset, size_bytes)

    @property
    def open_call_contexts(self) -> tuple[CallContext, ...]:
        """Contexts that must still respond or wait for a response."""
        return tuple(
            context
            for context in self._replica_state.contexts.values()
            if context.canister_id == self.canister_id
        )

    @property
    def outstanding_callbacks(self) -> tuple[Callback, ...]:
        """Calls of this canister that have no response yet."""
        return tuple(
            callback
            for callback in self._replica_state.callbacks.values()
            if callback.canister_id == self.canister_id
        )

    @property
    def methods(self) -> dict[str, str]:
        """Public methods: name to `update`, `query` or `composite_query`."""
        code = self._state.code
        return {} if code is None else {n: k.value for n, k in code.module.methods.items()}

    def custom_section(self, name: str) -> bytes | None:
        """A custom section by its full name (`icp:public candid:service`), or None."""
        code = self._state.code
        return None if code is None else code.module.custom_sections.get(name)

    def table_entry(self, index: int) -> FunctionType | TableSlot:
        """What slot `index` of the function table holds in the installed module."""
        return self._code.heap.instance.table_entry(index)

    @property
    def _state(self) -> CanisterState:
        return self._replica_state.canisters[self.canister_id]

    @property
    def _code(self) -> InstalledCode:
        code = self._state.code
        assert code is not None, "the canister is empty"
        return code
