"""What icp-py-core finds on a local network; run with the arguments of agent_core.mjs.

The signatures of queries are verified.  So are certificates, with two things put in their places
from outside.  The agent does BLS by the package `blst`, which no registry has: another library
does it here.  And it verifies with the root key of the Internet Computer whatever root key it is
given: that constant is replaced.  What it does without is checked before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import cbor2
import httpx
from icp_agent.agent import sign_request, to_request_id
from icp_candid.candid import Types, encode
from icp_certificate import certificate as certificates
from icp_core import (
    Agent,
    Canister,
    CertificateVerificationError,
    Client,
    Identity,
    Principal,
    QuerySignatureVerificationFailed,
    ReplicaReject,
    TransportError,
)
from icp_identity import DelegateIdentity
from py_arkworks_bls12381 import GT, G1Point, G2Point
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

client = Client(URL)
root_key: bytes = cbor2.loads(client.status())["root_key"]
owner, other = Identity(OWNER), Identity(OTHER, type="secp256k1")
session, middle = Identity(SESSION), Identity(MIDDLE, type="secp256k1")


def agent_of(identity: Any, **options: Any) -> Any:
    return Agent(identity, client, root_key=root_key, verify_query_signatures=True, **options)


agent = agent_of(owner)


class Peer:
    """The agent, for the checks."""

    owner = owner
    _management = Canister(agent, MANAGEMENT, MANAGEMENT_DID)

    def status(self) -> bytes:
        return bytes(client.status())

    def manage(self, method: str, effective_id: str, **fields: object) -> Any:
        # The agent's own `Management` sends everything by the management canister's id, which
        # only the creation of canisters may do.
        types = self._management.methods[method]
        argument = [{"type": types.argTypes[0], "value": fields}]
        call = agent.query if "query" in types.annotations else agent.update
        options = {"return_type": types.retTypes, "effective_canister_id": effective_id}
        return self.first(call(MANAGEMENT, method, argument, **options))

    def read(self, canister_id: str, path: list[bytes]) -> bytes | None:
        found = agent.read_state_raw(canister_id, [path]).lookup(path)
        return None if found is None else bytes(found)

    def principal(self, raw: bytes) -> str:
        return str(Principal(raw))

    def raw_principal(self, text: str) -> bytes:
        return bytes(Principal.from_str(text).bytes)

    def encode(self, values: Sequence[tuple[str, object]]) -> bytes:
        types = {"text": Types.Text, "nat": Types.Nat}
        return bytes(encode([{"type": types[name], "value": value} for name, value in values]))

    def first(self, found: Any) -> Any:
        return found[0]["value"] if found else None

    def agent_of(self, identity: Any) -> Any:
        return agent_of(identity)

    def actor(self, canister_id: str, did: str) -> Any:
        return Values(Canister(agent, canister_id, did))


class Values:
    """A canister whose methods give values, not lists of them."""

    def __init__(self, canister: Any) -> None:
        self._canister = canister

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *arguments: peer.first(getattr(self._canister, name)(*arguments))


def refusal(action: Callable[[], object]) -> Refusal:
    """What an action that must fail was told."""
    try:
        value = action()
    except ReplicaReject as error:
        return {
            "code": error.reject_code,
            "message": error.reject_message,
            "error_code": error.error_code,
        }
    except TransportError as error:
        return http_refusal(error.original_error)
    except (CertificateVerificationError, QuerySignatureVerificationFailed) as error:
        return {"agent": type(error).__name__}
    raise AssertionError(f"it was not refused: {value!r}")


def http_refusal(error: Exception) -> Refusal:
    assert isinstance(error, httpx.HTTPStatusError), error
    return {"http": error.response.status_code, "text": error.response.text}


# Certificates.


def is_signed(signature: bytes, message: bytes, public_key: bytes) -> bool:
    """In the stead of `verify_bls_signature_blst`."""
    hashed = G1Point.hash_to_curve(message, certificates.IC_BLS_DST)
    points = [G1Point.from_compressed_bytes(signature), -hashed]
    return bool(GT.pairing_check(points, [G2Point(), G2Point.from_compressed_bytes(public_key)]))


def without_blst() -> str:
    try:
        agent.read_state_raw(UNKNOWN, [[b"time"]])
    except certificates.BlstUnavailable as error:
        return type(error).__name__
    raise AssertionError("it has verified a certificate")


check("without_blst", without_blst)
certificates.verify_bls_signature_blst = is_signed
check("foreign_root_key", lambda: refusal(lambda: agent.read_state_raw(UNKNOWN, [[b"time"]])))
certificates.IC_ROOT_KEY = root_key

# A canister.

peer = Peer()
deployment = Deployment(peer)
deployment.make()
desk_id = deployment.canister_id
desk = Desk(peer, desk_id, deployment.text("candid:service"))
desk.check_calls()


def ask(watch: Callable[[Any], None]) -> object:
    look = agent.request_status_raw

    def watched(*arguments: Any, **options: Any) -> Any:
        found = look(*arguments, **options)
        watch(found[0])
        return found

    agent.request_status_raw = watched
    found = agent.update(desk_id, "ask", initial_delay=0.02)
    agent.request_status_raw = look
    return peer.first(found)


check_held(ask, desk)

# Refusals by the canister and by the network.

# The agent looks for a reject where the interface doesn't put it, and so does not accept the
# signature of any (`signed_reject`): such queries are made without.
trusting = Agent(owner, client, root_key=root_key)


def refused_call(method: str, *arguments: str, to: str = desk_id, caller: Any = agent) -> Refusal:
    message = peer.encode([("text", value) for value in arguments])
    return refusal(lambda: caller.update(to, method, message))


def refused_query(
    method: str, *arguments: str, to: str = desk_id, caller: Any = trusting
) -> Refusal:
    message = peer.encode([("text", value) for value in arguments])
    return refusal(lambda: caller.query(to, method, message))


def trap() -> object:
    return {**refused_call("fail", "a broken pencil"), "total": desk.call("total")}


check("reject", lambda: refused_call("refuse", "not today"))
check("query_reject", lambda: refused_query("deny", "not here"))
check("signed_reject", lambda: refused_query("deny", "not here", caller=agent))
check("trap", trap)
check("query_trap", lambda: refused_query("stumble", "a loose stair"))
check("unknown_method", lambda: refused_call("missing"))
check("query_unknown_method", lambda: refused_query("missing_query"))
check("unknown_canister", lambda: refused_call("add", to=UNKNOWN))
check("query_unknown_canister", lambda: refused_query("total", to=UNKNOWN))

late = agent_of(owner, ingress_expiry=-600)
check("expired_call", lambda: refused_call("whoami", caller=late))
check("expired_query", lambda: refused_query("total", caller=late))
check("expired_read_state", lambda: refusal(lambda: late.read_state_raw(desk_id, [[b"time"]])))

# Certified state.


def subnet() -> object:
    subnet_id = Principal.self_authenticating(root_key)
    start = [b"subnet", subnet_id.bytes]
    certificate = agent.read_state_subnet_raw(subnet_id.to_str(), [start])
    ranges = certificate.lookup([*start, b"canister_ranges"])
    paths = certificate.list_paths(certificate.lookup_tree([*start, b"node"]))
    return {
        "subnet": str(subnet_id),
        "public_key": certificate.lookup([*start, b"public_key"]),
        "node_keys": [certificate.lookup([*start, b"node", *path]) for path in paths],
        "ranges": len(cbor2.loads(ranges)),
    }


def status_of_others() -> object:
    content = {
        "request_type": "call",
        "sender": owner.sender().bytes,
        "canister_id": Principal.from_str(desk_id).bytes,
        "method_name": "whoami",
        "arg": encode([]),
        "ingress_expiry": agent.get_expiry_date(),
    }
    request_id, envelope = sign_request(content, owner)
    agent.call_endpoint(desk_id, envelope)
    stranger = agent_of(other)
    return refusal(lambda: stranger.read_state_raw(desk_id, [[b"request_status", request_id]]))


check("interface", lambda: Canister(agent, desk_id, auto_fetch_candid=True).candid_str)
check("subnet", subnet)
check("status_of_others", status_of_others)

# That the agent does verify: the count in a reply, its last byte, with a bit turned.


class ForgingClient(Client):
    """Gets other answers than the network has given."""

    def call(self, *arguments: Any, **options: Any) -> Any:
        answer = super().call(*arguments, **options)
        return httpx.Response(answer.status_code, content=forged(answer.content))

    def query(self, *arguments: Any, **options: Any) -> bytes:
        return forged(super().query(*arguments, **options))


def forged(answer: bytes) -> bytes:
    start = b"DIDL\x00\x01\x7d"
    before, found, after = answer.partition(start)
    assert found
    return before + start + bytes([after[0] ^ 1]) + after[1:]


NOTHING_MORE = peer.encode([("nat", 0)])
misled = Agent(owner, ForgingClient(URL), root_key=root_key, verify_query_signatures=True)
check("forged_reply", lambda: refusal(lambda: misled.update(desk_id, "add", NOTHING_MORE)))
check("forged_query", lambda: refused_query("total", caller=misled))

# Identities and delegations.


def controllers_only() -> object:
    refused = refused_call("clear", caller=agent_of(other))
    desk.call("clear")
    return {"refused": refused, "total": desk.call("total")}


def refused_callers(identity: Any) -> object:
    caller = agent_of(identity)
    return [refused_call("whoami", caller=caller), refused_query("who", caller=caller)]


check_identities(desk, ed25519=owner, secp256k1=other, p256=Identity(type="p256"))
check("anonymous", lambda: desk.callers(Identity(anonymous=True)))
check("controllers_only", controllers_only)
delegations = Delegations(other, to_request_id, DelegateIdentity, int)
delegations.check(desk, refused_callers, session, middle)
