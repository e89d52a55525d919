"""A small sudoku (4 by 4) and a 9 by 9 one with few gaps, by elimination and search."""

EASY = "53467891267219534819834256785976142342685379171392485696153728428741963534528617."
SMALL = "1...  ..2.  .3..  ...4".replace(" ", "")


def box_size(size: int) -> int:
    return {4: 2, 9: 3}[size]


def options(cells: list[int], size: int, at: int) -> list[int]:
    row, column = divmod(at, size)
    box = box_size(size)
    used = set(cells[row * size : (row + 1) * size]) | set(cells[column::size])
    top, left = row // box * box, column // box * box
    for y in range(top, top + box):
        used.update(cells[y * size + left : y * size + left + box])
    return [value for value in range(1, size + 1) if value not in used]


def solve(cells: list[int], size: int) -> int:
    """Count the solutions; the first one stays in `cells`."""
    best: tuple[int, list[int]] | None = None
    for at, value in enumerate(cells):
        if value == 0:
            possible = options(cells, size, at)
            if best is None or len(possible) < len(best[1]):
                best = (at, possible)
    if best is None:
        return 1
    at, possible = best
    for value in possible:
        cells[at] = value
        if solve(cells, size):
            return 1
    cells[at] = 0
    return 0


def parse(text: str) -> list[int]:
    return [0 if c == "." else int(c) for c in text]


def show(cells: list[int], size: int) -> str:
    return "/".join("".join(map(str, cells[i : i + size])) for i in range(0, len(cells), size))


def run() -> str:
    lines = []
    gaps = "".join("." if index % 4 == 1 else c for index, c in enumerate(EASY))
    for text, size in ((SMALL, 4), (EASY, 9), (gaps, 9), ("11" + "." * 14, 4)):
        cells = parse(text)
        solved = solve(cells, size)
        lines.append(f"{solved} {show(cells, size)}" if solved else "none")
    lines.append(str(options(parse(SMALL), 4, 1)))
    return "\n".join(lines)
