"""`bisect` with duplicates, keys and bounds; binary searches by hand."""

from bisect import bisect, bisect_left, bisect_right, insort
from collections.abc import Callable, Sequence


def search(values: Sequence[int], wanted: int) -> int:
    low, high = 0, len(values) - 1
    while low <= high:
        middle = (low + high) // 2
        if values[middle] == wanted:
            return middle
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle - 1
    return ~low


def first_true(low: int, high: int, test: Callable[[int], bool]) -> int:
    while low < high:
        middle = (low + high) // 2
        if test(middle):
            high = middle
        else:
            low = middle + 1
    return low


def grade(score: int) -> str:
    return "FDCBA"[bisect([60, 70, 80, 90], score)]


def run() -> str:
    values = [1, 3, 3, 3, 7]
    lines = [f"{bisect_left(values, 3)} {bisect_right(values, 3)} {bisect(values, 9)}"]
    insort(values, 5)
    insort(values, 3)
    lines.append(f"{values} {bisect_left(values, 3, 2)} {bisect(values, 100, 0, 3)}")
    lines.append("".join(grade(score) for score in (33, 60, 77, 89, 90, 100)))
    words = ["fig", "pear", "banana"]
    lines.append(str(bisect_left(words, 4, key=len)))
    lines.append(f"{[search([2, 4, 6, 8], n) for n in (2, 8, 5, 0, 9)]} {search([], 1)}")
    lines.append(
        f"{first_true(0, 10**20, lambda n: n * n >= 10**30)} {first_true(0, 5, lambda n: False)}"
    )
    return "\n".join(lines)
