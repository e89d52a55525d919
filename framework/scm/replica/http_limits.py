"""The rules that an HTTP outcall must keep, as the platform checks them.

Interface Spec, "IC method http_request"; Resource limits, "HTTPS outcalls".
"""

from __future__ import annotations

from typing import Final

from scm.model import RejectCode
from scm.replica.errors import ReplicaUsageError
from scm.replica.http_messages import RESPONSE_BYTES_MAX, HttpFailure, HttpRequest, HttpResponse
from scm.replica.management_calls import Refusal, refusal_by
from scm.replica.usage import shown

URL_CHARACTERS_MAX: Final = 8192
HEADERS_MAX: Final = 64
HEADER_PART_BYTES_MAX: Final = 8 * 1024
HEADER_BYTES_MAX: Final = 48 * 1024  # Of all headers together.
REQUEST_BYTES_MAX: Final = 2_000_000

_STATUSES: Final = range(100, 1000)  # RFC 9110, section 15.
_REJECT_CODES: Final = range(RejectCode.SYS_FATAL, RejectCode.SYS_UNKNOWN + 1)
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


def checked_answer(answer: object) -> HttpResponse | HttpFailure:
    """What a test's handler has returned.

    Raises `ReplicaUsageError` if it is no answer of a server, nor a failure to get one.
    """
    match answer:
        case HttpResponse(status, headers, body):
            if not _is_int(status) or status not in _STATUSES:
                raise _no_answer(
                    "the status of an `HttpResponse` is a number from 100 to 999", status
                )
            if not isinstance(headers, tuple | list) or not all(map(_is_header, headers)):
                raise _no_answer(
                    "the headers of an `HttpResponse` are a tuple of pairs of texts", headers
                )
            if not isinstance(body, bytes):
                raise _no_answer("the body of an `HttpResponse` is `bytes`", body)
            return answer
        case HttpFailure(message, code):
            if not isinstance(message, str):
                raise _no_answer("the message of an `HttpFailure` is a text", message)
            if not _is_int(code) or code not in _REJECT_CODES:
                raise _no_answer(
                    "the code of an `HttpFailure` is a `RejectCode`, from 1 to 6",
                    code,
                )
            return answer
        case _:
            raise _no_answer("it must return an `HttpResponse` or an `HttpFailure`", answer)


def _no_answer(rule: str, value: object) -> ReplicaUsageError:
    return ReplicaUsageError(f"the handler of `on_http_request`: {rule}, not {shown(value)}")


def _is_header(header: object) -> bool:
    match header:
        case (str(), str()):
            return True
        case _:
            return False


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
