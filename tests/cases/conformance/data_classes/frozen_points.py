"""Frozen dataclasses: no assignment, a hash, equality by value, use as keys."""

from dataclasses import FrozenInstanceError, dataclass


@dataclass(frozen=True)
class Point:
    x: int
    y: int = 0

    def moved(self, dx: int, dy: int) -> "Point":
        return Point(self.x + dx, self.y + dy)

    @property
    def distance(self) -> int:
        return abs(self.x) + abs(self.y)


@dataclass(frozen=True)
class Segment:
    start: Point
    end: Point


def run() -> str:
    origin = Point(0)
    lines = [repr(origin), repr(origin.moved(2, -3)), str(origin.moved(2, -3).distance)]
    try:
        origin.x = 5  # type: ignore[misc]
    except FrozenInstanceError as error:
        lines.append(f"FrozenInstanceError: {error}")
    lines.append(str(isinstance(FrozenInstanceError("x"), AttributeError)))
    lines.append(f"{Point(1, 2) == Point(1, 2)} {Point(1, 2) is Point(1, 2)}")
    names = {Point(0, 1): "up", Point(1, 0): "right"}
    lines.append(names[origin.moved(1, 0)])
    pairs = {Segment(origin, Point(1)), Segment(Point(0, 0), Point(1, 0))}
    lines.append(f"{len(pairs)} {pairs}")
    lines.append(str(hash(Point(3, 4)) == hash(Point(3, 4))))
    return "\n".join(lines)
