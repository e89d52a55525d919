"""Non-replicated queries and ingress inspection: run, look at the answer, drop every change.

Interface Spec, "Abstract behavior": "Query call" and "Request submission".
"""

from __future__ import annotations

from attrs import frozen

from scm.model import Principal, RejectCode
from scm.replica.composite import QueryGraph
from scm.replica.execute import execute
from scm.replica.execution import (
    INSPECT_INSTRUCTIONS_MAX,
    Invocation,
    executed,
)
from scm.replica.messages import refuse_call
from scm.replica.state import (
    CanisterState,
    Effects,
    ExecutionResult,
    Outcome,
    Rejected,
    ReplicaState,
    Trap,
)
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
    """Answer a query call; every canister is as before."""
    return QueryGraph(state).evaluate(call.canister_id, call.method, call.argument, call.sender)


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
    result = _inspect(state, canister, call)
    if isinstance(result.effects, Effects) and result.effects.has_accepted_message:
        return None
    return Rejected(RejectCode.CANISTER_REJECT, "Canister rejected the message", "IC0406")


def _inspect(state: ReplicaState, canister: CanisterState, call: QueryCall) -> ExecutionResult:
    assert canister.code is not None
    invocation = Invocation(
        mode=Context.INSPECT_MESSAGE,
        entry=_INSPECT_EXPORT,
        caller=call.sender,
        time_ns=state.time_ns,
        argument=call.argument,
        method=call.method,
        fuel_limit=INSPECT_INSTRUCTIONS_MAX,
        has_fees=state.has_fees,
        root_key=state.root_key,
    )
    result = execute(canister, canister.code, invocation)
    error = result.effects.error.message if isinstance(result.effects, Trap) else None
    if error is None:
        canister.code.heap.roll_back()
    state.tracer.record(executed(canister.canister_id, invocation, result))
    return result
