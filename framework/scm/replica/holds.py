"""Holds: messages parked by a test, to be released in any order, or lost."""

from __future__ import annotations

from itertools import count
from types import TracebackType
from typing import Final

from scm.replica import transport
from scm.replica.errors import ReplicaUsageError
from scm.replica.messages import give_up
from scm.replica.state import (
    CallOrigin,
    Delivery,
    DeliveryKind,
    IngressRecord,
    Outcome,
    ReplicaState,
)
from scm.replica.state import Hold as HoldState

HOLD_NUMBERS: Final = count(1)
"""Not of the state, which goes back to a checkpoint: no hold gets the number of another."""


class Hold:
    """Parks the deliveries that its predicate picks; as a context manager, closes at the end."""

    def __init__(self, state: ReplicaState, hold_id: int) -> None:
        self._state = state
        self._hold_id = hold_id

    @property
    def _record(self) -> HoldState:
        for record in self._state.holds:
            if record.hold_id == self._hold_id:
                return record
        raise ReplicaUsageError("this hold is closed, or was made after the restored checkpoint")

    @property
    def parked(self) -> list[Delivery]:
        """What is parked now, in the order it came."""
        return list(self._record.parked)

    def release(self, count: int | None = None) -> None:
        """Send on the first `count` parked messages, or all; new ones are still parked."""
        available = len(self._record.parked)
        for _ in range(available if count is None else self._checked(count, available)):
            transport.unpark(self._state, self._record, 0)

    def release_one(self, index: int) -> None:
        """Send on the parked message at `index` of `parked`."""
        self._check_index(index)
        transport.unpark(self._state, self._record, index)

    def answer(self, index: int, outcome: Outcome) -> None:
        """Answer the parked call at `index` in the stead of its callee, which never sees it.

        The callee need not exist; it accepts none of the call's cycles.  Raises
        `ReplicaUsageError` if it is not the call of a canister.
        """
        self._check_index(index)
        delivery = self._record.parked[index]
        if delivery.kind is not DeliveryKind.REQUEST:
            raise ReplicaUsageError(
                f"the {delivery.kind.value} of `{delivery.method}` can't be answered: only calls "
                "of canisters on their way to the callee can"
            )
        transport.answer_parked(self._state, self._record, index, outcome)

    def drop_as_unknown(self, index: int) -> None:
        """Lose a message of a best-effort call: its caller gets SYS_UNKNOWN.

        Raises `ReplicaUsageError` for a call that waits without bound, whose messages are never
        lost.
        """
        self._check_index(index)
        delivery = self._record.parked[index]
        if not delivery.is_best_effort or not isinstance(delivery.origin, CallOrigin):
            raise ReplicaUsageError(
                f"the {delivery.kind.value} of `{delivery.method}` cannot be lost: only "
                "best-effort calls may end unknown"
            )
        transport.drop_parked(self._state, self._record, index, "dropped by the test")
        callback = self._state.callbacks.get(delivery.origin.callback_id)
        if callback is not None:
            give_up(self._state, callback, "Call response has been dropped.", "IC0602")

    def close(self) -> None:
        """Release everything and park nothing more; a closed hold stays closed."""
        if all(record.hold_id != self._hold_id for record in self._state.holds):
            return
        self.release()
        transport.remove_hold(self._state, self._record)

    def __enter__(self) -> Hold:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _check_index(self, index: int) -> None:
        if not 0 <= index < len(self._record.parked):
            raise ReplicaUsageError(
                f"no parked message {index}: {len(self._record.parked)} are parked"
            )

    def _checked(self, count: int, available: int) -> int:
        if count < 0:
            raise ReplicaUsageError(f"cannot release {count} messages: a count is 0 or more")
        if count > available:
            raise ReplicaUsageError(f"cannot release {count} messages: {available} are parked")
        return count


def describe_stuck(state: ReplicaState, record: IngressRecord) -> str:
    """Why a user's call is not answered: what is parked, and which calls wait for a response."""
    parked = [delivery for hold in state.holds for delivery in hold.parked]
    lines = [
        f"{delivery.kind.value} `{delivery.method}` from {delivery.sender} to {delivery.receiver}"
        for delivery in parked[:5]
    ]
    more = f" and {len(parked) - 5} more" if len(parked) > 5 else ""
    held = "; ".join(lines) + more if lines else "nothing"
    return (
        f"`{record.method}` of {record.canister_id} is not answered and nothing is left to do: "
        f"held: {held}; calls without a response: {len(state.callbacks)}"
    )
