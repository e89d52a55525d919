"""Who may use the page: a browser on this machine that got the page from this very run.

Other sites' pages run in the same browser, and may send requests anywhere: what they can't do is
read this page, where the token is, name another Host, or leave out their Origin.  W3C, "Fetch
Metadata Request Headers"; Fetch standard, "CORS protocol".
"""

from __future__ import annotations

import hmac
from ipaddress import ip_address
from typing import Final

from starlette.requests import Request

from scm.network.hosts import host_name

TOKEN_HEADER: Final = "x-scm-token"
JSON: Final = "application/json"
PAGE_HEADERS: Final = {
    "content-security-policy": "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        ]
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""Of everything that the page consists of, and of the JSON behind it."""


class ForbiddenError(Exception):
    """A request that is not the page's: `status` is HTTP's."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status: Final = status


def check_place(request: Request) -> None:
    """Refuse requests from other machines, and for other names than this machine's.

    Not `NAME.localhost`, either: another program's pages may have such names.
    """
    peer = "" if request.client is None else request.client.host
    if not _is_loopback(peer):
        raise ForbiddenError(403, "The page is for browsers on the machine where scm runs.")
    name = host_name(request.headers.get("host", ""))
    if name != "localhost" and not _is_loopback(name):
        raise ForbiddenError(403, "The page is served at 127.0.0.1, [::1] and localhost only.")


def check_request(request: Request, token: str) -> None:
    """Refuse what the page has not sent itself: by its place, its origin, or its token."""
    check_place(request)
    origin = request.headers.get("origin")
    if origin is not None and origin != f"http://{request.headers.get('host', '')}":
        raise ForbiddenError(403, "Pages of other origins may not use this.")
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise ForbiddenError(403, "Pages of other sites may not use this.")
    sent = request.headers.get(TOKEN_HEADER, "")
    if not hmac.compare_digest(sent.encode(), token.encode()):
        raise ForbiddenError(
            401, "The token is missing, or is of another run: load the page again."
        )
    if request.method == "POST":
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != JSON:
            raise ForbiddenError(415, f"Expected content of the type {JSON}.")


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
