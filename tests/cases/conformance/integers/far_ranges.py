"""Ranges by large steps, and near the ends of small integers."""

from typing import Final

DAY_NS: Final = 86_400_000_000_000
HOUR = 3_600_000_000_000


def days(count: int) -> list[int]:
    return [at // 10**9 for at in range(0, count * DAY_NS, DAY_NS)]


def by_literal() -> list[list[int]]:
    found = []
    for at in range(0, 3 * 86_400_000_000_000, 86_400_000_000_000):
        found += [[at]]
    for at in range(0, 4 * 10**9, 2 * 10**9):
        found += [[at]]
    for at in range(10**12, 0, -3 * 10**11):
        found += [[at]]
    for at in range(0, 2**62, 2**61):
        found += [[at]]
    for at in range(0, 2**30 - 1, 2**29):
        found += [[at]]
    for at in range(0, 2**30 - 1, 2**28 + 1):
        found += [[at]]
    for at in range(0, 2**31 - 1, 2**30):
        found += [[at]]
    for at in range(2**30 - 4, 2**30 - 1, 2):
        found += [[at]]
    for at in range(-(2**30), -(2**30) + 3):
        found += [[at]]
    return found


def around(n: int) -> list[int]:
    found = [at + 0 for at in range(-n, n, 2**30 + 5)]
    for at in range(-n, n, 2**31 + 5):
        found += [at]
    for left, right in zip(range(10**10, 10**10 + 3), range(0, 3 * 10**10, 10**10), strict=True):
        found += [left + right]
    for index, at in enumerate(range(0, 2**33, 2**32)):
        found += [index + at]
    return found


def run() -> str:
    lines = [str(days(3)), str(by_literal()), str(around(2**31)), str(around(3))]
    lines.append(str([at + 1 for at in range(0, 2 * HOUR, HOUR)]))
    lines.append(str({at: -at for at in range(0, 2**40, 2**39)}))
    return "\n".join(lines)
