"""Closures look a variable up when they run; default arguments when they are made."""

from collections.abc import Callable
from typing import Any


def late() -> list[int]:
    functions: list[Callable[[], int]] = []
    for number in range(3):
        functions.append(lambda: number * 10)  # noqa: B023, PERF401  (late binding is the theme)
    return [function() for function in functions]


def early() -> list[int]:
    functions: list[Callable[[], int]] = [lambda n=number: n * 10 for number in range(3)]  # type: ignore[misc]
    return [function() for function in functions]


def changed_later() -> str:
    word = "before"

    def show() -> str:
        return word

    first = show()
    word = "after"
    return f"{first} {show()}"


def defined_later() -> int:
    def call() -> int:
        return helper() + 1

    def helper() -> int:
        return 41

    return call()


def run() -> str:
    lines = [str(late()), str(early()), changed_later(), str(defined_later())]
    made: Any = [(lambda a, b=n: a + b) for n in (1, 2)]
    for arguments in ((10,), (1, 1)):
        results = [add(*arguments) for add in made]
        lines.append(str(results))
    comprehended: list[Callable[[], int]] = [lambda: n for n in range(4)]  # noqa: B023
    lines.append(str([function() for function in comprehended]))
    return "\n".join(lines)
