"""N queens: sets, bit masks and a generator of solutions; the first board drawn."""

from collections.abc import Iterator


def place(size: int, columns: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    row = len(columns)
    if row == size:
        yield columns
        return
    for column in range(size):
        if all(
            column != other and abs(column - other) != row - index
            for index, other in enumerate(columns)
        ):
            yield from place(size, (*columns, column))


def count(size: int, columns: int = 0, left: int = 0, right: int = 0) -> int:
    full = (1 << size) - 1
    if columns == full:
        return 1
    total = 0
    free = full & ~(columns | left | right)
    while free:
        bit = free & -free
        free ^= bit
        total += count(size, columns | bit, (left | bit) << 1 & full, (right | bit) >> 1)
    return total


def draw(columns: tuple[int, ...]) -> str:
    return "\n".join(
        "".join("Q" if c == column else "." for c in columns) for column in range(len(columns))
    )


def run() -> str:
    lines = [str([count(size) for size in range(1, 9)])]
    lines.append(f"{len(list(place(6)))} {next(place(8))} {list(place(3))}")
    lines.append(draw(next(place(5))))
    return "\n".join(lines)
