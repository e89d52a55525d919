"""Constants that are larger than what the text that makes them."""

from typing import Final

LIMIT: Final = 10**5000
ROW: Final = "ab" * 60_000
BLANK: Final = b"\0" * 70_000
NEARBY: Final = 2**255 - 19
POWER = 2**20_000


class Field:
    PRIME: Final = 2**4423 - 1


def digest(number: int) -> str:
    return f"{number % 1_000_003} {number.bit_length()}"


def to_text(size: int) -> str:
    return ("x" * 30_000_000)[:size]


def run() -> str:
    lines = [digest(LIMIT), digest(10**5000), digest(2**20000), digest(-(7**9_000)), digest(POWER)]
    lines.append(digest(1 << 30_000))
    lines.append(digest(3**2_000 * 5**3_000 - 1))
    lines.append(digest(Field.PRIME))
    lines.append(f"{NEARBY} {2**64} {1 << 100} {10**18}")
    lines.append(f"{len(ROW)} {len(BLANK)} {len('-' * 30_000)} {len(20_000 * 'xyz' + '!')}")
    lines.append(f"{len(b'ab' * 12_345)} {'=' * 20} {'x' * -(10**9)}.")
    try:
        lines.append(str(10**5000))
    except ValueError as error:
        lines.append(str(error).split(";")[0])
    lines.append(to_text(3))
    return "\n".join(lines)
