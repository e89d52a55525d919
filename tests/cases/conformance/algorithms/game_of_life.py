"""Conway's game on a set of cells and on a wrapped grid; a glider and a blinker."""

from collections import Counter
from itertools import product

Cell = tuple[int, int]


def step(alive: frozenset[Cell]) -> frozenset[Cell]:
    around = Counter(
        (x + dx, y + dy) for x, y in alive for dx, dy in product((-1, 0, 1), repeat=2) if dx or dy
    )
    return frozenset(cell for cell, n in around.items() if n == 3 or (n == 2 and cell in alive))


def parse(text: str) -> frozenset[Cell]:
    return frozenset(
        (x, y) for y, row in enumerate(text.split("/")) for x, c in enumerate(row) if c == "#"
    )


def draw(alive: frozenset[Cell], width: int, height: int) -> str:
    return "/".join("".join(".#"[(x, y) in alive] for x in range(width)) for y in range(height))


def wrapped(grid: list[list[int]]) -> list[list[int]]:
    height, width = len(grid), len(grid[0])
    return [
        [
            int(
                (
                    n := sum(
                        grid[(y + dy) % height][(x + dx) % width]
                        for dx in (-1, 0, 1)
                        for dy in (-1, 0, 1)
                    )
                )
                == 3
                or (n == 4 and grid[y][x] == 1)
            )
            for x in range(width)
        ]
        for y in range(height)
    ]


def run() -> str:
    glider = parse(".#./..#/###")
    lines = []
    for _ in range(4):
        lines.append(draw(glider, 4, 4))
        glider = step(glider)
    lines.append(str(sorted(glider)))
    blinker = parse("###")
    lines.append(f"{sorted(step(blinker))} {step(step(blinker)) == blinker} {step(frozenset())}")
    grid = [[int((x * y + x) % 3 == 0) for x in range(6)] for y in range(5)]
    for _ in range(3):
        grid = wrapped(grid)
    lines.append("/".join("".join(map(str, row)) for row in grid))
    return "\n".join(lines)
