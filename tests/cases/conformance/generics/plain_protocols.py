"""Protocols: classes that fit without inheriting, generic ones, callables as protocols."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Sized(Protocol):
    @property
    def size(self) -> int: ...


class Source(Protocol[T_co]):
    def read(self) -> T_co: ...


class Scale(Protocol):
    def __call__(self, value: int, *, factor: int = ...) -> int: ...


class Box:
    def __init__(self, size: int) -> None:
        self.size = size

    def read(self) -> str:
        return "#" * self.size


class Circle:
    @property
    def size(self) -> int:
        return 3

    def read(self) -> int:
        return 314


def total(things: Iterable[Sized]) -> int:
    return sum(thing.size for thing in things)


def twice(source: Source[T_co]) -> tuple[T_co, T_co]:
    return source.read(), source.read()


def scaled(values: Iterable[int], scale: Scale) -> list[int]:
    return [scale(value) + scale(value, factor=1) for value in values]


def times(value: int, *, factor: int = 10) -> int:
    return value * factor


def run() -> str:
    lines = [str(total([Box(2), Circle(), Box(5)]))]
    lines.append(f"{twice(Box(2))} {twice(Circle())}")
    lines.append(str(scaled([1, 2, 3], times)))
    lines.append(str(scaled([1], lambda value, *, factor=2: value - factor)))
    return "\n".join(lines)
