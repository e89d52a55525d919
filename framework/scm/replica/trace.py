"""What the replica tells an observer: event records and the Tracer protocol.

The core only emits; `ListTracer` is the observer that `Replica.trace` reads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final, Protocol

from attrs import Factory, define, field, frozen

from scm.model import Principal


@frozen
class Executed:
    """One entry point ran.  `error` is None unless it trapped; `fuel` counts wasmtime fuel."""

    canister_id: Principal
    mode: str
    entry: str
    fuel: int
    error: str | None
    time_ns: int


@frozen
class Sent:
    """A message was put on its way."""

    delivery_id: int
    kind: str
    sender: Principal
    receiver: Principal
    method: str


@frozen
class Parked:
    """A hold took a message off its way."""

    delivery_id: int


@frozen
class Released:
    """A hold put a message back on its way."""

    delivery_id: int


@frozen
class Dropped:
    """A message was lost: `reason` says why."""

    delivery_id: int
    reason: str


@frozen
class Answered:
    """A call context got its response: `error_code` is None for a reply."""

    canister_id: Principal
    method: str
    error_code: str | None


@frozen
class Installed:
    """An install, reinstall or upgrade ended, or a snapshot was loaded; `error` says why not."""

    canister_id: Principal
    mode: str
    module_hash: bytes
    error: str | None


@frozen
class StatusChanged:
    """A canister started, began to stop, or stopped."""

    canister_id: Principal
    status: str


Event = Executed | Sent | Parked | Released | Dropped | Answered | Installed | StatusChanged


class Tracer(Protocol):
    """Receives every event, in order; `events` has those that it keeps."""

    @property
    def events(self) -> list[Event]:
        """The events that it keeps, the oldest first."""

    def record(self, event: Event) -> None:
        """Take the next event."""

    def ingress_answered(self, ingress_id: int) -> None:
        """Take note that a user's call is answered."""

    def fork(self) -> Tracer:
        """A tracer that goes on from the same events."""


@define
class ListTracer:
    """Keeps all events."""

    events: list[Event] = Factory(list)

    def record(self, event: Event) -> None:
        """Keep the event."""
        self.events.append(event)

    def ingress_answered(self, ingress_id: int) -> None:
        """Nobody waits to be told: tests ask."""

    def fork(self) -> ListTracer:
        """A tracer that goes on from the same events."""
        return ListTracer(list(self.events))


RECENT_EVENTS_MAX: Final = 10_000


def _last(events: Iterable[Event]) -> deque[Event]:
    return deque(events, maxlen=RECENT_EVENTS_MAX)


@define
class RecentTracer:
    """Keeps the last events, for a replica that runs for days, and which calls were answered."""

    recent: deque[Event] = field(factory=tuple, converter=_last)
    count: int = 0
    """How many events there were in all."""
    answered: list[int] = Factory(list)
    """The user's calls that were answered since `take_answered`."""

    @property
    def events(self) -> list[Event]:
        """The last events, the oldest first."""
        return list(self.recent)

    def record(self, event: Event) -> None:
        """Keep the event, and forget the oldest if there are too many."""
        self.recent.append(event)
        self.count += 1

    def ingress_answered(self, ingress_id: int) -> None:
        """Keep the number of the call."""
        self.answered.append(ingress_id)

    def take_answered(self) -> list[int]:
        """The calls that were answered since the last time."""
        answered, self.answered = self.answered, []
        return answered

    def fork(self) -> RecentTracer:
        """A tracer that goes on from the same events."""
        return RecentTracer(self.recent, self.count, list(self.answered))
