"""Composite queries: queries that call queries, all on copies that are dropped at the end.

Interface Spec, "Abstract behavior": "Query call".  Changes made by a composite query
are seen by its own callbacks; a canister that is entered again starts from its committed state.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Final

from attrs import define, evolve

from scm.model import Principal, RejectCode
from scm.replica import transitions
from scm.replica.canister_module import MethodKind
from scm.replica.certificates import data_certificate
from scm.replica.charges import refuse_frozen_query
from scm.replica.code import fork_code
from scm.replica.execute import canister_error, execute
from scm.replica.execution import QUERY_INSTRUCTIONS_MAX, Invocation, executed
from scm.replica.management import query_management
from scm.replica.messages import refuse_query
from scm.replica.state import (
    CanisterState,
    Closure,
    Effects,
    InstalledCode,
    Outcome,
    OutgoingCall,
    Rejected,
    ReplicaState,
    Replied,
    Trap,
)
from scm.wasm.ic0_table import Context

DEPTH_MAX: Final = 6
CALL_OVERHEAD_INSTRUCTIONS: Final = 50_000_000


@define
class QueryGraph:
    """What one query call may still spend over all canisters that it reaches."""

    state: ReplicaState
    fuel: int = QUERY_INSTRUCTIONS_MAX

    def evaluate(
        self,
        canister_id: Principal,
        method: str,
        argument: bytes,
        caller: Principal,
        *,
        depth: int = 0,
    ) -> Outcome:
        """Answer a query call; `depth` is 0 for the user's own."""
        if canister_id == Principal.management_canister():
            return self._ask_management(method, argument, caller, depth)
        refusal = self._refuse(canister_id, method, depth)
        if refusal is not None:
            return refusal
        canister = self.state.canisters[canister_id]
        context = _QueryContext(self, canister, caller, method, depth)
        outcome = context.answer(argument)
        transitions.count_query(
            canister,
            fuel=context.fuel,
            request_bytes=len(argument),
            response_bytes=len(outcome.data if isinstance(outcome, Replied) else outcome.message),
        )
        return outcome

    def _ask_management(
        self, method: str, argument: bytes, caller: Principal, depth: int
    ) -> Outcome:
        refusal = self._refuse_depth(depth)
        if refusal is not None:
            return refusal
        return query_management(self.state, method, argument, caller, is_ingress=not depth)

    def _refuse(self, canister_id: Principal, method: str, depth: int) -> Rejected | None:
        refusal = self._refuse_depth(depth)
        if refusal is not None:
            return refusal
        canister = self.state.canisters.get(canister_id)
        refusal = refuse_query(canister, canister_id, method)
        if refusal is None and canister is not None and self.state.has_fees:
            return refuse_frozen_query(self.state, canister)
        return refusal

    def _refuse_depth(self, depth: int) -> Rejected | None:
        if depth > DEPTH_MAX:
            message = f"Composite query calls are nested more than {DEPTH_MAX} deep"
            return Rejected(RejectCode.CANISTER_ERROR, message, "IC0525")
        if depth and self.fuel < CALL_OVERHEAD_INSTRUCTIONS:
            message = "Query call graph exceeded its instruction limit"
            return Rejected(RejectCode.CANISTER_ERROR, message, "IC0526")
        self.fuel -= CALL_OVERHEAD_INSTRUCTIONS if depth else 0
        return None


class _QueryContext:
    """One entry into a canister, on a copy of it."""

    def __init__(
        self, graph: QueryGraph, canister: CanisterState, caller: Principal, method: str, depth: int
    ) -> None:
        assert canister.code is not None
        kind = canister.code.module.methods[method]
        self._is_composite = kind is MethodKind.COMPOSITE_QUERY
        self._code: InstalledCode = canister.code
        self._draft = canister
        if self._is_composite:
            # A plain query needs no copy: it runs on the live heap and is rolled back.
            self._code = fork_code(canister.code)
            self._draft = evolve(
                canister,
                code=self._code,
                stable=canister.stable.copy(),
                cycles_consumed=canister.cycles_consumed.copy(),
            )
        self._graph = graph
        self._caller = caller
        self._method = method
        self._depth = depth
        self._calls: deque[OutgoingCall] = deque()
        self._error: Rejected | None = None
        self.fuel = 0
        """What the canister itself has used, callees not included."""

    def answer(self, argument: bytes) -> Outcome:
        """Run the method, then its calls and callbacks, until there is a response."""
        mode = Context.COMPOSITE_QUERY if self._is_composite else Context.NON_REPLICATED_QUERY
        entry = f"canister_{'composite_query' if self._is_composite else 'query'} {self._method}"
        certificate = None
        if self._depth == 0:
            # "Only in the canister that a user has called": not in those that it asks.
            own_id = self._draft.canister_id.raw
            certificate = partial(data_certificate, self._graph.state, own_id)
        response = self._run(self._invocation(mode, entry, argument, certificate))
        while response is None and self._calls:
            response = self._call_back(self._calls.popleft())
        if response is not None:
            return response
        if self._error is not None:
            return self._error
        canister_id = self._draft.canister_id
        detail = f"Canister {canister_id} did not produce a response"
        return canister_error(canister_id, 506, detail)

    def _call_back(self, call: OutgoingCall) -> Outcome | None:
        outcome = self._graph.evaluate(
            call.callee, call.method, call.argument, self._draft.canister_id, depth=self._depth + 1
        )
        match outcome:
            case Replied(data):
                mode = Context.COMPOSITE_REPLY_CALLBACK
                invocation = self._invocation(mode, call.on_reply, data)
            case Rejected(code, message):
                invocation = self._invocation(Context.COMPOSITE_REJECT_CALLBACK, call.on_reject)
                invocation = evolve(invocation, reject_code=code, reject_message=message)
        response = self._run(invocation)
        if self._error is not None and call.on_cleanup is not None:
            error = self._error
            self._run(self._invocation(Context.COMPOSITE_CLEANUP, call.on_cleanup))
            self._error = error
        return response

    def _run(self, invocation: Invocation) -> Outcome | None:
        """Run one entry point on the copy; what it changes, later ones see."""
        result = execute(self._draft, self._code, invocation)
        self._graph.fuel -= result.fuel
        self.fuel += result.fuel
        self._error = result.effects.error if isinstance(result.effects, Trap) else None
        event = executed(self._draft.canister_id, invocation, result)
        transitions.emit(self._graph.state, event)
        if not isinstance(result.effects, Effects):
            return None
        if self._is_composite:
            transitions.apply_effects(self._draft, result.effects)
        else:
            self._code.heap.roll_back()
        self._calls.extend(result.effects.calls)
        return result.effects.response

    def _invocation(
        self,
        mode: Context,
        entry: str | Closure,
        argument: bytes = b"",
        certificate: Callable[[], bytes] | None = None,
    ) -> Invocation:
        return Invocation(
            mode=mode,
            entry=entry,
            caller=self._caller,
            time_ns=self._graph.state.time_ns,
            argument=argument,
            method=self._method,
            fuel_before=self.fuel,
            fuel_limit=max(self._graph.fuel, 0),
            has_fees=self._graph.state.has_fees,
            root_key=self._graph.state.root_key,
            certificate=certificate,
        )
