"""Classes that the package re-exports."""

from __future__ import annotations

PI = 3.0 + 0.14159


class Shape:
    name = "shape"

    def area(self) -> float:
        raise NotImplementedError


class Rectangle(Shape):
    name = "rectangle"

    def __init__(self, width: float, height: float) -> None:
        self.width = width
        self.height = height

    def area(self) -> float:
        return self.width * self.height


class Circle(Shape):
    name = "circle"

    def __init__(self, radius: float) -> None:
        self.radius = radius

    def area(self) -> float:
        return PI * self.radius**2


def unit_square() -> Rectangle:
    return Rectangle(1, 1)
