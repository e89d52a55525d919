"""Floats in lists: what stands for one, what does not, and what changes the list when asked."""

from typing import Any


class Number(float):
    """An object of its own class."""


class Emptying:
    """No number; compiled code asks it for one, and then it leaves the list that it is in."""

    def __init__(self, values: list[Any]) -> None:
        self.values = values

    def __float__(self) -> float:
        self.values.clear()
        raise ValueError("no number")


def mean(values: list[float]) -> float:
    total = 0.0
    for value in values:
        total += value
    return total / len(values)


def largest(values: list[float]) -> float:
    best = values[0]
    for index in range(1, len(values)):
        if values[index] > best:
            best = values[index]
    return best


def scale(values: list[float], factor: float) -> list[float]:
    for index in range(len(values)):
        values[index] = values[index] * factor
    return values


def attempt(values: list[Any]) -> str:
    try:
        return f"{mean(values)} {float(largest(values))}"
    except (TypeError, ZeroDivisionError, IndexError) as error:
        return type(error).__name__


def run() -> str:
    lines = [attempt([1.5, -1.0, 2.25]), attempt([-1.0]), attempt([-113.0, -113.0]), attempt([])]
    lines += [attempt([1, 2.5, True]), attempt([Number(2.5), Number(-1)]), attempt(["1.5"])]
    lines += [attempt([1.0, None]), attempt([2**70, 0.5])]
    emptied: list[Any] = []
    emptied.append(Emptying(emptied))
    lines.append(attempt(emptied))
    lines.append(f"{scale([1.5, -1.0, 0.0, -113.0], -2)} {scale([float('inf')], 0.5)}")
    return "\n".join(lines)
