"""`scm run` with the vault: installed, upgraded when its source changes, calls in flight kept."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from attrs import frozen
from tests.canisters.client_scene import BOB, EXAMPLES, await_calls
from tests.unit.network.scene import EMPTY

from scm.candid.encode import encode
from scm.candid.types import NAT, Field, Variant
from scm.candid.values import VariantValue
from scm.client.controller import Controller
from scm.client.identities import AnonymousIdentity
from scm.client.management import install_message
from scm.client.network import Network
from scm.client.requests import Message
from scm.model import Principal
from scm.testing.wat import WatCanister

pytestmark = pytest.mark.toolchain


@frozen
class Running:
    """The command, as a process of its own."""

    process: subprocess.Popen[str]
    url: str

    def line(self, word: str) -> str:
        """The next line on standard error with this word in it."""
        assert self.process.stderr is not None
        lines = []
        for line in self.process.stderr:
            lines.append(line)
            if word in line:
                return line
        raise AssertionError("".join(lines))


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[Running]:
    command = [sys.executable, "-m", "scm.cli.main", "run", "--port", "0", *arguments]
    # No identity of this machine's user: the anonymous principal controls what is installed.
    environment = {**os.environ, "XDG_CONFIG_HOME": str(folder), "SCM_IDENTITY": "anonymous"}
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=pipe, stderr=pipe, text=True
    )
    try:
        assert process.stdout is not None
        word, _, url = process.stdout.readline().strip().partition(" ")
        assert word == "ready:", process.communicate()
        yield Running(process, url)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert process.returncode == 0


def slow_ledger(canister_id: Principal) -> bytes:
    """A ledger that answers a transfer only after `release`: it calls itself until then."""
    canister = WatCanister(table_size=2)
    answered = encode_block(3)
    again = canister.call(canister_id, "spin", on_reply=0, on_reject=0)
    canister.callback(
        f"(if (i64.eqz (global.get $a)) (then {again}) (else {canister.reply(answered)}))"
    )
    canister.update("transfer", again)
    canister.update("spin", canister.reply())
    canister.update("release", f"(global.set $a (i64.const 1)) {canister.reply(EMPTY)}")
    return canister.build()


def encode_block(block: int) -> bytes:
    """`variant { Ok = block }` of a transfer."""
    return encode((Variant((Field("Ok", NAT),)),), (VariantValue("Ok", block),))


def test_edited_canister_is_upgraded_while_its_call_is_in_flight(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    shutil.copytree(EXAMPLES / "vault/versions/v1", vault)
    with running(tmp_path) as run, Network(run.url, AnonymousIdentity()) as network:
        ledger = network.create_canister()
        network.agent.call(install_message("install", ledger, slow_ledger(ledger), EMPTY))

    # Another process goes on with the same network.
    argument = f'vault=(principal "{ledger}")'
    with running(tmp_path, "vault", "--watch", "--argument", argument) as run:
        assert "installed" in run.line("vault ")
        network = Network("local", AnonymousIdentity(), project=vault)
        handle = network.canister("vault")
        payment = handle.submit("pay", BOB, 30)
        await_calls(Controller(network.agent, handle.canister_id), 1)

        shutil.copy(EXAMPLES / "vault/canister.py", vault)
        assert "upgraded" in run.line("vault ")
        assert payment.is_pending
        network.agent.call(Message(ledger, "release", EMPTY))
        assert payment.result() == f"v2: paid 30 to {BOB} in block 3"

        # A mistake is told, and the canister goes on.
        source = (vault / "canister.py").read_text()
        (vault / "canister.py").write_text(f"{source}\n@update\ndef wrong(vault: Vault, x): ...\n")
        assert "not upgraded: the old code goes on" in run.line("vault ")
        assert handle.payouts() == 1
        with Network("local", AnonymousIdentity(), project=tmp_path) as above:
            assert above.canister("vault").canister_id == handle.canister_id
        network.close()

    with running(tmp_path, "vault") as run:
        assert "not deployed" in run.line("vault ")
    (vault / "canister.py").write_text(source)
    with running(tmp_path, "vault") as run:
        assert "unchanged" in run.line("vault ")
        with Network("local", AnonymousIdentity(), project=vault) as network:
            assert network.canister("vault").payouts() == 1
