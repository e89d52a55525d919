"""A local network is killed while calls are in flight: nothing is lost, nothing happens twice.

Issue 8, acceptance 2.  The callers keep their requests, as agents do, and send what has no answer
again, to the next process.
"""

from __future__ import annotations

import http.client
import random
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition, Thread

from attrs import define, field, frozen
from tests.unit.network.scene import EMPTY, caller_module, counter_module

from scm.client.identities import AnonymousIdentity
from scm.client.network import Network, install_canister
from scm.client.requests import Message
from scm.model import Principal
from scm.wire.cbor import decode_cbor
from scm.wire.certificates import verify_certificate
from scm.wire.envelopes import CallContent, request_id_of, sign_envelope
from scm.wire.fields import FieldReader

KILLS = 20
CALLERS = 6
ANSWERS_MAX = 25
"""Answers between two kills, at most."""
SEED = 8

# What `scm run` starts, without the compiler, which takes longer to load.
PROGRAM = """
from pathlib import Path
from threading import Event
from scm.network.server import LocalNetwork

with LocalNetwork(Path("state")) as network:
    print(network.url, flush=True)
    Event().wait()
"""


@frozen
class Place:
    """The network, and canisters on it: `caller` calls `counter` to be answered."""

    root_key: bytes
    counter: Principal
    caller: Principal


@frozen
class Request:
    """A call that is sent until it is answered."""

    path: str
    request_id: bytes
    envelope: bytes


@define
class Books:
    """What all callers know together."""

    replies: dict[bytes, int] = field(factory=dict)
    open: list[Request] = field(factory=list)
    errors: list[str] = field(factory=list)
    changed: Condition = field(factory=Condition)
    is_ending: bool = False
    """Whether only what is open is still sent."""

    def answered(self, request: Request, value: int) -> None:
        with self.changed:
            before = self.replies.setdefault(request.request_id, value)
            if before != value:
                self.errors.append(f"answered with {before}, then with {value}")
            self.changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self.changed:
            self.changed.wait_for(lambda: len(self.replies) >= count or self.errors, timeout=60)


def test_killed_network_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    choices = random.Random(SEED)
    books = Books()
    with running(tmp_path) as (_, url):
        place = prepare(url)
    for _ in range(KILLS):
        with running(tmp_path) as (server, url):
            callers = start_callers(url, place, books)
            books.wait_for(len(books.replies) + choices.randrange(ANSWERS_MAX))
            server.kill()
            for caller in callers:
                caller.join()
        assert books.errors == []
    with running(tmp_path) as (_, url):
        books.is_ending = True
        for caller in start_callers(url, place, books):
            caller.join()
        assert books.errors == []
        assert books.open == []
        with Network(url, AnonymousIdentity()) as network:
            counted = network.agent.query(Message(place.counter, "read", EMPTY))
    assert len(books.replies) > KILLS
    assert sorted(books.replies.values()) == list(range(1, len(books.replies) + 1))
    assert int.from_bytes(counted, "little") == len(books.replies)


@contextmanager
def running(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A network as a process of its own, killed at the end."""
    command = [sys.executable, "-c", PROGRAM]
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        assert url.startswith("http")
        yield server, url
    finally:
        server.kill()
        server.wait()
        assert server.stdout is not None
        server.stdout.close()


def prepare(url: str) -> Place:
    with Network(url, AnonymousIdentity()) as network:
        counter = install_canister(network, with_interface(counter_module())).canister_id
        caller = install_canister(
            network, with_interface(caller_module(counter, "add"))
        ).canister_id
        return Place(network.agent.root_key_der, counter, caller)


def with_interface(wasm: bytes) -> bytes:
    """The module with an interface, which tells what it is installed with."""
    name, text = b"icp:public candid:service", b"service : {}"
    section = bytes([len(name)]) + name + text
    return wasm + b"\0" + bytes([len(section)]) + section


def start_callers(url: str, place: Place, books: Books) -> list[Thread]:
    shares: list[list[Request]] = [books.open[start::CALLERS] for start in range(CALLERS)]
    books.open = []
    callers = [
        Thread(target=call_on, args=(url, place, books, share, number))
        for number, share in enumerate(shares)
    ]
    for caller in callers:
        caller.start()
    return callers


def call_on(url: str, place: Place, books: Books, share: list[Request], number: int) -> None:
    """Send what is open, then new calls, until the network is gone."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
    target = place.counter if number % 2 else place.caller
    method = "add" if number % 2 else "go"
    request = None
    try:
        while share or not books.is_ending:
            request = share.pop() if share else make_request(target, method)
            value = send(connection, place, request, books)
            if value is None:
                return
            books.answered(request, value)
            request = None
    except (OSError, http.client.HTTPException):
        pass  # It was killed.
    finally:
        connection.close()
        with books.changed:
            books.open += share + ([request] if request is not None else [])


def make_request(target: Principal, method: str) -> Request:
    content = CallContent(
        sender=Principal.anonymous(),
        ingress_expiry_ns=time.time_ns() + 240 * 10**9,
        canister_id=target,
        method_name=method,
        argument=EMPTY,
        nonce=secrets.token_bytes(16),
    )
    path = f"/api/v4/canister/{target}/call"
    return Request(path, request_id_of(content), sign_envelope(content, None))


def send(
    connection: http.client.HTTPConnection, place: Place, request: Request, books: Books
) -> int | None:
    """The number that was replied; None, and an error noted, for anything else."""
    connection.request("POST", request.path, request.envelope, {"content-type": "application/cbor"})
    response = connection.getresponse()
    body = response.read()
    if response.status == 503 and b"stopped" in body:
        raise ConnectionError
    fields = FieldReader(decode_cbor(body), "the answer") if response.status == 200 else None
    if fields is None or "certificate" not in fields.fields:
        with books.changed:
            books.errors.append(f"HTTP {response.status}: {body[:200]!r}")
            books.changed.notify_all()
        return None
    certificate = verify_certificate(fields.bytes_field("certificate"), place.root_key)
    reply = certificate.lookup(b"request_status", request.request_id, b"reply")
    assert isinstance(reply, bytes)
    return int.from_bytes(reply, "little")
