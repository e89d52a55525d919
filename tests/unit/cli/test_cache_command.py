"""`scm cache`: what it shows, what it removes."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from scm.cli.main import main
from scm.compiler.cache import default_cache


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with two entries of one stage and one of another."""
    monkeypatch.setenv("SCM_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("SCM_CACHE_MAX_BYTES", raising=False)
    for stage, key, size in (("link", "a", 1_000), ("link", "b", 2_000), ("canister", "c", 5)):
        default_cache().entry(stage, key, partial(fill, size))
    return tmp_path


def fill(size: int, folder: Path) -> None:
    (folder / "content").write_bytes(bytes(size))


@pytest.mark.parametrize("command", [["cache"], ["cache", "show"]])
def test_show_tells_where_and_how_much(
    folder: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert main(command) == 0
    shown = capsys.readouterr()
    assert shown.out == (
        f"{folder}\n"
        "  canister               1 entry      5 bytes\n"
        "  link                   2 entries       3 kB\n"
        "  all                    3 entries       3 kB\n"
    )
    assert shown.err == "(builds cut it back to 5.0 GB: `SCM_CACHE_MAX_BYTES`)\n"


@pytest.mark.parametrize(
    ("options", "removed", "left"),
    [
        ([], "3 entries, 3 kB", 0),
        (["--stage", "canister"], "1 entry, 5 bytes", 2),
        (["--older-than", "1"], "0 entries, 0 bytes", 3),
    ],
)
def test_clear_removes_what_is_asked_for(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    removed: str,
    left: int,
) -> None:
    assert main(["cache", "clear", *options]) == 0
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", f"removed {removed}\n")
    assert len(list(folder.glob("*/*/content"))) == left


def test_unknown_stage_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache", "clear", "--stage", "linker"]) == 2
    assert capsys.readouterr().err == (
        "error: the cache has no stage `linker`\n"
        "   = help: the stages are boot-functions, bundle, canister, link, modules, objects,"
        " pieces, runtime, runtime-modules, runtime-objects, snapshot, translate, zig\n"
    )


@pytest.mark.parametrize("days", ["-1", "soon"])
def test_days_are_a_number(folder: Path, capsys: pytest.CaptureFixture[str], days: str) -> None:
    with pytest.raises(SystemExit):
        main(["cache", "clear", f"--older-than={days}"])
    assert f"expected a number of days, got `{days}`" in capsys.readouterr().err


def test_cache_in_use_is_not_cleared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with default_cache().in_use():
        assert main(["cache", "clear"]) == 2
    assert "wait until no build is running" in capsys.readouterr().err
    assert len(list(folder.glob("*/*/content"))) == 3
