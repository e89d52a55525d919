"""The calls of a canister that wait for a response or have failed, and what to do about them.

Through the methods that every canister built by scm has for its controllers (`scm_pending`,
`scm_answer`, `scm_retry`, `scm_discard`, `scm_drain`), which no `.did` declares.
"""

from __future__ import annotations

from typing import Any, Final

from attrs import frozen

from scm.candid.decode import decode
from scm.candid.encode import encode
from scm.candid.types import BLOB, BOOL, NAT32, NAT64, PRINCIPAL, TEXT, Field, Opt, Record, Vec
from scm.model import Principal
from scm.replica.errors import ReplicaUsageError
from scm.replica.replica import Replica
from scm.replica.state import Rejected
from scm.testing.client import RejectError

_CALL: Final = Record(
    [
        Field("id", NAT32),
        Field("status", TEXT),
        Field("handler", TEXT),
        Field("slot", NAT32),
        Field("callee", PRINCIPAL),
        Field("method", TEXT),
        Field("context", BLOB),
        Field("cycles", NAT64),
        Field("version", NAT64),
        Field("issued_ns", NAT64),
        Field("due_ns", NAT64),
        Field("error", TEXT),
    ]
)
PENDING_REPLY: Final = (Vec(_CALL), Opt(NAT64))
"""What `scm_pending` replies: calls, and where the list goes on if these are not all."""

_AT_ONCE: Final = 500


@frozen
class PendingCall:
    """One call: `status` is "waiting", or says more; times in nanoseconds since 1970.

    "running: ..." if its handler has the response, "proxied: ..." if a proxy makes it (`callee` is
    the proxy, and `method` has whom that calls), "failed: ..." with the reason.

    `context` is Candid, `cycles` what was attached, `version` the `canister_version` that issued
    it, `due_ns` when a bounded wait ends (0: unbounded), `error` what a handler said that failed
    with a response that is kept.
    """

    id: int
    status: str
    handler: str
    slot: int
    callee: Principal
    method: str
    context: bytes
    cycles: int
    version: int
    issued_ns: int
    due_ns: int
    error: str

    @property
    def is_waiting(self) -> bool:
        """Whether its response may still come."""
        return self.status == "waiting" or self.is_proxied

    @property
    def is_proxied(self) -> bool:
        """Whether its response comes from a proxy: it keeps no canister from being stopped."""
        return self.status.startswith("proxied")

    @property
    def is_failed(self) -> bool:
        """Whether no handler has dealt with it, and none will by itself."""
        return self.status.startswith("failed")


def pending_calls(replica: Replica, canister_id: Principal) -> list[PendingCall]:
    """All calls that wait or have failed, in the order of the table (not of time).

    Raises `ReplicaUsageError` if the canister does not answer: it was not built by scm.
    """
    calls: list[PendingCall] = []
    rest_from: Any = 0
    while rest_from is not None:
        argument = encode([NAT64, NAT64], [rest_from, _AT_ONCE])
        controller = replica.canister(canister_id).controllers[0]
        outcome = replica.query(canister_id, "scm_pending", argument, sender=controller)
        if isinstance(outcome, Rejected):
            raise ReplicaUsageError(f"canister {canister_id} lists no calls: {outcome.message}")
        found, rest_from = decode(outcome.data, PENDING_REPLY)
        assert isinstance(found, list)
        calls += [PendingCall(**call) for call in found]
    return calls


def answer_call(
    replica: Replica,
    canister_id: Principal,
    call_id: int,
    *,
    reply: bytes | None = None,
    rejection: str | None = None,
) -> bytes:
    """Run the handler of a failed call with a reply (Candid) or a rejection; else with `Unknown`.

    Returns the handler's reply as Candid.  Raises `RejectError` if there is no such call, if it
    waits for its response still, or if the handler traps again: then it stays as it is.
    """
    argument = encode([NAT32, Opt(BLOB), Opt(TEXT)], [call_id, reply, rejection])
    return _update(replica, canister_id, "scm_answer", argument)


def retry_call(replica: Replica, canister_id: Principal, call_id: int) -> bytes:
    """Run the handler of a failed call again, with the response that was kept.

    Returns the handler's reply as Candid.  Raises `RejectError` if there is no such call, if no
    response was kept for it, or if the handler traps again: then it stays as it is.
    """
    return _update(replica, canister_id, "scm_retry", encode([NAT32], [call_id]))


def discard_call(replica: Replica, canister_id: Principal, call_id: int) -> None:
    """Forget a call, failed or waiting; a response that comes all the same is an orphan.

    Raises `RejectError` if there is no such call.
    """
    _update(replica, canister_id, "scm_discard", encode([NAT32], [call_id]))


def drain(replica: Replica, canister_id: Principal, *, is_on: bool = True) -> None:
    """Have a canister make no new calls, until an upgrade or until it is told otherwise."""
    _update(replica, canister_id, "scm_drain", encode([BOOL], [is_on]))


def _update(replica: Replica, canister_id: Principal, method: str, argument: bytes) -> bytes:
    controller = replica.canister(canister_id).controllers[0]
    outcome = replica.update(canister_id, method, argument, sender=controller)
    if isinstance(outcome, Rejected):
        raise RejectError(outcome.code, outcome.message, outcome.error_code)
    return outcome.data
