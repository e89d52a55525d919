"""What ic-py finds on a local network; run with the arguments of agent_core.mjs.

This agent verifies neither certificates nor the signatures of queries.  It ignores the status of
HTTP answers, and looks for the answer to a call that was refused until it gives up.  So of refusals
the script tells what the network has answered, and has it give up at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import cbor2
import httpx
from ic import system_state
from ic.agent import Agent, sign_request
from ic.candid import Types, encode
from ic.canister import Canister
from ic.certificate import lookup
from ic.client import Client
from ic.identity import DelegateIdentity, Identity
from ic.principal import Principal
from ic.utils import to_request_id
from tests.agents.python_checks import (
    MANAGEMENT,
    MANAGEMENT_DID,
    MIDDLE,
    OTHER,
    OWNER,
    SESSION,
    UNKNOWN,
    URL,
    Delegations,
    Deployment,
    Desk,
    Refusal,
    check_held,
    check_identities,
)
from tests.agents.reporting import check

POLL_SECONDS = 0.02
WAIT_SECONDS = 60

client = Client(URL)
owner, other = Identity(OWNER), Identity(OTHER, type="secp256k1")
session, middle = Identity(SESSION), Identity(MIDDLE, type="secp256k1")
answers: dict[str, httpx.Response] = {}
"""The last answer to a `call`, a `query` and a `read_state`."""


def recorded(post: Callable[..., httpx.Response], url: str, **options: Any) -> httpx.Response:
    answer = post(url, **options)
    answers[url.rpartition("/")[2]] = answer
    return answer


httpx.post = partial(recorded, httpx.post)


class QuickAgent(Agent):
    """Looks more often than once a second whether there is an answer, and only if there can be."""

    def poll(self, canister_id: str, req_id: bytes) -> Any:
        seconds = WAIT_SECONDS if answers["call"].status_code == 202 else 0
        return super().poll(canister_id, req_id, POLL_SECONDS, seconds)


agent = QuickAgent(owner, client)


class Peer:
    """The agent, for the checks."""

    owner = owner
    _management = Canister(agent, MANAGEMENT, MANAGEMENT_DID)

    def status(self) -> bytes:
        # `Client.status` prints what it gets.
        return bytes(httpx.get(f"{URL}/api/v2/status").content)

    def manage(self, method: str, effective_id: str, **fields: object) -> Any:
        # The agent's own way knows which canister it is about by `canister_id` only.
        types = getattr(self._management, method)
        argument = encode([{"type": types.args[0], "value": fields}])
        call = agent.query_raw if types.anno == "query" else agent.update_raw
        found = call(MANAGEMENT, method, argument, types.rets, effective_id)
        return self.first(found)

    def read(self, canister_id: str, path: list[bytes]) -> bytes | None:
        found = lookup(path, agent.read_state_raw(canister_id, [path]))
        return None if found is None else bytes(found)

    def principal(self, raw: bytes) -> str:
        return str(Principal(bytes=raw))

    def raw_principal(self, text: str) -> bytes:
        return bytes(Principal.from_str(text).bytes)

    def encode(self, values: Sequence[tuple[str, object]]) -> bytes:
        types = {"text": Types.Text, "nat": Types.Nat}
        return bytes(encode([{"type": types[name], "value": value} for name, value in values]))

    def first(self, found: Any) -> Any:
        return found[0]["value"] if found else None

    def agent_of(self, identity: Any) -> Any:
        return QuickAgent(identity, client)

    def actor(self, canister_id: str, did: str) -> Any:
        return Values(Canister(agent, canister_id, did))


class Values:
    """A canister whose methods give values, not lists of them."""

    def __init__(self, canister: Any) -> None:
        self._canister = canister

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *arguments: self._first(getattr(self._canister, name)(*arguments))

    def _first(self, found: list[Any]) -> Any:
        return found[0] if found else None


def refusal(kind: str, action: Callable[[], object]) -> Refusal:
    """What was answered to a request that must fail, a `call`, a `query` or a `read_state`."""
    answers.clear()
    said: object
    try:
        said = action()
    except Exception as error:
        said = str(error)
    answer = answers[kind]
    if answer.status_code not in (200, 202):
        return {"http": answer.status_code, "text": answer.text}
    if answer.status_code == 202:
        # The agent looks for the message only.
        assert isinstance(said, str)
        assert said.startswith("Rejected: "), said
        return {"message": said.removeprefix("Rejected: ")}
    body = cbor2.loads(answer.content)
    # A query's reject it gives like a reply.
    assert kind == "call" or said == body["reject_message"]
    names = {"code": "reject_code", "message": "reject_message", "error_code": "error_code"}
    return {name: body[field] for name, field in names.items()}


# A canister.

peer = Peer()
deployment = Deployment(peer)
deployment.make()
desk_id = deployment.canister_id
desk = Desk(peer, desk_id, deployment.text("candid:service"))
desk.check_calls()


def ask(watch: Callable[[Any], None]) -> object:
    look = agent.request_status_raw

    def watched(*arguments: Any) -> Any:
        found = look(*arguments)
        watch(found[0])
        return found

    agent.request_status_raw = watched
    found = agent.update_raw(desk_id, "ask", encode([]))
    agent.request_status_raw = look
    return peer.first(found)


check_held(ask, desk)

# Refusals by the canister and by the network.


def refused_call(method: str, *arguments: str, to: str = desk_id, caller: Any = agent) -> Refusal:
    message = peer.encode([("text", value) for value in arguments])
    return refusal("call", lambda: caller.update_raw(to, method, message))


def refused_query(method: str, *arguments: str, to: str = desk_id, caller: Any = agent) -> Refusal:
    message = peer.encode([("text", value) for value in arguments])
    return refusal("query", lambda: caller.query_raw(to, method, message))


def trap() -> object:
    return {**refused_call("fail", "a broken pencil"), "total": desk.call("total")}


check("reject", lambda: refused_call("refuse", "not today"))
check("query_reject", lambda: refused_query("deny", "not here"))
check("trap", trap)
check("query_trap", lambda: refused_query("stumble", "a loose stair"))
check("unknown_method", lambda: refused_call("missing"))
check("query_unknown_method", lambda: refused_query("missing_query"))
check("unknown_canister", lambda: refused_call("add", to=UNKNOWN))
check("query_unknown_canister", lambda: refused_query("total", to=UNKNOWN))

late = QuickAgent(owner, client, ingress_expiry=-600)
check("expired_call", lambda: refused_call("whoami", caller=late))
check("expired_query", lambda: refused_query("total", caller=late))
check(
    "expired_read_state",
    lambda: refusal("read_state", lambda: late.read_state_raw(desk_id, [[b"time"]])),
)

# Certified state.


def subnet() -> object:
    root_key = cbor2.loads(peer.status())["root_key"]
    subnet_id = Principal.self_authenticating(root_key)
    start = [b"subnet", subnet_id.bytes]
    certificate = agent.read_state_raw(desk_id, [start])
    return {
        "subnet": str(subnet_id),
        "public_key": lookup([*start, b"public_key"], certificate),
        "ranges": len(system_state.subnet_canister_ranges(agent, desk_id, str(subnet_id))),
    }


def status_of_others() -> Refusal:
    content = {
        "request_type": "call",
        "sender": owner.sender().bytes,
        "canister_id": Principal.from_str(desk_id).bytes,
        "method_name": "whoami",
        "arg": encode([]),
        "ingress_expiry": agent.get_expiry_date(),
    }
    request_id, envelope = sign_request(content, owner)
    agent.call_endpoint(desk_id, request_id, envelope)
    stranger = QuickAgent(other, client)
    return refusal("read_state", lambda: stranger.request_status_raw(desk_id, request_id))


check("interface", lambda: deployment.text("candid:service"))
check("subnet", subnet)
check("status_of_others", status_of_others)

# Identities and delegations.


def controllers_only() -> object:
    refused = refused_call("clear", caller=QuickAgent(other, client))
    desk.call("clear")
    return {"refused": refused, "total": desk.call("total")}


def refused_callers(identity: Any) -> object:
    caller = QuickAgent(identity, client)
    return [refused_call("whoami", caller=caller), refused_query("who", caller=caller)]


check_identities(desk, ed25519=owner, secp256k1=other)
check("anonymous", lambda: desk.callers(Identity(anonymous=True)))
check("controllers_only", controllers_only)
delegations = Delegations(other, to_request_id, DelegateIdentity, "{:x}".format)
delegations.check(desk, refused_callers, session, middle)
