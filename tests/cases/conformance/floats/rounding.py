"""`round` to the even neighbour, to digits, to tens; `floor`, `ceil`, `trunc`."""

from math import ceil, floor, trunc


def half_up(value: float) -> int:
    return floor(value + 0.5)


def run() -> str:
    halves = [n + 0.5 for n in range(-4, 4)]
    lines = [str([round(value) for value in halves]), str([half_up(value) for value in halves])]
    lines.append(f"{round(2.675, 2)} {round(1.005, 2)} {round(0.15, 1)} {round(0.25, 1)}")
    lines.append(f"{round(1234.5, -2)} {round(1250, -2)} {round(1350, -2)} {round(25, -1)}")
    lines.append(f"{round(-0.4)} {round(-0.4, 0)} {round(5.0)!r} {round(5.0, 1)!r} {round(-0.5)}")
    lines.append(f"{floor(-1.5)} {ceil(-1.5)} {trunc(-1.5)} {floor(1e20)} {ceil(-0.5)}")
    lines.append(f"{int(2.999999)} {round(1e16 + 1)} {round(2**60 + 0.0)} {round(0.5 - 1e-17)}")
    for value in (float("nan"), float("inf")):
        try:
            round(value)
        except (ValueError, OverflowError) as error:
            lines.append(str(error))
    lines.append(str(round(float("inf"), 2)))
    return "\n".join(lines)
