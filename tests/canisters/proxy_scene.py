"""A desk, its proxy and the till that it asks, for tests of calls through a proxy."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from scm.replica.holds import Hold
from scm.replica.replica import Replica
from scm.replica.state import DeliveryKind
from scm.testing.building import install_canister
from scm.testing.call_counts import CallCounts, read_call_counts
from scm.testing.client import CanisterHandle
from scm.testing.pending_calls import pending_calls


@frozen
class ProxyScene:
    """A desk, its proxy, and the till that it asks."""

    replica: Replica
    till: CanisterHandle
    proxy: CanisterHandle
    desk: CanisterHandle

    @property
    def counts(self) -> CallCounts:
        return read_call_counts(self.replica, self.desk.canister_id)

    @property
    def statuses(self) -> list[str]:
        """What the proxy says of its requests."""
        requests: Any = self.proxy.outstanding()
        return [request["status"] for request in requests]

    @property
    def balance(self) -> int:
        return self.replica.canister(self.desk.canister_id).cycles

    def hold(self, method: str, kind: DeliveryKind, receiver: CanisterHandle) -> Hold:
        return self.replica.hold(
            lambda delivery: (
                (delivery.kind, delivery.method) == (kind, method)
                and delivery.receiver == receiver.canister_id
            )
        )

    def hold_till(self) -> Hold:
        """A till that has got the call, and does not answer."""
        return self.hold("take", DeliveryKind.RESPONSE, self.proxy)

    def ask(self, about: str = "note", amount: int = 0, cycles: int = 0, seconds: int = 0) -> None:
        assert self.desk.ask(about, amount, cycles, seconds) == "on its way"

    def heard(self) -> list[str]:
        self.replica.run_until_idle()
        lines: Any = self.desk.heard()
        return [*lines]

    def heard_in(self, seconds: int) -> list[str]:
        self.wait(seconds)
        return self.heard()

    def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            self.replica.run_until_idle()
            self.replica.advance_time(1)

    def number(self) -> int:
        """What the only request is called between the desk and the proxy."""
        (call,) = pending_calls(self.replica, self.desk.canister_id)
        return call.version << 18 | call.id & (1 << 18) - 1


def make_scene(replica: Replica, till: bytes, proxy: bytes, desk: bytes) -> ProxyScene:
    """Install the three; the desk is the proxy's only owner."""
    the_till = install_canister(replica, till, "till", None)
    the_proxy = install_canister(replica, proxy, [])
    the_desk = install_canister(replica, desk, the_till.canister_id, the_proxy.canister_id)
    the_proxy.set_owners([the_desk.canister_id])
    return ProxyScene(replica, the_till, the_proxy, the_desk)
