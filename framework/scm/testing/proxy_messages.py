"""What a canister and its proxy say to each other (`call.via`), for tests that are the proxy.

The canister calls `forward` of the proxy, which replies the number of the call; with the outcome
the proxy calls `scm_proxied` of the canister.
"""

from __future__ import annotations

from typing import Final, cast

from attrs import frozen

from scm.candid.decode import decode
from scm.candid.encode import encode
from scm.candid.types import BLOB, NAT32, NAT64, PRINCIPAL, TEXT, Opt, Type
from scm.model import Principal
from scm.replica.state import Outcome, Replied

FORWARD: Final = "forward"
DELIVER: Final = "scm_proxied"

_FORWARD_TYPES: Final[tuple[Type, ...]] = (NAT64, PRINCIPAL, TEXT, BLOB, NAT32)
_DELIVERY_TYPES: Final[tuple[Type, ...]] = (NAT64, Opt(BLOB), NAT32, TEXT)


@frozen
class Forwarded:
    """A call that the proxy is to make: `number` is what the canister calls it.

    `message` is the argument as it is sent; `seconds` how long to wait, 0 for ever.
    """

    number: int
    callee: Principal
    method: str
    message: bytes
    seconds: int


def read_forward(argument: bytes) -> Forwarded:
    """The argument of `forward`; raises `DecodeError`."""
    number, callee, method, message, seconds = decode(argument, _FORWARD_TYPES)
    return Forwarded(
        cast(int, number),
        cast(Principal, callee),
        cast(str, method),
        cast(bytes, message),
        cast(int, seconds),
    )


def receipt(number: int) -> Replied:
    """What `forward` replies, once the proxy has taken a call."""
    return Replied(encode([NAT64], [number]))


def delivery_argument(number: int, outcome: Outcome) -> bytes:
    """The argument of `scm_proxied` with what has become of a call."""
    if isinstance(outcome, Replied):
        values: list[object] = [number, outcome.data, 0, ""]
    else:
        values = [number, None, outcome.code, outcome.message]
    return encode(_DELIVERY_TYPES, values)
