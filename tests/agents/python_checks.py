"""The checks that the Python agents have in common; uses the standard library and CBOR only.

These agents are much alike: one began as a copy of the other.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Protocol

import cbor2
from tests.agents.reporting import check, tell

URL: Final = sys.argv[1]
MODULE: Final = Path(sys.argv[2])
SMALL_MODULE: Final = Path(sys.argv[3])
UNKNOWN: Final = sys.argv[4]
MANAGEMENT: Final = "aaaaa-aa"
CHUNK_BYTES: Final = 1024 * 1024

# Secrets of Ed25519 keys (`OWNER`, `SESSION`) and secp256k1 keys (`OTHER`, `MIDDLE`), in hex.
OWNER: Final = "01" * 32
OTHER: Final = "02" * 32
SESSION: Final = "03" * 32
MIDDLE: Final = "04" * 32

# The part of the management canister's interface that the checks use.
MANAGEMENT_DID: Final = """
type settings = record { controllers : opt vec principal };
type mode = variant { install; reinstall };
type chunk_hash = record { hash : blob };
service : {
  provisional_create_canister_with_cycles :
    (record { amount : opt nat; settings : opt settings }) -> (record { canister_id : principal });
  install_code :
    (record { mode : mode; canister_id : principal; wasm_module : blob; arg : blob }) -> ();
  upload_chunk : (record { canister_id : principal; chunk : blob }) -> (chunk_hash);
  install_chunked_code : (record {
    mode : mode;
    target_canister : principal;
    chunk_hashes_list : vec chunk_hash;
    wasm_module_hash : blob;
    arg : blob;
  }) -> ();
  canister_status : (record { canister_id : principal }) -> (record {
    status : variant { running; stopping; stopped };
    module_hash : opt blob;
    settings : record { controllers : vec principal };
    cycles : nat;
  }) query;
}
"""

_DELEGATION_DOMAIN: Final = b"\x1aic-request-auth-delegation"

Refusal = dict[str, object]


class Peer(Protocol):
    """An agent, by what the checks want of it."""

    owner: Any
    """The identity that it speaks as."""

    def status(self) -> bytes:
        """The network's status, as it comes."""

    def manage(self, method: str, effective_id: str, **fields: object) -> Any:
        """Call the management canister; gives its value."""

    def read(self, canister_id: str, path: list[bytes]) -> bytes | None:
        """What is at a path of the state tree; None if that is absent."""

    def principal(self, raw: bytes) -> str:
        """A principal as text."""

    def raw_principal(self, text: str) -> bytes:
        """A principal as bytes."""

    def encode(self, values: Sequence[tuple[str, object]]) -> bytes:
        """A message of values, each with the name of its type, `text` or `nat`."""

    def first(self, found: Any) -> Any:
        """The value in an answer."""

    def actor(self, canister_id: str, did: str) -> Any:
        """An object with the methods of a canister."""

    def agent_of(self, identity: Any) -> Any:
        """An agent for an identity."""


class Deployment:
    """A canister, made and installed by the agent."""

    def __init__(self, peer: Peer) -> None:
        self._peer: Final = peer
        self.canister_id = UNKNOWN

    def make(self) -> None:
        """Check that it can be made."""
        check("status", self._status)
        check("create", self._create)
        check("install_code", self._install_code)
        check("install_chunked_code", self._install_chunked_code)
        check("canister_status", self._canister_status)
        check("read_state", self._read_state)
        check("read_unknown_canister", self._read_unknown)

    def entry(self, *labels: str) -> bytes | None:
        """What is certified of the canister."""
        raw = self._peer.raw_principal(self.canister_id)
        path = [b"canister", raw, *(label.encode() for label in labels)]
        return self._peer.read(self.canister_id, path)

    def text(self, name: str) -> str:
        """A custom section of its module; empty if there is none."""
        return (self.entry("metadata", name) or b"").decode()

    def _status(self) -> object:
        found = cbor2.loads(self._peer.status())
        return {"root_key": found["root_key"], "health": found["replica_health_status"]}

    def _create(self) -> object:
        method = "provisional_create_canister_with_cycles"
        found = self._peer.manage(method, MANAGEMENT, amount=[5_000_000_000_000], settings=[])
        self.canister_id = str(found["canister_id"])
        return self.canister_id

    def _install_code(self) -> object:
        self._peer.manage(
            "install_code",
            self.canister_id,
            mode={"install": None},
            canister_id=self.canister_id,
            wasm_module=SMALL_MODULE.read_bytes(),
            arg=b"",
        )
        return self.entry("module_hash")

    def _install_chunked_code(self) -> object:
        hashes = [self._upload(chunk) for chunk in _chunks(MODULE.read_bytes())]
        self._peer.manage(
            "install_chunked_code",
            self.canister_id,
            mode={"reinstall": None},
            target_canister=self.canister_id,
            chunk_hashes_list=[{"hash": item} for item in hashes],
            wasm_module_hash=sha256(MODULE.read_bytes()).digest(),
            arg=self._peer.encode([("text", "Agnes")]),
        )
        return hashes

    def _upload(self, chunk: bytes) -> bytes:
        found = self._peer.manage(
            "upload_chunk", self.canister_id, canister_id=self.canister_id, chunk=chunk
        )
        return bytes(found["hash"])

    def _canister_status(self) -> object:
        """By a query."""
        found = self._peer.manage("canister_status", self.canister_id, canister_id=self.canister_id)
        return {
            "status": list(found["status"]),
            "module_hash": [bytes(item) for item in found["module_hash"]],
            "controllers": [str(item) for item in found["settings"]["controllers"]],
            "has_cycles": found["cycles"] > 0,
        }

    def _read_state(self) -> object:
        return {
            "module_hash": self.entry("module_hash"),
            "controllers": [
                self._peer.principal(bytes(item))
                for item in cbor2.loads(self.entry("controllers") or b"")
            ],
            "args": self.text("candid:args"),
            "nothing": self.entry("metadata", "nothing"),
        }

    def _read_unknown(self) -> object:
        path = [b"canister", self._peer.raw_principal(UNKNOWN), b"module_hash"]
        return self._peer.read(UNKNOWN, path)


class Desk:
    """The canister, by its interface."""

    def __init__(self, peer: Peer, canister_id: str, did: str) -> None:
        self._peer: Final = peer
        self.canister_id: Final = canister_id
        self._actor: Final = peer.actor(canister_id, did)

    def call(self, method: str, *arguments: object) -> Any:
        """What a method replies."""
        return getattr(self._actor, method)(*arguments)

    def callers(self, identity: Any) -> list[str]:
        """Whom an update and a query see."""
        agent = self._peer.agent_of(identity)
        empty = self._peer.encode([])
        found = [
            agent.update_raw(self.canister_id, "whoami", empty),
            agent.query_raw(self.canister_id, "who", empty),
        ]
        return [str(self._peer.first(answer)) for answer in found]

    def check_calls(self) -> None:
        """Check what methods reply."""
        call = self.call
        check("update", lambda: [call("add", 5), call("add", 7)])
        check("query", lambda: [call("total"), call("name")])
        check("candid_update", lambda: self._echo("echo", []))
        check("candid_query", lambda: self._echo("look", ["seen"]))
        check("parallel", self._add_in_parallel)
        check("replayed", self._add_again)

    def _add_in_parallel(self) -> object:
        # Each adds what no other call does: without a nonce, equal calls are one.
        with ThreadPoolExecutor(20) as pool:
            totals = list(pool.map(lambda by: self.call("add", by), range(21, 41)))
        return {"answers": len(set(totals)), "total": max(totals)}

    def _add_again(self) -> object:
        # The same call, to the bit, is made once and answered twice.
        agent = self._peer.agent_of(self._peer.owner)
        expiry_ns = time.time_ns() + 120 * 10**9
        agent.get_expiry_date = lambda: expiry_ns
        message = self._peer.encode([("nat", 100)])
        found = [agent.update_raw(self.canister_id, "add", message) for _ in range(2)]
        return [self._peer.first(answer) for answer in found]

    def _echo(self, method: str, remark: list[str]) -> object:
        note = {
            "about": "Tür €𝄞",
            "writer": str(self._peer.owner.sender()),
            "seal": [0, 255, 128],
            "balance": -(2**40),
            "places": [{"standing": None}, {"moved": {"to": "Zürich"}}],
            "remark": remark,
        }
        found = self.call(method, note)
        return {**found, "seal": bytes(found["seal"])}


def check_held(ask: Callable[[Callable[[Any], None]], object], desk: Desk) -> None:
    """Check that a call is answered whose status must be read several times.

    `ask` makes it, and hands on every status that is read.
    """

    def held() -> object:
        tell("hold")
        statuses: list[object] = []

        def watch(status: object) -> None:
            if status == "processing" and status not in statuses:
                tell("release")
            statuses.append(status)

        answer = ask(watch)
        return {
            "was_processing": "processing" in statuses,
            "answer": str(answer),
            "self": desk.canister_id,
        }

    check("held", held)


def check_identities(desk: Desk, **identities: Any) -> None:
    """Check that the canister sees each identity as the agent does."""

    def seen_as(identity: Any) -> object:
        update, query = desk.callers(identity)
        return {"self": str(identity.sender()), "update": update, "query": query}

    for name, identity in identities.items():
        check(name, partial(seen_as, identity))


Delegation = dict[str, Any]


class Delegations:
    """Chains of delegations that begin with `root`; they have no targets with these agents.

    `hash_of` gives the hash of a map; `wrap` makes an identity of a key and a chain, as JSON.
    """

    def __init__(
        self,
        root: Any,
        hash_of: Callable[[dict[str, object]], bytes],
        wrap: Callable[[Any, dict[str, object]], Any],
        write_expiry: Callable[[int], object],
    ) -> None:
        self._root: Final = root
        self._hash_of: Final = hash_of
        self._wrap: Final = wrap
        self._write_expiry: Final = write_expiry

    def check(
        self, desk: Desk, refused: Callable[[Any], object], session: Any, middle: Any
    ) -> None:
        """Check those that hold, and those that don't."""
        root = self._root
        valid = self._sign(root, session, 10)
        chain = [self._sign(root, middle, 10), self._sign(middle, session, 5)]
        late = self._sign(root, session, -1)
        check("delegation", lambda: desk.callers(self._identity(session, valid)))
        check("delegation_chain", lambda: desk.callers(self._identity(session, *chain)))
        check("delegation_expired", lambda: refused(self._identity(session, late)))
        check("delegation_forged", lambda: refused(self._identity(middle, valid)))

    def _sign(self, giver: Any, key: Any, minutes: float) -> Delegation:
        expiration = time.time_ns() + int(minutes * 60e9)
        content: dict[str, object] = {"pubkey": key.der_pubkey, "expiration": expiration}
        _, signature = giver.sign(_DELEGATION_DOMAIN + self._hash_of(content))
        return {
            "delegation": {
                "pubkey": key.der_pubkey.hex(),
                "expiration": self._write_expiry(expiration),
            },
            "signature": signature.hex(),
        }

    def _identity(self, key: Any, *delegations: Delegation) -> Any:
        public_key = self._root.der_pubkey.hex()
        return self._wrap(key, {"publicKey": public_key, "delegations": list(delegations)})


def _chunks(module: bytes) -> Iterator[bytes]:
    for start in range(0, len(module), CHUNK_BYTES):
        yield module[start : start + CHUNK_BYTES]
