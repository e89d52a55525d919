"""Plain records: what the replica knows between messages.  No behaviour here.

Only `transitions.py` and `transport.py` change a `ReplicaState`; see the Interface Spec, "Abstract
behavior", for the same records in the specification's words.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final, NewType

from attrs import Factory, define, frozen

from scm.model import Principal
from scm.replica.canister_module import CanisterModule
from scm.replica.heap import Heap
from scm.replica.history import History
from scm.replica.http_messages import HttpHandler
from scm.replica.root_key import KNOWN_ROOT_KEY, RootKey
from scm.replica.settings import Settings
from scm.replica.snapshot import HookStatus, Snapshot
from scm.replica.stable import StableChanges, StableMemory
from scm.replica.trace import Tracer
from scm.wasm.engine_config import EngineKind

if TYPE_CHECKING:
    from scm.replica.system_api import ExecutionSlot

START_TIME_NS: Final = 1_767_225_600 * 10**9  # 2026-01-01T00:00:00Z
NO_DEADLINE: Final = 0

IngressId = NewType("IngressId", int)
ContextId = NewType("ContextId", int)
CallbackId = NewType("CallbackId", int)
DeliveryId = NewType("DeliveryId", int)


@frozen
class Pending:
    """The call is not answered yet."""


@frozen
class Replied:
    """The call's reply, as the bytes that the callee gave."""

    data: bytes


@frozen
class Rejected:
    """The call's reject: `code` as in `RejectCode`, `error_code` such as `IC0503`."""

    code: int
    message: str
    error_code: str


Outcome = Replied | Rejected


class CanisterStatus(IntEnum):
    """Values as `ic0.canister_status` gives them."""

    RUNNING = 1
    STOPPING = 2
    STOPPED = 3


class DeliveryKind(StrEnum):
    """What a message on its way is."""

    INGRESS = "ingress"
    REQUEST = "request"
    RESPONSE = "response"


@frozen
class Closure:
    """A callback as the system keeps it: a function table index and a number for it."""

    function: int
    environment: int


@frozen
class IngressOrigin:
    """A user's call."""

    ingress_id: IngressId


@frozen
class CallOrigin:
    """Another canister's call."""

    callback_id: CallbackId


@frozen
class SystemOrigin:
    """A heartbeat or a timer; nobody waits for a response."""


Origin = IngressOrigin | CallOrigin | SystemOrigin


@frozen
class Delivery:
    """A message on its way: from whom, to whom, and what it carries.

    For a response, `sender` is the canister that was called, `method` the method that was called
    and `payload` the reply, or the reject message as UTF-8; `response` has it in full.
    """

    delivery_id: DeliveryId
    kind: DeliveryKind
    sender: Principal
    receiver: Principal
    method: str
    payload: bytes
    cycles: int
    origin: Origin
    response: Outcome | None = None
    deadline_ns: int = NO_DEADLINE
    bypasses_holds: bool = False
    sender_version: int | None = None
    """Of a canister's request: `ic0.canister_version` when it was made."""

    @property
    def is_best_effort(self) -> bool:
        """Whether the call has a deadline, so that the system may answer SYS_UNKNOWN."""
        return self.deadline_ns != NO_DEADLINE


@define
class CallContext:
    """One entry into a canister that may still have to be answered."""

    context_id: ContextId
    canister_id: Principal
    origin: Origin
    caller: Principal
    method: str
    available_cycles: int
    deadline_ns: int
    has_responded: bool = False
    is_deleted: bool = False
    outstanding_callbacks: int = 0
    fuel: int = 0


@frozen
class CallFees:
    """What a call has prepaid: for the ways there and back, and for its callback."""

    transmission: int = 0
    callback: int = 0

    @property
    def total(self) -> int:
        """Cycles in all."""
        return self.transmission + self.callback


NO_FEES: Final = CallFees()


@frozen
class Callback:
    """An outgoing call that waits for its response."""

    callback_id: CallbackId
    context_id: ContextId
    canister_id: Principal
    callee: Principal
    method: str
    cycles: int
    on_reply: Closure
    on_reject: Closure
    on_cleanup: Closure | None
    deadline_ns: int
    fees: CallFees = NO_FEES


@frozen
class OutgoingCall:
    """A call that an execution performed."""

    callee: Principal
    method: str
    argument: bytes
    cycles: int
    on_reply: Closure
    on_reject: Closure
    on_cleanup: Closure | None
    deadline_ns: int
    fees: CallFees = NO_FEES


@frozen
class LogRecord:
    """One line of a canister's log."""

    index: int
    time_ns: int
    content: bytes


@define
class InstalledCode:
    """A module, the heap it runs on, and where its host functions find the running execution."""

    module: CanisterModule
    heap: Heap
    slot: ExecutionSlot


@frozen
class StopRequest:
    """Someone waits for the canister to have stopped, until `deadline_ns`."""

    origin: Origin
    deadline_ns: int
    cycles: int = 0


@define
class CanisterState:
    """Everything that belongs to one canister."""

    canister_id: Principal
    controllers: tuple[Principal, ...]
    cycles: int
    status: CanisterStatus = CanisterStatus.RUNNING
    version: int = 0
    code: InstalledCode | None = None
    stable: StableMemory = Factory(StableMemory)
    certified_data: bytes = b""
    global_timer_ns: int = 0
    logs: list[LogRecord] = Factory(list)
    next_log_index: int = 0
    log_size_bytes: int = 0
    stop_requests: list[StopRequest] = Factory(list)
    settings: Settings = Factory(Settings)
    history: History = Factory(History)
    chunk_store: dict[bytes, bytes] = Factory(dict)
    """Chunks of modules by their SHA-256, in the order they came."""
    snapshots: dict[bytes, Snapshot] = Factory(dict)
    next_snapshot: int = 0
    low_memory_hook: HookStatus = HookStatus.CONDITION_NOT_SATISFIED
    cycles_consumed: Counter[str] = Factory(Counter)
    """By the field names of `canister_metrics`."""
    query_stats: Counter[str] = Factory(Counter)
    """By the field names of `canister_status`."""
    created_ns: int = 0
    installed_ns: int = 0
    """When the code that is there was last installed or upgraded; 0 if it never was."""
    paid_until_ns: int = 0
    """Until when idle costs are collected, where there are fees."""

    @property
    def is_memory_64(self) -> bool:
        """Whether the installed module has a 64-bit memory; False without one."""
        return self.code is not None and self.code.module.is_memory_64


@frozen
class Effects:
    """What a finished execution wants changed; nothing has been changed yet but the live heap."""

    response: Outcome | None
    calls: tuple[OutgoingCall, ...]
    cycles_balance: int
    cycles_accepted: int
    stable: StableChanges
    certified_data: bytes | None
    global_timer_ns: int | None
    has_accepted_message: bool
    cycles_burned: int = 0


@frozen
class Trap:
    """Why an execution was undone."""

    error: Rejected


@frozen
class ExecutionResult:
    """Effects or trap, and what is kept either way."""

    effects: Effects | Trap
    logs: tuple[bytes, ...]
    fuel: int


@frozen
class UserRequest:
    """How a call came over the network: its id, who has signed it, until when it could come."""

    request_id: bytes
    sender: Principal
    expires_ns: int


@frozen
class IngressRecord:
    """A user's call and its status."""

    canister_id: Principal
    method: str
    status: Pending | Outcome = Factory(Pending)
    fuel: int = 0
    request: UserRequest | None = None
    answered_ns: int = 0
    """When it was answered, in nanoseconds since 1970."""


@define
class Hold:
    """A park for the deliveries that `predicate` picks; the same in forks by its number."""

    hold_id: int
    predicate: Callable[[Delivery], bool]
    parked: list[Delivery] = Factory(list)


@define
class ReplicaState:
    """The whole world."""

    random: random.Random
    tracer: Tracer
    request_queue_capacity: int
    cache_directory: Path | None
    engine_kind: EngineKind = EngineKind.FUEL
    time_ns: int = START_TIME_NS
    canisters: dict[Principal, CanisterState] = Factory(dict)
    contexts: dict[ContextId, CallContext] = Factory(dict)
    callbacks: dict[CallbackId, Callback] = Factory(dict)
    canister_queue: deque[Delivery] = Factory(deque)
    ingress_queue: deque[Delivery] = Factory(deque)
    is_ingress_next: bool = True
    holds: list[Hold] = Factory(list)
    deadlines: list[tuple[int, CallbackId]] = Factory(list)
    open_calls: Counter[tuple[Principal, Principal]] = Factory(Counter)
    """How many of `callbacks` there are, by caller and callee."""
    ingress: dict[IngressId, IngressRecord] = Factory(dict)
    next_canister_index: int = 0
    deleted_ids: set[Principal] = Factory(set)
    subnet_admins: tuple[Principal, ...] = ()
    http_handler: HttpHandler | None = None
    http_nodes: int = 1
    root_key: RootKey = KNOWN_ROOT_KEY
    has_fees: bool = False
    cut_after: int | None = None
    """Executions stop after so many instructions, if that is less than they may have."""
    is_cleanup_cut: bool = True
    """Whether that is so for cleanup callbacks, too."""
    cycles_burned: int = 0
    """Cycles that are nobody's any more: fees, what canisters burned, what was lost."""
    next_id: int = 1
