"""Commands for any canister on a network, of whatever tool: status, logs, stop and start."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scm.cli.canister import run_logs
from scm.cli.console import Console, ConsoleOptions
from scm.cli.main import main
from scm.client.canister_ids import write_id
from scm.client.installing import install_module
from scm.client.network import Network
from scm.client.requests import Message
from scm.client.transport import Clock, Transport
from scm.model import Principal
from scm.network.server import LocalNetwork
from scm.testing.wat import WatCanister

NOTHING = b"DIDL\0\0"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalNetwork]:
    with LocalNetwork(tmp_path_factory.mktemp("network") / "state") as server:
        yield server


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests is the anonymous identity."""
    monkeypatch.setenv("SCM_IDENTITY", "anonymous")


@pytest.fixture
def network(server: LocalNetwork) -> Iterator[Network]:
    with Network(server.url) as network:
        yield network


@pytest.fixture
def speaker(network: Network) -> Principal:
    """A canister that prints when it is called."""
    canister = WatCanister()
    canister.update("speak", canister.print("one word") + canister.reply(NOTHING))
    canister_id = network.create_canister(5 * 10**12)
    install_module(network.agent, canister_id, canister.build(), b"", mode="install")
    return canister_id


def speak(network: Network, speaker: Principal) -> None:
    network.agent.call(Message(speaker, "speak", NOTHING))


def run(capsys: pytest.CaptureFixture[str], *command: str, code: int = 0) -> tuple[str, str]:
    """What a command prints, on both streams."""
    capsys.readouterr()
    assert main(list(command)) == code
    shown = capsys.readouterr()
    return shown.out, shown.err


def test_status_of_the_network_names_the_projects_canisters(
    server: LocalNetwork,
    network: Network,
    speaker: Principal,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_id(tmp_path, server.url, "speaker", speaker, server.root_key_der)
    here = ("-n", server.url, "-p", str(tmp_path))
    out, _ = run(capsys, "status", *here)
    assert f"{server.url}, healthy" in out
    assert f"speaker      {speaker}" in out
    document = json.loads(run(capsys, "status", "--json", *here)[0])
    assert document["canisters"]["speaker"]["canister_id"] == str(speaker)
    assert document["health"] == "healthy"
    found = json.loads(run(capsys, "status", "speaker", "--json", *here)[0])
    assert (found["status"], found["cycles"] > 0, found["calls"]) == ("running", True, None)


def test_stop_and_start(
    server: LocalNetwork, speaker: Principal, capsys: pytest.CaptureFixture[str]
) -> None:
    there = (str(speaker), "-n", server.url)
    assert "stopped" in run(capsys, "stop", *there)[1]
    assert "status       stopped" in run(capsys, "status", *there)[0]
    _, err = run(capsys, "pending", *there, code=7)
    assert "IC0508" in err
    assert "started" in run(capsys, "start", *there)[1]
    _, err = run(capsys, "pending", *there, code=2)
    assert "scm did not build it" in err


def test_logs_are_lines_or_json(
    server: LocalNetwork, network: Network, speaker: Principal, capsys: pytest.CaptureFixture[str]
) -> None:
    there = (str(speaker), "-n", server.url)
    assert run(capsys, "logs", *there)[0] == ""
    speak(network, speaker)
    out, _ = run(capsys, "logs", *there)
    assert out.endswith("Z  one word\n")
    record = json.loads(run(capsys, "logs", "--json", *there)[0])
    assert (record["index"], record["text"]) == (0, "one word")


def test_logs_are_followed_until_interrupted(
    server: LocalNetwork, network: Network, speaker: Principal, capsys: pytest.CaptureFixture[str]
) -> None:
    pauses = iter(range(3))

    def sleep(_seconds: float) -> None:
        if next(pauses) == 2:
            raise KeyboardInterrupt
        speak(network, speaker)

    speak(network, speaker)
    console = Console(sys.stdout, sys.stderr, ConsoleOptions())
    transport = Transport(server.url, clock=Clock(sleep=sleep))
    with Network(server.url, transport=transport) as following, pytest.raises(KeyboardInterrupt):
        run_logs(following, str(speaker), console, follow=True, as_json=False)
    assert capsys.readouterr().out.count("one word") == 3
