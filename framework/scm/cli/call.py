"""What `scm call` and `scm query` do: values as text in, a call, the reply as text out."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from attrs import frozen

from scm.candid.errors import CandidSyntaxError, DecodeError, EncodeError
from scm.candid.value_parser import parse_values
from scm.candid.value_text import format_values
from scm.cli.console import Console
from scm.client.agent import Agent
from scm.client.answers import RequestStatus
from scm.client.handles import NoInterfaceError
from scm.client.network import Network
from scm.client.requests import Message
from scm.errors import ConfigurationError, NetworkError
from scm.faces.did_face import DidFace, DidMethod
from scm.storage.json_values import to_json

STANDARD_INPUT = "-"


@frozen
class CallOptions:
    """Which method with what, and how the reply is shown.

    `is_query`: it must be one; `is_update`: not as a query, even if it is one.
    """

    canister: str
    method: str
    values: str
    did: Path | None = None
    is_query: bool = False
    is_update: bool = False
    seconds: float = 300.0
    as_json: bool = False


def run_call(network: Network, options: CallOptions, console: Console) -> int:
    """Call and print; raises `RejectError`, `ConfigurationError`, `NetworkError`."""
    canister_id = network.find_canister(options.canister)
    method = _find_method(network, options)
    is_query = "query" in method.annotation
    if options.is_query and not is_query:
        raise ConfigurationError(
            f"`{options.method}` is no query: what it changes would be lost",
            f"`scm call {options.canister} {options.method}` calls it",
        )
    if options.is_update and method.annotation == "composite_query":
        raise ConfigurationError(f"`{options.method}` is a composite query, never an update")
    message = Message(canister_id, options.method, encode_text(method, options.values))
    if is_query and not options.is_update:
        reply = network.agent.query(message)
    else:
        console.stage_started(f"{options.method}")
        reply = _call(network.agent, message, options.seconds)
        console.nothing_runs()
    console.result(show_reply(method, reply, as_json=options.as_json))
    return 0


def _call(agent: Agent, message: Message, seconds: float) -> bytes:
    """As `Agent.call`; if it is interrupted, the exception says what of the call goes on."""
    request = agent.prepare(message)
    known: RequestStatus | None = None
    try:
        known = agent.send(request, waits=True)
        return agent.wait(request, seconds, known)
    except KeyboardInterrupt as interrupt:
        fate = "may have been taken, and then it goes on" if known is None else "goes on"
        raise KeyboardInterrupt(
            f"the call {fate}; its request id is {request.request_id.hex()}"
        ) from interrupt


def encode_text(method: DidMethod, text: str) -> bytes:
    """The message of a call, of values as text; raises `ConfigurationError`."""
    if text == STANDARD_INPUT:
        text = "" if sys.stdin is None else sys.stdin.read()
    if text and not text.lstrip().startswith("("):
        text = f"({text})"  # One argument may be written without parentheses.
    try:
        values = parse_values(text, method.function.args, method.env, exact=True)
        return method.encode_arguments(values)
    except (CandidSyntaxError, EncodeError) as error:
        raise ConfigurationError(
            f"the arguments of `{method.public_name}` do not fit: {error}",
            f"it is `{method.public_name} : {str(method.function).removeprefix('func ')}`",
        ) from error


def show_reply(method: DidMethod, reply: bytes, *, as_json: bool) -> str:
    """A reply as text, at the types of the interface; raises `NetworkError` if it has others."""
    try:
        values = method.decode_results(reply)
    except DecodeError as error:
        raise NetworkError(
            f"the reply of `{method.public_name}` does not fit the interface: {error}",
            "give its interface: `--did FILE`",
        ) from error
    if as_json:
        return json.dumps(to_json(list(values)), indent=2)
    return format_values(values, method.function.results, method.env)


def _find_method(network: Network, options: CallOptions) -> DidMethod:
    if options.did is not None:
        face = DidFace(options.did.read_text(encoding="utf-8"))
    else:
        try:
            face = network.interfaces.of(network.find_canister(options.canister))
        except NoInterfaceError as error:
            raise ConfigurationError(error.message, "give it: `--did FILE`") from error
    method = face.find_method(options.method)
    if method is None:
        known = ", ".join(f"`{name}`" for name in face.names())
        raise ConfigurationError(
            f"`{options.canister}` has no method `{options.method}`",
            f"it has {known}" if known else "it has none",
        )
    return method
