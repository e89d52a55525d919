"""`scm new`: what it writes builds and passes its own test, under other tools' build steps, too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scm.cli.main import main

pytestmark = pytest.mark.toolchain

BIN = Path(sys.executable).parent


def run(folder: Path, *command: str, **variables: str) -> str:
    """Run a command in the project, with `scm` on the path; it succeeds."""
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **variables}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def script_steps(icp_yaml: str) -> list[str]:
    """The commands of the build step of type `script`."""
    _, _, commands = icp_yaml.partition("commands:")
    return [line.strip().removeprefix("- ") for line in commands.strip().splitlines()]


def test_a_new_project_builds_and_passes_its_test(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "my-app"
    assert main(["new", "my-app", "-o", str(folder)]) == 0
    assert capsys.readouterr().out == f"{folder}\n"
    assert "2 passed" in run(
        folder, sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n0"
    )
    assert "Success" in run(folder, sys.executable, "-m", "mypy")

    canister = json.loads((folder / "dfx.json").read_text(encoding="utf-8"))["canisters"]["my-app"]
    run(folder, "sh", "-c", canister["build"])
    built = (folder / canister["wasm"]).read_bytes()
    assert (folder / canister["candid"]).read_text(encoding="utf-8").startswith("service")

    output = tmp_path / "out.wasm"
    for command in script_steps((folder / "icp.yaml").read_text(encoding="utf-8")):
        run(folder, "sh", "-c", command, ICP_WASM_OUTPUT_PATH=str(output))
    assert output.read_bytes() == built
