"""What `--json` prints of a command that has failed."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.client.scripted_network import CANISTER, ROOT_KEY, ScriptedNetwork

from scm.cli.call import CallOptions, run_call
from scm.cli.console import Console, ConsoleOptions
from scm.cli.main import main, run_command
from scm.client.agent import StillPendingError
from scm.client.doubts import not_known
from scm.client.identities import AnonymousIdentity
from scm.client.network import Network
from scm.client.requests import Message
from scm.client.upgrading import BlockedError
from scm.errors import (
    ConfigurationError,
    Diagnostic,
    LimitError,
    NetworkError,
    RejectError,
    ScmError,
    SourceError,
    SourceSpan,
    ToolchainError,
    UntrustedError,
    UpgradeRefusedError,
)

REQUEST = ScriptedNetwork().agent().prepare(Message(CANISTER, "greet", b""))
REQUEST_ID = REQUEST.request_id.hex()


def failed(error: BaseException) -> dict[str, Any]:
    """What a command prints that raises this."""
    out = io.StringIO()

    def fail() -> int:
        raise error

    code = run_command(fail, Console(out, io.StringIO(), ConsoleOptions()), as_json=True)
    (line,) = out.getvalue().splitlines()
    document: dict[str, Any] = json.loads(line)
    assert document["exit_code"] == code
    assert document["version"] == 1
    return document


@pytest.mark.parametrize(
    ("error", "result", "code"),
    [
        (NetworkError("away", "wait"), "failed", "network"),
        (UntrustedError("a lie"), "failed", "untrusted"),
        (not_known(REQUEST, "was taken", "away"), "failed", "in-doubt"),
        (StillPendingError(REQUEST, 3.0), "pending", "pending"),
        (BlockedError("calls wait", [], 0), "blocked", "blocked"),
        (RejectError(5, "no", "IC0503"), "rejected", "rejected"),
        (UpgradeRefusedError(["a", "b"]), "refused", "unsafe-upgrade"),
        (SourceError([Diagnostic("no-state", "no state", None)]), "failed", "source"),
        (ConfigurationError("bad file", "mend it"), "failed", "configuration"),
        (ToolchainError("zig", ["zig"], 1, "boom"), "failed", "toolchain"),
        (LimitError("functions", 2, 1), "failed", "limit"),
        (ScmError("something else"), "failed", "error"),
        (PermissionError(13, "Permission denied", "out"), "failed", "failed"),
        (KeyboardInterrupt("it goes on"), "interrupted", "interrupted"),
    ],
)
def test_every_failure_has_a_result_and_a_code(
    error: BaseException, result: str, code: str
) -> None:
    document = failed(error)
    assert (document["result"], document["error"]["code"]) == (result, code)
    assert document["error"]["message"]


def test_details_are_told() -> None:
    assert failed(StillPendingError(REQUEST, 3.0))["request_id"] == REQUEST_ID
    assert failed(not_known(REQUEST, "was taken", "away"))["request_id"] == REQUEST_ID
    assert failed(BlockedError("calls wait", [], 0))["calls"] == []
    rejected = failed(RejectError(5, "no", "IC0503", is_certified=False))["error"]
    assert rejected["reject_code"] == 5
    assert (rejected["error_code"], rejected["certified"]) == ("IC0503", False)
    assert failed(UpgradeRefusedError(["a", "b"]))["error"]["reasons"] == ["a", "b"]
    span = SourceSpan("canister.py", 2, 3, 2, 9)
    wrong = failed(SourceError([Diagnostic("no-state", "no state", span, helps=("add it",))]))
    (diagnostic,) = wrong["error"]["diagnostics"]
    assert diagnostic["place"] == {"file": "canister.py", "line": 2, "column": 3}
    assert diagnostic["helps"] == ["add it"]


@pytest.mark.parametrize("is_json", [True, False])
def test_only_json_is_printed_of_failures(
    is_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["status", "-n", "no network", *(["--json"] if is_json else [])]
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert "`no network` is no network" in shown.err
    assert bool(shown.out) == is_json


def test_a_canister_without_an_interface_wants_a_file() -> None:
    scripted = ScriptedNetwork()
    url = "http://scripted.localhost"
    network = Network(
        url, AnonymousIdentity(), root_key_der=ROOT_KEY, transport=scripted.transport()
    )
    console = Console(io.StringIO(), io.StringIO(), ConsoleOptions())
    with pytest.raises(ConfigurationError, match="tells no interface") as raised:
        run_call(network, CallOptions(str(CANISTER), "greet", "()"), console)
    assert raised.value.help == "give it: `--did FILE`"


def test_interrupted_call_tells_its_request(tmp_path: Path) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    scripted = ScriptedNetwork(lambda _content: None, on_sleep=interrupt)
    url = "http://scripted.localhost"
    network = Network(
        url, AnonymousIdentity(), root_key_der=ROOT_KEY, transport=scripted.transport()
    )
    did = tmp_path / "greet.did"
    did.write_text("service : { greet : () -> () }")
    error = io.StringIO()
    console = Console(io.StringIO(), error, ConsoleOptions())
    options = CallOptions(str(CANISTER), "greet", "()", did=did)
    assert run_command(lambda: run_call(network, options, console), console) == 130
    (request_id,) = scripted.arrived
    assert f"the call goes on; its request id is {request_id.hex()}" in error.getvalue()
