"""Attrs classes that inherit, override methods, and mix with properties and class methods."""

from __future__ import annotations

from attrs import define, field


@define
class Vehicle:
    wheels: int
    name: str = "vehicle"

    @classmethod
    def plain(cls) -> Vehicle:
        return cls(4)

    def sound(self) -> str:
        return "..."


@define
class Bike(Vehicle):
    gears: int = field(default=7, repr=lambda value: f"<{value} gears>")

    def sound(self) -> str:
        return f"{super().sound()} ring"

    @property
    def is_fast(self) -> bool:
        return self.gears > 5


@define(eq=False)
class Token:
    text: str


def run() -> str:
    bike = Bike(2)
    lines = [repr(bike), bike.sound(), str(bike.is_fast), repr(Bike.plain()), repr(Vehicle.plain())]
    lines.append(f"{bike == Bike(2)} {Vehicle(2) == Bike(2)}")
    token = Token("t")
    lines.append(f"{token == Token('t')} {token in [token]}")
    lines.append(str(isinstance(bike, Vehicle)))
    return "\n".join(lines)
