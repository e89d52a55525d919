"""What a random history sees of its canister, whatever state the canister is in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from attrs import frozen

from scm.candid.decode import decode
from scm.candid.types import NAT64, PRINCIPAL, TEXT, Field, Record, Type
from scm.model import Principal
from scm.replica.replica import Replica
from scm.testing.call_counts import CallCounts, read_call_counts
from scm.testing.client import CanisterHandle
from scm.testing.pending_calls import PendingCall, pending_calls
from scm.testing.state import check_state
from scm.testing.timers import TimerStatus, read_timers

ORDER: Final = Record([Field("kind", TEXT), Field("number", NAT64)])
LINK: Final = Record([Field("", PRINCIPAL, 0), Field("", ORDER, 1)])
LINKS: Final = ("chain_goes_on", "relay_goes_on")
"""Handlers whose context is a peer and an order; that of others is an order."""

NOT_OF_ORDERS: Final = ("answered", "all_answered", "ring", "ring_back", "tick", "asked")
KEPT: Final = "failed: its handler trapped, and the response is kept"
PROXIED: Final = "proxied_done"
"""The handler of calls through the proxy: no cleanup of its own tells when it has trapped."""


@frozen
class Look:
    """The canister's books: see its class `Chaos`."""

    books: dict[int, str]
    held: list[int]
    released: list[int]
    wrong: list[str]
    handled: int
    alarms: dict[int, int]
    rung: list[int]
    doubled: list[str]
    began_ns: int
    ticked: int
    pending: list[PendingCall]
    timers: list[TimerStatus]
    counts: CallCounts


@frozen
class ChaosScene:
    """The canister, its peer, and the proxy through which it calls that, too."""

    replica: Replica
    caller: Principal
    peer: Principal
    proxy: Principal

    @property
    def canisters(self) -> tuple[Principal, ...]:
        """All three."""
        return self.caller, self.peer, self.proxy

    @property
    def is_running(self) -> bool:
        """Whether the canister takes calls."""
        return self.replica.canister(self.caller).status == "running"

    def look(self) -> Look:
        """What the canister tells, and whether its stable memory is sound."""
        check_state(self.replica, self.caller)
        replica = self._answering(self.caller)
        handle = CanisterHandle(replica, self.caller)
        books, held, released, wrong, handled = cast(
            tuple[list[tuple[int, str]], list[int], list[int], list[str], int], handle.look()
        )
        alarms, rung, doubled, began_ns, ticked = cast(
            tuple[list[tuple[int, int]], list[int], list[str], int, int], handle.look_at_alarms()
        )
        return Look(
            dict(books),
            held,
            released,
            wrong,
            handled,
            dict(alarms),
            rung,
            doubled,
            began_ns,
            ticked,
            pending_calls(replica, self.caller),
            read_timers(replica, self.caller),
            read_call_counts(replica, self.caller),
        )

    def executions(self) -> list[tuple[str, int]]:
        """How often the peer has executed what."""
        executed = CanisterHandle(self._answering(self.peer), self.peer).executions()
        return cast(list[tuple[str, int]], executed)

    def outstanding(self) -> list[dict[str, object]]:
        """The requests that the proxy has."""
        requests = CanisterHandle(self._answering(self.proxy), self.proxy).outstanding()
        return cast(list[dict[str, object]], requests)

    def pending(self) -> list[PendingCall]:
        """Calls that wait for a response, or have failed."""
        return pending_calls(self._answering(self.caller), self.caller)

    def timers(self) -> list[TimerStatus]:
        """All timers."""
        return read_timers(self._answering(self.caller), self.caller)

    def _answering(self, canister_id: Principal) -> Replica:
        """The replica, or a fork in which the canister runs: one that stops answers nothing."""
        if self.replica.canister(canister_id).status == "running":
            return self.replica
        twin = self.replica.fork()
        twin.start(canister_id)
        return twin


def is_open(call: PendingCall) -> bool:
    """Whether the handler of a call is still to come by itself."""
    return not call.is_failed


def is_of_order(call: PendingCall) -> bool:
    """Whether a call is that of an order, and not of a timer."""
    return call.handler not in NOT_OF_ORDERS


def order_of(call: PendingCall) -> tuple[str, int]:
    """Kind and number of the order that a call is for."""
    is_link = call.handler in LINKS
    types: list[Type] = [LINK if is_link else ORDER]
    (context,) = decode(call.context, types)
    order = context[1] if isinstance(context, tuple) else context
    assert isinstance(order, dict)
    return str(order["kind"]), int(order["number"])


def numbers_of(calls: list[PendingCall], which: Callable[[PendingCall], bool]) -> set[int]:
    """The orders of some of the calls."""
    return {order_of(call)[1] for call in calls if is_of_order(call) and which(call)}
