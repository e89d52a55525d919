"""Arithmetic dunders: plain, reflected, unary, `NotImplemented`, mixed with numbers."""

from __future__ import annotations

from typing import Any


class Vector:
    def __init__(self, x: int, y: int) -> None:
        self.x = x
        self.y = y

    def __add__(self, other: Vector) -> Vector:
        if not isinstance(other, Vector):
            return NotImplemented
        return Vector(self.x + other.x, self.y + other.y)

    def __sub__(self, other: Vector) -> Vector:
        return self + -other

    def __mul__(self, factor: int) -> Vector:
        return Vector(self.x * factor, self.y * factor)

    def __rmul__(self, factor: int) -> Vector:
        return self * factor

    def __matmul__(self, other: Vector) -> int:
        return self.x * other.x + self.y * other.y

    def __floordiv__(self, divisor: int) -> Vector:
        return Vector(self.x // divisor, self.y // divisor)

    def __rsub__(self, number: int) -> Vector:
        return Vector(number - self.x, number - self.y)

    def __neg__(self) -> Vector:
        return Vector(-self.x, -self.y)

    def __abs__(self) -> int:
        return abs(self.x) + abs(self.y)

    def __invert__(self) -> Vector:
        return Vector(self.y, self.x)

    def __repr__(self) -> str:
        return f"<{self.x} {self.y}>"


def run() -> str:
    a, b = Vector(1, -2), Vector(3, 4)
    lines = [f"{a + b} {a - b} {a * 3} {3 * a} {a @ b} {b // 2} {10 - a}"]
    lines.append(f"{-a} {abs(a)} {~a} {-(~b) * 2 - a}")
    for number in (5, "x"):
        loose: Any = number
        try:
            lines.append(str(a + loose))
        except TypeError as error:
            lines.append(type(error).__name__)
    lines.append(str(sum([a, b, a], Vector(0, 0))))
    return "\n".join(lines)
