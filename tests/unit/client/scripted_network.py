"""A network in the process that says what a test tells it to, with true certificates, or loses it.

Time passes only when somebody sleeps.  What arrives is counted by request id, so that a test sees
whether a call was made twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import httpx2
from attrs import define, field
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scm.client.agent import Agent
from scm.client.answers import Rejected, Replied
from scm.client.identities import AnonymousIdentity, Identity
from scm.client.transport import Clock, Transport
from scm.leb128 import write_unsigned
from scm.model import Principal
from scm.wire.bls import public_key_der, sign_bls
from scm.wire.cbor import encode_cbor
from scm.wire.certificates import encode_certificate, signed_root, write_ranges
from scm.wire.envelopes import (
    CallContent,
    Envelope,
    QueryContent,
    ReadStateContent,
    decode_envelope,
)
from scm.wire.hash_tree import Labels, State, reveal
from scm.wire.public_keys import self_authenticating
from scm.wire.query_signatures import rejected_fields, replied_fields, signed_response

CANISTER: Final = Principal(bytes.fromhex("00000000000000010101"))
START_NS: Final = 1_800_000_000 * 10**9
ROOT_SECRET: Final = 12_345
ROOT_KEY: Final = public_key_der(ROOT_SECRET)
NODE: Final = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NODE_KEY: Final = NODE.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

Fault = str | int

LOSE: Final[Fault] = "lose"  # The request arrives, and its answer is lost.
DROP: Final[Fault] = "drop"  # The request is lost.
REFUSE: Final[Fault] = "refuse"  # There is no connection.
DELIVER_503: Final[Fault] = "503"  # The request arrives, and the network stops.

Outcome = Replied | Rejected | None


@define
class ScriptedNetwork:
    """`faults`: what becomes of requests that change something, in order; an int is a status.

    `answer` says what a call comes to; None is not yet.  The other fields are for tampering.
    """

    answer: Callable[[CallContent | QueryContent], Outcome] = lambda content: Replied(
        content.argument
    )
    faults: list[Fault] = field(factory=list)
    read_faults: list[Fault] = field(factory=list)
    missing: tuple[str, ...] = ()
    root_secret: int = ROOT_SECRET
    node: Ed25519PrivateKey = NODE
    node_in_tree: bytes = NODE_KEY
    now_ns: int = START_NS
    skew_ns: int = 0
    arrived: dict[bytes, CallContent] = field(factory=dict)
    sent: list[str] = field(factory=list)
    state: dict[bytes, bytes | State] = field(factory=dict)
    is_synchronous: bool = True
    refusal: dict[str, object] | None = None
    on_sleep: Callable[[], None] = lambda: None
    said: list[str] = field(factory=list)

    def agent(self, identity: Identity | None = None) -> Agent:
        """An agent of this network."""
        return Agent(self.transport(), ROOT_KEY, identity or AnonymousIdentity())

    def transport(self) -> Transport:
        """A connection to this network."""
        client = httpx2.Client(transport=httpx2.MockTransport(self._handle))
        clock = Clock(lambda: self.now_ns, self.sleep)
        return Transport("http://scripted.localhost", client, clock, self.said.append)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now_ns += round(seconds * 10**9)
        self.on_sleep()

    def certificate(self, paths: Iterable[Labels]) -> bytes:
        """A certificate of what is so now."""
        tree = reveal(self._tree(), [*paths, (b"time",)])
        return encode_certificate(tree, sign_bls(self.root_secret, signed_root(tree.digest)))

    def _tree(self) -> State:
        subnet_id = self_authenticating(ROOT_KEY)
        node_id = self_authenticating(self.node_in_tree)
        subnet: State = {
            b"canister_ranges": write_ranges([(CANISTER, CANISTER)]),
            b"node": {node_id.raw: {b"public_key": self.node_in_tree}},
        }
        statuses = {id_: self._status(content) for id_, content in self.arrived.items()}
        return {
            b"request_status": statuses,
            b"subnet": {subnet_id.raw: subnet},
            b"time": write_unsigned(self.now_ns + self.skew_ns),
            **self.state,
        }

    def _status(self, content: CallContent) -> State:
        match self.answer(content):
            case Replied(reply):
                return {b"status": b"replied", b"reply": reply}
            case Rejected(code, message, error_code):
                return {
                    b"error_code": error_code.encode(),
                    b"reject_code": write_unsigned(code),
                    b"reject_message": message.encode(),
                    b"status": b"rejected",
                }
        return {b"status": b"processing"}

    def _handle(self, request: httpx2.Request) -> httpx2.Response:
        self.sent.append(request.url.path)
        _, _, version, *_, what = request.url.path.split("/")
        faults = self.read_faults if what == "read_state" else self.faults
        fault = faults.pop(0) if faults else None
        if f"{version}/{what}" in self.missing:
            return httpx2.Response(404)
        if fault == REFUSE:
            raise httpx2.ConnectError("refused", request=request)
        if fault == DROP:
            raise httpx2.ReadError("lost", request=request)
        if isinstance(fault, int):
            return httpx2.Response(fault, text="busy")
        response = self._respond(version, decode_envelope(request.content))
        if fault == LOSE:
            raise httpx2.ReadError("lost", request=request)
        if fault == DELIVER_503:
            return httpx2.Response(503, text="the network has stopped")
        return response

    def _respond(self, version: str, envelope: Envelope) -> httpx2.Response:
        match envelope.content:
            case ReadStateContent(paths=paths):
                return _ok({"certificate": self.certificate(paths)})
            case CallContent() as content:
                if content.ingress_expiry_ns < self.now_ns:
                    return httpx2.Response(400, text="Invalid request expiry: it is over")
                if self.refusal is not None:
                    return _ok({"status": "non_replicated_rejection", **self.refusal})
                self.arrived[envelope.request_id] = content
                if version == "v2" or not self.is_synchronous or self.answer(content) is None:
                    return httpx2.Response(202)
                path = (b"request_status", envelope.request_id)
                return _ok({"status": "replied", "certificate": self.certificate([path])})
            case QueryContent() as content:
                return self._respond_to_query(content, envelope.request_id)

    def _respond_to_query(self, content: QueryContent, request_id: bytes) -> httpx2.Response:
        outcome = self.answer(content)
        if isinstance(outcome, Replied):
            fields = replied_fields(outcome.reply)
        else:
            assert outcome is not None
            fields = rejected_fields(outcome.code, outcome.message, outcome.error_code)
        timestamp_ns = self.now_ns + self.skew_ns
        signature = self.node.sign(signed_response(fields, request_id, timestamp_ns))
        signed = {
            "timestamp": timestamp_ns,
            "signature": signature,
            "identity": self_authenticating(NODE_KEY).raw,
        }
        return _ok({**fields, "signatures": [signed]})


def _ok(value: object) -> httpx2.Response:
    return httpx2.Response(200, content=encode_cbor(value))
