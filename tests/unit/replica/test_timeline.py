"""The trace as text, JSON and SVG."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from scm.model import Principal
from scm.replica.errors import InstallError, ReplicaUsageError
from scm.replica.replica import Replica
from scm.replica.state import DeliveryKind
from scm.testing.wat import Install, WatCanister


@pytest.fixture
def names(replica: Replica, install: Install) -> dict[Principal, str]:
    """After a call between two canisters whose response was held, and one that trapped."""
    callee = WatCanister()
    callee.update("answer", callee.reply("yes"))
    callee_id = install(callee)
    caller = WatCanister()
    done = caller.callback(caller.reply("done"))
    caller.update("ask", caller.call(callee_id, "answer", on_reply=done, on_reject=done))
    caller.update("fail", caller.trap("no <way>"))
    caller_id = install(caller)
    with replica.hold(lambda delivery: delivery.kind is DeliveryKind.RESPONSE):
        replica.submit(caller_id, "ask")
        replica.run_until_idle()
    replica.run_until_idle()
    replica.update(caller_id, "fail")
    replica.stop(callee_id)
    return {callee_id: "callee & co", caller_id: "caller"}


def test_text_has_a_line_for_each_event(replica: Replica, names: dict[Principal, str]) -> None:
    text = replica.timeline(names=names)
    assert text.count("\n") == len(replica.trace)
    for line in (
        "    ingress `ask`: anonymous -> caller",
        "    request `answer`: caller -> callee & co",
        "    held: response `answer`: callee & co -> caller",
        "    released: response `answer`: callee & co -> caller",
        "    caller `ask`: replied",
        "    caller `fail`: rejected with IC0503",
        "    callee & co is stopped",
    ):
        assert f"{line}\n" in text
    assert "caller ran canister_update fail (update, " in text
    assert "TRAPPED: Error from Canister" in text


def test_json_has_an_object_for_each_event(replica: Replica, names: dict[Principal, str]) -> None:
    items = json.loads(replica.timeline("json", names))
    assert len(items) == len(replica.trace)
    sent = next(item for item in items if item["event"] == "Sent" and item["method"] == "answer")
    assert (sent["kind"], sent["sender_name"]) == ("request", "caller")
    assert Principal.from_text(sent["receiver"]) in names


def test_svg_is_well_formed_and_complete(replica: Replica, names: dict[Principal, str]) -> None:
    root = ElementTree.fromstring(replica.timeline("svg", names))
    texts = ["".join(item.itertext()) for item in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"callee & co", "caller", "anonymous", "ask", "answer", "stopped"} <= set(texts)
    assert any("no <way>" in "".join(item.itertext()) for item in root.iter())
    height = float(root.attrib["height"])
    places = [float(item.attrib["y"]) for item in root.iter() if "y" in item.attrib]
    assert 0 <= min(places) <= max(places) <= height


def test_names_are_optional_and_the_same_run_gives_the_same_text(
    replica: Replica, names: dict[Principal, str]
) -> None:
    assert replica.timeline() == replica.fork().timeline()
    for principal in names:
        assert "-".join(str(principal).split("-")[:2]) in replica.timeline()


def test_messages_from_before_the_trace(replica: Replica, names: dict[Principal, str]) -> None:
    del replica.trace[: len(replica.trace) // 2]
    for form in ("text", "json", "svg"):
        assert replica.timeline(form)


def test_text_with_any_letters_stays_in_its_place(replica: Replica, install: Install) -> None:
    canister = WatCanister()
    canister.raw('(func (export "canister_update a\\nb\\01") unreachable)')
    canister_id = install(canister)
    replica.update(canister_id, "a\nb\x01")
    broken = WatCanister()
    broken.entry("canister_init", broken.trap("one\ntwo\x00\x1b"))
    with pytest.raises(InstallError):
        replica.install(canister_id, broken.build(), mode="reinstall")
    assert replica.timeline().count("\n") == len(replica.trace)
    ElementTree.fromstring(replica.timeline("svg"))


def test_other_formats_are_refused(replica: Replica) -> None:
    with pytest.raises(ReplicaUsageError, match="`text`, `json` or `svg`, not `png`"):
        replica.timeline("png")  # type: ignore[arg-type]
