"""Calls of which it is not known what became of them: what proves that one was not taken.

Interface Spec, "Request status": it is pruned some time after the answer.  Pure.
"""

from __future__ import annotations

from typing import Final

from scm.client.answers import Pending, Rejected, RequestStatus
from scm.client.requests import Request
from scm.errors import NetworkError

_KEPT_NS: Final = 60 * 10**9
"""How long after the expiry of a call its absence from the state proves that it was not taken.

Answers are pruned 5 minutes after they came, and a call lives for 4 (`EXPIRY_NS`): one that was
answered as soon as it was made is absent from then on, too.
"""


def is_of_call(status: RequestStatus) -> bool:
    """Whether it is about a call, and not about one copy of its bytes that was refused."""
    return not isinstance(status, Rejected) or status.is_certified


def check_unknown(status: Pending, request: Request) -> None:
    """Raise `NetworkError` if a call that the state does not have can't come any more."""
    if status.time_ns > request.expiry_ns + _KEPT_NS:
        raise not_known(request, "may have been taken", "its status would be kept no longer")
    if status.time_ns > request.expiry_ns:
        raise not_taken(request)


class DoubtError(NetworkError):
    """It is not known what became of a call: it may have happened, or happen yet."""

    code = "in-doubt"

    def __init__(self, message: str, help: str, request: Request) -> None:
        self.request: Final = request
        super().__init__(message, help)

    def details(self) -> dict[str, object]:
        """The id of its request."""
        return {"request_id": self.request.request_id.hex()}


def not_known(request: Request, what: str, why: str) -> DoubtError:
    """The error of a call of which only `what` is known."""
    return DoubtError(
        f"the call of `{request.method}` {what}, and it is not known what became of it: {why}",
        "see what the canister did before it is made again; its request id is"
        f" {request.request_id.hex()}",
        request,
    )


def not_taken(request: Request) -> NetworkError:
    """The error of a call that is certain not to have happened."""
    return NetworkError(
        f"the network did not take the call of `{request.method}` in time",
        "it did not happen and will not: it may be made again",
    )
