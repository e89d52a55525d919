"""Functions inside of functions that are decorated and call themselves, or are called by others."""

from collections import namedtuple
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from functools import cache, lru_cache, wraps


def fibonacci(count: int) -> int:
    @lru_cache(maxsize=100)
    def fib(n: int) -> int:
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    return fib(count)


def by_another(count: int) -> int:
    @cache
    def square(n: int) -> int:
        return n * n

    def total(n: int) -> int:
        return sum(square(i) for i in range(n))

    return total(count)


def logged(log: list[str]) -> Callable[[Callable[[int], int]], Callable[[int], int]]:
    def decorate(function: Callable[[int], int]) -> Callable[[int], int]:
        @wraps(function)
        def called(n: int) -> int:
            log.append(f"{function.__name__}({n})")
            return function(n)

        return called

    return decorate


def countdown(count: int) -> list[str]:
    log: list[str] = []

    @logged(log)
    def down(n: int) -> int:
        return 0 if n == 0 else down(n - 1)

    down(count)
    return log


def managed() -> list[str]:
    log: list[str] = []

    @contextmanager
    def step(name: str) -> Iterator[None]:
        log.append(f"begin {name}")
        yield
        log.append(f"end {name}")

    def work() -> None:
        with step("one"), step("two"):
            log.append("work")

    work()
    return log


class Solver:
    def solve(self, goal: int, coins: tuple[int, ...]) -> int:
        @cache
        def ways(left: int, at: int) -> int:
            if left == 0 or at == len(coins):
                return int(left == 0)
            taken = ways(left - coins[at], at) if coins[at] <= left else 0
            return taken + ways(left, at + 1)

        return ways(goal, 0)


def made_by_calls() -> str:
    point = namedtuple("point", "x y")
    colour = Enum("colour", "RED GREEN")
    return f"{point(1, 2)} {[item.name for item in colour]}"


def run() -> str:
    lines = [str(fibonacci(60)), str(by_another(10)), str(countdown(3)), str(managed())]
    return "\n".join([*lines, str(Solver().solve(100, (50, 25, 10, 5, 1))), made_by_calls()])
