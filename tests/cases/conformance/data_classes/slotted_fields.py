"""`slots=True`: no `__dict__`, no other attributes, defaults still work."""

from dataclasses import dataclass, field, fields


@dataclass(slots=True)
class Pixel:
    x: int
    y: int
    colour: str = "black"
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True, frozen=True)
class Corner:
    x: int
    y: int = 1


def run() -> str:
    pixel = Pixel(1, 2)
    pixel.x += 10
    pixel.notes.append("moved")
    lines = [repr(pixel), repr(Corner(3)), str(Pixel(1, 2) == Pixel(1, 2))]
    try:
        pixel.z = 3  # type: ignore[attr-defined]
    except AttributeError as error:
        lines.append(type(error).__name__)
    lines.append(str(hasattr(pixel, "__dict__")))
    lines.append(" ".join(item.name for item in fields(Pixel)))
    lines.append(" ".join(item.name for item in fields(pixel)))
    try:
        Corner(1).y = 4  # type: ignore[misc]
    except AttributeError as error:
        lines.append(type(error).__name__)
    lines.append(str(len({Corner(1), Corner(1, 1), Corner(2)})))
    return "\n".join(lines)
