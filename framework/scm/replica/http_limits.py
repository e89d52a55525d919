"""The rules that an HTTP outcall must keep, as the platform checks them.

Interface Spec, "IC method http_request"; Resource limits, "HTTPS outcalls".
"""

from __future__ import annotations

from typing import Final

from scm.replica.http_messages import RESPONSE_BYTES_MAX, HttpRequest
from scm.replica.management_calls import Refusal, refusal_by

URL_CHARACTERS_MAX: Final = 8192
HEADERS_MAX: Final = 64
HEADER_PART_BYTES_MAX: Final = 8 * 1024
HEADER_BYTES_MAX: Final = 48 * 1024  # Of all headers together.
REQUEST_BYTES_MAX: Final = 2_000_000

_ONLY_UNREPLICATED: Final = ("PUT", "DELETE", "PATCH")


def header_bytes(request: HttpRequest) -> int:
    """The names and values of all headers, in bytes of UTF-8."""
    return sum(len(name.encode()) + len(value.encode()) for name, value in request.headers)


def check_request(request: HttpRequest) -> None:
    """Refuse what no node would send.  Raises `Refusal`."""
    if request.max_response_bytes > RESPONSE_BYTES_MAX:
        raise _refused(
            f"max_response_bytes expected to be in the range [0..{RESPONSE_BYTES_MAX}], got "
            f"{request.max_response_bytes}"
        )
    if len(request.url) > URL_CHARACTERS_MAX:
        raise _refused(f"url length {len(request.url)} exceeds {URL_CHARACTERS_MAX}")
    if not request.url.startswith("https://"):
        raise _refused("url must start with https://")
    if request.is_replicated and request.method in _ONLY_UNREPLICATED:
        raise _refused(f"method {request.method} is only allowed with is_replicated = opt false")
    _check_headers(request)
    size_bytes = header_bytes(request) + len(request.body)
    if size_bytes > REQUEST_BYTES_MAX:
        raise _refused(
            f"total number of bytes to represent all http header names and values and http body "
            f"{size_bytes} exceeds {REQUEST_BYTES_MAX}"
        )


def _check_headers(request: HttpRequest) -> None:
    if len(request.headers) > HEADERS_MAX:
        raise _refused(f"number of http headers {len(request.headers)} exceeds {HEADERS_MAX}")
    for name, value in request.headers:
        for what, text in (("name", name), ("value", value)):
            if len(text.encode()) > HEADER_PART_BYTES_MAX:
                raise _refused(
                    f"number of bytes to represent some http header {what} {len(text.encode())} "
                    f"exceeds {HEADER_PART_BYTES_MAX}"
                )
    if header_bytes(request) > HEADER_BYTES_MAX:
        raise _refused(
            "total number of bytes to represent all http header names and values "
            f"{header_bytes(request)} exceeds {HEADER_BYTES_MAX}"
        )


def _refused(message: str) -> Refusal:
    return refusal_by(406, message)
