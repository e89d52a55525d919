"""What waits in a canister, as it says itself by queries of its controllers.

Asking takes an execution, so the answers are kept until the canister has run again.
"""

from __future__ import annotations

from typing import Any, Final

from attrs import define, field

from scm.candid.decode import decode
from scm.candid.errors import CandidSyntaxError, CandidTypeError, DecodeError
from scm.candid.type_parser import parse_types
from scm.candid.types import NO_NAMES
from scm.candid.value_text import format_values
from scm.client.controls import (
    PendingCall,
    TimerStatus,
    range_argument,
    read_calls,
    read_timers,
)
from scm.model import Principal
from scm.network.core import Core
from scm.page.interfaces import Json, read_abi
from scm.replica.history import CODE_DEPLOYMENT
from scm.replica.queries import QueryCall
from scm.replica.state import Replied
from scm.replica.trace import ListTracer
from scm.replica.view import CanisterView

CALLS_SHOWN: Final = 200
TIMERS_SHOWN: Final = 100
_TEXT_MAX: Final = 600


@define
class CanisterCalls:
    """The calls and timers of all canisters."""

    _kept: dict[Principal, tuple[object, Json]] = field(factory=dict)

    def of(self, core: Core, view: CanisterView, now_ns: int) -> Json:
        """The calls in flight and timers of one canister."""
        key = (view.version, view.module_hash, len(view.outstanding_callbacks), len(view.logs))
        found = self._kept.get(view.canister_id)
        if found is None or found[0] != key:
            found = (key, _ask(core, view, now_ns))
            self._kept[view.canister_id] = found
        return found[1]


def ask_calls(core: Core, view: CanisterView, now_ns: int) -> list[PendingCall] | None:
    """The calls that wait or have failed; None if the canister does not tell."""
    reply = _query(core, view, "scm_pending", CALLS_SHOWN, now_ns)
    return None if reply is None else read_calls(reply)[0]


def ask_timers(core: Core, view: CanisterView, now_ns: int) -> list[TimerStatus] | None:
    """The timers that are set; None if the canister does not tell."""
    reply = _query(core, view, "scm_timers", TIMERS_SHOWN, now_ns)
    return None if reply is None else read_timers(reply)


def _ask(core: Core, view: CanisterView, now_ns: int) -> Json:
    abi = read_abi(view)
    calls = None if abi is None else ask_calls(core, view, now_ns)
    if abi is None or calls is None:
        return {"calls": _callbacks(view), "timers": []}
    timers = ask_timers(core, view, now_ns) if abi.get("timers") else None
    contexts = {entry["name"]: entry["context"] for entry in abi.get("handlers", ())}
    return {
        "calls": [_call(call, view, contexts) for call in calls],
        "timers": [_timer(timer) for timer in timers or ()],
    }


def _query(core: Core, view: CanisterView, method: str, count: int, now_ns: int) -> bytes | None:
    sender = next(iter(view.controllers), Principal.anonymous())
    call = QueryCall(view.canister_id, method, range_argument(0, count), sender)
    # To look is no event: the page would see itself looking.
    tracer, core.state.tracer = core.state.tracer, ListTracer()
    try:
        outcome = core.query(call, now_ns)
    finally:
        core.state.tracer = tracer
    return outcome.data if isinstance(outcome, Replied) else None


def _call(call: PendingCall, view: CanisterView, contexts: dict[str, str]) -> Json:
    return {
        "id": str(call.id),
        "status": call.status[:_TEXT_MAX],
        "is_failed": call.is_failed,
        "can_retry": call.has_kept_response,
        "handler": call.handler,
        "slot": call.slot,
        "callee": str(call.callee),
        "method": call.method,
        "context": _context_text(call.context, contexts.get(call.handler, "")),
        "cycles": str(call.cycles),
        "issued_ms": call.issued_ns // 10**6,
        "due_ms": call.due_ns // 10**6,
        "version": call.version,
        "issued_by": _module_at(view, call.version),
        "error": call.error[:_TEXT_MAX],
    }


def _callbacks(view: CanisterView) -> list[Json]:
    """What the replica knows of a canister that scm did not build."""
    return [
        {
            "id": f"callback {callback.callback_id}",
            "status": "waiting",
            "is_failed": False,
            "can_retry": False,
            "handler": None,
            "slot": callback.on_reply.function,
            "callee": str(callback.callee),
            "method": callback.method,
            "context": "",
            "cycles": str(callback.cycles),
            "issued_ms": None,
            "due_ms": callback.deadline_ns // 10**6,
            "version": None,
            "issued_by": "",
            "error": "",
        }
        for callback in view.outstanding_callbacks[:CALLS_SHOWN]
    ]


def _timer(timer: TimerStatus) -> Json:
    return {
        "id": str(timer.id),
        "handler": timer.handler,
        "name": timer.name,
        "due_ms": timer.due_ns // 10**6,
        "status": timer.status,
        "attempts": timer.attempts,
        "failures": timer.failures,
        "error": timer.error[:_TEXT_MAX],
    }


def _module_at(view: CanisterView, version: int) -> str:
    """The hash of the module that was there at a `canister_version`; "" if that is forgotten."""
    found = ""
    for change in view.history:
        details: Any = change.details.fields
        if change.details.name == CODE_DEPLOYMENT and change.canister_version <= version:
            found = bytes(details["module_hash"]).hex()
    return found


def _context_text(context: bytes, types: str) -> str:
    """A context as Candid text: with the names of the handler's type, if it fits."""
    try:
        wanted, env = parse_types(types) if types else ((), NO_NAMES)
        text = format_values(decode(context, wanted, env), wanted, env)
    except (CandidSyntaxError, CandidTypeError, DecodeError):
        return f"{len(context)} bytes"
    return text if len(text) <= _TEXT_MAX else f"{text[:_TEXT_MAX]}…"
