"""One execution of one entry point: what goes in (`Invocation`) and the scratch it works on.

`Execution` is what the System API functions read and write.  It belongs to one message and is
dropped after it; nothing here touches the replica's state.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from attrs import Factory, define, frozen

from scm.model import Principal
from scm.replica.api_costs import LogSpace
from scm.replica.root_key import KNOWN_ROOT_KEY, RootKey
from scm.replica.stable import StableChanges
from scm.replica.state import (
    NO_DEADLINE,
    CanisterState,
    Closure,
    ExecutionResult,
    Outcome,
    OutgoingCall,
    Trap,
)
from scm.replica.trace import Executed
from scm.wasm.engine import Instance
from scm.wasm.ic0_table import Context

MESSAGE_INSTRUCTIONS_MAX: Final = 40_000_000_000  # Resource limits, "update call"
INSTALL_INSTRUCTIONS_MAX: Final = 300_000_000_000
QUERY_INSTRUCTIONS_MAX: Final = 5_000_000_000
INSPECT_INSTRUCTIONS_MAX: Final = 200_000_000


MODE_TEXTS: Final = {
    Context.START: "start",
    Context.INIT: "init",
    Context.PRE_UPGRADE: "pre upgrade",
    Context.UPDATE: "update",
    Context.REPLICATED_QUERY: "replicated query",
    Context.NON_REPLICATED_QUERY: "non replicated query",
    Context.TRANSFORM_QUERY: "transform query",
    Context.COMPOSITE_QUERY: "composite query",
    Context.REPLY_CALLBACK: "reply callback",
    Context.REJECT_CALLBACK: "reject callback",
    Context.COMPOSITE_REPLY_CALLBACK: "composite reply callback",
    Context.COMPOSITE_REJECT_CALLBACK: "composite reject callback",
    Context.CLEANUP: "cleanup",
    Context.COMPOSITE_CLEANUP: "composite cleanup",
    Context.INSPECT_MESSAGE: "inspect message",
    Context.SYSTEM_TASK: "system task",
}
"""The words of the platform's error messages."""

_NON_REPLICATED: Final = frozenset(
    (
        Context.NON_REPLICATED_QUERY,
        Context.TRANSFORM_QUERY,
        Context.COMPOSITE_QUERY,
        Context.COMPOSITE_REPLY_CALLBACK,
        Context.COMPOSITE_REJECT_CALLBACK,
        Context.COMPOSITE_CLEANUP,
        Context.INSPECT_MESSAGE,
    )
)


@frozen
class Invocation:
    """What to run and what it may see.

    `entry` is an export name or a table closure.  `reject_code` is what `msg_reject_code` gives.
    """

    mode: Context
    entry: str | Closure
    caller: Principal
    time_ns: int
    argument: bytes = b""
    method: str = ""
    reject_code: int = 0
    reject_message: str = ""
    deadline_ns: int = NO_DEADLINE
    cycles_available: int = 0
    cycles_refunded: int = 0
    has_responded: bool = False
    fuel_before: int = 0
    fuel_limit: int = MESSAGE_INSTRUCTIONS_MAX
    whole_limit: int | None = None
    """The limit that an error tells, where this is only one part of what shares it."""
    open_calls: Mapping[tuple[Principal, Principal], int] = Factory(Counter)
    """Calls whose response is not consumed yet, by caller and callee."""
    request_queue_capacity: int = 500
    has_fees: bool = False
    root_key: RootKey = KNOWN_ROOT_KEY
    certificate: Callable[[], bytes] | None = None
    """Gives the data certificate, where there is one."""

    @property
    def is_replicated(self) -> bool:
        return self.mode not in _NON_REPLICATED


@define
class CallDraft:
    """A call under construction, between `call_new` and `call_perform`."""

    callee: Principal
    method: str
    on_reply: Closure
    on_reject: Closure
    on_cleanup: Closure | None = None
    argument: bytearray = Factory(bytearray)
    cycles: int = 0
    deadline_ns: int = NO_DEADLINE


@define
class Execution:
    """The scratch of one execution."""

    canister: CanisterState
    instance: Instance
    invocation: Invocation
    stable: StableChanges
    cycles_balance: int
    cycles_available: int
    cycles_accepted: int = 0
    cycles_burned: int = 0
    certified_data: bytes | None = None
    global_timer_ns: int | None = None
    reply: bytearray = Factory(bytearray)
    response: Outcome | None = None
    draft: CallDraft | None = None
    calls: list[OutgoingCall] = Factory(list)
    call_counts: Counter[Principal] = Factory(Counter)
    """By callee: a message may make a hundred thousand calls."""
    logs: list[bytes] = Factory(list)
    has_accepted_message: bool = False
    log_space: LogSpace = Factory(LogSpace)
    _certificate: bytes = b""

    @property
    def fuel_used(self) -> int:
        """All of it if the limit was met, whatever the counter says then."""
        return self.invocation.fuel_limit - max(0, self.instance.fuel)

    def data_certificate(self) -> bytes:
        """The data certificate, made when it is first asked for; raises `CanisterTrap`."""
        make = self.invocation.certificate
        if make is None:
            raise contract_violation("data certificate is not present")
        if not self._certificate:
            self._certificate = make()
        return self._certificate

    def charge(self, instructions: int) -> None:
        """Take instructions off what is left; raises `CanisterTrap` if that is not enough."""
        left = self.instance.fuel - instructions
        self.instance.fuel = left
        if left < 0:
            raise out_of_instructions(self.invocation)


class CanisterTrap(Exception):  # noqa: N818 - the platform's word
    """The execution stops; `log_text` adds a `[TRAP]` record to the log."""

    def __init__(self, error_code: int, detail: str, log_text: str | None = None) -> None:
        self.error_code = error_code
        self.detail = detail
        self.log_text = log_text
        super().__init__(detail)


def out_of_instructions(invocation: Invocation) -> CanisterTrap:
    """The trap for more instructions than a message may use (IC0522), for the caller to raise."""
    limit = invocation.fuel_limit if invocation.whole_limit is None else invocation.whole_limit
    detail = f"Canister exceeded the limit of {limit} instructions for single message execution."
    return CanisterTrap(522, detail, detail)


def contract_violation(message: str) -> CanisterTrap:
    """The trap for a broken rule of the System API (IC0504), to be raised by the caller."""
    return CanisterTrap(504, f"Canister violated contract: {message}")


def executed(canister_id: Principal, invocation: Invocation, result: ExecutionResult) -> Executed:
    """The event that tells of an execution."""
    entry = invocation.entry
    if not isinstance(entry, str):
        entry = f"table[{entry.function}]({entry.environment})"
    return Executed(
        canister_id=canister_id,
        mode=MODE_TEXTS[invocation.mode],
        entry=entry,
        fuel=result.fuel,
        error=result.effects.error.message if isinstance(result.effects, Trap) else None,
        time_ns=invocation.time_ns,
    )
