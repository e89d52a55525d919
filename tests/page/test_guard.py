"""Who may use the page: no other site, no other name, no other machine; a GET changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.page.requests import HOST, Browser, Headers, open_browser
from tests.unit.network.scene import counter_module

from scm.model import Principal

CHANGES = ("call", "control", "hold", "message", "upgrade")


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with open_browser(tmp_path) as browser:
        yield browser


def test_page_comes_with_a_token_and_a_strict_policy(browser: Browser) -> None:
    answer = browser.ask("GET", "/", x_scm_token=None)
    assert answer.status == 200
    assert f'content="{browser.token}"' in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-frame-options"] == "DENY"
    assert "access-control-allow-origin" not in answer.headers


def test_page_has_no_inline_code_and_nothing_from_elsewhere(browser: Browser) -> None:
    text = browser.ask("GET", "/").text
    assert "<style" not in text
    assert " style=" not in text
    assert " on" not in text.replace(" on the", "")
    assert text.count("<script") == 1
    for name in ("main.js", "page.css", "icon.svg"):
        answer = browser.ask("GET", f"/page/{name}", x_scm_token=None)
        assert answer.status == 200
        assert "://" not in answer.text.replace("http://www.w3.org/2000/svg", "")
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"x_scm_token": None}, 401),
        ({"x_scm_token": "wrong"}, 401),
        ({"x_scm_token": "é"}, 401),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:8000"}, 403),
        ({"origin": f"https://{HOST}"}, 403),
        ({"host": "evil.example:4943", "origin": "http://evil.example:4943"}, 403),
        ({"host": "other.localhost:4943", "origin": "http://other.localhost:4943"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"content_type": "application/x-www-form-urlencoded"}, 415),
        ({"content_type": "text/plain"}, 415),
        ({"content_type": None}, 415),
    ],
)
def test_request_of_another_site_is_refused(
    browser: Browser, changed: Headers, status: int
) -> None:
    canister_id = browser.scene.install(counter_module())
    order = {"action": "hold", "canister": str(canister_id), "kind": "response"}
    for name in CHANGES:
        answer = browser.post(name, order, **changed)
        assert answer.status == status, (name, answer)
        assert "access-control-allow-origin" not in answer.headers
    assert browser.state()["holds"] == []
    if status != 415:
        for path in ("/_scm/state", f"/_scm/interface?canister={canister_id}"):
            assert browser.ask("GET", path, **changed).status == status


def test_page_of_another_name_shows_no_token(browser: Browser) -> None:
    for host in ("evil.example", "other.localhost", "127.0.0.1.evil.example"):
        answer = browser.ask("GET", "/", host=host)
        assert answer.status == 403
        assert browser.token not in answer.text


def test_another_machine_gets_nothing(browser: Browser) -> None:
    async def from_elsewhere(scope: Any, receive: Any, send: Any) -> None:
        await browser.app({**scope, "client": ("2001:db8::7", 1)}, receive, send)

    elsewhere = Browser(browser.scene, from_elsewhere, browser.token)
    assert elsewhere.ask("GET", "/").status == 403
    assert elsewhere.ask("GET", "/_scm/state").status == 403
    assert elsewhere.post("hold", {}).status == 403


def test_methods_other_than_its_own_are_refused(browser: Browser) -> None:
    for name in CHANGES:
        for method in ("GET", "PUT", "DELETE", "OPTIONS"):
            assert browser.ask(method, f"/_scm/{name}").status == 405
    assert browser.ask("POST", "/_scm/state").status == 405


def test_preflight_of_another_site_is_not_allowed(browser: Browser) -> None:
    answer = browser.ask(
        "OPTIONS",
        "/_scm/hold",
        origin="http://evil.example",
        access_control_request_method="POST",
        access_control_request_headers="x-scm-token",
    )
    assert answer.status == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_garbage_is_told_and_changes_nothing(browser: Browser) -> None:
    canister_id = browser.scene.install(counter_module())
    known = {"canister": str(canister_id)}
    for name, fields in (
        ("hold", {"action": "hold", "canister": "x", "kind": "response"}),
        ("hold", {"action": "break", **known, "kind": "response"}),
        ("hold", {"action": "hold", **known, "kind": "ingress"}),
        ("message", {"action": "release", "id": "1"}),
        ("message", {"action": "release", "id": 123_456}),
        ("message", {"action": "release", "id": True}),
        ("upgrade", {"action": "install"}),
        ("upgrade", {"action": "start", **known}),
        ("upgrade", {"action": "other"}),
        ("call", {"method": 1}),
        ("control", {"action": "retry", **known, "id": "1"}),
        ("control", {"action": "retry", **known, "id": -1}),
        ("control", {"action": "retry", **known, "id": 1 << 40}),
        ("control", {"action": "retry", **known, "id": True}),
        ("control", {"action": "scm_retry", **known, "id": 1}),
        ("control", {"action": "retry", "canister": "aaaaa-aa", "id": 1}),
        ("hold", []),
    ):
        answer = browser.post(name, fields)
        assert answer.status == 400, (name, fields, answer)
        assert json.loads(answer.body)["error"]
    assert browser.ask("POST", "/_scm/hold", b"{").status == 400
    assert browser.ask("POST", "/_scm/hold", b"[" * 100_000).status == 400
    assert browser.ask("POST", "/_scm/call", bytes(5_000_000)).status == 413
    assert browser.ask("GET", "/_scm/interface?canister=aaaaa-aa").status == 400


def test_state_is_sent_once_until_something_happens(browser: Browser) -> None:
    canister_id = browser.scene.install(counter_module())
    mark = browser.state()["mark"]
    assert browser.ask("GET", f"/_scm/state?since={mark}").status == 204
    assert browser.ask("GET", f"/_scm/state?since={mark}").status == 204
    order = {"action": "hold", "canister": str(canister_id), "kind": "response"}
    assert browser.post("hold", order).status == 200
    assert browser.ask("GET", f"/_scm/state?since={mark}").status == 200
    assert browser.state()["holds"][0]["canister"] == str(canister_id)


def test_nobody_is_called_for_but_known_controllers(browser: Browser) -> None:
    owner = Principal(b"\x07\x01")
    canister_id = browser.scene.install(counter_module(), owner)
    assert browser.state()["senders"] == ["2vxsx-fae", str(owner)]
    wanted = {"canister": str(canister_id), "method": "add", "arguments": []}
    answer = browser.post("call", {**wanted, "sender": str(Principal(b"\x08\x01"))})
    assert "makes no calls for" in json.loads(answer.body)["error"]
