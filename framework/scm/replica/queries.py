"""Non-replicated queries and ingress inspection: run, look at the answer, drop every change.

Interface Spec, "Abstract behavior": "Query call" and "Request submission".
"""

from __future__ import annotations

from attrs import frozen

from scm.model import Principal, RejectCode
from scm.replica.canister_module import MethodKind
from scm.replica.execute import canister_error, execute
from scm.replica.execution import (
    INSPECT_INSTRUCTIONS_MAX,
    MODE_TEXTS,
    QUERY_INSTRUCTIONS_MAX,
    Invocation,
)
from scm.replica.messages import refuse_call
from scm.replica.state import (
    CanisterState,
    CanisterStatus,
    Effects,
    ExecutionResult,
    Outcome,
    Rejected,
    ReplicaState,
    Trap,
)
from scm.replica.trace import Executed
from scm.wasm.ic0_table import Context

_INSPECT_EXPORT = "canister_inspect_message"


@frozen
class QueryCall:
    """A call of a query or update method by a user."""

    canister_id: Principal
    method: str
    argument: bytes
    sender: Principal


def run_query(state: ReplicaState, call: QueryCall) -> Outcome:
    """Answer a query call; the canister is as before."""
    canister = state.canisters.get(call.canister_id)
    if canister is None or canister.status is not CanisterStatus.RUNNING or canister.code is None:
        refusal = refuse_call(canister, call.canister_id, call.method)
        assert refusal is not None
        return refusal
    match canister.code.module.methods.get(call.method):
        case MethodKind.QUERY:
            entry = f"canister_query {call.method}"
        case MethodKind.COMPOSITE_QUERY:
            detail = f"composite query '{call.method}': not supported by the embedded replica"
            return canister_error(call.canister_id, 529, detail)
        case MethodKind.UPDATE | None:
            detail = f"Canister has no query method '{call.method}'."
            return canister_error(call.canister_id, 536, detail)
    result = _run(state, canister, call, Context.NON_REPLICATED_QUERY, entry)
    if isinstance(result.effects, Trap):
        return result.effects.error
    if result.effects.response is None:
        detail = f"Canister {call.canister_id} did not reply to the call"
        return canister_error(call.canister_id, 506, detail)
    return result.effects.response


def inspect_ingress(state: ReplicaState, call: QueryCall) -> Rejected | None:
    """Ask the canister whether it accepts a user's call: None, or why not."""
    canister = state.canisters.get(call.canister_id)
    refusal = refuse_call(canister, call.canister_id, call.method)
    if refusal is not None and refusal.error_code != "IC0536":
        return refusal
    assert canister is not None
    assert canister.code is not None
    if _INSPECT_EXPORT not in canister.code.module.exports:
        return None
    result = _run(state, canister, call, Context.INSPECT_MESSAGE, _INSPECT_EXPORT)
    if isinstance(result.effects, Effects) and result.effects.has_accepted_message:
        return None
    return Rejected(RejectCode.CANISTER_REJECT, "Canister rejected the message", "IC0406")


def _run(
    state: ReplicaState, canister: CanisterState, call: QueryCall, mode: Context, entry: str
) -> ExecutionResult:
    assert canister.code is not None
    limit = INSPECT_INSTRUCTIONS_MAX if mode is Context.INSPECT_MESSAGE else QUERY_INSTRUCTIONS_MAX
    invocation = Invocation(
        mode=mode,
        entry=entry,
        caller=call.sender,
        time_ns=state.time_ns,
        argument=call.argument,
        method=call.method,
        fuel_limit=limit,
    )
    result = execute(canister, canister.code, invocation)
    error = result.effects.error.message if isinstance(result.effects, Trap) else None
    if error is None:
        canister.code.heap.roll_back()
    state.tracer.record(
        Executed(canister.canister_id, MODE_TEXTS[mode], entry, result.fuel, error, state.time_ns)
    )
    return result
