"""Sorts that fail: unlike types, a key that raises, a list changed meanwhile, complex numbers."""

from typing import Any


def attempt(values: list[Any], key: Any = None) -> str:
    try:
        values.sort(key=key)
    except (TypeError, ValueError, ZeroDivisionError) as error:
        return type(error).__name__
    return str(values)


class Odd:
    def __init__(self, value: int) -> None:
        self.value = value

    def __lt__(self, other: "Odd") -> bool:
        return self.value > other.value

    def __repr__(self) -> str:
        return f"o{self.value}"


def run() -> str:
    lines = [attempt([1, "a"]), attempt([1j, 2j]), attempt([None, None]), attempt([None])]
    lines += [attempt([3, 0, 1], lambda n: 1 // n), attempt([Odd(1), Odd(3), Odd(2)])]
    values = [3, 1, 2]

    def changing(number: int) -> int:
        values.append(number)
        return number

    lines.append(attempt(values, changing))
    lines.append(attempt(["b", "a"], key=lambda text: {"a": 2, "b": 1}[text]))
    lines.append(attempt([(1, {}), (1, {})]) + attempt([(2, {}), (1, {})]))
    lines.append(f"{attempt([float('inf'), -1, 10**30])} {attempt([])}")
    return "\n".join(lines)
