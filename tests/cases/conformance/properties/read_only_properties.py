"""Read-only properties: assignment fails, computed from others, abstract ones."""

from abc import ABC, abstractmethod
from typing import Any


class Shape(ABC):
    @property
    @abstractmethod
    def area(self) -> int: ...

    @property
    def is_large(self) -> bool:
        return self.area > 10


class Square(Shape):
    def __init__(self, side: int) -> None:
        self.side = side

    @property
    def area(self) -> int:
        return self.side**2


class Fixed(Shape):
    def __init__(self, area: int) -> None:
        self._area = area

    @property
    def area(self) -> int:
        return self._area


def run() -> str:
    shapes: list[Shape] = [Square(3), Square(4), Fixed(11)]
    lines = [str([(shape.area, shape.is_large) for shape in shapes])]
    anything: Any = shapes[0]
    for name in ("area", "is_large"):
        try:
            setattr(anything, name, 5)
        except AttributeError as error:
            lines.append(type(error).__name__)
    try:
        del anything.area
    except AttributeError as error:
        lines.append(type(error).__name__)
    anything.side = 10
    lines.append(str(shapes[0].area))
    abstract: Any = Shape
    try:
        abstract()
    except TypeError as type_error:
        lines.append(type(type_error).__name__)
    return "\n".join(lines)
