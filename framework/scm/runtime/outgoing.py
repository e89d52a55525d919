"""Makes the calls that handlers describe: encodes the arguments and performs `ic0.call_*`.

The encoders are generated per canister and registered once, at boot.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from scm.model import Principal
from scm.runtime import ic0

NOBODY: Final = 0xFFFFFFFF
"""A table index that no module fills: the response of a one-way call traps harmlessly there."""

Encoder = Callable[[tuple[object, ...]], bytes]


class Encoders:
    """The argument encoders of the canister's callees, by codec number."""

    def __init__(self) -> None:
        self.table: tuple[Encoder, ...] = ()


ENCODERS: Final = Encoders()


def encode_arguments(codec: int, arguments: tuple[object, ...]) -> bytes:
    """The Candid bytes of a call's arguments."""
    return ENCODERS.table[codec](arguments)


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
