"""`singledispatch` and `singledispatchmethod`: by annotation, base classes, registry."""

from collections.abc import Sequence
from functools import singledispatch, singledispatchmethod


class Animal:
    pass


class Dog(Animal):
    pass


@singledispatch
def show(value: object) -> str:
    return f"? {type(value).__name__}"


@show.register
def _(value: int) -> str:
    return f"int {value}"


@show.register(str)
@show.register(bytes)
def _text(value: str | bytes) -> str:
    return f"text of {len(value)}"


@show.register
def _animal(value: Animal) -> str:
    return f"animal {type(value).__name__}"


@show.register(Sequence)
def _sequence(value: Sequence[object]) -> str:
    return "[" + ", ".join(show(item) for item in value) + "]"


class Printer:
    prefix = "> "

    @singledispatchmethod
    def line(self, value: object) -> str:
        return self.prefix + "object"

    @line.register
    def _(self, value: int) -> str:
        return self.prefix + f"{value:03}"


def run() -> str:
    values: list[object] = [1, True, "abc", b"x", Dog(), Animal(), 2.5, None, [1, ["a"], (2,)], {}]
    lines = [show(value) for value in values]
    printer = Printer()
    lines.append(f"{printer.line(7)} {printer.line('a')}")
    lines.append(f"{show.dispatch(bool) is show.dispatch(int)} {len(show.registry)}")
    return "\n".join(lines)
