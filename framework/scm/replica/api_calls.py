"""System API: calls to other canisters.

Interface Spec, "Canister interface": "Inter-canister calls".  A call is drafted by `call_new`,
completed by the `call_*` functions and leaves when the execution ends without a trap.
"""

from __future__ import annotations

from typing import Final

from scm.model import PRINCIPAL_BYTES_MAX, Principal, RejectCode
from scm.replica.api_memory import load
from scm.replica.execution import (
    MESSAGE_INSTRUCTIONS_MAX,
    CallDraft,
    CanisterTrap,
    Execution,
    contract_violation,
)
from scm.replica.fees import execution_cycles, transmission_cycles
from scm.replica.freezing import liquid_cycles
from scm.replica.state import NO_DEADLINE, NO_FEES, CallFees, Closure, OutgoingCall

METHOD_NAME_BYTES_MAX: Final = 20_000
CALL_PAYLOAD_BYTES_MAX: Final = 10 * 1024 * 1024
CALL_TIMEOUT_SECONDS_MAX: Final = 300

_NANOSECONDS: Final = 1_000_000_000
_ENQUEUED: Final = 0


def call_new(
    execution: Execution,
    callee_source: int,
    callee_size: int,
    name_source: int,
    name_size: int,
    reply_function: int,
    reply_environment: int,
    reject_function: int,
    reject_environment: int,
) -> None:
    drop_draft(execution)
    if name_size > METHOD_NAME_BYTES_MAX:
        raise contract_violation(
            f"the method name has {name_size} bytes, over the limit of {METHOD_NAME_BYTES_MAX}"
        )
    callee = load(execution, callee_source, callee_size)
    if len(callee) > PRINCIPAL_BYTES_MAX:
        raise contract_violation(f"invalid principal id: {len(callee)} bytes")
    execution.draft = CallDraft(
        callee=Principal(callee),
        method=load(execution, name_source, name_size).decode("utf-8", "replace"),
        on_reply=Closure(reply_function, reply_environment),
        on_reject=Closure(reject_function, reject_environment),
    )


def call_on_cleanup(execution: Execution, function: int, environment: int) -> None:
    draft = _draft(execution, "call_on_cleanup")
    if draft.on_cleanup is not None:
        raise contract_violation("ic0.call_on_cleanup can be called at most once")
    draft.on_cleanup = Closure(function, environment)


def call_data_append(execution: Execution, source: int, size: int) -> None:
    draft = _draft(execution, "call_data_append")
    if len(draft.method.encode()) + len(draft.argument) + size > CALL_PAYLOAD_BYTES_MAX:
        raise contract_violation(
            f"the call's payload exceeds the limit of {CALL_PAYLOAD_BYTES_MAX} bytes"
        )
    draft.argument += load(execution, source, size)


def call_with_best_effort_response(execution: Execution, timeout_seconds: int) -> None:
    draft = _draft(execution, "call_with_best_effort_response")
    if draft.deadline_ns != NO_DEADLINE:
        raise contract_violation("ic0.call_with_best_effort_response can be called at most once")
    now_seconds = execution.invocation.time_ns // _NANOSECONDS
    timeout_seconds = min(timeout_seconds, CALL_TIMEOUT_SECONDS_MAX)
    draft.deadline_ns = (now_seconds + timeout_seconds) * _NANOSECONDS


def call_cycles_add128(execution: Execution, high: int, low: int) -> None:
    _add_cycles(execution, high << 64 | low)


def call_cycles_add(execution: Execution, amount: int) -> None:
    _add_cycles(execution, amount)


def call_perform(execution: Execution) -> int:
    draft = _draft(execution, "call_perform")
    fees = _fees(execution, draft)
    if _is_queue_full(execution, draft.callee) or fees.total > liquid_cycles(execution):
        drop_draft(execution)
        return RejectCode.SYS_TRANSIENT
    execution.cycles_balance -= fees.total
    execution.call_counts[draft.callee] += 1
    execution.calls.append(
        OutgoingCall(
            callee=draft.callee,
            method=draft.method,
            argument=bytes(draft.argument),
            cycles=draft.cycles,
            on_reply=draft.on_reply,
            on_reject=draft.on_reject,
            on_cleanup=draft.on_cleanup,
            deadline_ns=draft.deadline_ns,
            fees=fees,
        )
    )
    execution.draft = None
    return _ENQUEUED


def drop_draft(execution: Execution) -> None:
    """Forget a call that was not performed; its attached cycles go back."""
    if execution.draft is not None:
        execution.cycles_balance += execution.draft.cycles
        execution.draft = None


def _draft(execution: Execution, function_name: str) -> CallDraft:
    if execution.draft is None:
        raise contract_violation(f"ic0.{function_name} called when no call is under construction")
    return execution.draft


def _add_cycles(execution: Execution, amount: int) -> None:
    draft = _draft(execution, "call_cycles_add")
    available = liquid_cycles(execution)
    if amount > available:
        missing = amount - available
        raise CanisterTrap(
            207,
            f"Canister {execution.canister.canister_id} is out of cycles: please top up the "
            f"canister with at least {missing:_} additional cycles",
        )
    execution.cycles_balance -= amount
    draft.cycles += amount


def _fees(execution: Execution, draft: CallDraft) -> CallFees:
    """What the call takes off the balance beside its own cycles; calls of queries are free."""
    invocation = execution.invocation
    if not invocation.has_fees or not invocation.is_replicated:
        return NO_FEES
    is_memory_64 = execution.canister.is_memory_64
    return CallFees(
        transmission=transmission_cycles(len(draft.method.encode()) + len(draft.argument)),
        callback=execution_cycles(MESSAGE_INSTRUCTIONS_MAX, is_memory_64=is_memory_64),
    )


def _is_queue_full(execution: Execution, callee: Principal) -> bool:
    # As on the platform, a call takes a place in the queue of requests to the callee, and reserves
    # one in the queue of responses from it.  The second is kept longer, so it alone is counted.
    invocation = execution.invocation
    waiting = invocation.open_calls.get((execution.canister.canister_id, callee), 0)
    return waiting + execution.call_counts[callee] >= invocation.request_queue_capacity
