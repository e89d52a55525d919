"""`scm deploy` and `scm upgrade` of the vault over HTTP, while a payment is on its way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.canisters.client_scene import (
    BOB,
    EXAMPLES,
    Scene,
    deploy_vault,
    pay,
)

from scm.cli.main import main
from scm.client.controller import Controller
from scm.client.installing import install_module
from scm.errors import RejectError
from scm.network.server import LocalNetwork
from scm.testing.building import compiled_modules_folder
from scm.testing.wat import WatCanister

pytestmark = pytest.mark.toolchain


@pytest.fixture
def scene(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Scene]:
    """A network, and an identity of its own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("SCM_IDENTITY", "owner")
    assert main(["identity", "new", "owner"]) == 0
    network = LocalNetwork(tmp_path / "state", cache_directory=compiled_modules_folder())
    with network as server, ExitStack() as opened:
        yield Scene(server, tmp_path, capsys, opened)


def test_who_called_version_1_is_answered_by_version_2(scene: Scene) -> None:
    vault = deploy_vault(scene)
    payment, hold = pay(scene, vault)
    folder = scene.copy(EXAMPLES / "vault", "vault")

    dry = scene.scm("upgrade", folder, "--dry-run", "--json")
    assert dry.code == 0, dry.err
    assert dry.json["result"] == "planned"
    assert dry.json["carried_over"] == {"paid": 1}

    upgraded = scene.scm("upgrade", folder)
    assert upgraded.code == 0, upgraded.err
    assert "carried over 1 for `paid`" in upgraded.err
    assert payment.is_pending

    scene.release(hold)
    assert payment.result() == f"v2: paid 30 to {BOB} in block 3"
    assert (vault.payouts(), vault.total_paid()) == (1, 30)
    assert Controller(scene.network().agent, vault.canister_id).counts().waiting == 0

    again = scene.scm("upgrade", folder)
    assert again.code == 0
    assert "nothing to do" in again.err


def test_an_unsafe_upgrade_is_refused_with_its_findings(scene: Scene) -> None:
    vault = deploy_vault(scene)
    payment, hold = pay(scene, vault)
    folder = scene.copy(EXAMPLES / "vault/versions/v3", "vault")
    unbuilt = scene.scm("upgrade", folder, "--json")
    assert (unbuilt.code, unbuilt.json["result"], unbuilt.json["safe"]) == (5, "refused", False)
    assert unbuilt.json["error"]["diagnostics"][0]["code"] == "removed-handler"
    assert unbuilt.json["findings"][0]["subject"].startswith("response handler `paid` is gone")
    assert "the upgrade is not safe, for 1 reason" in unbuilt.err
    assert main(["build", str(folder), "-q"]) == 1
    refused = scene.scm("upgrade", folder, "--wasm", without_handler(folder))
    assert refused.code == 5
    assert "response handler `paid`" in refused.out
    assert "the upgrade is not safe" in refused.err
    told = scene.scm("upgrade", folder, "--wasm", without_handler(folder), "--json")
    assert (told.code, told.json["result"], told.json["safe"]) == (5, "refused", False)
    assert told.json["error"]["code"] == "unsafe-upgrade"
    scene.release(hold)
    assert payment.result() == "v1: paid 30 in block 3"


def without_handler(folder: Path) -> Path:
    """Version 3 of the vault, which has given up its handler."""
    options = ["--retire", "paid"]
    assert main(["build", str(folder), "-q", *options]) == 0
    return folder / "build/vault.wasm"


@pytest.mark.parametrize("way", ["--when-idle", "--drain"])
def test_waiting_for_idleness_ends_with_who_was_in_the_way(scene: Scene, way: str) -> None:
    vault = deploy_vault(scene)
    payment, hold = pay(scene, vault)
    folder = scene.copy(EXAMPLES / "vault", "vault")
    blocked = scene.scm("upgrade", folder, way, "--within", "0.1", "--json")
    assert blocked.code == 8
    assert (blocked.json["result"], blocked.json["error"]["code"]) == ("blocked", "blocked")
    assert [call["handler"] for call in blocked.json["calls"]] == ["paid"]
    assert "[blocked]" in blocked.err
    assert "calls still wait after 0.1 s" in blocked.err
    assert "for `paid`" in blocked.err
    assert not Controller(scene.network().agent, vault.canister_id).counts().is_draining
    scene.release(hold)
    assert payment.result() == "v1: paid 30 in block 3"
    assert scene.scm("upgrade", folder, way).code == 0
    assert str(vault.pay(BOB, 5)).startswith("v2: paid 5 to ")


def test_stopping_has_a_limit_and_tells_who_blocks(scene: Scene) -> None:
    vault = deploy_vault(scene)
    payment, hold = pay(scene, vault)
    folder = scene.copy(EXAMPLES / "vault", "vault")
    blocked = scene.scm("upgrade", folder, "--stop", "--within", "0.1")
    assert blocked.code == 8
    assert "it has not stopped after 0.1 s, and is started again" in blocked.err
    assert "for `paid`" in blocked.err
    assert vault.payouts() == 0  # It runs.
    stopped = scene.scm("stop", str(vault.canister_id), "--within", "0.1")
    assert stopped.code == 8
    scene.release(hold)
    assert payment.result() == "v1: paid 30 in block 3"
    assert scene.scm("upgrade", folder, "--stop").code == 0
    assert str(vault.pay(BOB, 5)).startswith("v2: paid 5 to ")


def test_commands_look_into_calls_in_flight(scene: Scene) -> None:
    vault = deploy_vault(scene)
    payment, hold = pay(scene, vault)
    here = ("-p", scene.folder / "vault")
    listed = scene.scm("pending", "vault", *here)
    assert "waiting" in listed.out
    assert f'context (record {{ to = principal "{BOB}"; amount = 30 }})' in listed.out
    (row,) = scene.scm("pending", "vault", "--json", *here).json
    assert (row["handler"], row["status"]) == ("paid", "waiting")
    status = scene.scm("status", "vault", "--json", *here).json
    assert status["calls"] == {"waiting": 1, "failed": 0, "orphans": 0, "is_draining": False}
    assert "1 waiting, 0 failed" in scene.scm("status", "vault", *here).out
    assert scene.scm("drain", "vault", "start", *here).out == "draining, 1 waiting, 0 failed"
    refused = scene.scm("call", "vault", "pay", f'(principal "{BOB}", 1)', *here)
    assert refused.code == 7
    assert "DrainingError" in refused.err
    assert scene.scm("drain", "vault", "end", *here).out == "not draining, 1 waiting, 0 failed"
    assert "it was not draining" in scene.scm("drain", "vault", "end", *here).err
    for action in ("retry", "answer", "discard"):
        absent = scene.scm("pending", "vault", action, "99", *here)
        assert (absent.code, "there is no call 99" in absent.err) == (2, True)
    early = scene.scm("pending", "vault", "answer", str(row["id"]), "--reject", "no", *here)
    assert (early.code, "which may still come" in early.err) == (2, True)
    retried = scene.scm("pending", "vault", "retry", str(row["id"]), *here)
    assert retried.code == 7
    assert "no response that is kept" in retried.err
    discarded = scene.scm("pending", "vault", "discard", str(row["id"]), *here)
    assert (discarded.code, scene.scm("pending", "vault", *here).out) == (0, "")
    scene.release(hold)
    with pytest.raises(RejectError):
        payment.result()
    logs = scene.scm("logs", "vault", *here).out
    assert f"discards call {row['id']}" in logs
    assert "orphan response" in logs


def test_only_controllers_get_answers(scene: Scene) -> None:
    deploy_vault(scene)
    here = ("-p", scene.folder / "vault", "-i", "anonymous")
    assert "is for its controllers" in scene.scm("pending", "vault", *here).err
    assert scene.scm("status", "vault", *here).code == 7
    folder = scene.copy(EXAMPLES / "vault", "vault")
    refused = scene.scm("upgrade", folder, "-i", "anonymous")
    assert refused.code == 2
    assert "is none" in refused.err


def test_calls_and_queries_speak_candid(scene: Scene) -> None:
    deploy_vault(scene)
    here = ("-p", scene.folder / "ledger")
    called = scene.scm("query", "ledger", "balance_of", f'principal "{BOB}"', *here)
    assert called.out == "(0)"
    assert scene.scm(
        "query", "ledger", "balance_of", f'principal "{BOB}"', "--json", *here
    ).json == [0]
    assert scene.scm("call", "ledger", "balance_of", f'(principal "{BOB}")', "--update", *here).out
    wrong = scene.scm("call", "ledger", "mint", '("x")', *here)
    assert wrong.code == 2
    assert "it is `mint : (principal, nat)" in wrong.err
    assert (
        "is no query" in scene.scm("query", "ledger", "mint", f'(principal "{BOB}", 1)', *here).err
    )
    unknown = scene.scm("call", "ledger", "burn", *here)
    assert (unknown.code, "`mint`" in unknown.err) == (2, True)
    assert "there is no canister `nobody`" in scene.scm("call", "nobody", "x", *here).err


def test_a_module_of_another_tool_is_said_to_be_unchecked(scene: Scene, tmp_path: Path) -> None:
    network = scene.network("vault")
    canister_id = network.create_canister()
    install_module(network.agent, canister_id, WatCanister().build(), b"", mode="install")
    other = tmp_path / "other.wasm"
    other.write_bytes(WatCanister(pages=2).build())
    target = ("--canister", str(canister_id), "--wasm", other)
    doubtful = scene.scm("upgrade", tmp_path, *target)
    assert doubtful.code == 2
    assert "the deployed module was not built by scm" in doubtful.err
    assert "nobody is there to be asked" in doubtful.err
    done = scene.scm("upgrade", tmp_path, *target, "--yes", "--json")
    assert (done.code, done.json["result"]) == (0, "upgraded")
    assert "was not built by scm" in done.json["unchecked"]
    assert "not known: scm did not build" in scene.scm("status", str(canister_id)).out
    wrong = scene.scm("upgrade", tmp_path, *target, "--sha256", "00")
    assert (wrong.code, "nothing was sent" in wrong.err) == (2, True)
