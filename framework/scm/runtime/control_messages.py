"""What controllers ask of every canister about its calls, as Candid that no `.did` declares.

The answers are written here by hand: the types are few, and known.
"""

from __future__ import annotations

from typing import Final

from scm.leb128 import write_signed, write_unsigned
from scm.runtime.call_records import STATUSES, PendingCall

_NAT32: Final = -7
_NAT64: Final = -8
_TEXT: Final = -15
_PRINCIPAL: Final = -24
_NAT8: Final = -5
_OPT, _VEC, _RECORD = -18, -19, -20
_RECORD_TYPE, _LIST_TYPE, _OPT_TYPE, _BLOB_TYPE = 0, 1, 2, 3

_FIELDS: Final = [
    ("id", _NAT32),
    ("status", _TEXT),
    ("handler", _TEXT),
    ("slot", _NAT32),
    ("callee", _PRINCIPAL),
    ("method", _TEXT),
    ("context", _BLOB_TYPE),
    ("cycles", _NAT64),
    ("version", _NAT64),
    ("issued_ns", _NAT64),
    ("due_ns", _NAT64),
    ("error", _TEXT),
]
"""Of a call; times in nanoseconds since 1970, `due_ns` 0 where the wait is unbounded."""


def _label_id(name: str) -> int:
    """Candid, "Shorthand: Symbolic field ids"."""
    number = 0
    for byte in name.encode():
        number = (number * 223 + byte) & 0xFFFFFFFF
    return number


def _header() -> bytes:
    """The types of `(vec record { ... }, opt nat64)`."""
    fields = sorted([(_label_id(name), kind) for name, kind in _FIELDS])
    parts = [b"DIDL\x04", write_signed(_RECORD), write_unsigned(len(fields))]
    for number, kind in fields:
        parts += [write_unsigned(number), write_signed(kind)]
    parts += [write_signed(_VEC), write_signed(_RECORD_TYPE)]
    parts += [write_signed(_OPT), write_signed(_NAT64)]
    parts += [write_signed(_VEC), write_signed(_NAT8)]
    return b"".join([*parts, b"\x02", write_signed(_LIST_TYPE), write_signed(_OPT_TYPE)])


_ORDER: Final = [name for _, name in sorted([(_label_id(name), name) for name, _ in _FIELDS])]
_CALLS_HEADER: Final = _header()


def calls_message(calls: list[PendingCall], errors: list[str], rest_from: int) -> bytes:
    """The reply of `scm_pending`; `rest_from` is where to go on, 0 if that were all."""
    parts = [_CALLS_HEADER, write_unsigned(len(calls))]
    for call, error in zip(calls, errors, strict=True):
        values = _values(call)
        values["error"] = _text(error)
        parts += [values[name] for name in _ORDER]
    parts.append(b"\x01" + rest_from.to_bytes(8, "little") if rest_from else b"\x00")
    return b"".join(parts)


def status_message(waiting: int, failed: int, orphans: int, is_draining: bool) -> bytes:
    """The reply of `scm_status`: `(nat64, nat64, nat64, bool)`."""
    counts = [count.to_bytes(8, "little") for count in (waiting, failed, orphans)]
    return b"".join([b"DIDL\x00\x04\x78\x78\x78\x7e", *counts, bytes([is_draining])])


def _values(call: PendingCall) -> dict[str, bytes]:
    return {
        "id": call.env.to_bytes(4, "little"),
        "status": _text(STATUSES[call.status] if call.status < len(STATUSES) else "damaged"),
        "handler": _text(call.handler),
        "slot": call.slot.to_bytes(4, "little"),
        "callee": b"\x01" + _sized(call.callee),
        "method": _text(call.method),
        "context": _sized(call.context),
        "cycles": call.cycles.to_bytes(8, "little"),
        "version": call.version.to_bytes(8, "little"),
        "issued_ns": call.issued_ns.to_bytes(8, "little"),
        "due_ns": call.deadline_ns.to_bytes(8, "little"),
    }


def _text(text: str) -> bytes:
    return _sized(text.encode())


def _sized(data: bytes) -> bytes:
    return write_unsigned(len(data)) + data
