"""Upgrades whose connection is lost: the client finds out what happened, and claims no more."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from attrs import define

from scm.client.agent import Agent
from scm.client.identities import KeyIdentity, new_key
from scm.client.installing import install_module, read_module_hash
from scm.client.management import update_settings
from scm.client.network import Network
from scm.client.transport import Clock, Transport
from scm.client.upgrade_plan import UpgradePlan, plan_upgrade
from scm.client.upgrading import Wait, carry_out
from scm.errors import NetworkError
from scm.model import Principal
from scm.network.server import LocalNetwork
from scm.testing.wat import WatCanister

OLD = WatCanister().build()
NEW = WatCanister(pages=2).build()
THIRD = WatCanister(pages=3).build()


@define
class LateClock:
    """A clock that a sleep moves at once; the network has the same."""

    ahead_ns: int = 0

    def now_ns(self) -> int:
        """The time of the machine, and what was slept."""
        return time.time_ns() + self.ahead_ns

    def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        self.ahead_ns += round(seconds * 10**9)


class Line(httpx2.BaseTransport):
    """A connection that `decide` may cut: before the request arrives, or before the answer does."""

    def __init__(self) -> None:
        self.inner = httpx2.HTTPTransport()
        self.decide: Callable[[httpx2.Request], str] = lambda _request: "pass"

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        decision = self.decide(request)
        if decision == "drop":
            raise httpx2.ReadError("cut", request=request)
        response = self.inner.handle_request(request)
        if decision == "lose":
            response.read()
            response.close()
            raise httpx2.ReadError("cut", request=request)
        return response

    def close(self) -> None:
        self.inner.close()


@define
class Scene:
    """A canister with the old module, and a line to be cut."""

    clock: LateClock
    line: Line
    agent: Agent
    canister_id: Principal
    plan: UpgradePlan
    said: list[str]

    def cut(self, first: str, seconds: float) -> None:
        """Do `first` to the next call, and drop everything for so many seconds after it."""
        until_ns = 0

        def decide(request: httpx2.Request) -> str:
            nonlocal until_ns
            if until_ns == 0 and request.url.path.endswith("/call"):
                until_ns = self.clock.now_ns() + round(seconds * 10**9)
                return first
            return "drop" if self.clock.now_ns() < until_ns else "pass"

        self.line.decide = decide

    def mend(self) -> None:
        """Drop nothing more."""
        self.line.decide = lambda _request: "pass"

    def upgrade(self, when_in_doubt: Callable[[], None] = lambda: None) -> None:
        """Carry out the plan; `when_in_doubt` happens when the client begins to look."""

        def say(text: str) -> None:
            self.said.append(text)
            when_in_doubt()

        carry_out(self.agent, self.plan, "now", Wait(say=say))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    clock, line = LateClock(), Line()
    with LocalNetwork(tmp_path / "state", clock=clock.now_ns) as server:
        client = httpx2.Client(transport=line)
        transport = Transport(server.url, client, Clock(clock.now_ns, clock.sleep))
        owner = KeyIdentity(new_key("ed25519"))
        with Network(server.url, owner, transport=transport) as network:
            canister_id = network.create_canister()
            install_module(network.agent, canister_id, OLD, b"", mode="install")
            plan = plan_upgrade(network.agent, canister_id, NEW)
            yield Scene(clock, line, network.agent, canister_id, plan, [])


def test_an_answer_that_is_lost_is_asked_for(scene: Scene) -> None:
    scene.cut("lose", 2)
    scene.upgrade()
    assert read_module_hash(scene.agent, scene.canister_id) == scene.plan.new_hash
    assert scene.said == []  # The request's own status was enough.


def test_a_request_that_is_lost_is_sent_again(scene: Scene) -> None:
    scene.cut("drop", 30)
    scene.upgrade()
    assert read_module_hash(scene.agent, scene.canister_id) == scene.plan.new_hash


def test_when_the_network_comes_back_late_the_module_tells(scene: Scene) -> None:
    scene.cut("lose", 100_000)
    scene.upgrade(scene.mend)
    assert scene.said[-1] == "the upgrade took place"


def test_a_request_that_never_arrived_has_changed_nothing(scene: Scene) -> None:
    scene.cut("drop", 100_000)
    with pytest.raises(NetworkError, match="the canister has the old code"):
        scene.upgrade(scene.mend)
    scene.upgrade()  # And now it goes through.
    assert read_module_hash(scene.agent, scene.canister_id) == scene.plan.new_hash


def test_when_the_network_stays_away_nothing_is_claimed(scene: Scene) -> None:
    scene.cut("lose", 100_000)
    with pytest.raises(NetworkError, match="what became of the upgrade is not known") as raised:
        scene.upgrade()
    assert "run `scm upgrade` again" in raised.value.help


def test_somebody_elses_upgrade_is_noticed(scene: Scene) -> None:
    other = KeyIdentity(new_key("ed25519"))
    me = scene.agent.identity.principal
    update_settings(scene.agent, scene.canister_id, controllers=[me, other.principal])

    def be_faster() -> None:
        scene.mend()
        agent = scene.agent.for_identity(other)
        install_module(agent, scene.canister_id, THIRD, b"", mode="upgrade")

    scene.cut("drop", 100_000)
    with pytest.raises(NetworkError, match="a third module"):
        scene.upgrade(be_faster)
