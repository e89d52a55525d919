"""Hostile requests: valid ones with something changed, from a seed.

`check` sends one and says what must hold of the answer, whatever was changed.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

import cbor2
from attrs import frozen
from tests.unit.network.scene import ANONYMOUS, EMPTY, MANAGEMENT, MINUTE_NS, Answer, Scene
from tests.unit.wire.signers import SIGNERS, Delegated, Ed25519Signer, delegate

from scm.model import Principal
from scm.replica.management_types import encode_argument
from scm.wire.cbor import decode_cbor
from scm.wire.envelopes import (
    CallContent,
    Content,
    QueryContent,
    ReadStateContent,
    Signer,
    request_id_of,
    sign_envelope,
)
from scm.wire.errors import MalformedError
from scm.wire.public_keys import self_authenticating

STATUSES: Final = frozenset((200, 202, 400, 403, 404, 405, 413))
"""What a stranger may be answered with: never that the server has failed."""

_ODD_VALUES: Final[tuple[Any, ...]] = (
    *(None, True, 0, -1, 1 << 63, (1 << 64) - 1, 1 << 64, 1 << 4000, 1.5, float("nan")),
    *("", "x" * 70_000, "\0", "call", "query", "read_state", b"", b"\x04", b"\0" * 29),
    *(b"\xff" * 40, b"\0" * 100_000, [], [[]], [b""], [[b""]] * 1001, [[b"a"] * 200]),
    *({}, {"a": {}}, {1: 2}, cbor2.CBORTag(2, b"\xff" * 100), cbor2.CBORTag(55799, {})),
    *(cbor2.CBORTag(35, "(a+)+$"), cbor2.CBORTag(5, [1 << 40, 3]), cbor2.undefined),
)
_METHODS: Final = ("add", "refuse", "fail", "echo", "whoami", "log", "read", "no", "", "\u0000")
_KINDS: Final = ("call", "query", "read_state")


@frozen
class Hostile:
    """A request to be sent; `is_forged`: it says that a signer has sent what he has not."""

    method: str
    path: str
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    is_forged: bool


class HostileRequests:
    """Requests about a canister; the same seed gives the same ones, but for their expiries."""

    def __init__(self, scene: Scene, canister_id: Principal, seed: int) -> None:
        self._scene: Final = scene
        self._canister_id: Final = canister_id
        self._random: Final = random.Random(seed)
        self._last_id = b""
        self._signers: Final = _signers(scene.clock() + 60 * MINUTE_NS)

    def next(self) -> Hostile:
        """The next request."""
        choose = self._random
        signer = choose.choice(self._signers)
        content = self._content(signer)
        body = sign_envelope(content, signer)
        make: Callable[[bytes], bytes] = choose.choice(
            (self._flip, self._flip, self._cut, self._splice, self._odd_field, self._resize, bytes)
        )
        changed = make(body)
        method = "POST" if choose.random() < 0.98 else choose.choice(("GET", "PUT", "DELETE"))
        headers = ((b"content-type", b"application/cbor"),)
        is_forged = signer is not None and _meaning(changed) != _meaning(body)
        return Hostile(method, self._path(content), changed, headers, is_forged)

    def _content(self, signer: Signer | None) -> Content:
        choose = self._random
        sender = ANONYMOUS if signer is None else self_authenticating(signer.public_key_der)
        expiry_ns = self._scene.clock() + choose.choice((0, 1, 4 * MINUTE_NS, 4 * MINUTE_NS))
        nonce = choose.randbytes(8)
        kind = choose.choice(_KINDS)
        if kind == "read_state":
            paths = tuple(self._read_path() for _ in range(choose.randrange(4)))
            return ReadStateContent(sender, expiry_ns, paths, nonce)
        if choose.random() < 0.2:
            target, name = MANAGEMENT, choose.choice(("canister_status", "start_canister", "nope"))
            fields: dict[str, object] = {"canister_id": self._canister_id}
            argument = EMPTY if name == "nope" else encode_argument(name, fields)
        else:
            target, name = self._canister_id, choose.choice(_METHODS)
            argument = choose.choice((EMPTY, b"", choose.randbytes(50)))
        build = CallContent if kind == "call" else QueryContent
        content = build(sender, expiry_ns, target, name, argument, nonce)
        self._last_id = request_id_of(content) if kind == "call" else self._last_id
        return content

    def _read_path(self) -> tuple[bytes, ...]:
        choose = self._random
        if self._last_id and choose.random() < 0.2:
            return (b"request_status", self._last_id)
        labels = (b"time", b"subnet", b"canister", b"request_status", b"", b"x")
        parts = (self._canister_id.raw, b"controllers", b"metadata", b"\xff", choose.randbytes(32))
        tail = (choose.choice(parts) for _ in range(choose.randrange(4)))
        return (choose.choice(labels), *tail)

    def _path(self, content: Content) -> str:
        choose = self._random
        version = choose.choice(("v2", "v3") if choose.random() < 0.95 else ("v4", "v9"))
        kind = "subnet" if choose.random() < 0.05 else "canister"
        place: object = self._canister_id
        if choose.random() < 0.1:
            subnet = Principal(self._scene.core.keys.root.subnet_id)
            place = choose.choice((MANAGEMENT, subnet, "x", "aaaaa-aa-", "%00", "a" * 3000))
        endpoint = content.request_type if choose.random() < 0.95 else choose.choice(_KINDS)
        return f"/api/{version}/{kind}/{place}/{endpoint}"

    # What is changed.

    def _flip(self, body: bytes) -> bytes:
        changed = bytearray(body)
        for _ in range(self._random.choice((1, 1, 1, 2, 8, 64))):
            changed[self._random.randrange(len(changed))] ^= 1 << self._random.randrange(8)
        return bytes(changed)

    def _cut(self, body: bytes) -> bytes:
        start, end = sorted(self._random.randrange(len(body) + 1) for _ in range(2))
        return body[:start] + body[end:]

    def _splice(self, body: bytes) -> bytes:
        """Repeat a part of it somewhere else, or put in bytes at random."""
        start, end = sorted(self._random.randrange(len(body) + 1) for _ in range(2))
        at = self._random.randrange(len(body) + 1)
        part = body[start:end] if self._random.random() < 0.5 else self._random.randbytes(9)
        return body[:at] + part + body[at:]

    def _resize(self, body: bytes) -> bytes:
        """A head that announces more than there is, nothing at all, or more than is allowed."""
        head = self._random.choice((b"\x9b", b"\x5b", b"\xbb", b"\x81" * 100, b"\xbf", b"\xd9"))
        at = self._random.random()
        if at < 0.9:
            return head + self._random.randbytes(8) + body
        return b"" if at < 0.95 else body + bytes(self._random.choice((2, 6)) << 20)

    def _odd_field(self, body: bytes) -> bytes:
        """Another value for one field, or none at all; deep in delegations, too."""
        fields = _plain(decode_cbor(body))
        place = fields
        while self._random.random() < 0.7:
            inner = [value for value in _values(place) if isinstance(value, dict | list) and value]
            if not inner:
                break
            place = self._random.choice(inner)
        key = self._random.choice(list(place) if isinstance(place, dict) else range(len(place)))
        match self._random.randrange(4):
            case 0 if isinstance(place, dict):
                del place[key]
            case 1 if isinstance(place, dict):
                place["unknown"] = self._random.choice(_ODD_VALUES)
            case _:
                place[key] = self._random.choice(_ODD_VALUES)
        return cbor2.dumps(fields)


def check(scene: Scene, hostile: Hostile) -> Answer:
    """Send a request: it is answered as it should be, and nothing is done that was not signed."""
    answer = scene.ask(hostile.method, hostile.path, hostile.body, hostile.headers)
    assert answer.status in STATUSES, (answer, hostile)
    assert len(answer.body) < 100_000
    if hostile.is_forged:
        assert answer.status not in (200, 202), (answer, hostile)
    if answer.status == 200:
        assert answer.fields
    return answer


def _signers(expiry_ns: int) -> list[Signer | None]:
    user, session, last = SIGNERS["ed25519"], Ed25519Signer("session"), Ed25519Signer("last")
    first = delegate(user, session, expiry_ns)
    second = delegate(session, last, expiry_ns)
    return [
        None,
        None,
        *SIGNERS.values(),
        Delegated(user, session, (first,)),
        Delegated(user, last, (first, second)),
    ]


def _meaning(body: bytes) -> object:
    """What a request says, with the proofs that its sender has said it; None if it says nothing."""
    try:
        fields = decode_cbor(body)
    except MalformedError:
        return None
    if not isinstance(fields, dict):
        return None
    named = ("content", "sender_pubkey", "sender_sig", "sender_delegation")
    return [_present(fields.get(name)) for name in named]


def _present(value: Any) -> Any:
    """A value without fields that are null, which count as absent."""
    if isinstance(value, dict):
        return {key: _present(item) for key, item in value.items() if item is not None}
    return [_present(item) for item in value] if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    """The same with dicts and lists that can be changed."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _values(place: Any) -> list[Any]:
    return list(place.values()) if isinstance(place, dict) else list(place)
