"""Lists of bools: elements that become the same or another one, and other objects among them."""

from typing import Any


def flip(flags: list[bool], rounds: int) -> int:
    count = 0
    for round_ in range(rounds):
        for index in range(len(flags)):
            flags[index] = round_ % 2 == 0
            count += flags[index]
    return count


def mark(flags: list[Any], index: int, flag: bool) -> str:
    try:
        flags[index] = flag
    except IndexError as error:
        return str(error)
    return "marked"


def clear(flags: list[Any], index: int) -> list[Any]:
    flags[index] = False
    return flags


class Noisy:
    def __init__(self, log: list[str]) -> None:
        self.log = log

    def __del__(self) -> None:
        self.log.append("freed")


def run() -> str:
    lines = [f"{flip([False] * 100, 50)} {flip([], 3)} {flip([True], 5)}"]
    log: list[str] = []
    mixed: list[Any] = [Noisy(log), 1, None, True, "x", 2.5, [False]]
    lines += [f"{at}: {mark(mixed, at, at % 2 == 0)} {mixed[1:]} {log}" for at in range(-8, 9)]
    lines.append(f"{mark(mixed, 2**70, True)} {mark(mixed, -(2**70), True)} {log}")
    lines.append(f"{clear([Noisy(log), Noisy(log), True], -3)[0]} {log}")
    sizes = (-1, 0, 1, 7, 8, 9, 31)
    lines += [f"{[True] * size} {size * [None]} {len([Noisy(log)] * size)}" for size in sizes]
    lines.append(str(log))
    # More of them are dropped here, at the end of each list, than were ever counted.
    for _ in range(200):
        other: list[Any] = [True] * 2000
        for index in range(2000):
            other[index] = False
        other.append("last")
    lines.append(f"{True} {False} {other.count(False)} {type(other[0]).__name__}")
    lines.append(f"{sum([True, False, True])} {True + True} {[True] == [1]} {not other[0]}")
    return "\n".join(lines)
