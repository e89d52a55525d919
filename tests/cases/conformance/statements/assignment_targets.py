"""Assignments: several targets, chains, unpacking into items and attributes, annotations."""


class Point:
    x: int
    y: int = 0


def order(log: list[str], name: str) -> int:
    log.append(name)
    return len(log)


def run() -> str:
    a = b = c = [1]
    b.append(2)
    lines = [f"{a} {c is b}"]
    point = Point()
    values = [0, 0, 0]
    table: dict[str, int] = {}
    point.x, values[1], table["k"] = 1, 2, 3
    lines.append(f"{point.x} {point.y} {values} {table}")
    (first, second), third = [(1, 2), 3]
    [p, *q] = range(3)
    lines.append(f"{first}{second}{third} {p} {q}")
    i = 0
    values[i], i = 9, 2
    values[i] = i = 1
    lines.append(f"{values} {i}")
    log: list[str] = []
    result = order(log, "a") + order(log, "b") * order(log, "c")
    pair = {order(log, "k"): order(log, "v")}
    lines.append(f"{result} {pair} {''.join(log)}")
    later: int
    later = 5
    late: str | None = None
    lines.append(f"{later} {late}")
    x, y = 1, 2
    x, y = y, x + y
    x, values[x] = 0, 7
    lines.append(f"{x} {y} {values}")
    for values[0], point.y in [(1, 2), (3, 4)]:
        table[str(values[0])] = point.y
    lines.append(f"{values} {point.y} {table}")
    return "\n".join(lines)
