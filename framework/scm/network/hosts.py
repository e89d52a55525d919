"""Who may be asked for: against pages of other sites whose name has been rebound to this machine.

A browser sends the name that it believes to talk to.  A name of another site that resolves to
127.0.0.1 makes the browser take this server for that site: such requests are refused.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_RECENT: Final = 64


class HostGuard:
    """Passes on requests for this machine's loopback names, and for `allowed` names."""

    def __init__(self, app: ASGIApp, allowed: Collection[str] = ()) -> None:
        self._app: Final = app
        self._allowed: Final = frozenset(name.lower() for name in allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection, as ASGI wants it."""
        if scope["type"] == "http":
            host = Headers(scope=scope).get("host", "")
            if not is_local_host(host) and host_name(host) not in self._allowed:
                response = PlainTextResponse(
                    f"This server does not answer for the host `{host[:100]}`: start it with"
                    " `--allow-host NAME` if it should.",
                    403,
                )
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)


def host_name(host: str) -> str:
    """The name in a Host header, without the port."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].rstrip(".").lower()


@lru_cache(_RECENT)
def is_local_host(host: str) -> bool:
    """Whether a Host header names this machine's loopback interface."""
    name = host_name(host)
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
