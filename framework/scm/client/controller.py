"""A canister built by scm, as its controllers speak to it: what waits, and what to do about it.

`docs/reference/authoring.md`, "Methods for controllers".  Lists come by queries, which a node of
the subnet signs; what changes something is a call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from scm.client.agent import Agent
from scm.client.controls import (
    CallCounts,
    PendingCall,
    TimerStatus,
    answer_argument,
    call_argument,
    drain_argument,
    range_argument,
    read_calls,
    read_counts,
    read_timers,
)
from scm.client.requests import Message
from scm.compiler.check import name_counts
from scm.compiler.manifest import AbiManifest
from scm.errors import ConfigurationError, RejectError
from scm.model import Principal, RejectCode

_CALLS_AT_ONCE: Final = 500
_TIMERS_AT_ONCE: Final = 1_000
_NO_SUCH_METHOD: Final = "IC0536"


class Controller:
    """What a controller may ask of a canister and tell it.

    Every method raises `RejectError` if the canister refuses, `ConfigurationError` if scm did not
    build it or the identity is no controller, and `NetworkError`.
    """

    def __init__(self, agent: Agent, canister_id: Principal) -> None:
        self.agent: Final = agent
        self.canister_id: Final = canister_id

    def counts(self) -> CallCounts:
        """How many calls wait, and so on."""
        return read_counts(self._query("scm_status", b"DIDL\0\0"))

    def calls(self) -> list[PendingCall]:
        """All calls that wait or have failed, in the order of the table (not of time)."""
        found: list[PendingCall] = []
        rest_from: int | None = 0
        while rest_from is not None:
            reply = self._query("scm_pending", range_argument(rest_from, _CALLS_AT_ONCE))
            rows, rest_from = read_calls(reply)
            found += rows
        return found

    def timers(self) -> list[TimerStatus]:
        """All timers, of a canister that has timer handlers."""
        return list(self._each_timer())

    def retry(self, call_id: int) -> bytes:
        """Run the handler of a failed call again, with the response that was kept: its reply."""
        return self._update("scm_retry", call_argument(call_id))

    def answer(
        self, call_id: int, *, reply: bytes | None = None, rejection: str | None = None
    ) -> bytes:
        """Run the handler of a failed call with a reply (Candid) or a rejection; else `Unknown`."""
        return self._update("scm_answer", answer_argument(call_id, reply, rejection))

    def discard(self, call_id: int) -> None:
        """Forget a call, failed or waiting."""
        self._update("scm_discard", call_argument(call_id))

    def drain(self, *, is_on: bool) -> None:
        """Have the canister make no new calls, until an upgrade or until it is told otherwise."""
        self._update("scm_drain", drain_argument(is_on))

    def live_counts(self, manifest: AbiManifest) -> dict[str, int]:
        """What waits for each handler of the installed module: calls, and timers."""
        timers = self.timers() if manifest.timers else []
        return counts_by_handler(manifest, self.calls(), timers)

    def _each_timer(self) -> Iterator[TimerStatus]:
        first = 0
        while True:
            rows = read_timers(self._query("scm_timers", range_argument(first, _TIMERS_AT_ONCE)))
            yield from rows
            if len(rows) < _TIMERS_AT_ONCE:
                return
            first = rows[-1].id + 1

    def _query(self, method: str, argument: bytes) -> bytes:
        try:
            return self.agent.query(Message(self.canister_id, method, argument))
        except RejectError as error:
            raise self._explained(error, method) from error

    def _update(self, method: str, argument: bytes) -> bytes:
        try:
            return self.agent.call(Message(self.canister_id, method, argument))
        except RejectError as error:
            raise self._explained(error, method) from error

    def _explained(self, error: RejectError, method: str) -> Exception:
        """Why the canister refuses, if it is the user's to mend."""
        if error.error_code == _NO_SUCH_METHOD:
            return ConfigurationError(
                f"canister {self.canister_id} has no method `{method}`, so scm did not build it",
                "for modules of other tools there is nothing that lists calls in flight",
            )
        if error.code == RejectCode.CANISTER_ERROR and "is for controllers" in error.message:
            return ConfigurationError(
                f"`{method}` of canister {self.canister_id} is for its controllers, and"
                f" {self.agent.identity.principal} is none",
                "name another identity: `--identity NAME`",
            )
        return error


def counts_by_handler(
    manifest: AbiManifest, calls: list[PendingCall], timers: list[TimerStatus]
) -> dict[str, int]:
    """How many calls wait for each handler, and how many timers are set for it."""
    by_slot = Counter(call.slot for call in calls if not call.is_failed)
    return name_counts(manifest.handlers, by_slot) | Counter(timer.handler for timer in timers)
