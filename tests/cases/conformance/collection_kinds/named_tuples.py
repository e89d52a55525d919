# differs: docstrings
"""`namedtuple` and `typing.NamedTuple`: fields, defaults, `_replace`, methods, unpacking."""

from collections import namedtuple
from typing import NamedTuple

Plain = namedtuple("Plain", "x y z", defaults=(0,))


class Point(NamedTuple):
    """A point."""

    x: int
    y: int = 0
    name: str = "p"

    @property
    def total(self) -> int:
        return self.x + self.y

    def moved(self, dx: int) -> "Point":
        return self._replace(x=self.x + dx)

    def __str__(self) -> str:
        return f"{self.name}@{self.x},{self.y}"


def run() -> str:
    point = Point(3, name="q")
    x, y, name = point
    lines = [f"{point!r} {point} {x + y}{name} {point[0]} {point[-1]} {len(point)} {point.total}"]
    lines.append(f"{point.moved(4)} {point._asdict()} {Point._fields} {Point._field_defaults}")
    lines.append(
        f"{Point(1, 2) == (1, 2, 'p')} {Point(1) < Point(1, 1)} {Point._make([7, 8, 'm'])!r}"
    )
    plain = Plain(1, y=2)
    lines.append(f"{plain} {plain._replace(z=9)} {tuple(plain)} {plain + (4,)}")  # noqa: RUF005
    lines.append(f"{hash(Point(1)) == hash((1, 0, 'p'))} {max([Point(1, 5), Point(2, 0)])}")
    try:
        point.x = 5  # type: ignore[misc]
    except AttributeError as error:
        lines.append(type(error).__name__)
    match point:
        case Point(x=3, y=found):
            lines.append(f"matched {found}")
    lines.append(f"{isinstance(point, tuple)} {Point.__doc__} {3 in point} {point.index('q')}")
    return "\n".join(lines)
