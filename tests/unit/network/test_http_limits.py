"""What is no request, and who may ask: sizes, methods, hosts, origins."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.unit.network.scene import (
    ANONYMOUS,
    CBOR,
    EMPTY,
    Scene,
)

from scm.model import Principal
from scm.testing.wat import WatCanister
from scm.wire.envelopes import QueryContent, sign_envelope


def test_kind_must_fit_the_endpoint(scene: Scene, counter: Principal) -> None:
    body = sign_envelope(scene.content(counter, "add"), None)
    for endpoint in ("query", "read_state"):
        assert scene.post(f"/api/v3/canister/{counter}/{endpoint}", body).status == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v2/nothing", 404),
        ("GET", "/", 404),
        ("POST", "/api/v5/canister/aaaaa-aa/call", 404),
        ("POST", "/api/v2/status", 405),
        ("GET", "/api/v2/canister/aaaaa-aa/call", 405),
        ("PUT", "/api/v3/canister/aaaaa-aa/query", 405),
        ("POST", "/api/v3/canister/no-id/query", 400),
        ("POST", f"/api/v3/canister/{'a' * 5000}/query", 400),
    ],
)
def test_wrong_places(scene: Scene, method: str, path: str, status: int) -> None:
    answer = scene.ask(method, path, b"\xa0")
    assert answer.status == status
    assert len(answer.body) < 500


def test_body_must_be_cbor(scene: Scene, counter: Principal) -> None:
    path = f"/api/v3/canister/{counter}/query"
    body = sign_envelope(QueryContent(ANONYMOUS, 0, counter, "read", EMPTY), None)
    for headers in ((), ((b"content-type", b"application/json"),)):
        answer = scene.ask("POST", path, body, headers)
        assert answer.status == 400
        assert "content-type" in answer.text
    parameter = (b"content-type", b"Application/CBOR; charset=none")
    assert scene.ask("POST", path, body, (parameter,)).status == 200


def test_too_large_body_is_not_read_to_its_end(scene: Scene, counter: Principal) -> None:
    read = 0

    def parts() -> Iterator[bytes]:
        nonlocal read
        for _ in range(20):
            read += 1
            yield bytes(1 << 20)

    answer = scene.post(f"/api/v3/canister/{counter}/query", parts())
    assert answer.status == 413
    assert answer.headers["connection"] == "close"


def test_large_calls(scene: Scene, counter: Principal) -> None:
    fits = bytes(2 * 1024 * 1024 - 500)
    echo = scene.install(echo_module())
    assert scene.call(echo, "echo", fits)["reply"] == fits
    assert scene.send(scene.content(echo, "echo", bytes(2 * 1024 * 1024))).status == 413


def echo_module() -> bytes:
    canister = WatCanister(pages=64)
    canister.update(
        "echo",
        "(call $msg_arg_data_copy (i32.const 65536) (i32.const 0) (call $msg_arg_data_size))"
        "(call $msg_reply_data_append (i32.const 65536) (call $msg_arg_data_size))"
        "(call $msg_reply)",
    )
    return canister.build()


# Browsers.


def test_pages_of_any_origin_may_call(scene: Scene, counter: Principal) -> None:
    origin = (b"origin", b"http://example.com")
    asked = (b"access-control-request-method", b"POST")
    wanted = (b"access-control-request-headers", b"content-type")
    path = f"/api/v4/canister/{counter}/call"
    preflight = scene.ask("OPTIONS", path, b"", (origin, asked, wanted))
    assert preflight.status == 200
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "content-type" in preflight.headers["access-control-allow-headers"]
    body = sign_envelope(scene.content(counter, "add"), None)
    answer = scene.ask("POST", path, body, (CBOR, origin))
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in scene.ask("GET", "/", b"", (origin,)).headers


@pytest.mark.parametrize(
    ("host", "status"),
    [
        (b"127.0.0.1:4943", 200),
        (b"127.0.0.1", 200),
        (b"localhost:1", 200),
        (b"LOCALHOST", 200),
        (b"rrkah-fqaaa-aaaaa-aaaaq-cai.localhost:4943", 200),
        (b"[::1]:4943", 200),
        (b"evil.example:4943", 403),
        (b"localhost.evil.example", 403),
        (b"evil-localhost", 403),
        (b"127.0.0.1.evil.example", 403),
        (b"[::2]", 403),
        (b"[fe80::1]", 403),
        (b"", 403),
    ],
)
def test_only_loopback_names_are_answered(scene: Scene, host: bytes, status: int) -> None:
    assert scene.ask("GET", "/api/v2/status", host=host).status == status
