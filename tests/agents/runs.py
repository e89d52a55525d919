"""Runs an agent's script against a local network of its own, and keeps what it has told.

A script prints a line of JSON for each check: `{"check": name, "value": what it found}`, or
`"crash"` with a traceback.  `{"event": name}` asks for something to be done with the network; the
script goes on when it reads a line.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import Timer
from typing import Any, Final

import pytest
from attrs import define, field, frozen

from scm.model import Principal
from scm.network import http_api
from scm.network.core import Core
from scm.network.server import LocalNetwork
from scm.replica.holds import Hold
from scm.replica.state import DeliveryKind
from scm.testing.building import compiled_modules_folder
from scm.testing.wat import WatCanister

ROOT: Final = Path(__file__).parents[2]
UNKNOWN: Final = Principal.from_text("gohaa-2qaaa-aaaaa-aaptq-cai")
"""In the ranges of the subnet, but there is no such canister."""

CHUNK_BYTES: Final = 1024 * 1024
RUN_SECONDS_MAX: Final = 600
_IMPATIENT_SECONDS: Final = 0.05


@frozen
class Run:
    """What an agent has told, and what the network knows itself."""

    agent: str
    found: Mapping[str, Any]
    """Check -> `{"value": ...}` or `{"crash": text}`."""
    errors: str
    root_key: bytes
    node_key: bytes
    canister_id: Principal
    controllers: tuple[Principal, ...]
    cycles: int
    module_hash: bytes
    interface: str
    small_module_hash: bytes
    chunk_hashes: Sequence[bytes]

    def value(self, check: str) -> Any:
        """What was found; fails the test if there was something else than expected."""
        told = self.found.get(check)
        if told is None:
            pytest.fail(f"the script did not come to `{check}`: {self.errors}", pytrace=False)
        if "value" not in told:
            pytest.fail(told["crash"], pytrace=False)
        return told["value"]


@define
class _Director:
    """Does with the network what a script asks for."""

    network: LocalNetwork
    patch: pytest.MonkeyPatch
    holds: list[Hold] = field(factory=list)

    def act(self, event: str) -> None:
        match event:
            case "hold":
                # A synchronous call is soon given up, so that the agent asks for the status.
                self.patch.setattr(http_api, "SYNCHRONOUS_SECONDS", _IMPATIENT_SECONDS)
                self.holds.append(self.network.run(_hold_responses))
            case "release":
                self.patch.undo()
                self.network.run(self._let_go)
            case _:
                raise AssertionError(event)

    def _let_go(self, core: Core) -> None:
        self.holds.pop().close()
        core.is_busy = True


def _hold_responses(core: Core) -> Hold:
    return core.replica.hold(lambda delivery: delivery.kind is DeliveryKind.RESPONSE)


def small_module() -> bytes:
    """A canister that does nothing."""
    canister = WatCanister()
    canister.update("nothing", canister.reply())
    return canister.build()


def run_agent(agent: str, command: Sequence[str | Path], folder: Path, wasm: bytes) -> Run:
    """Run an agent's script; `wasm`: the module of `canister/`."""
    packed = gzip.compress(wasm, mtime=0)
    (folder / "desk.wasm.gz").write_bytes(packed)
    (folder / "small.wasm").write_bytes(small_module())
    with LocalNetwork(folder / "state", cache_directory=compiled_modules_folder()) as network:
        files = [folder / "desk.wasm.gz", folder / "small.wasm"]
        found, errors = _converse([*command, network.url, *files, str(UNKNOWN)], folder, network)
        return network.run(lambda core: _summary(core, agent, found, errors, packed))


def _converse(
    command: Sequence[str | Path], folder: Path, network: LocalNetwork
) -> tuple[dict[str, Any], str]:
    found: dict[str, Any] = {}
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    variables["NO_PROXY"] = variables["no_proxy"] = "127.0.0.1"
    with ExitStack() as opened:
        errors = opened.enter_context((folder / "errors").open("w+"))
        patch = opened.enter_context(pytest.MonkeyPatch.context())
        process = opened.enter_context(
            subprocess.Popen(
                command,
                cwd=ROOT,
                env=variables,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        )
        # Whatever goes wrong, the tests come to an end.
        guard = Timer(RUN_SECONDS_MAX, process.kill)
        opened.callback(guard.cancel)
        guard.start()
        director = _Director(network, patch)
        for line in _lines(process):
            if "event" in line:
                director.act(line["event"])
                _answer(process)
            else:
                found[line.pop("check")] = line
        code = process.wait()
        errors.seek(0)
        return found, f"exit code {code}; {errors.read()[-3000:]}"


def _lines(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    assert process.stdout is not None
    for line in process.stdout:
        yield json.loads(line)


def _answer(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def _summary(core: Core, agent: str, found: Mapping[str, Any], errors: str, packed: bytes) -> Run:
    (canister,) = core.state.canisters.values()
    assert canister.code is not None, errors
    module = canister.code.module
    assert module.wasm == packed
    return Run(
        agent=agent,
        found=found,
        errors=errors,
        root_key=core.keys.root.public_der,
        node_key=core.keys.node_public_der,
        canister_id=canister.canister_id,
        controllers=canister.controllers,
        cycles=canister.cycles,
        module_hash=hashlib.sha256(packed).digest(),
        interface=module.custom_sections["icp:public candid:service"].decode(),
        small_module_hash=hashlib.sha256(small_module()).digest(),
        chunk_hashes=[hashlib.sha256(chunk).digest() for chunk in _chunks(packed)],
    )


def _chunks(module: bytes) -> list[bytes]:
    return [module[start : start + CHUNK_BYTES] for start in range(0, len(module), CHUNK_BYTES)]
