"""What `scm pending` does: the calls of a canister that wait or have failed, and what to do."""

from __future__ import annotations

import argparse
import json
from typing import Any

from attrs import asdict

from scm.candid.decode import decode, decode_untyped
from scm.candid.encode import encode
from scm.candid.errors import CandidSyntaxError, DecodeError, EncodeError
from scm.candid.message_types import read_message_types
from scm.candid.type_parser import parse_types
from scm.candid.types import NO_NAMES
from scm.candid.value_inference import infer_types
from scm.candid.value_parser import parse_values
from scm.candid.value_text import format_values
from scm.cli.console import Console
from scm.cli.printable import printable
from scm.client.controller import Controller
from scm.client.controls import PendingCall, describe_call
from scm.client.network import Network
from scm.client.upgrade_plan import deployed_version
from scm.compiler.artefacts import SlotEntry
from scm.errors import ConfigurationError


def run_pending(network: Network, arguments: argparse.Namespace, console: Console) -> int:
    """List, or deal with one call; raises `ConfigurationError`, `RejectError`, `NetworkError`."""
    canister_id = network.find_canister(arguments.canister)
    controller = Controller(network.agent, canister_id)
    if arguments.action == "list":
        if arguments.call is not None or arguments.reply or arguments.reject:
            raise ConfigurationError("listing takes neither a call nor an answer")
        _list(controller, _entries(controller), console, as_json=arguments.json)
        return 0
    if arguments.call is None:
        raise ConfigurationError(
            f"which call is to be dealt with: `scm pending ... {arguments.action} ID`",
            f"`scm pending {arguments.canister}` lists them",
        )
    if (arguments.reply or arguments.reject) and arguments.action != "answer":
        raise ConfigurationError("`--reply` and `--reject` are for `answer`")
    call = _find(controller, arguments)
    match arguments.action:
        case "retry":
            reply = controller.retry(arguments.call)
        case "discard":
            controller.discard(arguments.call)
            console.say(f"call {arguments.call} is forgotten")
            return 0
        case _:
            reply = _answer(controller, call, arguments)
    console.say("the handler has run, and says:")
    console.result(printable(_untyped(reply)))
    return 0


def _find(controller: Controller, arguments: argparse.Namespace) -> PendingCall:
    called = {call.id: call for call in controller.calls()}
    if arguments.call not in called:
        raise ConfigurationError(
            f"there is no call {arguments.call}", f"`scm pending {arguments.canister}` lists them"
        )
    return called[arguments.call]


def _answer(controller: Controller, call: PendingCall, arguments: argparse.Namespace) -> bytes:
    if arguments.reply is not None and arguments.reject is not None:
        raise ConfigurationError("`--reply` and `--reject` exclude each other")
    if call.status == "waiting":
        raise ConfigurationError(
            f"call {call.id} waits for its response, which may still come",
            f"answers are for calls that have failed; `scm pending {arguments.canister} discard"
            f" {call.id}` forgets it",
        )
    if arguments.reply is None:
        return controller.answer(call.id, rejection=arguments.reject)
    entry = _entries(controller).get(call.slot)
    return controller.answer(call.id, reply=_encode_reply(arguments.reply, entry))


def _encode_reply(text: str, entry: SlotEntry | None) -> bytes:
    """A reply as Candid, at the types that the handler expects if one response has them."""
    written = text if text.lstrip().startswith("(") else f"({text})"
    try:
        if entry is None or entry.is_join:
            types, env = infer_types(written), NO_NAMES
        else:
            types, env = parse_types(entry.response)
        return encode(types, parse_values(written, types, env, exact=True), env)
    except (CandidSyntaxError, EncodeError) as error:
        expected = "" if entry is None else f"the handler expects `{entry.response}`"
        raise ConfigurationError(f"the reply does not fit: {error}", expected) from error


def _entries(controller: Controller) -> dict[int, SlotEntry]:
    handlers = deployed_version(controller.agent, controller.canister_id).handlers or ()
    return {int(entry.slot): entry for entry in handlers}


def _list(
    controller: Controller, entries: dict[int, SlotEntry], console: Console, *, as_json: bool
) -> None:
    calls = controller.calls()
    if as_json:
        rows = [_document(call, entries.get(call.slot)) for call in calls]
        console.result(json.dumps(rows, indent=2))
        return
    now_ns = controller.agent.transport.clock.now_ns()
    for call in calls:
        console.result(f"{call.id:<10} {printable(call.status)}")
        console.result(f"{'':<10} {printable(describe_call(call, now_ns))}")
        context = _context(call, entries.get(call.slot))
        if context != "()":
            console.result(f"{'':<10} context {printable(context)}")
        if call.error:
            console.result(f"{'':<10} error: {printable(call.error)}")
    if not calls:
        console.say("no call waits, and none has failed")


def _document(call: PendingCall, entry: SlotEntry | None) -> dict[str, Any]:
    return {**asdict(call), "callee": str(call.callee), "context": _context(call, entry)}


def _context(call: PendingCall, entry: SlotEntry | None) -> str:
    """The context as text: with the names of its fields if the installed module tells them."""
    if not call.context:
        return "()"
    if entry is not None:
        try:
            types, env = parse_types(entry.context)
            return format_values(decode(call.context, types, env), types, env)
        except (CandidSyntaxError, DecodeError, EncodeError):
            pass  # It was made by older code, whose types are not known here.
    return _untyped(call.context)


def _untyped(message: bytes) -> str:
    try:
        types, env = read_message_types(message)
        return format_values(decode_untyped(message), types, env)
    except (DecodeError, EncodeError):
        return message.hex()
