"""Classes made in functions and in classes, and by calling `type`."""

from typing import Any


def make_adder(amount: int) -> Any:
    class Adder:
        step = amount

        def __call__(self, value: int) -> int:
            return value + amount

    return Adder()


class Outer:
    class Inner:
        def __init__(self, value: int) -> None:
            self.value = value

        class Core:
            name = "core"

    def make(self, value: int) -> "Outer.Inner":
        return self.Inner(value)


def run() -> str:
    add = make_adder(5)
    lines = [f"{add(1)} {add.step} {type(add).__name__} {make_adder(7)(1)}"]
    lines.append(f"{Outer().make(3).value} {Outer.Inner.Core.name} {Outer.Inner.__qualname__}")
    made: Any = type("Made", (Outer,), {"size": 3, "double": lambda self: self.size * 2})
    lines.append(f"{made().double()} {made().make(1).value} {made.__name__}")
    lines.append(str(type(make_adder(1)) is type(make_adder(1))))
    return "\n".join(lines)
