"""Elements of lists that are looked at for a moment: of lists that end, change, or hold others."""

from collections.abc import Callable
from typing import Any


def first(numbers: list[int]) -> int:
    return numbers[0] + numbers[-1]


def made() -> int:
    return [10**20, 5][0] + [10**20 + 1][0]


def halves(numbers: list[float]) -> float:
    total = 0.0
    for index in range(len(numbers)):
        total += numbers[index] / 2
    for number in numbers:
        total += number
    return total


def refuse(values: list[Any]) -> list[str]:
    found = []
    looks: list[Callable[[Any], object]] = [first, halves, either]
    for look in looks:
        try:
            found.append(str(look(values)))
        except (TypeError, IndexError) as error:
            found.append(type(error).__name__)
    return found


def at(numbers: list[int], words: list[str], index: int) -> str:
    try:
        words[index] = str(numbers[index])
    except IndexError:
        return "none"
    return words[index]


def either(flags: list[bool]) -> int:
    for index in range(len(flags)):
        if flags[index]:
            return index
    return -1


def swap(numbers: list[int], left: int, right: int) -> None:
    numbers[left], numbers[right] = numbers[right], numbers[left]


def run() -> str:
    far = [at([1, 2], ["a", "b"], index) for index in (0, -2, 2, -3, 2**30, 2**31, 2**40, -(2**70))]
    large = [2**29, 2**30, 2**31, -(2**29) - 1, -(2**30) - 1, 2**100]
    lines = [f"{far} {first([7])} {first(large)} {made()} {sum(large)}"]
    for index in range(len(large)):
        swap(large, index, -1 - index)
        large[index] += large[index - 1]
    lines.append(str(large))
    lines.append(f"{halves([1.5, 2, True, -0.25])} {halves([])}")
    lines.append(f"{refuse([])} {refuse(['a'])[1]} {refuse([False, True])}")
    grid = [[column * row for column in range(30)] for row in range(30)]
    lines.append(str(sum(grid[row][-row] for row in range(30))))
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [False, nested, True] if len(nested) == 1 else [nested]
    del nested
    lines.append("freed")
    return "\n".join(lines)
