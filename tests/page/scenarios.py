"""Runs the scenarios of this folder, in a browser that comes as a package."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import pytest
from tests.agents.packages import node_packages
from tests.canisters.client_scene import EXAMPLES
from tests.canisters.test_network_run import running

from scm.client.identities import AnonymousIdentity
from scm.client.network import Network
from scm.leb128 import write_unsigned
from scm.model import Principal
from scm.network.server import LocalNetwork
from scm.network.worker import Worker
from scm.page.routes import Page
from scm.page.upgrades import Upgrades

FOLDER = Path(__file__).parent
RUN_SECONDS_MAX = 600
_NO_BROWSER = 77


def run_scenario(name: str, folder: Path, given: dict[str, object]) -> None:
    """Run `name` in `folder`, where it leaves `failed.png` if it fails; skips without a browser."""
    packages = node_packages(str(FOLDER / "package.json"))
    for script in FOLDER.glob("*.mjs"):
        shutil.copy(script, folder)
    (folder / "node_modules").symlink_to(packages / "node_modules")
    done = subprocess.run(
        ["node", f"{name}.mjs", json.dumps(given)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS_MAX,
        check=False,
    )
    if done.returncode == _NO_BROWSER:
        pytest.skip(f"Chromium does not start here: {done.stderr.strip()[:500]}")
    if done.returncode:
        pytest.fail(f"{done.stdout}{done.stderr}\nsee {folder}/failed.png", pytrace=False)


def page_network(folder: Path) -> LocalNetwork:
    """A network with the page, and without projects."""

    def make_routes(worker: Worker) -> Sequence:
        return Page(worker, Upgrades(worker, Principal.anonymous(), [], Lock())).routes()

    return LocalNetwork(folder, make_routes=make_routes)


def with_interface(wasm: bytes, did: str) -> bytes:
    """A module that tells its interface."""
    name = b"icp:public candid:service"
    contents = write_unsigned(len(name)) + name + did.encode()
    return wasm + b"\0" + write_unsigned(len(contents)) + contents


def run_upgrade(scene: Path, folder: Path, **given: object) -> None:
    """The scenario `upgrade`, with the vault's versions in `scene`, which is empty."""
    shutil.copytree(EXAMPLES / "ledger", scene / "ledger")
    shutil.copytree(EXAMPLES / "vault/versions/v1", scene / "vault")
    version2 = scene / "version2"
    version2.mkdir()
    for name in ("canister.py", "scm.lock"):
        shutil.copy(EXAMPLES / "vault" / name, version2)
    # The first canister of a network has this id.
    ledger = str(Principal(bytes([0, 0, 0, 0, 0, 0, 0, 0, 1, 1])))
    argument = f'vault=(principal "{ledger}")'
    with running(scene, "ledger", "vault", "--argument", argument) as run:
        with Network("local", AnonymousIdentity(), project=scene / "vault") as network:
            vault = str(network.canister("vault").canister_id)
        places = {"project": str(scene / "vault"), "version2": str(version2)}
        known = {"url": run.url, "ledger": ledger, "vault": vault}
        run_scenario("upgrade", folder, {**known, **places, **given})
