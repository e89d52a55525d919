"""What HTTP outcalls carry, as plain records: for the handler that a test supplies.

Interface Spec, "IC method http_request".
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from scm.model import Principal, RejectCode

RESPONSE_BYTES_MAX = 2_000_000


@frozen
class HttpRequest:
    """What a canister asks for; `canister_id` is who asks."""

    canister_id: Principal
    method: str
    """`GET`, `HEAD`, `POST`, `PUT`, `DELETE` or `PATCH`."""
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    max_response_bytes: int = RESPONSE_BYTES_MAX
    is_replicated: bool = True


@frozen
class HttpResponse:
    """What the server answers."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @property
    def size_bytes(self) -> int:
        """What counts against `max_response_bytes`."""
        return len(self.body) + sum(
            len(name.encode()) + len(value.encode()) for name, value in self.headers
        )


@frozen
class HttpFailure:
    """No answer came: what the canister's call is rejected with."""

    message: str
    code: int = RejectCode.SYS_TRANSIENT


HttpHandler = Callable[[HttpRequest], HttpResponse | HttpFailure]
"""Stands for the servers of the world."""
