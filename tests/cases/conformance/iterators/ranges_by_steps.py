"""Ranges whose steps are known when the program runs, and what goes through them in other ways."""

from collections.abc import Iterable


def numbers(start: int, stop: int, step: int) -> list[int]:
    found = []
    for number in range(start, stop, step):
        found += [number]
    return found


def total(values: Iterable[int]) -> int:
    result = 0
    for value in values:
        result += value
    return result


def table(rows: range, columns: range) -> str:
    lines = []
    for row in rows:
        line = 0
        for column in columns:
            line = line * 10 + row * column
        lines.append(f"{row}:{line}")
    return " ".join(lines)


def sieve(limit: int) -> list[int]:
    flags = [True] * limit
    for number in range(2, limit):
        if flags[number]:
            for multiple in range(number * number, limit, number):
                flags[multiple] = False
    return [number for number in reversed(range(limit)) if flags[number]]


def nested(depth: int) -> int:
    if not depth:
        return 1
    return sum(number + nested(depth - 1) for number in range(0, depth, depth // 2 or 1))


def refuse(step: int) -> str:
    try:
        return str(numbers(0, 5, step))
    except ValueError as error:
        return str(error)


def run() -> str:
    lines = [str(numbers(*bounds)) for bounds in [(0, 10, 3), (10, 0, -4), (0, 10, -1), (-3, 3, 2)]]
    near = 2**30 - 3
    lines += [f"{numbers(near, near + 6, 2)} {numbers(-near, -near - 6, -2)}"]
    lines += [f"{numbers(2**31 - 2, 2**31 + 3, 2)} {numbers(2**40, 2**40 + 9, 4)}", refuse(0)]
    lines += [f"{total(range(3, 50, 7))} {total(reversed(range(9)))} {total(iter((4, 2**70)))}"]
    lines += [f"{total(n * n for n in range(2, 9, 2))} {total([True, 2])} {total({5: 6})}"]
    kept = [number - 1 for number in range(200, 1200, 250)]
    lines += [str(kept), table(range(1, 9, 3), range(9, 2, -2)), str(sieve(60)), str(nested(4))]
    ends = iter(range(0, 6, 2))
    lines.append(f"{total(ends)} {total(ends)} {next(ends, None)}")
    return "\n".join(lines)
