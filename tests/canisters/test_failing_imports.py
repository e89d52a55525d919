"""Modules that can be imported on this machine, and not in the canister; tools that fail."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from scm.cli.main import main

pytestmark = pytest.mark.toolchain

MAIN = """\
from scm import nat, query, state

import helper


@state
class Shop:
    count: nat = 0


@query
def limit(shop: Shop) -> nat:
    return shop.count + helper.LIMIT
"""
# Mypy would know what `sys.platform == "wasi"` is.
FILE = """\
import sys


def read_limit() -> int:
    if "wasi" in sys.platform:
        with open("limit.txt") as file:
            return int(file.read())
    return 3


LIMIT = read_limit()
"""
MODULE = """\
import importlib
import sys

if "wasi" in sys.platform:
    importlib.import_module("not_in_the_canister")
LIMIT = 3
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a main module; `helper` is still to be written."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "canister.py").write_text(MAIN)
    return tmp_path


@pytest.mark.parametrize(
    ("helper", "place", "message", "help"),
    [
        (
            FILE,
            "helper.py:6:9",
            "FileNotFoundError: [Errno 44] No such file or directory: 'limit.txt'",
            "put what is in the file into a module",
        ),
        (
            MODULE,
            "helper.py:5:5",
            "ModuleNotFoundError: No module named 'not_in_the_canister'",
            "do without that module",
        ),
    ],
)
def test_an_import_that_fails_in_the_canister_is_told_at_the_users_line(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    helper: str,
    place: str,
    message: str,
    help: str,
) -> None:
    (project / "helper.py").write_text(helper)
    assert main(["build", ".", "-q"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    lines = shown.err.splitlines()
    assert lines[0] == (
        f"error: the import of `helper` fails in the canister: {message}  [fails-in-canister]"
    )
    assert lines[1] == f"  --> {place}"
    assert "canister.py:3, in <module>: import helper" in shown.err
    assert f"= help: {help}" in shown.err
    for inner in ("importlib/", "scm_entry", "framework", "Traceback"):
        assert inner not in shown.err
    (log,) = [line.partition("the whole traceback: ")[2] for line in lines if "the whole" in line]
    assert "Traceback (most recent call last):" in Path(log).read_text()
    assert not (project / "build").exists()


def test_mypyc_that_cannot_start_is_told(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "helper.py").write_text("LIMIT = 3\n")
    monkeypatch.setenv("SCM_CACHE_DIR", str(project / "cache"))
    python = project / "python"
    python.write_text(
        f'#!/bin/sh\ncase "$*" in *mypyc_worker*|*ziglang*) echo "error: odd" >&2; exit 9;; esac\n'
        f'exec {sys.executable} "$@"\n'
    )
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    assert main(["build", ".", "-q"]) == 3
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == [
        "error: the stage `runtime` failed: `mypyc` exited with status 9  [toolchain]",
        "  < error: odd",
    ]
    log = project / "cache" / "logs" / "0001-runtime.log"
    assert lines[2] == f"   = note: all of it: {log}"
    assert "scm.compiler.mypyc_worker" in log.read_text()
