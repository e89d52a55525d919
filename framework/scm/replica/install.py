"""Install, reinstall and upgrade: atomic, between messages, without stopping.

Interface Spec, "Abstract behavior": "IC Management Canister: Code installation" and "Code upgrade".
All stages work on a draft of the canister; only a draft that passed them all takes its place.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, TypeVar

from attrs import define, evolve, frozen

from scm.model import Principal
from scm.replica import charges, transitions
from scm.replica.canister_module import START_EXPORT, CanisterModule
from scm.replica.code import instantiate_code
from scm.replica.errors import InvalidModule, ReplicaUsageError
from scm.replica.execute import canister_error, execute
from scm.replica.execution import INSTALL_INSTRUCTIONS_MAX, Invocation, executed
from scm.replica.history import ChangeOrigin, deployed
from scm.replica.management_calls import not_controller
from scm.replica.module_checks import load_module
from scm.replica.stable import StableMemory
from scm.replica.state import (
    CanisterState,
    Effects,
    InstalledCode,
    Rejected,
    ReplicaState,
    Trap,
)
from scm.replica.trace import Installed
from scm.wasm.engine import WasmError, WasmTrap
from scm.wasm.ic0_table import Context

COMPILE_INSTRUCTIONS: Final = 6_000
"""Charged for compiling one instruction of a module (the replica's `cost_to_compile`)."""

_PERSISTENCE_SECTION: Final = "icp:private enhanced-orthogonal-persistence"


class MemoryPersistence(StrEnum):
    """What an upgrade does with the heap; see `InstallRequest`."""

    KEEP = "keep"
    REPLACE = "replace"


class InstallMode(StrEnum):
    """What happens to the canister that is there."""

    INSTALL = "install"
    REINSTALL = "reinstall"
    UPGRADE = "upgrade"


_Choice = TypeVar("_Choice", bound=StrEnum)


def choose(kind: type[_Choice], value: str, argument: str) -> _Choice:
    """The member of `kind` that `argument` names.  Raises `ReplicaUsageError` if there is none."""
    if value not in [*kind]:
        known = ", ".join(f"`{member}`" for member in kind)
        raise ReplicaUsageError(f"`{argument}` is one of {known}, not `{value}`")
    return kind(value)


@frozen
class InstallRequest:
    """What to install, how, and for whom (`sender` is what the hooks see as the caller).

    `memory_persistence` must be given for an upgrade of a module that says, in a custom section,
    that its heap outlives upgrades.  `origin` is for the history: by default `sender`, as a user.
    """

    canister_id: Principal
    wasm: bytes
    argument: bytes
    mode: InstallMode
    sender: Principal
    skip_pre_upgrade: bool = False
    memory_persistence: MemoryPersistence | None = None
    origin: ChangeOrigin | None = None

    @property
    def keeps_memory(self) -> bool:
        """Whether the heap outlives the upgrade (enhanced orthogonal persistence)."""
        is_upgrade = self.mode is InstallMode.UPGRADE
        return is_upgrade and self.memory_persistence is MemoryPersistence.KEEP


@define
class _Budget:
    """The instructions that an installation may still use, in all its stages."""

    left: int


def install_code(state: ReplicaState, request: InstallRequest) -> Rejected | None:
    """Carry out an install_code call: None if it took effect, else why it did not."""
    canister = state.canisters.get(request.canister_id)
    refusal = _refuse(canister, request)
    if refusal is not None:
        return refusal
    assert canister is not None
    module = _load(state, request)
    is_memory_64 = isinstance(module, CanisterModule) and module.is_memory_64
    frozen = charges.prepay(state, canister, INSTALL_INSTRUCTIONS_MAX, is_memory_64=is_memory_64)
    if frozen is not None:
        return evolve(frozen, message=f"Canister installation failed with `{frozen.message}`.")
    budget = _Budget(INSTALL_INSTRUCTIONS_MAX)
    rejected = _install(state, canister, module, request, budget)
    charges.return_unused(
        state,
        state.canisters[request.canister_id],
        max(0, budget.left),
        is_memory_64=is_memory_64,
    )
    return rejected


def _load(state: ReplicaState, request: InstallRequest) -> CanisterModule | Rejected:
    try:
        return load_module(request.wasm, state.cache_directory, state.engine_kind)
    except InvalidModule as invalid:
        detail = f"Canister's Wasm module is not valid: {invalid.reason}"
        return canister_error(request.canister_id, 505, detail)


def _install(
    state: ReplicaState,
    canister: CanisterState,
    module: CanisterModule | Rejected,
    request: InstallRequest,
    budget: _Budget,
) -> Rejected | None:
    if isinstance(module, Rejected):
        return _finish(state, request, module)
    if request.keeps_memory and _PERSISTENCE_SECTION not in module.custom_sections:
        detail = (
            "Invalid upgrade option: The `wasm_memory_persistence: opt keep` upgrade option "
            "requires that the new canister module supports enhanced orthogonal persistence."
        )
        return _finish(state, request, Rejected(5, detail, "IC0504"))
    draft = _draft(canister)
    rejected = _run_stages(state, draft, module, request, budget)
    if rejected is None:
        rejected = charges.refuse_installed(state, draft, max(0, budget.left))
    return _finish(state, request, rejected, draft)


def _refuse(canister: CanisterState | None, request: InstallRequest) -> Rejected | None:
    canister_id = request.canister_id
    if canister is None:
        return Rejected(3, f"Canister {canister_id} not found.", "IC0301")
    if request.sender not in canister.controllers:
        return not_controller(canister, request.sender).rejected
    if request.mode is InstallMode.INSTALL and canister.code is not None:
        detail = (
            f"Canister {canister_id} cannot be installed because the canister is not empty. Try "
            "installing with mode='reinstall' instead."
        )
        return Rejected(5, detail, "IC0514")
    if request.mode is not InstallMode.UPGRADE:
        return None
    if canister.code is None:
        return canister_error(canister_id, 537, "the canister contains no Wasm module")
    if (
        request.memory_persistence is None
        and _PERSISTENCE_SECTION in canister.code.module.custom_sections
    ):
        detail = (
            "Missing upgrade option: Enhanced orthogonal persistence requires the "
            "`wasm_memory_persistence` upgrade option."
        )
        return Rejected(5, detail, "IC0504")
    return None


def _draft(canister: CanisterState) -> CanisterState:
    """A copy whose changes do not reach the original (live heaps aside)."""
    return evolve(
        canister,
        stable=canister.stable.copy(),
        logs=list(canister.logs),
        stop_requests=list(canister.stop_requests),
        history=canister.history.copy(),
        cycles_consumed=canister.cycles_consumed.copy(),
    )


def _run_stages(
    state: ReplicaState,
    draft: CanisterState,
    module: CanisterModule,
    request: InstallRequest,
    budget: _Budget,
) -> Rejected | None:
    version_before = draft.version
    kept: bytes | None = None
    if request.mode is InstallMode.UPGRADE:
        left = _run_pre_upgrade(state, draft, request, budget)
        if isinstance(left, Rejected):
            return left
        kept = left
    else:
        _clear(draft, request.mode)
    budget.left -= COMPILE_INSTRUCTIONS * module.instruction_count
    code = _instantiate(draft, module, kept)
    if isinstance(code, Rejected):
        return code
    draft.code = code
    draft.global_timer_ns = 0
    # The new code's hooks see the new version; the whole operation counts once.
    draft.version = version_before + 1
    is_upgrade = request.mode is InstallMode.UPGRADE
    entry = "canister_post_upgrade" if is_upgrade else "canister_init"
    for mode, export_name in ((Context.START, START_EXPORT), (Context.INIT, entry)):
        if export_name in module.exports:
            invocation = _invocation(state, request, mode, export_name, budget)
            rejected = _run_stage(state, draft, code, invocation, budget)
            draft.version = version_before + 1
            if rejected is not None:
                return rejected
    return None


def _run_pre_upgrade(
    state: ReplicaState, draft: CanisterState, request: InstallRequest, budget: _Budget
) -> bytes | Rejected | None:
    """Run the old code's hook: the heap it leaves behind, if that is to be kept."""
    code = draft.code
    assert code is not None
    if not request.skip_pre_upgrade and "canister_pre_upgrade" in code.module.exports:
        hook = "canister_pre_upgrade"
        invocation = _invocation(state, request, Context.PRE_UPGRADE, hook, budget)
        rejected = _run_stage(state, draft, code, invocation, budget)
        if rejected is not None:
            return rejected
    kept = code.heap.contents() if request.keeps_memory else None
    # The old heap must be whole again in case a later stage fails.
    code.heap.roll_back()
    return kept


def _clear(draft: CanisterState, mode: InstallMode) -> None:
    draft.stable = StableMemory()
    draft.certified_data = b""
    if mode is InstallMode.REINSTALL:
        draft.logs = []
        draft.log_size_bytes = 0


def _instantiate(
    draft: CanisterState, module: CanisterModule, kept: bytes | None
) -> InstalledCode | Rejected:
    """The new code on its own heap, or on the contents of the old one."""
    try:
        code = instantiate_code(module)
        if kept is not None:
            code.heap.replace(kept)
        return code
    except WasmTrap as trap:
        # Only segments run here; the start function was made an export.
        return canister_error(draft.canister_id, 502, f"Canister trapped: {trap.kind.value}")
    except WasmError as error:
        detail = f"Canister's Wasm module is not valid: {error.message}"
        return canister_error(draft.canister_id, 505, detail)


def _run_stage(
    state: ReplicaState,
    draft: CanisterState,
    code: InstalledCode,
    invocation: Invocation,
    budget: _Budget,
) -> Rejected | None:
    if state.cut_after is not None:
        invocation = evolve(invocation, fuel_limit=min(invocation.fuel_limit, state.cut_after))
    result = execute(draft, code, invocation)
    budget.left -= result.fuel
    transitions.append_logs(draft, state.time_ns, result.logs)
    error = result.effects.error if isinstance(result.effects, Trap) else None
    transitions.emit(state, executed(draft.canister_id, invocation, result))
    if isinstance(result.effects, Effects):
        _apply_stage(draft, code, invocation.mode, result.effects)
    return error


def _apply_stage(
    draft: CanisterState, code: InstalledCode, mode: Context, effects: Effects
) -> None:
    if mode is Context.PRE_UPGRADE:
        # Its effects on the draft are kept; `_run_pre_upgrade` sees to the heap.
        transitions.apply_effects_without_heap(draft, effects)
    else:
        transitions.apply_effects(draft, effects)


def _invocation(
    state: ReplicaState, request: InstallRequest, mode: Context, export_name: str, budget: _Budget
) -> Invocation:
    return Invocation(
        mode=mode,
        entry=export_name,
        caller=request.sender,
        time_ns=state.time_ns,
        argument=request.argument,
        fuel_limit=max(0, budget.left),
        has_fees=state.has_fees,
        root_key=state.root_key,
        whole_limit=INSTALL_INSTRUCTIONS_MAX,
    )


def _finish(
    state: ReplicaState,
    request: InstallRequest,
    rejected: Rejected | None,
    draft: CanisterState | None = None,
) -> Rejected | None:
    """Put the draft in place, or keep only the logs of the failed attempt."""
    canister = state.canisters[request.canister_id]
    module_hash = b""
    if draft is not None and rejected is None:
        assert draft.code is not None
        burned = draft.cycles_consumed["burned_cycles"] - canister.cycles_consumed["burned_cycles"]
        transitions.burn_cycles(state, burned)
        transitions.replace_canister(state, draft)
        module_hash = draft.code.module.module_hash
        origin = request.origin or ChangeOrigin(request.sender)
        details = deployed(request.mode.value, module_hash)
        transitions.record_change(state, draft, origin, details)
    elif draft is not None:
        transitions.keep_logs(canister, draft)
    error = None if rejected is None else rejected.message
    event = Installed(request.canister_id, request.mode.value, module_hash, error)
    transitions.emit(state, event)
    return rejected
