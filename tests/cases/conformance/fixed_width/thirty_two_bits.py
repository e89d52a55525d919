"""`i32` and `i16` within their ranges: loops, negative numbers, floor division, mixing with int."""

from mypy_extensions import i16, i32


def triangle(limit: i32) -> i32:
    total: i32 = 0
    for number in range(limit + 1):
        total += number
    return total


def floor(a: i32, b: i32) -> tuple[int, int]:
    return a // b, a % b


def mix(seed: i32) -> i32:
    value = seed
    for _ in range(5):
        value = (value * 75 + 74) % 65537
    return value


def average(a: i16, b: i16) -> i16:
    return (a + b) // 2


def run() -> str:
    lines = [str(triangle(1000)), str([floor(a, b) for a in (7, -7) for b in (2, -2)])]
    lines.append(str([mix(seed) for seed in (0, 1, 65536)]))
    lines.append(f"{average(100, -51)} {average(-3, -4)}")
    least: i32 = -(2**31)
    lines.append(f"{least} {least + 1} {int(least) - 1} {least >> 4} {least & 0xFF} {-5 >> 1}")
    small = i32(200)
    lines.append(f"{small + 56} {small == 200} {hash(small) == hash(200)} {float(small)}")
    return "\n".join(lines)
