"""`__slots__`: no other attributes, inherited slots, a slot that is not set, `__dict__` added."""

from typing import Any


class Point:
    __slots__ = ("x", "y")

    def __init__(self, x: int, y: int) -> None:
        self.x = x
        self.y = y


class Point3(Point):
    __slots__ = ("z",)

    z: int

    def total(self) -> int:
        return self.x + self.y + self.z


class Open(Point):
    label = "open"


def attempt(point: Any, name: str) -> str:
    try:
        setattr(point, name, 5)
    except AttributeError as error:
        return type(error).__name__
    return str(getattr(point, name))


def run() -> str:
    point, deep, open_point = Point(1, 2), Point3(1, 2), Open(3, 4)
    lines = [f"{attempt(point, 'x')} {attempt(point, 'q')} {attempt(deep, 'q')}"]
    try:
        lines.append(str(deep.total()))
    except AttributeError as error:
        lines.append(type(error).__name__)
    deep.z = 30
    lines.append(f"{deep.total()} {deep.x} {hasattr(deep, '__dict__')}")
    lines.append(f"{attempt(open_point, 'q')} {open_point.label} {open_point.y}")
    lines.append(f"{Point.__slots__} {Point3.__slots__}")
    return "\n".join(lines)
