"""Responses that are kept in stable memory before their handler runs; see `handled.py`.

Each has a block: its kind, its reject code, the length of an error, the error, its data.  The
record of its call says where it is, in the word of joins, with a place that no join has.
"""

from __future__ import annotations

from typing import Final

from scm.runtime import stable
from scm.runtime.call_records import KEPT_PLACE, PendingCall
from scm.runtime.joins import PLACE_BITS, RawResponse

ERROR_BYTES_MAX: Final = 2000
HEAD: Final = 9


def write(raw: RawResponse, error: str = "") -> int:
    """Keep a response, and what went wrong already; returns its block."""
    return stable.write_block(0, _content(raw, error.encode()))


def read(call: PendingCall) -> RawResponse:
    """The response that is kept for a call."""
    content = stable.read_block(call.join >> PLACE_BITS)
    size = int.from_bytes(content[5:HEAD], "little")
    return RawResponse(content[0], int.from_bytes(content[1:5], "little"), content[HEAD + size :])


def error_of(call: PendingCall) -> str:
    """Why the handler of a call with a kept response failed; "" if it has not."""
    if not is_kept(call):
        return ""
    content = stable.read_block(call.join >> PLACE_BITS)
    size = int.from_bytes(content[5:HEAD], "little")
    return content[HEAD : HEAD + size].decode("utf-8", "replace")


def is_kept(call: PendingCall) -> bool:
    """Whether the response of a call is kept."""
    return call.join & (1 << PLACE_BITS) - 1 == KEPT_PLACE


def release(call: PendingCall) -> None:
    """Give up what is kept for a call."""
    stable.release(call.join >> PLACE_BITS)


def note_error(call: PendingCall, error: str) -> int:
    """Keep the response of a call with the error of its handler; returns the block."""
    return stable.write_block(call.join >> PLACE_BITS, _content(read(call), error.encode()))


def _content(raw: RawResponse, error: bytes) -> bytes:
    shown = error[:ERROR_BYTES_MAX]
    head = bytes([raw.kind]) + raw.code.to_bytes(4, "little") + len(shown).to_bytes(4, "little")
    return head + shown + raw.data
