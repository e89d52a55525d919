"""The process that imports the user's modules answers once, and does not outlive who asks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scm.compiler.discover import discover
from scm.compiler.discovery_process import DiscoveryProcess
from scm.compiler.project import load_project

CANISTER = """\
from scm import nat, query, state


@state
class Counter:
    count: nat = 0


@query
def value(counter: Counter) -> nat:
    return counter.count
"""


def test_process_that_is_ready_finds_the_same(tmp_path: Path) -> None:
    (tmp_path / "canister.py").write_text(CANISTER)
    project = load_project(tmp_path)
    with DiscoveryProcess() as ready:
        assert discover(project, ready) == discover(project)


def test_process_that_nobody_asks_is_ended() -> None:
    with DiscoveryProcess() as unused:
        pass
    with pytest.raises(ValueError, match="closed file"):
        unused.answer("{}")


def test_answer_comes_with_how_the_process_ended(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("import os\n\nos._exit(3)\n")
    request = {"root": str(tmp_path), "modules": ["main"], "questions": [], "absent": {}}
    with DiscoveryProcess() as process:
        assert process.answer(json.dumps(request)).returncode == 3
