"""Agents of other makers against a local network: `@icp-sdk/core`, `icp-py-core`, `ic-py`.

Each runs its script once; a test here is one check of one agent.
"""

from __future__ import annotations

import pytest
from tests.agents.conftest import RunAgent
from tests.agents.expected import BY_ALL, BY_ONE, OWNER

pytestmark = pytest.mark.toolchain

AGENTS = sorted(BY_ONE)
P256_AGENTS = ("core", "icp-py-core")

CHECKS = [(agent, check) for agent in AGENTS for check in (*BY_ALL, *BY_ONE[agent])]


@pytest.mark.parametrize(("agent", "check"), CHECKS)
def test_an_agent_finds_what_it_must(runs: RunAgent, agent: str, check: str) -> None:
    run = runs(agent)
    expected = BY_ONE[agent].get(check) or BY_ALL[check]
    assert run.value(check) == expected(run)


@pytest.mark.parametrize("agent", P256_AGENTS)
def test_a_p256_key_is_who_the_agent_says(runs: RunAgent, agent: str) -> None:
    seen = runs(agent).value("p256")
    assert seen["update"] == seen["query"] == seen["self"]
    assert seen["self"] != str(OWNER)


@pytest.mark.parametrize("agent", AGENTS)
def test_every_check_has_its_test(runs: RunAgent, agent: str) -> None:
    others = {"p256"} if agent in P256_AGENTS else set()
    assert set(runs(agent).found) == {*BY_ALL, *BY_ONE[agent], *others}


@pytest.mark.parametrize("agent", AGENTS)
def test_the_network_is_left_as_the_agent_made_it(runs: RunAgent, agent: str) -> None:
    run = runs(agent)
    assert run.controllers == (OWNER,)
    assert 0 < run.cycles <= 5_000_000_000_000
    assert run.errors == "exit code 0; "
