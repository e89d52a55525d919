"""Members with several values, methods, properties, class methods; members that are callable."""

from __future__ import annotations

from enum import Enum


class Planet(Enum):
    MERCURY = (3, 2.4)
    EARTH = (59, 6.4)
    JUPITER = (18980, 71.5)

    def __init__(self, mass: int, radius: float) -> None:
        self.mass = mass
        self.radius = radius

    @property
    def pull(self) -> float:
        return self.mass / self.radius**2

    @classmethod
    def heaviest(cls) -> Planet:
        return max(cls, key=lambda planet: planet.mass)

    def __str__(self) -> str:
        return self.name.title()


class Operation(Enum):
    ADD = "+"
    TIMES = "*"

    def __call__(self, left: int, right: int) -> int:
        return left + right if self is Operation.ADD else left * right

    def __lt__(self, other: Operation) -> bool:
        return self.value < other.value


def run() -> str:
    lines = [f"{planet} {planet.pull:.2f}" for planet in Planet]
    lines.append(f"{Planet.heaviest()} {Planet.EARTH.value} {Planet.EARTH.mass}")
    lines.append(repr(Planet((59, 6.4))))  # type: ignore[call-arg, arg-type]
    lines.append(str([operation(3, 4) for operation in Operation]))
    lines.append(str([operation.name for operation in sorted(Operation)]))
    return "\n".join(lines)
