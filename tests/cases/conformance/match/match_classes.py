"""Class patterns: positional by `__match_args__`, by keyword, builtin types, subclasses."""

from __future__ import annotations


class Shape:
    pass


class Circle(Shape):
    __match_args__ = ("radius",)

    def __init__(self, radius: int) -> None:
        self.radius = radius


class Box(Shape):
    __match_args__ = ("width", "height")

    def __init__(self, width: int, height: int, name: str = "") -> None:
        self.width = width
        self.height = height
        self.name = name


class Square(Box):
    def __init__(self, side: int) -> None:
        super().__init__(side, side, "square")


def describe(value: object) -> str:
    match value:
        case Circle(0):
            return "dot"
        case Circle(radius):
            return f"circle {radius}"
        case Square(width=side):
            return f"square {side}"
        case Box(width, height, name="") if width == height:
            return f"nameless square box {width}"
        case Box(width, height=2, name=name):
            return f"low box {width} {name!r}"
        case Box():
            return "box"
        case Shape():
            return "shape"
        case int(number) | float(number):
            return f"number {number}"
        case str(text) if text:
            return f"text {text}"
        case str():
            return "blank"
        case _:
            return "?"


def run() -> str:
    values: list[object] = [Circle(0), Circle(4), Square(3), Box(2, 2), Box(5, 2, "n"), Box(1, 9)]
    values += [Shape(), 4, 2.5, True, "word", "", None, [1]]
    return "\n".join(describe(value) for value in values)
