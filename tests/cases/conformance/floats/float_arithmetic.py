"""Division, floor division, remainder and powers with floats, and mixed with integers."""

from math import fmod, hypot, isclose, remainder, sqrt


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def newton(number: float) -> float:
    guess = number
    while abs(guess * guess - number) > 1e-12 * number:
        guess = (guess + number / guess) / 2
    return guess


def run() -> str:
    lines = [f"{7 / 2} {-7 // 2.0} {-7 % 3.0} {7.5 % -2} {divmod(-7.5, 2)} {2**0.5}"]
    lines.append(f"{1 / 3 + 1 / 3 + 1 / 3 == 1} {10 // 0.1} {1 % 0.1:.3f} {fmod(-7, 3)}")
    lines.append(f"{10**-2} {2.0**10} {0.0**0} {(-8.0) ** 3} {4**0.5} {2**-1074}")
    lines.append(f"{10**20 / 10**18} {(10**400) / (10**399)} {remainder(7, 4)} {hypot(3, 4)}")
    lines.append(f"{mean([1, 2, 4]):.4f} {newton(2.0):.10f} {sqrt(1e-10):.1e}")
    lines.append(f"{isclose(0.1 + 0.2, 0.3)} {isclose(1e-10, 0.0)} {abs(-2.5)}")
    try:
        lines.append(str((10**400) / 3))
    except OverflowError as error:
        lines.append(str(error))
    total = 0.0
    for step in range(1, 6):
        total += 1 / step
        total -= step // 2
    total *= 2
    total /= 4
    total **= 2
    lines.append(f"{total:.6f}")
    return "\n".join(lines)
