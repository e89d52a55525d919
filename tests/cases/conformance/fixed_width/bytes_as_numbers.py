"""`u8` within its range: sums over bytes, xor, and tables of bytes."""

from mypy_extensions import u8


def xor_all(data: bytes) -> u8:
    value: u8 = 0
    for byte in data:
        value ^= u8(byte)
    return value


def low_bits(value: u8) -> u8:
    return value & 0x0F


def swap_halves(value: u8) -> u8:
    return ((value & 0x0F) << 4) | (value >> 4)


def run() -> str:
    lines = [str(xor_all(b"")), str(xor_all(b"\xff\x0f\x01")), str(xor_all(bytes(range(200))))]
    lines.append(f"{low_bits(0xAB)} {swap_halves(0xAB):x} {swap_halves(0x0F):x}")
    largest: u8 = 255
    lines.append(f"{largest} {largest // 2} {largest % 16} {int(largest) + 1} {largest - 255}")
    values: list[u8] = [3, 1, 2]
    lines.append(f"{sorted(values)} {bytes(values)!r} {largest > values[0]}")
    return "\n".join(lines)
