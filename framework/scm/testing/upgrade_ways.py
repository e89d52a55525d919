"""Ways to upgrade a canister other than at once: when nothing waits, or when it has stopped.

Each has a limit of time, after which the canister is as it was, and the error says which calls were
in the way.  `docs/how-to/upgrade.md` tells which way is for what.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from scm.client.controls import EXPECT_IDLE as EXPECT_IDLE
from scm.client.controls import PendingCall, describe_call
from scm.model import Principal
from scm.replica.errors import StuckError
from scm.replica.replica import Replica
from scm.testing.call_counts import read_call_counts
from scm.testing.pending_calls import drain, pending_calls

SHOWN_MAX: Final = 5


class BlockedUpgradeError(Exception):
    """Calls were still waiting when the time was up: `calls`; the old code goes on."""

    def __init__(self, reason: str, calls: list[PendingCall], now_ns: int) -> None:
        lines = [describe_call(call, now_ns) for call in calls[:SHOWN_MAX]]
        if len(calls) > SHOWN_MAX:
            lines.append(f"... {len(calls)} in all")
        super().__init__("\n  ".join([reason, *lines]))
        self.calls: Final = calls


def upgrade_when_idle(
    replica: Replica, canister_id: Principal, wasm: bytes, *, within_seconds: int = 300
) -> None:
    """Drain a canister, and upgrade it when no call waits; it serves everything else meanwhile.

    Moves the replica's clock.  Raises `BlockedUpgradeError` if calls still wait after
    `within_seconds`, when the draining is ended; `InstallError` as `replica.install` does.
    """
    drain(replica, canister_id)
    if _waits(replica, within_seconds, lambda: _is_idle(replica, canister_id)):
        replica.install(canister_id, wasm, EXPECT_IDLE, mode="upgrade")
        return
    drain(replica, canister_id, is_on=False)
    reason = f"calls still wait after {within_seconds} s; the canister is drained no longer:"
    raise _blocked(replica, canister_id, reason)


def upgrade_stopped(
    replica: Replica, canister_id: Principal, wasm: bytes, *, within_seconds: int = 300
) -> None:
    """Stop a canister, upgrade it, start it: the way of ordinary tools, with a limit.

    Moves the replica's clock.  Raises `BlockedUpgradeError` if it has not stopped after
    `within_seconds`, and `InstallError` as `replica.install` does; it is started again either way.
    """
    replica.submit_stop(canister_id)
    is_stopped = _waits(
        replica, within_seconds, lambda: replica.canister(canister_id).status == "stopped"
    )
    try:
        if is_stopped:
            replica.install(canister_id, wasm, mode="upgrade")
    finally:
        replica.start(canister_id)
    if not is_stopped:
        reason = f"it has not stopped after {within_seconds} s, and is started again:"
        raise _blocked(replica, canister_id, reason, is_stop=True)


def _is_idle(replica: Replica, canister_id: Principal) -> bool:
    return read_call_counts(replica, canister_id).waiting == 0


def _waits(replica: Replica, seconds: int, is_reached: Callable[[], bool]) -> bool:
    """Let the replica go on until something is reached, so many seconds of its time at most."""
    for _ in range(seconds + 1):
        with suppress(StuckError):
            replica.run_until_idle()
        if is_reached():
            return True
        replica.advance_time(1)
    return False


def _blocked(
    replica: Replica, canister_id: Principal, reason: str, *, is_stop: bool = False
) -> BlockedUpgradeError:
    calls = [call for call in pending_calls(replica, canister_id) if not call.is_failed]
    if is_stop:
        # Of a call through a proxy it is not known whether that has taken it; then it waits, too.
        calls.sort(key=lambda call: call.is_proxied)
    return BlockedUpgradeError(reason, calls, replica.time_ns)
