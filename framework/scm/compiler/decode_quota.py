"""The bound on what decoding a message may cost."""

from __future__ import annotations

from typing import Final

from attrs import frozen


@frozen
class DecodeQuota:
    """What decoding a message may cost: `base + per_byte * size` units of about 100 instructions.

    So a message of 1 kB costs at most a million, what Python makes of it included.
    """

    base: int = 1_200
    per_byte: int = 6


DEFAULT_QUOTA: Final = DecodeQuota()
