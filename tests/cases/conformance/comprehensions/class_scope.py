"""Comprehensions at module level, in class bodies, in default arguments and with methods."""

from collections.abc import Callable
from typing import Any

EVEN = [n for n in range(10) if n % 2 == 0]
TABLE = {name: [name * count for count in range(3)] for name in ("x", "y")}
MAKE_SQUARES: Callable[[int], list[int]] = lambda limit: [n * n for n in range(limit)]  # noqa: E731
ADDERS: Any = [lambda n, step=step: n + step for step in (1, 10)]


class Grid:
    SIZE = 3
    CELLS = [(x, y) for x in range(3) for y in range(2)]  # noqa: RUF012
    TOTAL = sum(x * y for x, y in [(1, 2), (3, 4)])

    def __init__(self, offset: int, rows: tuple[int, ...] = (0, 1)) -> None:
        self.offset = offset
        self.rows = rows

    def shifted(self) -> list[int]:
        return [self.offset + x * y for x, y in self.CELLS if x]

    def table(self) -> dict[int, set[int]]:
        return {row: {row * self.offset for _ in self.rows} for row in self.rows}


def run() -> str:
    grid = Grid(7)
    added = [add(5) for add in ADDERS]
    lines = [str(EVEN), str(TABLE), str(MAKE_SQUARES(4)), str(added)]
    lines += [str(Grid.CELLS), str(Grid.TOTAL), str(grid.shifted()), str(grid.table())]
    lines.append(str(Grid(1, (5,)).table()))
    return "\n".join(lines)
