"""`&`, `|`, `^`, `~` and shifts on negative and huge numbers; masks; `bit_count`."""


def popcount(number: int) -> int:
    count = 0
    while number:
        number &= number - 1
        count += 1
    return count


def rotate(value: int, by: int, width: int = 32) -> int:
    mask = (1 << width) - 1
    return ((value << by) | (value >> (width - by))) & mask


def run() -> str:
    big = (1 << 100) | 0b1011
    lines = [f"{-1 & 0xFF} {-8 | 3} {-1 ^ 5} {~0} {~-1} {~(2**64)}"]
    lines.append(f"{-5 >> 1} {-1 >> 100} {5 << 70} {-(2**70) >> 69} {1 << 62} {1 << 63}")
    lines.append(f"{big & 0xF} {big.bit_count()} {popcount(big)} {big.bit_length()}")
    lines.append(
        f"{(-big).bit_count()} {(0).bit_length()} {(-1).bit_length()} {(255).bit_length()}"
    )
    lines.append(f"{-big & (2**101 - 1):x} {big ^ -big:d}")
    lines.append(f"{rotate(0x80000001, 4):08x} {rotate(0xDEADBEEF, 16):08x} {rotate(1, 63, 64):x}")
    value = 0
    for bit in (0, 5, 64, 5):
        value ^= 1 << bit
    lines.append(f"{value} {True & 1} {True ^ True} {True | False} {~True}")
    flags = 0b1010
    flags |= 1
    flags &= ~0b10
    flags <<= 3
    flags >>= 1
    lines.append(f"{flags:b}")
    try:
        lines.append(str(1 >> (flags - 100)))
    except ValueError as error:
        lines.append(str(error))
    return "\n".join(lines)
