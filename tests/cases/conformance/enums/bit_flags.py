"""Flag and IntFlag: combining, testing, taking away, names of combinations, iteration."""

from enum import Flag, IntFlag, auto


class Right(Flag):
    READ = auto()
    WRITE = auto()
    RUN = auto()
    ALL = READ | WRITE | RUN


class Bits(IntFlag):
    ONE = 1
    FOUR = 4


def run() -> str:
    both = Right.READ | Right.RUN
    lines = [repr(both), str(both), f"{both.value} {Right.RUN.value} {Right.ALL.value}"]
    lines.append(f"{Right.READ in both} {Right.WRITE in both} {bool(both & Right.WRITE)}")
    lines.append(f"{both ^ Right.READ} {~Right.READ} {Right.ALL & ~both}")
    lines.append(" ".join(str(right.name) for right in both))
    lines.append(f"{len(Right.ALL)} {Right(0)!r} {bool(Right(0))} {Right(6)}")
    lines.append(f"{Bits.ONE | Bits.FOUR!r} {Bits.ONE + 1} {Bits(5)!r} {Bits.FOUR | 2}")
    lines.append(f"{Right.READ | Right.WRITE | Right.RUN is Right.ALL}")
    rights = Right(0)
    for right in (Right.WRITE, Right.READ, Right.WRITE):
        rights |= right
    lines.append(str(rights))
    return "\n".join(lines)
