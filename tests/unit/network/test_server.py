"""The network behind a real socket."""

from __future__ import annotations

import errno
import http.client
import select
import socket
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from tests.unit.network.scene import EMPTY, counter_module, number

from scm.client.identities import AnonymousIdentity
from scm.client.management import install_message
from scm.client.network import Network
from scm.client.requests import Message
from scm.errors import ConfigurationError
from scm.model import Principal
from scm.network import bodies
from scm.network.core import Core
from scm.network.deployment import Deployer
from scm.network.journal import Round
from scm.network.server import LocalNetwork
from scm.network.worker import WorkerStoppedError
from scm.wire.envelopes import QueryContent, sign_envelope

BYTES_MAX = 100_000_000


def test_network_is_reached_over_loopback_and_goes_on_the_next_time(tmp_path: Path) -> None:
    with LocalNetwork(tmp_path) as local, Network(local.url, AnonymousIdentity()) as network:
        assert local.url == f"http://127.0.0.1:{local.port}"
        assert network.agent.root_key_der == local.root_key_der
        counter = network.create_canister()
        network.agent.call(install_message("install", counter, counter_module(), EMPTY))
        assert network.agent.call(Message(counter, "add", EMPTY)) == number(1)
    with LocalNetwork(tmp_path) as local, Network(local.url, AnonymousIdentity()) as network:
        assert network.agent.call(Message(counter, "add", EMPTY)) == number(2)
        assert network.agent.query(Message(counter, "read", EMPTY)) == number(2)


def test_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"port {port} .* is taken") as caught:
            LocalNetwork(tmp_path, port=port)
    assert "--port 0" in caught.value.help
    assert not (tmp_path / "lock").exists()


def test_address_of_another_machine_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="can't listen"):
        LocalNetwork(tmp_path, host="::2")


def test_second_network_on_one_state_is_refused_and_lets_go_of_its_port(tmp_path: Path) -> None:
    with LocalNetwork(tmp_path):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        with pytest.raises(ConfigurationError, match="runs with the state"):
            LocalNetwork(tmp_path, port=port)
        socket.create_server(("127.0.0.1", port)).close()


def test_full_disk_at_the_start_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(ConfigurationError, match="No space left on device") as caught:
            LocalNetwork(tmp_path)
    assert caught.value.help.startswith("make room")
    with LocalNetwork(tmp_path):
        pass


def test_other_routes_beside_the_interface(tmp_path: Path) -> None:
    page = Route("/", lambda request: PlainTextResponse("hello"))
    with LocalNetwork(tmp_path, make_routes=lambda worker: [page]) as local:
        connection = http.client.HTTPConnection("127.0.0.1", local.port, timeout=10)
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"hello"
        connection.request("GET", "/", headers={"Host": "evil.example"})
        assert connection.getresponse().status == 403
        connection.close()


def test_garbage_is_no_request(tmp_path: Path) -> None:
    with LocalNetwork(tmp_path) as local:
        for garbage in (b"\0" * 100, b"GET / HTTP/9.9\r\n\r\n", b"POST /api HTTP/1.1\r\n"):
            with socket.create_connection(("127.0.0.1", local.port), timeout=10) as stranger:
                stranger.sendall(garbage)
        connection = http.client.HTTPConnection("127.0.0.1", local.port, timeout=10)
        connection.request("GET", "/api/v2/status")
        assert connection.getresponse().status == 200
        connection.close()


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"GET /", b"a" * 10_000),
        (b"GET / HTTP/1.1\r\n", b"x: " + b"a" * 10_000 + b"\r\n"),
        (b"GET / HTTP/1.1\r\nx: ", b"a" * 10_000),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET /", b"a" * 10_000),
    ],
)
def test_head_without_end_ends_the_connection(tmp_path: Path, start: bytes, piece: bytes) -> None:
    with (
        LocalNetwork(tmp_path) as local,
        socket.create_connection(("127.0.0.1", local.port), timeout=30) as stranger,
    ):
        stranger.sendall(start)
        assert sent_before_the_end(stranger, piece) < BYTES_MAX


def sent_before_the_end(stranger: socket.socket, piece: bytes) -> int:
    sent = 0
    try:
        while sent < BYTES_MAX:
            stranger.sendall(piece)
            sent += len(piece)
    except ConnectionError:
        pass
    return sent


def test_trailers_are_dropped_and_those_who_leave_are_no_mistake(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    start = (
        b"POST /api/v2/canister/aaaaa-aa/call HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: application/cbor\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with LocalNetwork(tmp_path) as local:
        for rest in (b"5\r\nhello\r\n0\r\nx: " + bytes(100).hex().encode(), b"5\r\nhe"):
            with socket.create_connection(("127.0.0.1", local.port), timeout=30) as stranger:
                stranger.sendall(start + rest)
        connection = http.client.HTTPConnection("127.0.0.1", local.port, timeout=30)
        connection.request("GET", "/api/v2/status")
        assert connection.getresponse().status == 200
        connection.close()
    assert "Traceback" not in capfd.readouterr().err


POST = (
    b"POST /api/v2/canister/aaaaa-aa/call HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/cbor\r\nContent-Length: 1000\r\n\r\n"
)


def test_body_that_does_not_come_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.01)
    with (
        LocalNetwork(tmp_path) as local,
        socket.create_connection(("127.0.0.1", local.port), timeout=30) as stranger,
    ):
        stranger.sendall(POST + b"half of it")
        assert stranger.recv(100).startswith(b"HTTP/1.1 408")


def test_bodies_have_a_bound_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODIES_BYTES_MAX", 1000)
    with (
        LocalNetwork(tmp_path) as local,
        socket.create_connection(("127.0.0.1", local.port), timeout=30) as first,
        socket.create_connection(("127.0.0.1", local.port), timeout=30) as second,
    ):
        first.sendall(POST + bytes(999))
        second.sendall(POST + bytes(999))
        refused, other = (first, second) if _is_answered(first, second) else (second, first)
        assert refused.recv(100).startswith(b"HTTP/1.1 503")
        other.sendall(b"!")
        assert other.recv(100).startswith(b"HTTP/1.1 400")


def _is_answered(one: socket.socket, other: socket.socket) -> bool:
    """Whether it is `one` of the two that has been answered, when either has."""
    ready, _, _ = select.select([one, other], [], [], 30)
    return one in ready


def test_body_may_be_longer_than_a_head(tmp_path: Path) -> None:
    with LocalNetwork(tmp_path) as local:
        connection = http.client.HTTPConnection("127.0.0.1", local.port, timeout=30)
        for _ in range(3):
            headers = {"content-type": "application/cbor"}
            connection.request("POST", "/api/v2/canister/aaaaa-aa/call", bytes(1 << 20), headers)
            response = connection.getresponse()
            assert (response.status, b"CBOR" in response.read()) == (400, True)
        connection.close()


def test_error_of_ours_ends_the_network_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[BaseException] = []

    def broken(self: Core, item: Round) -> list[bytes]:
        raise AssertionError("a mistake")

    with LocalNetwork(tmp_path, on_failure=failures.append) as local:
        monkeypatch.setattr(Core, "run_round", broken)
        with pytest.raises(WorkerStoppedError, match="a mistake"):
            Deployer(local.worker, Principal.anonymous()).create()
        with pytest.raises(WorkerStoppedError, match="stopped"):
            Deployer(local.worker, Principal.anonymous()).create()
        query = QueryContent(Principal.anonymous(), 0, local.keys.node_id, "read", EMPTY)
        connection = http.client.HTTPConnection("127.0.0.1", local.port, timeout=10)
        path = f"/api/v3/canister/{local.keys.node_id}/query"
        cbor = {"content-type": "application/cbor"}
        connection.request("POST", path, sign_envelope(query, None), cbor)
        assert connection.getresponse().status == 503
        connection.close()
    assert [str(error) for error in failures] == ["a mistake"]
    with pytest.raises(WorkerStoppedError):
        local.run(lambda core: None)
