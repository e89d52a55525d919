"""The runs of the agents' scripts, each once in a session, on the canister in `canister/`."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tests.agents.packages import FOLDER, node_packages, python_packages
from tests.agents.runs import Run, run_agent

from scm.testing.building import CanisterBuilder

RunAgent = Callable[[str], Run]


@pytest.fixture(scope="session")
def runs(build_canister: CanisterBuilder, tmp_path_factory: pytest.TempPathFactory) -> RunAgent:
    """`runs(agent)`: what its script has found."""
    known: dict[str, Run] = {}

    def run(agent: str) -> Run:
        if agent not in known:
            folder = tmp_path_factory.mktemp(agent)
            command = _command(agent, folder)
            known[agent] = run_agent(agent, command, folder, build_canister(FOLDER / "canister"))
        return known[agent]

    return run


def _command(agent: str, folder: Path) -> Sequence[str | Path]:
    if agent != "core":
        script = f"tests.agents.agent_{agent.replace('-', '_')}"
        return [python_packages(f"requirements-{agent}.txt"), "-m", script]
    # Node looks for packages beside the script, and nowhere else.
    (folder / "node_modules").symlink_to(node_packages("package.json") / "node_modules")
    for source in FOLDER.glob("*.mjs"):
        shutil.copy(source, folder)
    return ["node", folder / "agent_core.mjs"]
