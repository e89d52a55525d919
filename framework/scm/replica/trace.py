"""What the replica tells an observer: event records and the Tracer protocol.

The core only emits; `ListTracer` is the observer that `Replica.trace` reads.
"""

from __future__ import annotations

from typing import Protocol

from attrs import Factory, define, frozen

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

    def fork(self) -> Tracer:
        """A tracer that goes on from the same events."""


@define
class ListTracer:
    """Keeps all events."""

    events: list[Event] = Factory(list)

    def record(self, event: Event) -> None:
        """Keep the event."""
        self.events.append(event)

    def fork(self) -> ListTracer:
        """A tracer that goes on from the same events."""
        return ListTracer(list(self.events))
