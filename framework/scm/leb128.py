"""LEB128 integers, as Wasm and Candid use them: bytes to integers of any size and back.

Standard library only and no state: this module is compiled into every canister.
"""

from __future__ import annotations


def write_unsigned(value: int) -> bytes:
    """Encode `value` (not negative) in the fewest bytes; raises `ValueError` if negative."""
    if value < 0:
        raise ValueError(f"an unsigned LEB128 number is not negative, got {value}")
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def write_signed(value: int) -> bytes:
    """Encode `value` in two's complement, in the fewest bytes."""
    encoded = bytearray()
    while not -0x40 <= value < 0x40:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value & 0x7F)
    return bytes(encoded)


def read_unsigned(data: bytes, position: int) -> tuple[int, int]:
    """Decode the number at `position`: (value, position after it).

    Over-long forms are accepted, as Candid demands.  Raises `ValueError` on truncation.
    """
    value = 0
    shift = 0
    size = len(data)
    while position < size:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
    raise ValueError("truncated LEB128 number")


def read_signed(data: bytes, position: int) -> tuple[int, int]:
    """Decode the two's complement number at `position`: (value, position after it).

    Over-long forms are accepted, as Candid demands.  Raises `ValueError` on truncation.
    """
    value = 0
    shift = 0
    size = len(data)
    while position < size:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            if byte & 0x40:
                value -= 1 << shift
            return value, position
    raise ValueError("truncated LEB128 number")
