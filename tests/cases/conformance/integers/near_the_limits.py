"""Sums, differences and products where integers stop being small ones, at 2^29, 2^30 and 2^31."""

LIMITS = [
    sign * (2**bits + more)
    for bits in (28, 29, 30, 31, 32, 62)
    for more in (-1, 0, 1)
    for sign in (-1, 1)
]


def add(left: int, right: int) -> int:
    return left + right


def subtract(left: int, right: int) -> int:
    return left - right


def count_up(start: int, steps: int) -> int:
    number = start
    for _ in range(steps):
        number += 1
    return number


def count_down(start: int, steps: int) -> int:
    number = start
    while steps:
        number -= 1
        steps -= 1
    return number


def double(number: int, times: int) -> int:
    for _ in range(times):
        number = number + number
    return number


def fibonacci(count: int) -> int:
    previous, current = 0, 1
    for _ in range(count):
        previous, current = current, previous + current
    return previous


def walk(start: int, stop: int, step: int) -> list[int]:
    found = []
    at = start
    while at <= stop:
        found.append(at)
        at += step
    return found


def run() -> str:
    digest = 0
    for left in LIMITS:
        for right in [*LIMITS, 0, 1, -1]:
            digest = (digest * 31 + add(left, right) * 7 + subtract(left, right)) % (2**61 - 1)
            digest += left - right + right
    lines = [str(digest)]
    lines += [f"{count_up(limit - 3, 6)} {count_down(limit + 3, 6)}" for limit in LIMITS]
    lines.append(f"{double(1, 70)} {double(-3, 40)} {fibonacci(120)} {double(0, 5)}")
    lines.append(str(walk(2**30 - 5, 2**30 + 5, 3)) + str(walk(-(2**30) - 2, -(2**30) + 2, 1)))
    lines.append(str([number - 1 for number in range(2**30 - 2, 2**30 + 2)]))
    lines.append(str(sum(1 for number in range(-(2**31), -(2**31) + 5) if number % 2)))
    return "\n".join(lines)
