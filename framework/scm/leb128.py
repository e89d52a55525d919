"""LEB128 integers: the only implementation in the tree, for Candid and for Wasm.

Over-long forms are accepted, as both formats' readers must or may do.  Every function takes time
linear in the encoded size, also for numbers of a million bits, which a hostile message may hold.
Compiled into every canister.
"""

from typing import Final

# Up to this many bits (18 groups) a plain loop is fastest; beyond it, shifting one group at a time
# would be quadratic, so groups are packed eight at a time into seven bytes.
_LOOP_BITS: Final = 126


def write_unsigned(number: int) -> bytes:
    """Encode a natural number in its shortest form; raises `ValueError` if it is negative."""
    if number < 0:
        raise ValueError("unsigned LEB128 can't hold a negative number")
    if number < 0x80:
        return bytes([number])
    if number < 0x4000:
        return bytes([number & 0x7F | 0x80, number >> 7])
    bits = number.bit_length()
    if bits > _LOOP_BITS:
        return _write_groups(number, (bits + 6) // 7)
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def write_signed(number: int) -> bytes:
    """Encode an integer in its shortest form."""
    if -0x40 <= number < 0x40:
        return bytes([number & 0x7F])
    if -0x2000 <= number < 0x2000:
        return bytes([number & 0x7F | 0x80, number >> 7 & 0x7F])
    bits = (number if number >= 0 else ~number).bit_length() + 1
    count = (bits + 6) // 7
    if bits > _LOOP_BITS:
        return _write_groups(number if number >= 0 else number + (1 << 7 * count), count)
    encoded = bytearray()
    for _ in range(count - 1):
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number & 0x7F)
    return bytes(encoded)


def read_unsigned(data: bytes, position: int) -> tuple[int, int]:
    """Decode a natural number at `position`; returns it and the position after it.

    Raises `ValueError` if the bytes end before the number does.
    """
    end = len(data)
    number = 0
    shift = 0
    start = position
    while position < end:
        byte = data[position]
        position += 1
        if byte < 0x80:
            return number | byte << shift, position
        if shift == _LOOP_BITS:
            end = _find_end(data, position)
            return _read_groups(data, start, end), end
        number |= (byte & 0x7F) << shift
        shift += 7
    raise ValueError("LEB128 number is cut off")


def read_signed(data: bytes, position: int) -> tuple[int, int]:
    """Decode an integer at `position`; returns it and the position after it.

    Raises `ValueError` if the bytes end before the number does.
    """
    if position < len(data) and data[position] < 0x80:
        byte = data[position]
        return (byte if byte < 0x40 else byte - 0x80), position + 1
    unsigned, end = read_unsigned(data, position)
    if data[end - 1] & 0x40:
        return unsigned - (1 << 7 * (end - position)), end
    return unsigned, end


def _find_end(data: bytes, position: int) -> int:
    end = len(data)
    while position < end:
        if data[position] < 0x80:
            return position + 1
        position += 1
    raise ValueError("LEB128 number is cut off")


def _read_groups(data: bytes, start: int, end: int) -> int:
    packed = bytearray()
    position = start
    while position < end:
        chunk = 0
        for index in range(min(8, end - position)):
            chunk |= (data[position + index] & 0x7F) << 7 * index
        packed += chunk.to_bytes(7, "little")
        position += 8
    return int.from_bytes(packed, "little")


def _write_groups(number: int, count: int) -> bytes:
    packed = number.to_bytes((count + 7) // 8 * 7, "little")
    encoded = bytearray()
    for start in range(0, len(packed), 7):
        chunk = int.from_bytes(packed[start : start + 7], "little")
        for _ in range(8):
            encoded.append(chunk & 0x7F | 0x80)
            chunk >>= 7
    del encoded[count:]
    encoded[count - 1] &= 0x7F
    return bytes(encoded)
