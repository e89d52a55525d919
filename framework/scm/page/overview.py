"""The network's state as one JSON document, of which the page shows what it is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from scm.model import Principal
from scm.network.core import Core
from scm.network.hold_orders import is_losable
from scm.page.canister_calls import CanisterCalls
from scm.page.interfaces import Json, read_abi
from scm.replica.held_kinds import MessagesOf
from scm.replica.state import Delivery, LogRecord
from scm.replica.timeline import timeline_text
from scm.replica.trace import Event, Executed, RecentTracer
from scm.replica.view import CanisterView

EVENTS_SHOWN: Final = 80
LOGS_SHOWN: Final = 200
_TEXT_MAX: Final = 2_000
_CALLBACK: Final = re.compile(r"table\[(\d+)\]")
_FREQUENT: Final = ("canister_heartbeat",)


def state_mark(core: Core) -> str:
    """Changes whenever something happens that the page shows."""
    tracer = core.state.tracer
    count = tracer.count if isinstance(tracer, RecentTracer) else len(tracer.events)
    return f"{count}.{core.state.next_id}.{len(core.state.holds)}"


def describe_network(core: Core, calls: CanisterCalls, now_ns: int) -> Json:
    """Everything that is shown of the network itself."""
    views = [core.replica.canister(canister_id) for canister_id in core.state.canisters]
    names = canister_names(core)
    return {
        "now_ms": now_ns // 10**6,
        "canisters": [_canister(core, view, names, calls, now_ns) for view in views],
        "holds": [
            _hold(record.predicate, record.parked)
            for record in core.state.holds
            if isinstance(record.predicate, MessagesOf)
        ],
        "senders": [str(principal) for principal in known_senders(core)],
        "timeline": _timeline(core, names),
    }


def canister_names(core: Core) -> dict[Principal, str]:
    """What canisters call themselves, where scm built them."""
    names = {}
    for canister_id in core.state.canisters:
        abi = read_abi(core.replica.canister(canister_id))
        if abi is not None and isinstance(abi.get("name"), str):
            names[canister_id] = abi["name"]
    return names


def known_senders(core: Core) -> list[Principal]:
    """Whose calls the page may make: everybody's, and those of the canisters' controllers."""
    found = [Principal.anonymous()]
    for canister in core.state.canisters.values():
        found += [principal for principal in canister.controllers if principal not in found]
    return found


def _canister(
    core: Core,
    view: CanisterView,
    names: Mapping[Principal, str],
    calls: CanisterCalls,
    now_ns: int,
) -> Json:
    return {
        "id": str(view.canister_id),
        "name": names.get(view.canister_id, ""),
        "status": view.status,
        "cycles": str(view.cycles),
        "module_hash": (view.module_hash or b"").hex(),
        "heap_bytes": view.heap_size_bytes,
        "stable_bytes": view.stable_memory_size_bytes,
        "controllers": [str(principal) for principal in view.controllers],
        "version": view.version,
        "is_scm": view.canister_id in names,
        "global_timer_ms": view.global_timer_ns // 10**6,
        "logs": [_log(record) for record in view.logs[-LOGS_SHOWN:]],
        **calls.of(core, view, now_ns),
    }


def _log(record: LogRecord) -> Json:
    text = record.content[:_TEXT_MAX].decode("utf-8", "replace")
    return {"index": record.index, "ms": record.time_ns // 10**6, "text": text}


def _hold(picks: MessagesOf, parked: list[Delivery]) -> Json:
    return {
        "canister": str(picks.canister_id),
        "kind": picks.kind.value,
        "parked": [
            {
                "id": delivery.delivery_id,
                "kind": delivery.kind.value,
                "sender": str(delivery.sender),
                "receiver": str(delivery.receiver),
                "method": delivery.method,
                "is_losable": is_losable(delivery),
            }
            for delivery in parked
        ],
    }


def _timeline(core: Core, names: Mapping[Principal, str]) -> Json:
    shown = [event for event in core.replica.trace if not _is_frequent(event)][-EVENTS_SHOWN:]
    handlers = {canister_id: _handlers(core, canister_id) for canister_id in names}
    return {
        "events": [_event(event, handlers) for event in shown],
        "text": timeline_text(shown, names).splitlines(),
    }


def _is_frequent(event: Event) -> bool:
    return isinstance(event, Executed) and event.entry in _FREQUENT and event.error is None


def _handlers(core: Core, canister_id: Principal) -> dict[int, str]:
    """The names of a canister's handlers by slot, which is the same in all of its versions."""
    abi = read_abi(core.replica.canister(canister_id)) or {}
    found = {abi.get("cleanup", -1): "cleanup", abi.get("orphan", -1): "orphan"}
    return found | {entry["slot"]: entry["name"] for entry in abi.get("handlers", ())}


def _event(event: Event, handlers: Mapping[Principal, Mapping[int, str]]) -> Json:
    item: Json = {"event": type(event).__name__}
    for attribute in attrs.fields(type(event)):
        value: Any = getattr(event, attribute.name)
        if isinstance(value, Principal):
            value = str(value)
        elif isinstance(value, bytes):
            value = value.hex()
        elif isinstance(value, str):
            value = value[:_TEXT_MAX]
        item[attribute.name] = value
    if isinstance(event, Executed):
        # A number of nanoseconds is more than JavaScript's numbers hold.
        item["time_ms"] = item.pop("time_ns") // 10**6
        callback = _CALLBACK.match(event.entry)
        names = handlers.get(event.canister_id, {})
        if callback is not None and int(callback[1]) in names:
            item["entry"] = f"handler {names[int(callback[1])]}"
    return item
