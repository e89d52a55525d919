"""What HTTP outcalls carry, as plain records: for the handler that a test supplies.

Interface Spec, "IC method http_request".
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from scm.model import Principal


@frozen
class HttpRequest:
    """What a canister asks for; `canister_id` is who asks."""

    canister_id: Principal
    method: str
    """`GET`, `HEAD`, `POST`, `PUT`, `DELETE` or `PATCH`."""
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    max_response_bytes: int = 2_000_000
    is_replicated: bool = True


@frozen
class HttpResponse:
    """What the server answers."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


HttpHandler = Callable[[HttpRequest], HttpResponse]
"""Stands for the servers of the world."""
