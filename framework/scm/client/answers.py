"""What a network says of a request: in a certificate, or where none is needed.

Interface Spec, "Request status" and "Request: Call".  Pure: bytes in, records out.
"""

from __future__ import annotations

from typing import Final

from attrs import frozen

from scm.errors import RejectError, UntrustedError
from scm.leb128 import read_unsigned
from scm.wire.certificates import Certificate
from scm.wire.tree_lookup import Missing

REQUEST_STATUS: Final = b"request_status"


@frozen
class Pending:
    """Not answered: `unknown` to the network, `received` or `processing`, at a certified time.

    `time_ns` is 0 where no certificate says so.
    """

    status: str
    time_ns: int = 0


@frozen
class Replied:
    """The reply, as Candid."""

    reply: bytes


@frozen
class Rejected:
    """A reject; `is_certified` is false where the request did not come as far as a certificate."""

    code: int
    message: str
    error_code: str = ""
    is_certified: bool = True


@frozen
class Forgotten:
    """It was answered, and the answer is not kept any more."""


RequestStatus = Pending | Replied | Rejected | Forgotten


def read_request_status(certificate: Certificate, request_id: bytes) -> RequestStatus:
    """What a certificate says of a request; raises `UntrustedError` if that makes no sense."""
    path = (REQUEST_STATUS, request_id)
    status = certificate.lookup(*path, b"status")
    if status is Missing.UNKNOWN:
        raise UntrustedError("the certificate does not say what became of the request")
    match status:
        case Missing.ABSENT:
            return Pending("unknown", certificate.time_ns)
        case b"replied":
            return Replied(_value(certificate, *path, b"reply"))
        case b"rejected":
            code, _ = read_unsigned(_value(certificate, *path, b"reject_code"), 0)
            message = _value(certificate, *path, b"reject_message").decode(errors="replace")
            error_code = certificate.lookup(*path, b"error_code")
            named = "" if isinstance(error_code, Missing) else error_code.decode(errors="replace")
            return Rejected(code, message, named)
        case b"done":
            return Forgotten()
        case b"received" | b"processing":
            return Pending(status.decode(), certificate.time_ns)
    raise UntrustedError(f"the certificate has an unknown status of the request: {status!r}")


def reply_of(answer: Replied | Rejected) -> bytes:
    """The reply; raises `RejectError`."""
    if isinstance(answer, Rejected):
        raise RejectError(
            answer.code, answer.message, answer.error_code, is_certified=answer.is_certified
        )
    return answer.reply


def _value(certificate: Certificate, *path: bytes) -> bytes:
    value = certificate.lookup(*path)
    if isinstance(value, Missing):
        raise UntrustedError(f"the certificate has no `{path[-1].decode()}` of the request")
    return value
