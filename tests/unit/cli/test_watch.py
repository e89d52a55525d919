"""`scm build --watch`: which changes make a build, and how many."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from scm.cli.main import main
from scm.cli.watch import POLL_SECONDS, SETTLE_SECONDS, watch

Step = Callable[[], None]


class Desk:
    """Who edits files while `watch` sleeps: a step for each look, until there is none left.

    `events` has a letter for each build (`b`), each look (`.`), and each look that waits for calm
    (`,`).
    """

    def __init__(self, root: Path, *steps: Step) -> None:
        self.root = root
        self.events = ""
        self.on_build: list[Step] = []
        self.codes: list[int] = []
        self._steps = list(steps)
        self._time = 1_000

    def write(self, name: str, text: str = "") -> Step:
        return lambda: self.save(name, text)

    def save(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        # Times of files may be coarse; here each save has its own.
        self._time += 1
        os.utime(path, (self._time, self._time))

    def remove(self, name: str) -> Step:
        return lambda: (self.root / name).unlink()

    def sleep(self, seconds: float) -> None:
        self.events += {POLL_SECONDS: ".", SETTLE_SECONDS: ","}[seconds]
        if not self._steps:
            raise KeyboardInterrupt
        self._steps.pop(0)()

    def build(self) -> int:
        self.events += "b"
        if self.on_build:
            self.on_build.pop(0)()
        return self.codes.pop(0) if self.codes else 0

    def run(self, path: Path | None = None) -> str:
        with pytest.raises(KeyboardInterrupt):
            watch(path or self.root, self.build, self.sleep)
        return self.events


def nothing() -> None:
    pass


@pytest.fixture
def desk(tmp_path: Path) -> Callable[..., Desk]:
    """A project of two modules, and a third one that nothing imports."""

    def make(*steps: Step) -> Desk:
        desk = Desk(tmp_path, *steps)
        desk.save("canister.py", "import helper\n")
        desk.save("helper.py", "")
        desk.save("other.py", "")
        desk._steps = list(steps)
        return desk

    return make


def after(desk: Desk, *steps: Step) -> Desk:
    desk._steps = list(steps)
    return desk


def test_it_builds_at_once_and_then_only_looks(desk) -> None:
    assert desk(nothing, nothing).run() == "b..."


def test_a_change_makes_one_build_when_there_is_calm(desk) -> None:
    here = desk()
    after(here, nothing, here.write("helper.py", "x = 1"), nothing)
    assert here.run() == "b..,b."


def test_a_burst_of_saves_makes_one_build(desk) -> None:
    here = desk()
    saves = [here.write("helper.py", "x" * n) for n in range(4)]
    after(here, *saves, here.write("canister.py", "import helper  # 2"), nothing)
    assert here.run() == "b.,,,,,b."


def test_delay_is_at_most_three_tenths_of_a_second() -> None:
    assert POLL_SECONDS + SETTLE_SECONDS <= 0.3


@pytest.mark.parametrize("name", ["canister.py", "helper.py", "pyproject.toml", "scm.lock"])
def test_files_that_a_build_depends_on(desk, name: str) -> None:
    here = desk()
    after(here, here.write(name, "\n"), nothing)
    assert here.run() == "b.,b."


@pytest.mark.parametrize("name", ["other.py", "README.md", "build/test.did", "new.py"])
def test_other_files_make_no_build(desk, name: str) -> None:
    here = desk()
    after(here, here.write(name, "\n"), nothing, nothing)
    assert "b" not in here.run()[1:]


def test_a_module_that_is_removed_and_comes_back(desk) -> None:
    here = desk()
    after(here, here.remove("helper.py"), nothing, here.write("helper.py"), nothing)
    assert here.run() == "b.,b.,b."


def test_a_module_that_an_import_waits_for(desk) -> None:
    here = desk()
    after(
        here,
        here.write("canister.py", "import parts.one\n"),
        nothing,
        here.write("parts/__init__.py"),
        nothing,
        here.write("parts/one.py"),
        nothing,
    )
    assert here.run() == "b.,b.,b.,b."


def test_a_project_that_cannot_be_read_is_watched_all_the_same(desk) -> None:
    here = desk()
    after(
        here,
        here.write("pyproject.toml", "[tool.scm\n"),
        nothing,
        here.write("pyproject.toml", "[tool.scm]\n"),
        nothing,
        here.write("helper.py", "x = 1"),
        nothing,
    )
    assert here.run() == "b.,b.,b.,b."


def test_the_interface_that_is_deployed_is_watched(desk) -> None:
    here = desk()
    here.save("pyproject.toml", '[tool.scm]\ndeployed = "old.did"\n')
    after(here, here.write("old.did", "service : {}"), nothing)
    assert here.run() == "b.,b."


def test_the_lock_that_the_build_writes_is_no_change(desk) -> None:
    here = after(desk(), nothing)
    here.on_build = [here.write("scm.lock", "slots")]
    assert here.run() == "b.."


def test_an_edit_during_the_build_makes_another(desk) -> None:
    here = after(desk(), nothing, nothing)
    here.on_build = [here.write("helper.py", "x = 1")]
    assert here.run() == "b.,b."


def test_it_goes_on_after_mistakes(desk) -> None:
    here = desk()
    here.codes = [1, 3]
    after(here, here.write("helper.py", "x = 1"), nothing)
    assert here.run() == "b.,b."


def test_a_build_that_is_interrupted_ends_it(desk) -> None:
    here = desk()
    here.codes = [130]
    assert watch(here.root, here.build, here.sleep) == 130
    assert here.events == "b"


def test_a_single_file_is_watched_with_its_own_lock(desk) -> None:
    here = desk()
    after(
        here,
        here.write("scm.lock", "of another"),
        nothing,
        here.write("other.scm.lock", "slots"),
        nothing,
    )
    assert here.run(here.root / "other.py") == "b...,b."


def test_the_command_tells_of_each_build_and_ends_with_130(
    desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = desk()
    here.save("canister.py", "def (:\n")
    after(here, here.write("canister.py", "import\n"), nothing)
    monkeypatch.setattr("time.sleep", here.sleep)
    monkeypatch.chdir(here.root)
    assert main(["build", ".", "--watch", "--format", "short"]) == 130
    shown = capsys.readouterr()
    assert shown.out == ""
    assert [line.partition(": ")[0] for line in shown.err.splitlines()] == [
        "building at every change, until Ctrl-C",
        *("canister.py:1:5", "not built; waiting for a change"),
        *("canister.py:1:7", "not built; waiting for a change"),
        "error",
    ]
