"""Random histories of timers: set, replaced, cancelled, cut short, fired over upgrades.

After each step the collections must agree with each other.  At the end each timer that nobody gave
up has fired, none of them early, and once unless an execution was cut.
"""

from __future__ import annotations

import json
import random

import pytest
from tests.canisters.timer_scene import SECOND_NS, SWEEP_MARK, TimerScene

from scm.replica.replica import Replica
from scm.storage.dump import Dump
from scm.testing.building import install_canister
from scm.testing.state import stable_image
from scm.testing.timers import read_timers

pytestmark = pytest.mark.toolchain

STEPS = 60
ACTIONS = (
    *("set", "set", "set_failing", "set_named", "cancel", "cancel_named", "retry"),
    *("advance", "advance", "advance", "advance_some", "advance_cut", "upgrade", "break_or_mend"),
)


class History:
    """One canister and what is known of its timers: number to when due, id and name."""

    def __init__(self, seed: int, replica: Replica, modules: list[bytes]) -> None:
        self.random = random.Random(seed)
        self.modules = modules
        self.scene = TimerScene(replica, install_canister(replica, modules[0]))
        self.replica = replica
        self.expected: dict[int, tuple[int, int, str]] = {}
        self.count = 0
        self.is_broken = False
        self.was_cut = False

    def step(self) -> None:
        """Do one thing at random."""
        getattr(self, self.random.choice(ACTIONS))()
        self.check()

    def set(self, method: str = "set_reminder", name: str = "") -> None:
        self.count += 1
        after = self.random.randrange(40)
        arguments = (name,) if method == "set_reminder" else ()
        timer = getattr(self.scene.desk, method)("x", self.count, after, *arguments)
        self.expected[self.count] = (self.replica.time_ns + after * SECOND_NS, timer, name)

    def set_failing(self) -> None:
        self.set("set_failing")

    def set_named(self) -> None:
        name = self.random.choice("abc")
        self.give_up_named(name)
        self.set(name=name)

    def cancel(self) -> None:
        if self.expected:
            number = self.random.choice(list(self.expected))
            self.scene.desk.cancel(self.expected.pop(number)[1])

    def cancel_named(self) -> None:
        name = self.random.choice("abc")
        self.give_up_named(name)
        self.scene.desk.cancel_named(name)

    def give_up_named(self, name: str) -> None:
        self.expected = {key: item for key, item in self.expected.items() if item[2] != name}

    def retry(self) -> None:
        timer = self.random.choice(self.scene.timers)
        if timer.status != "firing":
            self.scene.control("scm_retry_timer", timer.id)
            for number, (_, known, name) in self.expected.items():
                if known == timer.id:
                    self.expected[number] = (0, known, name)

    def advance(self) -> None:
        self.scene.advance(self.random.choice([0, 1, 3, 10, 50]))

    def advance_some(self) -> None:
        self.replica.advance_time(self.random.choice([0, 1, 10]))
        for _ in range(self.random.randrange(12)):
            self.replica.step()

    def advance_cut(self) -> None:
        self.was_cut = True
        with self.replica.cut_executions(self.random.randrange(60_000)):
            self.advance_some()

    def upgrade(self) -> None:
        self.scene.upgrade(self.random.choice(self.modules))

    def break_or_mend(self) -> None:
        self.is_broken = not self.is_broken
        self.scene.desk.set_broken(self.is_broken)

    def dump(self, name: str) -> list[dict[str, object]]:
        image = stable_image(self.replica.canister(self.scene.desk.canister_id))
        return [json.loads(line) for line in Dump(image, name, {}).lines(as_json=True)]

    def check(self) -> None:
        """The collections agree with each other, and the counts with them."""
        self.scene.check_state()
        timers = self.scene.timers
        assert len(self.dump("scm:timers_due")) == sum(t.status == "armed" for t in timers)
        named = [(item["key"], item["value"]) for item in self.dump("scm:timers_named")]
        assert sorted(named) == sorted((t.name, t.id) for t in timers if t.name)
        ((_, counts),) = self.dump("scm:timer_counts")[0].items()
        assert isinstance(counts, list)
        assert sum(counts[1:]) == sum(t.handler != "sweep" for t in timers)

    def end(self) -> None:
        """All is mended and time goes on: what had failed is retried, all have fired."""
        self.scene.desk.set_broken(False)
        for _ in range(150):
            self.scene.advance(1)
        self.scene.desk.add(1)
        for timer in self.scene.timers:
            # One goes on to be firing if both the response and its cleanup were cut.
            if timer.status == "failed" or (timer.status == "firing" and self.was_cut):
                self.scene.control("scm_retry_timer", timer.id)
        self.scene.advance(1)
        self.check()
        fired: dict[int, list[int]] = {}
        for _, number, at_ns in self.scene.fired:
            fired.setdefault(number, []).append(at_ns)
        for number, (due_ns, _, _) in self.expected.items():
            assert min(fired[number]) >= due_ns
            assert self.was_cut or len(fired[number]) == 1
        handlers = [t.handler for t in read_timers(self.replica, self.scene.desk.canister_id)]
        assert handlers == ["sweep"]


@pytest.fixture(scope="session")
def modules(build_timers, timers_v1, timers_v2):
    return [timers_v1, timers_v2, build_timers((SWEEP_MARK, "@every(seconds=77)\n"))]


@pytest.mark.parametrize("seed", range(15))
def test_no_timer_is_lost_or_early(replica, modules, seed):
    history = History(seed, replica, modules)
    for _ in range(STEPS):
        history.step()
    history.end()
