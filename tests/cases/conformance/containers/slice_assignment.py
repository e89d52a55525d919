"""Slices of lists: read, assign, delete, with steps, negative, growing and shrinking."""


def run() -> str:
    values = list(range(10))
    lines = [
        f"{values[2:5]} {values[:-7]} {values[-3:]} {values[::4]} {values[::-3]} {values[7:2:-2]}"
    ]
    values[2:5] = [20, 30]
    lines.append(str(values))
    values[1:1] = ["a", "b"]  # type: ignore[list-item]
    values[-1:] = []
    lines.append(str(values))
    values[::2] = [0] * len(values[::2])
    lines.append(str(values))
    try:
        values[::3] = [1, 2]
    except ValueError as error:
        lines.append(str(error))
    del values[1:4]
    del values[::2]
    lines.append(str(values))
    values[:] = [5, 6, 7, 8]
    values[1:3] = "xyz"  # type: ignore[assignment]
    lines.append(f"{values} {values[5:2]} {values[100:]} {values[-100:1]}")
    values[10:] = [9, 9]
    values[-2:-1] *= 3
    lines.append(str(values))
    numbers = [1, 2, 3, 4, 5]
    numbers[1::2], numbers[::2] = [0, 0], numbers[::-2]
    lines.append(f"{numbers} {numbers[slice(None, None, -1)]} {slice(1, 9, 3).indices(5)}")
    del numbers[-1], numbers[0]
    lines.append(f"{numbers} {(1, 2, 3, 4)[1:3]} {range(10)[2:8:3]} {list(range(10)[::-4])}")
    return "\n".join(lines)
