"""Data descriptors with `__set_name__`: checks, conversion, one descriptor for many fields."""

from typing import Any, overload


class Positive:
    def __init__(self, limit: int = 100) -> None:
        self.limit = limit
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> "Positive": ...
    @overload
    def __get__(self, instance: object, owner: type) -> int: ...
    def __get__(self, instance: object, owner: type) -> Any:
        if instance is None:
            return self
        return instance.__dict__.get(self.name, 0)

    def __set__(self, instance: object, value: int) -> None:
        if not 0 <= value <= self.limit:
            raise ValueError(f"{self.name}={value} is not in 0..{self.limit}")
        instance.__dict__[self.name] = value

    def __delete__(self, instance: object) -> None:
        instance.__dict__.pop(self.name, None)


class Part:
    width = Positive()
    height = Positive(10)

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height


def run() -> str:
    part = Part(3, 4)
    part.width += 1
    lines = [f"{part.width} {part.height} {Part.height.limit} {Part.width.name}"]
    for width, height in ((-1, 1), (1, 11)):
        try:
            Part(width, height)
        except ValueError as error:
            lines.append(str(error))
    del part.width
    lines.append(f"{part.width} {vars(part)}")
    return "\n".join(lines)
