"""Chained comparisons: each part once, short circuits, mixed operators, `in` and `is`."""


def traced(value: int, log: list[int]) -> int:
    log.append(value)
    return value


def inside(point: tuple[int, int], size: int) -> bool:
    return 0 <= point[0] < size and 0 <= point[1] < size


def run() -> str:
    log: list[int] = []
    lines = [f"{traced(1, log) < traced(2, log) < traced(3, log)} {log}"]
    log.clear()
    lines.append(f"{traced(5, log) < traced(2, log) < traced(3, log)} {log}")
    a, b, c = 1, 2, 2
    two: object = 2
    lines.append(f"{a < b == c} {(a < b) == c} {a < b <= c != a} {a == a < b} {not a < b}")
    lines.append(
        f"{1 < 3 > 2} {3 > 2 == two} {'b' in 'abc' in ['abc']} {None is None is not False}"
    )
    lines.append(
        f"{inside((0, 4), 5)} {inside((-1, 0), 5)} {'a' <= 'm' <= 'z'} {0.1 <= 0.2 < 10**30}"
    )
    values = [1, 2]
    lines.append(f"{[1, 2] == values is not None} {values is values} {values[:] is not values}")
    lines.append(str([n for n in range(20) if 3 <= n <= 12 and n % 3 == 0 != n]))
    return "\n".join(lines)
