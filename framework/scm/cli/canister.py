"""What `scm status`, `drain`, `logs`, `stop` and `start` do with one canister."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from typing import Any, Final

from attrs import asdict, frozen

from scm.cli.console import Console, format_size
from scm.cli.pending import run_pending as run_pending
from scm.cli.printable import printable, printing
from scm.client.agent import read_health
from scm.client.canister_ids import read_ids
from scm.client.controller import Controller
from scm.client.controls import CallCounts
from scm.client.installing import read_metadata_section, read_module_hash
from scm.client.management import (
    CanisterStatus,
    LogRecord,
    canister_status,
    fetch_logs,
    start_canister,
)
from scm.client.network import Network
from scm.client.upgrading import Wait, await_idle, stop_within
from scm.compiler.manifest import SECTION_NAME
from scm.errors import NetworkError
from scm.model import Principal

_FOLLOW_SECONDS: Final = 1.0
_TRILLION: Final = 10**12


@frozen
class _Found:
    """What is to be told of a canister; `counts` are of one that scm built, if it runs."""

    canister_id: Principal
    status: CanisterStatus
    counts: CallCounts | None


def run_status(network: Network, name: str | None, console: Console, *, as_json: bool) -> int:
    """`scm status`: a canister, or the network with the canisters of the project."""
    if name is None:
        return _network_status(network, console, as_json=as_json)
    canister_id = network.find_canister(name)
    status = canister_status(network.agent, canister_id)
    found = _Found(canister_id, status, _counts(network, canister_id, status))
    if as_json:
        console.result(json.dumps(_status_document(found), indent=2))
        return 0
    for label, text in _status_lines(found):
        console.result(f"{label:<12} {text}")
    return 0


def _counts(network: Network, canister_id: Principal, status: CanisterStatus) -> CallCounts | None:
    if status.status != "running" or status.module_hash is None:
        return None
    if read_metadata_section(network.agent, canister_id, SECTION_NAME) is None:
        return None
    return Controller(network.agent, canister_id).counts()


def _status_lines(found: _Found) -> list[tuple[str, str]]:
    status, counts = found.status, found.counts
    module = "none" if status.module_hash is None else status.module_hash.hex()
    lines = [
        ("canister", str(found.canister_id)),
        ("status", status.status),
        ("module", module),
        ("cycles", f"{status.cycles / _TRILLION:.3f}T"),
        ("memory", format_size(status.memory_bytes)),
        *(("controller", str(controller)) for controller in status.controllers),
    ]
    if counts is not None:
        lines.append(("calls", f"{counts.waiting} waiting, {counts.failed} failed"))
        lines.append(("orphans", str(counts.orphans)))
        lines += [("draining", "it makes no new calls")] if counts.is_draining else []
    elif status.module_hash is not None and status.status == "running":
        lines.append(("calls", "not known: scm did not build this module"))
    return lines


def _status_document(found: _Found) -> dict[str, Any]:
    status = found.status
    return {
        "canister_id": str(found.canister_id),
        "status": status.status,
        "module_hash": None if status.module_hash is None else status.module_hash.hex(),
        "controllers": [str(controller) for controller in status.controllers],
        "cycles": status.cycles,
        "memory_bytes": status.memory_bytes,
        "calls": None if found.counts is None else asdict(found.counts),
    }


def _network_status(network: Network, console: Console, *, as_json: bool) -> int:
    health = read_health(network.agent.transport)
    ids = read_ids(network.project, network.place.name, network.agent.root_key_der)
    modules = {name: read_module_hash(network.agent, id_) for name, id_ in ids.items()}
    if as_json:
        rows = {
            name: {
                "canister_id": str(ids[name]),
                "module_hash": None if hash_ is None else hash_.hex(),
            }
            for name, hash_ in modules.items()
        }
        document = {
            "network": network.place.name,
            "url": network.place.url,
            "health": health.status,
            "health_reason": health.reason or None,
            "identity": str(network.identity.principal),
            "canisters": rows,
        }
        console.result(json.dumps(document, indent=2))
        return 0
    console.result(
        f"{'network':<12} {network.place.name}, {network.place.url}, {printable(str(health))}"
    )
    console.result(f"{'identity':<12} {network.identity.principal}")
    for name, module_hash in modules.items():
        module = "no module" if module_hash is None else module_hash.hex()[:16]
        console.result(f"{name:<12} {ids[name]}  {module}")
    if not ids:
        console.say("(the project has no canisters there: `scm deploy` makes them)")
    return 0


def run_drain(network: Network, arguments: argparse.Namespace, console: Console) -> int:
    """`scm drain`: begin, look, wait, or end."""
    controller = Controller(network.agent, network.find_canister(arguments.canister))
    match arguments.action:
        case "start":
            controller.drain(is_on=True)
            console.say("it makes no new calls, until an upgrade or `scm drain ... end`")
        case "end":
            was_draining = controller.counts().is_draining
            controller.drain(is_on=False)
            console.say("it makes calls again" if was_draining else "it was not draining")
        case "wait":
            await_idle(controller, Wait(arguments.within, printing(console)))
    counts = controller.counts()
    if arguments.json:
        console.result(json.dumps(asdict(counts), indent=2))
    else:
        word = "draining" if counts.is_draining else "not draining"
        console.result(f"{word}, {counts.waiting} waiting, {counts.failed} failed")
    return 0


def run_logs(network: Network, name: str, console: Console, *, follow: bool, as_json: bool) -> int:
    """`scm logs`: what there is, and with `follow` what comes, until interrupted."""
    canister_id = network.find_canister(name)
    next_index = 0
    is_first = True
    while True:
        for record in _new_records(network, canister_id, next_index, is_first):
            if record.index > next_index and not is_first:
                console.say(f"({record.index - next_index} records are lost: the log is short)")
            console.result(_log_line(record, as_json))
            next_index = record.index + 1
        if not follow:
            return 0
        is_first = False
        network.agent.transport.clock.sleep(_FOLLOW_SECONDS)


def _new_records(
    network: Network, canister_id: Principal, first: int, is_first: bool
) -> list[LogRecord]:
    try:
        records = fetch_logs(network.agent, canister_id)
    except NetworkError:
        if is_first:
            raise
        return []  # The network may come back.
    return [record for record in records if record.index >= first]


def _log_line(record: LogRecord, as_json: bool) -> str:
    text = record.content.decode(errors="replace")
    if as_json:
        return json.dumps({"index": record.index, "time_ns": record.time_ns, "text": text})
    return f"{_time(record.time_ns)}  {printable(text)}"


def _time(time_ns: int) -> str:
    seconds, nanoseconds = divmod(time_ns, 10**9)
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{nanoseconds // 10**6:03}Z"


def run_stop(network: Network, arguments: argparse.Namespace, console: Console) -> int:
    """`scm stop`: with a limit of time, and a report of who blocks."""
    canister_id = network.find_canister(arguments.canister)
    wait = Wait(arguments.within, printing(console))
    stop_within(network.agent, canister_id, wait, starts_again=not arguments.keep_stopping)
    console.say("stopped")
    return 0


def run_start(network: Network, name: str, console: Console) -> int:
    """`scm start`."""
    start_canister(network.agent, network.find_canister(name))
    console.say("started")
    return 0
