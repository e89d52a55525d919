"""Tools that run beside the build: they get their input later, and none is left behind."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from scm.compiler.toolchain import StartedTool, run_tool
from scm.errors import ToolchainError

ECHO = "import sys; print(sys.stdin.read().upper())"
HELD = "import time; pipe = open('held', 'wb', 0); pipe.write(b'1'); time.sleep(600)"
FAIL = "import sys; print('odd', file=sys.stderr); sys.exit(9)"


def started(program: str, folder: Path) -> StartedTool:
    return StartedTool("python", [sys.executable, "-c", program], folder, {}, "look at it")


def test_tool_gets_its_input_later(tmp_path: Path) -> None:
    tool = started(ECHO, tmp_path)
    tool.give("so many words " * 10_000)
    assert tool.result() == "SO MANY WORDS " * 10_000 + "\n"


def test_tool_without_input_finds_it_at_its_end(tmp_path: Path) -> None:
    assert run_tool("python", [sys.executable, "-c", ECHO], tmp_path, {}) == "\n"


def test_tool_that_fails_before_its_input_says_so(tmp_path: Path) -> None:
    tool = started(FAIL, tmp_path)
    tool.give("so many words " * 10_000)
    with pytest.raises(ToolchainError) as failure:
        tool.result()
    assert (failure.value.returncode, failure.value.output) == (9, "odd\n")
    assert failure.value.help == "look at it"


def test_tool_that_nobody_wants_is_ended(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "held")
    tool = started(HELD, tmp_path)
    with (tmp_path / "held").open("rb", buffering=0) as pipe:
        assert pipe.read(1) == b"1"
        tool.stop()
        assert pipe.read() == b""  # As nobody holds the other end.
    tool.stop()
