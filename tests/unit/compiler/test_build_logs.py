"""Logs of failing tools: complete, numbered, the last twenty."""

from __future__ import annotations

from pathlib import Path

import pytest

from scm.compiler.build_logs import LOGS_MAX, log_tool, write_log
from scm.errors import ToolchainError


def test_log_has_the_command_and_everything_that_was_printed(tmp_path: Path) -> None:
    error = ToolchainError("zig cc", ["zig", "cc", "a b.c"], 1, "first\nlast\n")
    log_tool(error, "compile", tmp_path)
    assert error.stage == "compile"
    assert error.log == tmp_path / "logs" / "0001-compile.log"
    assert error.log.read_text() == (
        "stage compile: zig cc exited with status 1\n+ zig cc 'a b.c'\nfirst\nlast\n"
    )


def test_the_last_logs_are_kept(tmp_path: Path) -> None:
    for number in range(LOGS_MAX + 5):
        write_log(tmp_path, "link", [str(number)])
    names = sorted(path.name for path in (tmp_path / "logs").iterdir())
    assert len(names) == LOGS_MAX
    assert (names[0], names[-1]) == ("0006-link.log", "0025-link.log")


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "notes.txt").touch()
    write_log(tmp_path, "link", [])
    assert (tmp_path / "logs" / "notes.txt").is_file()


def test_without_a_place_for_logs_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert write_log(tmp_path / "file", "link", ["text"]) is None


@pytest.mark.parametrize(
    ("status", "output", "help", "expected"),
    [
        (1, "odd", "write it otherwise", "write it otherwise"),
        (1, "odd", "", "`scm doctor` checks the tools"),
        (1, "error: No space left on device", "", "the disk is full"),
        (-9, "", "", "the memory was not enough"),
        (1, "LLVM ERROR: out of memory", "", "the memory was not enough"),
    ],
)
def test_every_failure_says_what_to_do(
    tmp_path: Path, status: int, output: str, help: str, expected: str
) -> None:
    error = ToolchainError("zig cc", ["zig"], status, output, help)
    log_tool(error, "link", tmp_path)
    assert error.help.startswith(expected)
