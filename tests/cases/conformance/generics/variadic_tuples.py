"""`TypeVarTuple`, heterogeneous tuples, and callables as arguments."""

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple, Unpack

Ts = TypeVarTuple("Ts")
T = TypeVar("T")
U = TypeVar("U")
V = TypeVar("V")


def call(function: Callable[[Unpack[Ts]], T], *args: *Ts) -> T:
    return function(*args)


def compose(first: Callable[[T], U], second: Callable[[U], V]) -> Callable[[T], V]:
    return lambda value: second(first(value))


def rotated(items: tuple[T, U, V]) -> tuple[U, V, T]:
    first, second, third = items
    return second, third, first


def area(width: int, height: float, unit: str) -> str:
    return f"{width * height:.1f}{unit}"


def run() -> str:
    lines = [call(area, 3, 0.5, "m"), str(call(max, 3, 9))]
    lines.append(str(compose(len, hex)("sixteen letters!")))
    lines.append(str(compose(compose(str.split, len), bool)("")))
    lines.append(str(rotated((1, "b", None))))
    lines.append(str(rotated(rotated(("x", 2.0, b"z")))))
    return "\n".join(lines)
