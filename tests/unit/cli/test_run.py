"""`scm run`: what it says, what it leaves behind, how it ends; canisters are in tests/canisters."""

from __future__ import annotations

import ipaddress
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from scm.cli.main import main
from scm.client.identities import AnonymousIdentity
from scm.client.network import Network

Refused = Callable[..., tuple[int, str]]


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command as a process of its own, and the URL that it tells; interrupted at the end."""
    command = [sys.executable, "-m", "scm.cli.main", "run", *arguments]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=folder, stdout=pipe, stderr=pipe, text=True)
    try:
        assert process.stdout is not None
        word, _, url = process.stdout.readline().strip().partition(" ")
        assert word == "ready:", process.communicate()
        yield process, url
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate()


@pytest.fixture
def refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Refused:
    """The exit code of a command that does not start, and what it says."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str]:
        try:
            code = main(["run", *arguments])
        except SystemExit as error:  # Wrong arguments.
            code = int(str(error.code))
        return code, capsys.readouterr().err

    return run


def test_network_runs_until_it_is_interrupted(tmp_path: Path, refused: Refused) -> None:
    with running(tmp_path, "--port", "0") as (process, url):
        document = json.loads((tmp_path / ".scm/local/network.json").read_text())
        assert document["url"] == url
        assert document["pid"] == process.pid
        with Network("local", AnonymousIdentity(), project=tmp_path) as network:
            assert network.agent.root_key_der.hex() == document["root_key"]
            canister_id = network.create_canister()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0
        assert said.splitlines()[-1] == "stopping"
    assert not (tmp_path / ".scm/local/network.json").exists()
    assert (tmp_path / ".scm/.gitignore").read_text() == "*\n"
    with running(tmp_path, "--port", "0", "-q") as (process, url):
        with Network(url, AnonymousIdentity()) as network:
            assert network.create_canister() != canister_id
            assert network.agent.root_key_der.hex() == document["root_key"]
        code, text = refused("--port", "0")
        assert (code, "a local network runs with the state in" in text) == (2, True)
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=60)[1] == ""
        assert process.returncode == 0


def test_network_on_all_addresses_is_found_on_this_machine(tmp_path: Path) -> None:
    everywhere = str(ipaddress.IPv4Address(0))
    with running(tmp_path, "--port", "0", "--host", everywhere) as (_, url):
        assert urlsplit(url).hostname == everywhere
        with Network("local", AnonymousIdentity(), project=tmp_path) as network:
            assert network.place.url == url.replace(everywhere, "127.0.0.1")
            network.create_canister()


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("--port", "65536"), 2, "expected a port from 0 to 65535"),
        (("nowhere",), 2, "neither a project folder nor"),
        (("--argument", "x"), 2, "does not say of which canister"),
        (("--argument", "x=()"), 2, "is of no project that is run"),
        (("--port", "0", "--identity", "nobody"), 2, "there is no identity `nobody`"),
        (("--port", "0", "--host", "::2"), 2, "can't listen on port 0"),
        (("--port", "0", "--host", "no host"), 2, "`--host` takes an address of this machine"),
        (("--port", "0", "--host", "é" * 300), 2, "is no name of a host"),
    ],
)
def test_mistakes_are_told(
    refused: Refused, arguments: tuple[str, ...], code: int, text: str
) -> None:
    found, said = refused(*arguments)
    assert (found, text in said) == (code, True), said
    assert "Traceback" not in said


def test_port_that_is_taken_is_told(refused: Refused) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        code, said = refused("--port", port)
    assert code == 2
    assert f"port {port} of 127.0.0.1 is taken by another program" in said
    assert "--port 0" in said


def test_two_projects_of_one_name_are_told(tmp_path: Path, refused: Refused) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "same").mkdir(parents=True)
        (tmp_path / name / "same" / "canister.py").write_text("")
    code, said = refused("one/same", "two/same")
    assert code == 2
    assert "are both called `same`" in said
