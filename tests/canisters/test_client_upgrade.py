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
from scm.network.server import LocalNetwork
from scm.testing.building import compiled_modules_folder

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
