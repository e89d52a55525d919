"""Makes the calls that handlers describe: encodes the arguments and performs `ic0.call_*`.

What it must know of the callees is generated per canister and registered once, at boot.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from scm.model import Principal
from scm.runtime import ic0

NOBODY: Final = 0xFFFFFFFF
"""A table index that no module fills: the response of a one-way call traps harmlessly there."""

Encoder = Callable[[tuple[object, ...]], bytes]


class Callees:
    """What is known of the methods that the canister calls, by codec number.

    `readers` has bit N set if the handler with number N can read the method's results.  Behind all
    that are declared stands, with number `raw_codec`, what `call_raw` calls.
    """

    def __init__(self) -> None:
        self.encoders: tuple[Encoder, ...] = ()
        self.readers: tuple[int, ...] = ()
        self.results: tuple[str, ...] = ()
        self.raw_codec = 0


CALLEES: Final = Callees()


def encode_raw(arguments: tuple[object, ...]) -> bytes:
    """The argument of `call_raw`, as it is."""
    message = arguments[0]
    assert isinstance(message, bytes)
    return message


def encode_arguments(codec: int, arguments: tuple[object, ...]) -> bytes:
    """The Candid bytes of a call's arguments."""
    return CALLEES.encoders[codec](arguments)


def send_one_way(
    callee: Principal,
    method: str,
    arguments: tuple[object, ...],
    codec: int,
    cycles: int,
    timeout_seconds: int,
) -> bool:
    """Call without a callback (Interface Spec, "one-way calls"); False if it was not enqueued."""
    code = ic0.call(
        callee.raw,
        method,
        encode_arguments(codec, arguments),
        cycles,
        timeout_seconds,
        NOBODY,
        NOBODY,
        0,
    )
    return code == 0
