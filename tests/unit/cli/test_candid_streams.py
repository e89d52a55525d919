"""`scm candid` and `scm bind` where standard input or output are not as they should be."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scm.cli.main import main

TEXT_MESSAGE = "4449444c00017103e29883"  # `("☃")`


def give_input(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))


def fail(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The message of a command that must fail as wrong usage does."""
    assert main(["candid", *arguments]) == 2
    return capsys.readouterr().err


@pytest.mark.parametrize("data", [b'("abc\xff")', b'("abc\xc3'])
def test_standard_input_must_be_utf8(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    give_input(monkeypatch, data)
    assert fail(capsys, "encode", "-") == "error: standard input is not UTF-8 text (byte 5)\n"


def test_empty_standard_input_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    give_input(monkeypatch, b"\n")
    assert "error: standard input is empty, where a message should be\n" in fail(capsys, "decode")


def test_a_closed_standard_input_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    for arguments in (["decode"], ["encode", "-"]):
        assert "error: there is no standard input\n" in fail(capsys, *arguments)


@pytest.mark.parametrize(
    "arguments",
    [["candid", "decode", TEXT_MESSAGE], ["candid", "hash", "☃"], ["bind", "☃.did", "-o-"]],
)
def test_output_that_has_no_such_character_is_told(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("☃.did").touch()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), "ascii"))
    assert main(arguments) == 2
    assert capsys.readouterr().err == (
        "error: standard output is `ascii`, which has no '\\u2603'\n"
        "   = help: set `PYTHONIOENCODING=utf-8`\n"
    )


@pytest.mark.parametrize(
    ("arguments", "status"), [("candid hash a", 141), ("--version", 141), ("--help", 0)]
)
def test_an_output_that_nobody_reads_ends_the_command_silently(arguments: str, status: int) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as output:
        done = subprocess.run(
            [sys.executable, "-m", "scm.cli.main", *arguments.split()],
            stdout=output,
            stderr=subprocess.PIPE,
        )
    assert (done.returncode, done.stderr) == (status, b"")
