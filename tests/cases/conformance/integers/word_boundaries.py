# differs: int compared with float
"""Arithmetic around the widths where small integers become big ones, in both directions."""

EDGES = (2**29, 2**30, 2**31, 2**32, 2**61, 2**62, 2**63, 2**64)


def around(number: int) -> str:
    parts = []
    for value in (number, -number):
        up, down = value + 1, value - 1
        parts.append(up - down)
        parts.append((up * down - value * value) + 1)
        parts.append(up // value if value > 0 else down // value)
        parts.append((value << 1) // value + (value * 3 - value * 2) // value)
        parts.append(int(down < value < up) + int(-down > -up))
    return " ".join(str(part) for part in parts)


def growing(start: int, factor: int, steps: int) -> list[int]:
    values = [start]
    for _ in range(steps):
        start *= factor
        values.append(start)
    return values


def run() -> str:
    lines = [around(edge) for edge in EDGES]
    values = growing(3, -(2**13), 6)
    lines.append(str(values))
    for value in reversed(values):
        assert value // 3 * 3 == value
    edge = EDGES[2]
    total = 2**62 - 1
    total += 1
    lines.append(str(total))
    total -= 1
    total = -total - 2
    lines.append(f"{total} {total - 1} {abs(total)}")
    lines.append(str(sorted([2**31, -(2**31), 2**63, -(2**63), 0, 2**30])))
    lines.append(f"{edge == float(edge)} {edge > 2e9} {edge**2 + 1 == float(edge**2)}")
    return "\n".join(lines)
