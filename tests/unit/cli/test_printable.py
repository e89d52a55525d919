"""What canisters say, on a terminal: it commands nothing there."""

from __future__ import annotations

import argparse
import io
import json
from typing import Any, cast

import pytest
from attrs import frozen
from tests.unit.client.scripted_network import CANISTER, ScriptedNetwork

from scm.cli import canister, pending
from scm.cli.console import Console, ConsoleOptions
from scm.cli.main import run_command
from scm.cli.printable import printable
from scm.client.agent import Agent
from scm.client.controller import Controller
from scm.client.controls import PendingCall
from scm.client.management import LogRecord
from scm.client.network import Network
from scm.errors import NetworkError, RejectError, ScmError

EVIL = "\x1b]0;title\x07\x9b2Jgood\u202edoog"
SHOWN = "�]0;title��2Jgood�doog"


@frozen
class Asked:
    """As much of a network as the commands ask for."""

    agent: Agent

    def find_canister(self, _name: str) -> object:
        return CANISTER


def network() -> Network:
    return cast(Network, Asked(ScriptedNetwork().agent()))


def console() -> tuple[Console, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    return Console(out, err, ConsoleOptions()), out, err


def test_lines_and_letters_stay() -> None:
    assert printable("à\tb\nß 日本\x00") == "à\tb\nß 日本�"


@pytest.mark.parametrize("error", [RejectError(4, EVIL, "IC0"), NetworkError(EVIL, EVIL)])
def test_errors_of_canisters_command_nothing(error: ScmError) -> None:
    def fail() -> int:
        raise error

    shown, _, err = console()
    assert run_command(fail, shown) == error.exit_code
    assert SHOWN in err.getvalue()
    assert "\x1b" not in err.getvalue()


def test_logs_command_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canister, "fetch_logs", lambda *_: [LogRecord(0, 0, EVIL.encode())])
    shown, out, _ = console()
    canister.run_logs(network(), "x", shown, follow=False, as_json=False)
    assert out.getvalue() == f"1970-01-01 00:00:00.000Z  {SHOWN}\n"
    shown, out, _ = console()
    canister.run_logs(network(), "x", shown, follow=False, as_json=True)
    assert json.loads(out.getvalue())["text"] == EVIL


def test_calls_command_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    call = PendingCall(1, EVIL, "paid", 16, CANISTER, EVIL, b"", 0, 1, 0, 0, EVIL)
    monkeypatch.setattr(Controller, "calls", lambda _self: [call])
    monkeypatch.setattr(pending, "_entries", lambda _controller: {})
    listing: dict[str, Any] = {"canister": "x", "action": "list", "call": None}
    arguments = argparse.Namespace(**listing, reply=None, reject=None, json=False)
    shown, out, _ = console()
    pending.run_pending(network(), arguments, shown)
    assert f"error: {SHOWN}\n" in out.getvalue()
    assert f"{SHOWN} of " in out.getvalue()
