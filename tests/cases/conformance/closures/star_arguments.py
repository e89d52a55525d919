"""Lambdas that take any arguments, where the context says of which type they are."""

from collections.abc import Callable
from functools import reduce


def pair(function: Callable[[int, int], object]) -> str:
    return str(function(1, 2))


def count(function: Callable[[int, int], int]) -> int:
    return function(5, 6)


def named(function: Callable[..., object]) -> str:
    return str(function(x=1, y=2))


def nothing(function: Callable[[], object]) -> str:
    return str(function())


def mixed(function: Callable[[str, int], object]) -> str:
    return str(function("q", 2))


def run() -> str:
    lines = [str(list(map(lambda *a: sum(a), [1, 2], [3, 4])))]
    lines.append(pair(lambda *a: a))
    lines.append(named(lambda **k: sorted(k.items())))
    lines.append(str(count(lambda a, *rest: a + len(rest))))
    lines.append(nothing(lambda *a, **k: (a, k)))
    lines.append(mixed(lambda a, *b, c=3, **d: (a, b, c, d)))
    lines.append(str(reduce(lambda *both: both[0] * both[1], [1, 2, 3, 4])))
    lines.append(str(sorted([3, 1, 2], key=lambda *key: -key[0])))
    return "\n".join(lines)
