"""The page in a real browser; each scenario is a script beside this file."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.page.scenarios import page_network, run_scenario, run_upgrade, with_interface

from scm.candid.encode import encode
from scm.candid.types import TEXT
from scm.client.identities import AnonymousIdentity
from scm.client.management import install_message
from scm.client.network import Network
from scm.model import Principal
from scm.network.server import LocalNetwork
from scm.testing.wat import WatCanister

EMPTY = b"DIDL\0\0"
ECHO_DID = """
type Tree = variant { leaf : nat; node : vec Tree };
type Point = record { x : int; y : int };
service : {
  numbers : (nat, int, nat8, nat64, float64) -> (nat, int, nat8, nat64, float64);
  simple : (text, bool, principal, blob, null) -> (text, bool, principal, blob, null);
  tree : (Tree, opt Point) -> (Tree, opt Point);
  log : () -> ();
  fail : () -> ();
}
"""


def install(network: LocalNetwork, wasm: bytes) -> Principal:
    with Network(network.url, AnonymousIdentity()) as client:
        canister_id = client.create_canister()
        client.agent.call(install_message("install", canister_id, wasm, EMPTY))
        return canister_id


def echo_module() -> bytes:
    """Replies with what it is given; its log and its traps look like HTML."""
    canister = WatCanister()
    for name in ("numbers", "simple", "tree"):
        canister.update(name, "(call $append_argument) (call $msg_reply)")
    canister.update("log", canister.print("<img src=x onerror=alert(1)>") + canister.reply(EMPTY))
    canister.update("fail", canister.trap("<script>alert(2)</script>"))
    return with_interface(canister.build(), ECHO_DID)


def test_forms_and_hostile_text(tmp_path: Path) -> None:
    with page_network(tmp_path / "state") as network:
        install(network, echo_module())
        run_scenario("forms", tmp_path, {"url": network.url})


def test_keyboard_alone_is_enough(tmp_path: Path) -> None:
    with page_network(tmp_path / "state") as network:
        callee = WatCanister()
        callee.update("answer", callee.reply(EMPTY))
        callee_id = install(network, callee.build())
        caller = WatCanister(table_size=2)
        on_reply = caller.callback(caller.reply(encode([TEXT], ["done"])))
        caller.update("go", caller.call(callee_id, "answer", on_reply=on_reply))
        wasm = with_interface(caller.build(), "service : { go : () -> (text) }")
        given = {"callee": str(callee_id), "caller": str(install(network, wasm))}
        run_scenario("keyboard", tmp_path, {"url": network.url, **given})


@pytest.mark.toolchain
def test_call_is_carried_over_an_upgrade_and_answered(tmp_path: Path) -> None:
    scene = tmp_path / "scene"
    scene.mkdir()
    run_upgrade(scene, tmp_path)
