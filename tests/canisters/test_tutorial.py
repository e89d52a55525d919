"""The tutorial, done as its reader would: every file written, every command run, in order."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.toolchain

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial" / "first-canister.md"
BLOCK = re.compile(r"([^\n]*)\n\n```(\w*)\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`([\w/.-]+\.py)`")
SHELL_COMMANDS = ("mkdir", "cp")
MODULES = {"scm": ["scm.cli.main"], "pytest": ["pytest", "-p", "scm.testing.plugin"]}
# The plugin is named, so that it is there whether or not scm is installed, and is there once.
ENVIRONMENT = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def run(line, folder):
    """Run a command of the tutorial; `scm` and `pytest` are those of this environment."""
    name, *arguments = line.split()
    command = [name] if name in SHELL_COMMANDS else [sys.executable, "-m", *MODULES[name]]
    finished = subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, f"{line}\n{finished.stdout}\n{finished.stderr}"
    return finished.stdout


def test_tutorial_works_step_by_step(tmp_path):
    outputs = {}
    for before, language, content in BLOCK.findall(TUTORIAL.read_text(encoding="utf-8")):
        if language == "python":
            (tmp_path / FILE.findall(before)[-1]).write_text(f"{content}\n", encoding="utf-8")
        elif content.startswith("service"):
            assert (tmp_path / "counter/build/counter.did").read_text().strip() == content
        else:
            for line in content.splitlines():
                if not line.startswith("export"):
                    outputs[line] = run(line, tmp_path)
    assert outputs["scm build counter"] == "counter/build/counter.wasm\n"
    assert "2 passed" in outputs["pytest counter"]
    assert "1 passed" in outputs["pytest asker"]
    assert (tmp_path / "asker-v1" / "scm.lock").is_file()
