"""A canister with timers, for tests: `tests/cases/canisters/timers`."""

from __future__ import annotations

import re

import pytest
from attrs import frozen

from scm.candid.encode import encode
from scm.candid.types import NAT64
from scm.model import Principal
from scm.replica.errors import InstallError
from scm.replica.replica import Replica
from scm.replica.state import DeliveryKind
from scm.storage.check import check_image
from scm.testing.call_counts import CallCounts, read_call_counts
from scm.testing.client import CanisterHandle
from scm.testing.state import stable_image
from scm.testing.timers import TimerStatus, read_timers

SECOND_NS = 1_000_000_000
SWEEP = 90
"""The interval of `sweep`, in seconds."""

SWEEP_MARK = "@every(minutes=1, seconds=30)\n"


@frozen
class TimerScene:
    """A canister with timers."""

    replica: Replica
    desk: CanisterHandle

    @property
    def timers(self) -> list[TimerStatus]:
        return read_timers(self.replica, self.desk.canister_id)

    def timer(self, number: int) -> TimerStatus:
        (found,) = [timer for timer in self.timers if timer.id == number]
        return found

    @property
    def fired(self) -> list[tuple[str, int, int]]:
        """What the handlers have logged: what about, their number, and when."""
        log = self.desk.fired()
        assert isinstance(log, list)
        return log

    @property
    def counts(self) -> CallCounts:
        return read_call_counts(self.replica, self.desk.canister_id)

    @property
    def armed_for(self) -> float:
        """Seconds until the global timer of the platform fires."""
        at_ns = self.replica.canister(self.desk.canister_id).global_timer_ns
        return (at_ns - self.replica.time_ns) / SECOND_NS

    def advance(self, seconds: float) -> None:
        self.replica.advance_time(seconds)
        self.replica.run_until_idle()

    def upgrade(self, wasm: bytes) -> None:
        self.replica.install(self.desk.canister_id, wasm, mode="upgrade")

    def refuse(self, wasm: bytes) -> str:
        """The reason why an upgrade is refused; the canister goes on as it was."""
        before = self.timers
        with pytest.raises(InstallError) as caught:
            self.upgrade(wasm)
        assert self.timers == before
        message = re.search(r"'UpgradeError: (.*)'", caught.value.message, re.DOTALL)
        assert message is not None, caught.value.message
        return message[1]

    def hold(self, kind: DeliveryKind):
        """Park the requests, or the responses, by which timers are fired."""
        return self.replica.hold(
            lambda delivery: delivery.kind is kind and delivery.method == "scm_fire_timer"
        )

    def control(self, method: str, number: int, sender: Principal | None = None):
        return self.replica.update(self.desk.canister_id, method, encode([NAT64], [number]), sender)

    def check_state(self) -> None:
        report = check_image(stable_image(self.replica.canister(self.desk.canister_id)))
        assert report.problems == ()
