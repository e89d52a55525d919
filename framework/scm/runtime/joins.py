"""The responses of calls that are waited for together, in stable memory until all have come.

A join has a block of its own: how many are missing, how many there are, and for each the block of
its response, or 0.  A response is its kind, its reject code, and the bytes of reply or message.
The record of each call names the join's block and its place in it (`PendingCall.join`).
"""

from __future__ import annotations

from typing import Final, final

from scm.runtime import ic0, stable

_stable_load: Final = ic0.stable_load
_stable_load_words: Final = ic0.stable_load_words
_stable_store: Final = ic0.stable_store

REPLIED: Final = 0
REJECTED: Final = 1
UNKNOWN: Final = 2
PLACE_BITS: Final = 16
TRAPPED: Final = 1 << 32
"""Beside the number of calls: what cleans up after the handler has been run."""

_START: Final = stable.BLOCK_OVERHEAD


@final
class RawResponse:
    """A response before it is decoded: `data` is the reply, or the text of a rejection."""

    def __init__(self, kind: int, code: int, data: bytes) -> None:
        self.kind: Final = kind
        self.code: Final = code
        self.data: Final = data


def create(count: int) -> int:
    """A join of so many calls, none of them answered; returns its block."""
    words = [count, count] + [0] * count
    return stable.write_block(0, b"".join([word.to_bytes(8, "little") for word in words]))


def member(block: int, place: int) -> int:
    """What the record of the call at a place says."""
    return block << PLACE_BITS | place


def store(join: int, response: RawResponse) -> int:
    """Keep the response of the call whose record says `join`; how many are missing after it."""
    block, place = join >> PLACE_BITS, join & (1 << PLACE_BITS) - 1
    content = bytes([response.kind]) + response.code.to_bytes(4, "little") + response.data
    _stable_store(block + _START + 16 + 8 * place, stable.write_block(0, content))
    missing = _stable_load(block + _START) - 1
    _stable_store(block + _START, missing)
    return missing


def is_first_trap(join: int) -> bool:
    """Whether no message of this join has trapped before; notes that one has."""
    at = (join >> PLACE_BITS) + _START + 8
    count = _stable_load(at)
    _stable_store(at, count | TRAPPED)
    return not count & TRAPPED


def take(block: int) -> list[RawResponse]:
    """All responses, in the order of the calls; the join is gone after that."""
    count = _stable_load(block + _START + 8) & ~TRAPPED
    responses: list[RawResponse] = []
    for response in _stable_load_words(block + _START + 16, count):
        content = stable.read_block(response)
        code = int.from_bytes(content[1:5], "little")
        responses.append(RawResponse(content[0], code, content[5:]))
        stable.release(response)
    stable.release(block)
    return responses
