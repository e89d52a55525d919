"""A network without sockets: the ASGI application, a worker, and a clock that tests move."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any

from attrs import define, field, frozen

from scm.model import Principal
from scm.network.core import Core, open_core
from scm.network.deployment import Deployer
from scm.network.server import make_app
from scm.network.state_directory import StateDirectory
from scm.network.worker import Worker
from scm.replica.management_types import decode_result, encode_argument
from scm.testing.wat import ADD_ONE, READ_A, WatCanister
from scm.wire.cbor import decode_cbor
from scm.wire.certificates import Certificate, verify_certificate
from scm.wire.envelopes import (
    CallContent,
    QueryContent,
    ReadStateContent,
    Signer,
    request_id_of,
    sign_envelope,
)
from scm.wire.hash_tree import Labels
from scm.wire.public_keys import self_authenticating

START_NS = 1_800_000_000 * 10**9
MINUTE_NS = 60 * 10**9
MANAGEMENT = Principal.management_canister()
ANONYMOUS = Principal.anonymous()
EMPTY = b"DIDL\0\0"
CBOR = (b"content-type", b"application/cbor")

_NONCES = count(1)


def counter_module(*, has_heartbeat: bool = False) -> bytes:
    """`add` counts and replies, `read` tells; `refuse`, `fail`, `echo`, `whoami`, `certified`.

    `later` counts by a timer in 10 seconds; `secret` is not let in; `forward` calls `add` of itself
    and replies when that has replied; `park` never replies.
    """
    canister = WatCanister(table_size=4)
    canister.update("add", f"{ADD_ONE} {READ_A}")
    canister.query("read", READ_A)
    canister.update("refuse", canister.reject("not today"))
    canister.update("fail", canister.trap("broken"))
    canister.update("echo", "(call $append_argument) (call $msg_reply)")
    canister.update("whoami", "(call $append_caller) (call $msg_reply)")
    canister.query("who", "(call $append_caller) (call $msg_reply)")
    canister.update("log", canister.print("a line") + canister.reply())
    canister.update(
        "later",
        "(drop (call $global_timer_set (i64.add (call $time) (i64.const 10000000000))))"
        + canister.reply(),
    )
    canister.update("secret", canister.reply())
    canister.entry("canister_global_timer", ADD_ONE)
    if has_heartbeat:
        canister.entry("canister_heartbeat", ADD_ONE)
    canister.entry(
        "canister_inspect_message",
        # Names that begin with `s` are refused.
        "(call $msg_method_name_copy (i32.const 0) (i32.const 0) (i32.const 1))"
        "(if (i32.ne (i32.load8_u (i32.const 0)) (i32.const 115)) (then (call $accept_message)))",
    )
    canister.query(
        "certified",
        "(call $data_certificate_copy (i32.const 8192) (i32.const 0) (call $data_certificate_size))"
        "(call $msg_reply_data_append (i32.const 8192) (call $data_certificate_size))"
        "(call $msg_reply)",
    )
    return canister.build()


def caller_module(callee: Principal, method: str) -> bytes:
    """`go` calls, and replies with what the callee has replied."""
    canister = WatCanister(table_size=2)
    on_reply = canister.callback("(call $append_argument) (call $msg_reply)")
    canister.update("go", canister.call(callee, method, on_reply=on_reply))
    return canister.build()


def number(value: int) -> bytes:
    """What `add` and `read` reply."""
    return value.to_bytes(8, "little")


@define
class ManualClock:
    """Nanoseconds since 1970, as told."""

    now_ns: int = START_NS

    def __call__(self) -> int:
        return self.now_ns


@frozen
class Answer:
    """An HTTP response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def fields(self) -> dict[str, Any]:
        """The body as CBOR."""
        found = decode_cbor(self.body, depth_max=250)
        assert isinstance(found, dict)
        return found

    @property
    def text(self) -> str:
        return self.body.decode()


@define
class Scene:
    """A running network."""

    core: Core
    directory: StateDirectory
    worker: Worker
    clock: ManualClock
    app: Any
    heard: list[str]
    """What the worker has told of problems, and of their end."""
    runner: asyncio.Runner = field(factory=asyncio.Runner)

    @classmethod
    def start(cls, folder: Path, clock: ManualClock | None = None) -> Scene:
        clock = clock or ManualClock()
        directory = StateDirectory(folder)
        core = open_core(directory, clock(), None)
        heard: list[str] = []
        worker = Worker(core, clock=clock, on_problem=heard.append, on_recovery=heard.append)
        app = make_app(worker, core.keys, clock=clock)
        worker.start()
        return cls(core, directory, worker, clock, app, heard)

    def stop(self) -> None:
        self.runner.close()
        self.worker.stop()
        self.directory.close()

    def __enter__(self) -> Scene:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def root_key(self) -> bytes:
        return self.core.keys.root.public_der

    def settle(self) -> None:
        """Let the worker look at the clock."""
        self.worker.run(lambda core: None)

    def install(self, wasm: bytes, controller: Principal = ANONYMOUS) -> Principal:
        deployer = Deployer(self.worker, controller)
        canister_id = deployer.create()
        deployer.install(canister_id, wasm, EMPTY, "install")
        return canister_id

    # Raw HTTP.

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] = b"",
        headers: Sequence[tuple[bytes, bytes]] = (CBOR,),
        host: bytes = b"127.0.0.1:4943",
    ) -> Answer:
        return self.runner.run(ask(self.app, method, path, body, (*headers, (b"host", host))))

    def post(self, path: str, body: bytes | Iterable[bytes]) -> Answer:
        return self.ask("POST", path, body)

    # Requests.

    def content(
        self,
        canister_id: Principal,
        method: str,
        argument: bytes = EMPTY,
        signer: Signer | None = None,
    ) -> CallContent:
        sender = ANONYMOUS if signer is None else self_authenticating(signer.public_key_der)
        nonce = next(_NONCES).to_bytes(8, "big")
        expiry_ns = self.clock() + 4 * MINUTE_NS
        return CallContent(sender, expiry_ns, canister_id, method, argument, nonce)

    def send(
        self,
        content: CallContent,
        signer: Signer | None = None,
        *,
        version: str = "v4",
        effective_id: Principal | None = None,
    ) -> Answer:
        target = content.canister_id if effective_id is None else effective_id
        return self.post(f"/api/{version}/canister/{target}/call", sign_envelope(content, signer))

    def call(
        self,
        canister_id: Principal,
        method: str,
        argument: bytes = EMPTY,
        signer: Signer | None = None,
        effective_id: Principal | None = None,
    ) -> dict[str, bytes]:
        """The certified status of a call."""
        content = self.content(canister_id, method, argument, signer)
        answer = self.send(content, signer, effective_id=effective_id)
        assert answer.status == 200, answer
        assert answer.fields["status"] == "replied", answer.fields
        return self.status_in(answer.fields["certificate"], request_id_of(content))

    def manage(self, method: str, canister_id: Principal | None = None, **fields: object) -> Any:
        """A call of the management canister: its result."""
        if canister_id is not None:
            fields["canister_id"] = canister_id
        status = self.call(
            MANAGEMENT, method, encode_argument(method, fields), effective_id=canister_id
        )
        assert status["status"] == b"replied", status
        return decode_result(method, status["reply"])

    def query(
        self,
        canister_id: Principal,
        method: str,
        signer: Signer | None = None,
        version: str = "v3",
        argument: bytes = EMPTY,
        effective_id: Principal | None = None,
    ) -> Answer:
        sender = ANONYMOUS if signer is None else self_authenticating(signer.public_key_der)
        content = QueryContent(sender, self.clock() + MINUTE_NS, canister_id, method, argument)
        target = canister_id if effective_id is None else effective_id
        return self.post(f"/api/{version}/canister/{target}/query", sign_envelope(content, signer))

    def read(
        self,
        effective_id: Principal,
        *paths: Labels,
        signer: Signer | None = None,
        version: str = "v3",
        kind: str = "canister",
    ) -> Answer:
        sender = ANONYMOUS if signer is None else self_authenticating(signer.public_key_der)
        content = ReadStateContent(sender, self.clock() + MINUTE_NS, paths)
        return self.post(
            f"/api/{version}/{kind}/{effective_id}/read_state", sign_envelope(content, signer)
        )

    def certificate(self, answer: Answer) -> Certificate:
        assert answer.status == 200, answer
        return verify_certificate(answer.fields["certificate"], self.root_key)

    def status_in(self, certificate: bytes, request_id: bytes) -> dict[str, bytes]:
        found = verify_certificate(certificate, self.root_key)
        labels = ("status", "reply", "reject_code", "reject_message", "error_code")
        values = {
            label: found.lookup(b"request_status", request_id, label.encode()) for label in labels
        }
        return {label: value for label, value in values.items() if isinstance(value, bytes)}


async def ask(
    app: Any,
    method: str,
    path: str,
    body: bytes | Iterable[bytes],
    headers: Sequence[tuple[bytes, bytes]],
) -> Answer:
    """One request to an ASGI application; a body of several parts comes one by one."""
    sent: list[dict[str, Any]] = []
    received = iter([body] if isinstance(body, bytes) else body)

    async def receive() -> dict[str, Any]:
        part = next(received, None)
        return {"type": "http.request", "body": part or b"", "more_body": part is not None}

    async def send(message: Any) -> None:
        sent.append(message)

    bare, _, query_string = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": bare,
        "raw_path": bare.encode(),
        "query_string": query_string.encode(),
        "root_path": "",
        "headers": list(headers),
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 4943),
    }
    await app(scope, receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    content = b"".join(
        message.get("body", b"") for message in sent if message["type"] == "http.response.body"
    )
    found = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], found, content)
