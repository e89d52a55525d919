"""Tables that decorators fill at import are in the snapshot, and there again after an upgrade."""

from __future__ import annotations

from pathlib import Path

import pytest

from scm.testing.building import install_canister

pytestmark = pytest.mark.toolchain

MAIN = """\
from scm import nat, query, state, text

from registry import COMMANDS, HANDLERS, command, handler


@state
class State:
    total: nat = 0


@handler("double")
def double(x: int) -> int:
    return 2 * x


@handler("half")
def half(x: int) -> int:
    return x // 2


@command
def greet(x: int) -> int:
    return x + 100


@query
def run(name: text, value: nat) -> nat:
    handler = HANDLERS.get(name)
    if handler is None:
        raise KeyError(name)
    return handler(value)


@query
def known() -> text:
    return f"{', '.join(HANDLERS)}; {COMMANDS[0](1)}"
"""
REGISTRY = """\
from collections.abc import Callable

Handler = Callable[[int], int]

HANDLERS: dict[str, Handler] = {}
COMMANDS: list[Handler] = []


def handler(name: str) -> Callable[[Handler], Handler]:
    def wrap(function: Handler) -> Handler:
        HANDLERS[name] = function
        return function

    return wrap


def command(function: Handler) -> Handler:
    COMMANDS.append(function)
    return function
"""


@pytest.mark.parametrize("setting", ["", 'bytecode = ["registry"]\n'])
def test_table_is_filled_after_install_and_upgrade(
    tmp_path: Path, build_canister, replica, setting
):
    (tmp_path / "canister.py").write_text(MAIN)
    (tmp_path / "registry.py").write_text(REGISTRY)
    (tmp_path / "pyproject.toml").write_text(f"[tool.scm]\n{setting}")
    wasm = build_canister(tmp_path)
    canister = install_canister(replica, wasm)
    for _ in range(2):
        assert canister.run("double", 21) == 42
        assert canister.run("half", 8) == 4
        assert canister.known() == "double, half; 101"
        replica.install(canister.canister_id, wasm, mode="upgrade")
