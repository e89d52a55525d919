"""A local network with the vault on it, for tests of the client: `scm ...` as a user runs it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import pytest
from attrs import frozen

from scm.cli.main import main
from scm.client.controller import Controller
from scm.client.handles import NetworkHandle, Ticket
from scm.client.network import Network
from scm.model import Principal
from scm.network.core import Core
from scm.network.server import LocalNetwork
from scm.replica.holds import Hold
from scm.replica.state import DeliveryKind

EXAMPLES: Final = Path(__file__).parents[2] / "examples"
BOB: Final = Principal.from_text("ryjl3-tyaaa-aaaaa-aaaba-cai")
LOOKS_MAX: Final = 10_000


@frozen
class Said:
    """What a command has said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its standard output."""
        return json.loads(self.out)


@frozen
class Scene:
    """A network, a folder with projects, and an identity that controls what is deployed."""

    server: LocalNetwork
    folder: Path
    capsys: pytest.CaptureFixture[str]
    opened: ExitStack

    def scm(self, command: str, *arguments: str | Path) -> Said:
        """Run a command against the network."""
        self.capsys.readouterr()
        words = [command, *map(str, arguments), "-n", self.server.url]
        code = main(words)
        shown = self.capsys.readouterr()
        return Said(code, shown.out.strip(), shown.err)

    def network(self, project: str = "vault") -> Network:
        """The network as Python sees it, as the default identity."""
        network = Network(self.server.url, project=self.folder / project)
        return self.opened.enter_context(network)

    def copy(self, source: Path, name: str) -> Path:
        """The sources of a version, in the folder of the project; its slot file stays."""
        target = self.folder / name
        target.mkdir(exist_ok=True)
        for path in source.iterdir():
            if path.suffix == ".py" or path.name == "pyproject.toml":
                shutil.copy(path, target)
        return target

    def hold_responses(self) -> Hold:
        """Park every response until the hold is released."""
        return self.server.run(
            lambda core: core.replica.hold(lambda item: item.kind is DeliveryKind.RESPONSE)
        )

    def release(self, hold: Hold) -> None:
        """Let them go, and hold no more; that makes work for the next round."""

        def let_go(core: Core) -> None:
            hold.close()
            core.is_busy = True

        self.server.run(let_go)


def await_calls(controller: Controller, count: int) -> None:
    """Look until so many calls wait."""
    look_until(lambda: controller.counts().waiting == count)


def look_until(is_reached: Callable[[], bool]) -> None:
    """Look again and again, each time by a request over HTTP."""
    for _ in range(LOOKS_MAX):
        if is_reached():
            return
    raise AssertionError("it never came about")


def deploy_vault(scene: Scene) -> NetworkHandle:
    """The ledger and version 1 of the vault, with 100 tokens."""
    ledger_folder = scene.copy(EXAMPLES / "ledger", "ledger")
    vault_folder = scene.copy(EXAMPLES / "vault/versions/v1", "vault")
    deployed = scene.scm("deploy", ledger_folder)
    assert deployed.code == 0, deployed.err
    argument = f'(principal "{deployed.out}")'
    vault = scene.scm("deploy", vault_folder, "--argument", argument)
    assert vault.code == 0, vault.err
    ledger = scene.network("ledger").canister("ledger")
    ledger.mint(Principal.from_text(vault.out), 100)
    return scene.network().canister("vault")


def pay(scene: Scene, vault: NetworkHandle) -> tuple[Ticket, Hold]:
    """A payment whose response is held."""
    hold = scene.hold_responses()
    payment = vault.submit("pay", BOB, 30)
    await_calls(Controller(scene.network().agent, vault.canister_id), 1)
    return payment, hold
