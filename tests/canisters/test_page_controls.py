"""Failed calls on the page: tried again, answered, discarded, as a controller."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.canisters.conftest import WriteProject
from tests.page.requests import Browser, open_browser

from scm.model import Principal
from scm.testing.building import CanisterBuilder

pytestmark = pytest.mark.toolchain

SOURCE = """
from scm import (
    Method, Pending, Principal, Reply, Response, Service, nat, on_response, state, text, update,
)


@state
class Works:
    is_broken: bool = True


class Helper(Service):
    mend: Method[[], None]


@update
def mend(works: Works) -> None:
    works.is_broken = False


@update
def work(works: Works, helper: Principal) -> Pending[text]:
    return Helper(helper).mend().then(worked)


@on_response(retry=True)
def worked(works: Works, response: Response[None]) -> text:
    if works.is_broken:
        raise ValueError("the handler is broken")
    return "replied" if isinstance(response, Reply) else "unknown"
"""


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with open_browser(tmp_path) as browser:
        yield browser


def call(browser: Browser, canister: Principal, method: str, *arguments: str) -> None:
    sender = str(Principal.anonymous())
    fields = {"canister": str(canister), "method": method, "arguments": list(arguments)}
    assert browser.post("call", {**fields, "sender": sender}).status == 200


def shown(browser: Browser, canister: Principal) -> dict[str, Any]:
    (found,) = [item for item in browser.state()["canisters"] if item["id"] == str(canister)]
    return dict(found)


def last_outcome(browser: Browser) -> dict[str, Any]:
    outcome = browser.state()["user_calls"][0]["outcome"]
    assert isinstance(outcome, dict)
    return outcome


def test_failed_calls_are_dealt_with_on_the_page(
    browser: Browser, build_canister: CanisterBuilder, write_project: WriteProject
) -> None:
    wasm = build_canister(write_project(SOURCE))
    works, helper = browser.scene.install(wasm), browser.scene.install(wasm)
    for _ in range(3):
        call(browser, works, "work", str(helper))
    failed = shown(browser, works)["calls"]
    assert {item["status"] for item in failed} == {
        "failed: its handler trapped, and the response is kept"
    }
    assert all(item["is_failed"] and item["can_retry"] for item in failed)
    first, second, third = (int(item["id"]) for item in failed)

    def control(action: str, number: int) -> None:
        fields = {"canister": str(works), "action": action, "id": number}
        assert browser.post("control", fields).status == 200

    control("retry", first)
    assert "the handler is broken" in last_outcome(browser)["text"]
    call(browser, works, "mend")
    control("retry", first)
    assert "replied" in last_outcome(browser)["text"]
    control("answer", second)
    assert "unknown" in last_outcome(browser)["text"]
    control("discard", third)
    assert last_outcome(browser)["kind"] == "reply"
    assert shown(browser, works)["calls"] == []
    control("discard", third)
    assert last_outcome(browser)["kind"] == "reject"
