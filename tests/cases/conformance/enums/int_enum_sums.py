"""IntEnum: members are integers, with order and arithmetic; results are plain."""

from enum import IntEnum


class Level(IntEnum):
    LOW = 1
    MIDDLE = 5
    HIGH = 10

    @property
    def is_serious(self) -> bool:
        return self >= Level.MIDDLE


def run() -> str:
    lines = [f"{Level.LOW + Level.HIGH} {Level.HIGH * 2} {-Level.LOW} {Level.HIGH // 3}"]
    five = int("5")
    lines.append(f"{Level.LOW < Level.HIGH} {five == Level.MIDDLE} {Level(10).name}")
    lines.append(f"{Level.LOW} {Level.LOW!r} {Level.MIDDLE:03d} {Level.HIGH:x}")
    lines.append(str(sorted([Level.HIGH, Level.LOW, Level.MIDDLE])))
    lines.append(str([level.is_serious for level in Level]))
    lines.append("abcdefghijkl"[Level.HIGH])
    lines.append(str({5: "five"}[Level.MIDDLE]))
    lines.append(f"{sum(Level)} {max(Level).name} {isinstance(Level.LOW, int)}")
    lines.append(f"{type(Level.LOW + 1).__name__} {type(Level.LOW).__name__}")
    lines.append(str(list(range(Level.LOW, Level.MIDDLE))))
    lines.append(str(int(Level.HIGH).bit_length()))
    return "\n".join(lines)
