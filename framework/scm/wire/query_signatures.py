"""What a node signs of its answer to a query.  Interface Spec, "Request: Query call"."""

from __future__ import annotations

from typing import Final

from scm.wire.request_id import Hashable, hash_of_map

RESPONSE_SEPARATOR: Final = b"\x0bic-response"


def replied_fields(reply: bytes) -> dict[str, Hashable | None]:
    """The answer to a query that was replied to, without its signatures."""
    return {"status": "replied", "reply": {"arg": reply}}


def rejected_fields(code: int, message: str, error_code: str) -> dict[str, Hashable | None]:
    """The answer to a query that was rejected, without its signatures."""
    return {
        "status": "rejected",
        "reject_code": code,
        "reject_message": message,
        "error_code": error_code or None,
    }


def signed_response(
    fields: dict[str, Hashable | None], request_id: bytes, timestamp_ns: int
) -> bytes:
    """The bytes that a node signs, of the fields of its answer."""
    return RESPONSE_SEPARATOR + hash_of_map(
        {**fields, "timestamp": timestamp_ns, "request_id": request_id}
    )
