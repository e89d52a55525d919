"""Changes to canisters and call contexts: small steps that the rest of the replica composes.

With `transport.py` (messages on their way) the only code that changes the state.

Interface Spec, "Abstract behavior".  Each function is one sentence of a rule there; the rules
themselves are in `messages.py`, `lifecycle.py` and `install.py`.
"""

from __future__ import annotations

from typing import Final

from attrs import evolve

from scm.model import Principal
from scm.replica.history import (
    CHANGES_KEPT,
    CODE_DEPLOYMENT,
    Change,
    ChangeOrigin,
    Tag,
    controllers_changed,
    created,
)
from scm.replica.http_messages import HttpHandler
from scm.replica.settings import Settings, variables_hash
from scm.replica.snapshot import HookStatus, Snapshot
from scm.replica.stable import StableMemory
from scm.replica.state import (
    CallContext,
    CanisterState,
    CanisterStatus,
    ContextId,
    Delivery,
    Effects,
    ExecutionResult,
    IngressOrigin,
    LogRecord,
    ReplicaState,
    StopRequest,
    SystemOrigin,
)
from scm.replica.trace import Event, StatusChanged

# The platform keeps 4 KiB of log per canister and is raising that; tests want whole tracebacks.
LOG_BYTES_MAX: Final = 2 * 1024 * 1024

_HEAP_BYTES_MAX_32: Final = 4 * 1024**3  # Resource limits, "Wasm heap memory"
_HEAP_BYTES_MAX_64: Final = 6 * 1024**3


def new_id(state: ReplicaState) -> int:
    """A number never given before."""
    state.next_id += 1
    return state.next_id - 1


def emit(state: ReplicaState, event: Event) -> None:
    """Tell the tracer."""
    state.tracer.record(event)


def set_time(state: ReplicaState, time_ns: int) -> None:
    """Move the clock forward; it never goes back."""
    assert time_ns >= state.time_ns
    state.time_ns = time_ns


def set_subnet_admins(state: ReplicaState, principals: tuple[Principal, ...]) -> None:
    """Who may do what administrators of the subnet may."""
    state.subnet_admins = principals


def set_http_handler(state: ReplicaState, handler: HttpHandler | None, nodes: int) -> None:
    """Who answers HTTP outcalls, and how many nodes ask."""
    state.http_handler = handler
    state.http_nodes = nodes


# Canisters.


def create_canister(
    state: ReplicaState,
    controllers: tuple[Principal, ...],
    cycles: int,
    *,
    settings: Settings | None = None,
    canister_id: Principal | None = None,
    origin: ChangeOrigin | None = None,
) -> CanisterState:
    """Add an empty canister, by default with the next id and as its first controller's doing."""
    canister = CanisterState(
        canister_id=_next_canister_id(state) if canister_id is None else canister_id,
        controllers=controllers,
        cycles=cycles,
        settings=settings or Settings(),
        created_ns=state.time_ns,
        paid_until_ns=state.time_ns,
    )
    state.canisters[canister.canister_id] = canister
    has_variables = bool(canister.settings.environment_variables)
    details = created(controllers, variables_hash(canister.settings) if has_variables else None)
    creator = origin or ChangeOrigin(next(iter(controllers), Principal.anonymous()))
    record_change(state, canister, creator, details)
    return canister


def _next_canister_id(state: ReplicaState) -> Principal:
    while True:
        canister_id = Principal(state.next_canister_index.to_bytes(8, "big") + b"\x01\x01")
        state.next_canister_index += 1
        if canister_id not in state.canisters and canister_id not in state.deleted_ids:
            return canister_id


def delete_canister(state: ReplicaState, canister: CanisterState) -> None:
    """Remove a canister for good, cycles and all; its id is not given again."""
    burn_cycles(state, canister.cycles)
    del state.canisters[canister.canister_id]
    state.deleted_ids.add(canister.canister_id)


def replace_canister(state: ReplicaState, canister: CanisterState) -> None:
    """Put a new version of a canister's state in place of the old one."""
    state.canisters[canister.canister_id] = canister
    update_low_memory_hook(canister)


def record_change(
    state: ReplicaState, canister: CanisterState, origin: ChangeOrigin, details: Tag
) -> None:
    """Add to a canister's history; the oldest entry goes when there is no room."""
    history = canister.history
    history.changes.append(Change(state.time_ns, canister.version, origin, details))
    history.count += 1
    del history.changes[:-CHANGES_KEPT]
    if details.name == CODE_DEPLOYMENT:
        canister.installed_ns = state.time_ns


def change_settings(
    state: ReplicaState,
    canister: CanisterState,
    origin: ChangeOrigin,
    settings: Settings,
    controllers: tuple[Principal, ...] | None,
) -> None:
    """New settings, and controllers if not None; counts as one change of the canister."""
    canister.settings = settings
    canister.version += 1
    update_low_memory_hook(canister)
    if controllers is not None:
        canister.controllers = controllers
        record_change(state, canister, origin, controllers_changed(controllers))


def update_low_memory_hook(canister: CanisterState) -> None:
    """`canister_on_low_wasm_memory` gets ready when memory becomes low, once until it is not."""
    if not _is_memory_low(canister):
        canister.low_memory_hook = HookStatus.CONDITION_NOT_SATISFIED
    elif canister.low_memory_hook is HookStatus.CONDITION_NOT_SATISFIED:
        canister.low_memory_hook = HookStatus.READY


def set_low_memory_hook(canister: CanisterState, status: HookStatus) -> None:
    canister.low_memory_hook = status


def _is_memory_low(canister: CanisterState) -> bool:
    code = canister.code
    if code is None:
        return False
    maximum = _HEAP_BYTES_MAX_64 if code.module.is_memory_64 else _HEAP_BYTES_MAX_32
    capacity = min(canister.settings.wasm_memory_limit or maximum, maximum)
    remaining = max(capacity - code.heap.committed_size_bytes, 0)
    return remaining < canister.settings.wasm_memory_threshold


def store_chunk(canister: CanisterState, chunk_hash: bytes, chunk: bytes) -> None:
    """Keep a chunk under its SHA-256."""
    canister.chunk_store[chunk_hash] = chunk


def clear_chunk_store(canister: CanisterState) -> None:
    canister.chunk_store = {}


def store_snapshot(canister: CanisterState, snapshot: Snapshot) -> None:
    """Keep a snapshot, new or changed."""
    canister.snapshots[snapshot.snapshot_id] = snapshot


def next_snapshot_number(canister: CanisterState) -> int:
    """A number that no snapshot of this canister has had."""
    canister.next_snapshot += 1
    return canister.next_snapshot - 1


def delete_snapshot(canister: CanisterState, snapshot_id: bytes) -> None:
    """Forget a snapshot, which must be there."""
    del canister.snapshots[snapshot_id]


def count_query(
    canister: CanisterState, *, fuel: int, request_bytes: int, response_bytes: int
) -> None:
    """Note a query that a user's call ran, for the statistics in `canister_status`."""
    stats = canister.query_stats
    stats["num_calls_total"] += 1
    stats["num_instructions_total"] += fuel
    stats["request_payload_bytes_total"] += request_bytes
    stats["response_payload_bytes_total"] += response_bytes


def add_cycles(canister: CanisterState, cycles: int) -> None:
    canister.cycles += cycles


def burn_cycles(state: ReplicaState, cycles: int) -> None:
    """Note cycles that have left a balance, or got lost on their way, for good."""
    state.cycles_burned += cycles


def note_spent(state: ReplicaState, canister: CanisterState, use: str, cycles: int) -> None:
    """Book cycles that are gone already, by a field name of `canister_metrics`."""
    canister.cycles_consumed[use] += cycles
    state.cycles_burned += cycles


def spend_cycles(state: ReplicaState, canister: CanisterState, use: str, cycles: int) -> None:
    """Take cycles off a balance, for a use of `canister_metrics`."""
    assert cycles <= canister.cycles
    canister.cycles -= cycles
    note_spent(state, canister, use, cycles)


def return_cycles(state: ReplicaState, canister: CanisterState, use: str, cycles: int) -> None:
    """Give back cycles that were spent on something that came cheaper."""
    canister.cycles += cycles
    note_spent(state, canister, use, -cycles)


def strip_canister(canister: CanisterState) -> None:
    """Take away everything that a canister would have to pay for, beside its code."""
    canister.settings = evolve(canister.settings, compute_allocation=0, memory_allocation=0)
    canister.history.changes.clear()
    canister.snapshots = {}


def set_paid_until(canister: CanisterState, time_ns: int) -> None:
    """Note until when, in nanoseconds since 1970, idle costs are collected."""
    canister.paid_until_ns = time_ns


def set_status(state: ReplicaState, canister: CanisterState, status: CanisterStatus) -> None:
    """Start or stop a canister: a new version of it."""
    canister.status = status
    canister.version += 1
    emit(state, StatusChanged(canister.canister_id, status.name.lower()))


def add_stop_request(canister: CanisterState, request: StopRequest) -> None:
    """Note who waits for the canister to be stopped."""
    canister.stop_requests.append(request)


def take_stop_requests(canister: CanisterState) -> list[StopRequest]:
    """All waiting stop requests, removed."""
    requests = canister.stop_requests
    canister.stop_requests = []
    return requests


def remove_code(canister: CanisterState) -> None:
    """Back to an empty canister; balance, settings, status, history and snapshots stay."""
    canister.code = None
    canister.stable = StableMemory()
    canister.certified_data = b""
    canister.logs = []
    canister.log_size_bytes = 0
    canister.global_timer_ns = 0
    canister.chunk_store = {}
    canister.version += 1
    update_low_memory_hook(canister)


def disarm_timer(canister: CanisterState) -> None:
    canister.global_timer_ns = 0


def append_logs(canister: CanisterState, time_ns: int, contents: tuple[bytes, ...]) -> None:
    """Add log records; the oldest go when there is no room."""
    for content in contents:
        canister.logs.append(LogRecord(canister.next_log_index, time_ns, content))
        canister.next_log_index += 1
        canister.log_size_bytes += len(content)
    while canister.log_size_bytes > LOG_BYTES_MAX:
        canister.log_size_bytes -= len(canister.logs.pop(0).content)


def keep_logs(canister: CanisterState, draft: CanisterState) -> None:
    """Of a failed install only the log records are kept."""
    new_records = [record for record in draft.logs if record.index >= canister.next_log_index]
    append_logs(
        canister,
        new_records[0].time_ns if new_records else 0,
        tuple(record.content for record in new_records),
    )


def apply_effects(canister: CanisterState, effects: Effects) -> None:
    """Commit what one execution did to its own canister."""
    assert canister.code is not None
    canister.code.heap.commit()
    apply_effects_without_heap(canister, effects)
    update_low_memory_hook(canister)


def apply_effects_without_heap(canister: CanisterState, effects: Effects) -> None:
    """Commit everything but the heap."""
    effects.stable.merge_into(canister.stable)
    canister.cycles = effects.cycles_balance
    canister.cycles_consumed["burned_cycles"] += effects.cycles_burned
    canister.version += 1
    if effects.certified_data is not None:
        canister.certified_data = effects.certified_data
    if effects.global_timer_ns is not None:
        canister.global_timer_ns = effects.global_timer_ns


def apply_query_effects(canister: CanisterState, effects: Effects) -> None:
    """Of a query executed replicated only cycles are kept."""
    assert canister.code is not None
    canister.code.heap.roll_back()
    canister.cycles = effects.cycles_balance
    canister.cycles_consumed["burned_cycles"] += effects.cycles_burned
    canister.version += 1


# Call contexts and callbacks.


def open_context(
    state: ReplicaState, canister_id: Principal, delivery: Delivery | None, method: str
) -> CallContext:
    """Enter a canister: for a delivered request, or for a system task (`delivery` None)."""
    management = Principal.management_canister()
    context = CallContext(
        context_id=ContextId(new_id(state)),
        canister_id=canister_id,
        origin=SystemOrigin() if delivery is None else delivery.origin,
        caller=management if delivery is None else delivery.sender,
        method=method,
        available_cycles=0 if delivery is None else delivery.cycles,
        deadline_ns=0 if delivery is None else delivery.deadline_ns,
        has_responded=delivery is None,
    )
    state.contexts[context.context_id] = context
    return context


def account_execution(state: ReplicaState, context: CallContext, result: ExecutionResult) -> None:
    """Keep what counts even after a trap: fuel and logs."""
    context.fuel += result.fuel
    append_logs(state.canisters[context.canister_id], state.time_ns, result.logs)
    if isinstance(context.origin, IngressOrigin):
        ingress_id = context.origin.ingress_id
        state.ingress[ingress_id] = evolve(state.ingress[ingress_id], fuel=context.fuel)


def accept_cycles(context: CallContext, cycles: int) -> None:
    """Take cycles from those that came with the call; there must be so many."""
    assert cycles <= context.available_cycles
    context.available_cycles -= cycles


def remove_context_if_done(state: ReplicaState, context: CallContext) -> None:
    """A context ends when it has responded and waits for nothing."""
    if context.has_responded and not context.outstanding_callbacks:
        del state.contexts[context.context_id]


def mark_deleted(context: CallContext) -> None:
    """Note that the canister was uninstalled: the context answers nothing any more."""
    context.is_deleted = True
