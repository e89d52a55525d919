"""`cached_property`: computed once for each object, deleted, set, in a subclass."""

from functools import cached_property


class Circle:
    def __init__(self, radius: int, log: list[str]) -> None:
        self.radius = radius
        self.log = log

    @cached_property
    def area(self) -> int:
        self.log.append(f"area of {self.radius}")
        return 3 * self.radius**2

    @cached_property
    def name(self) -> str:
        return f"circle {self.area}"


class Ring(Circle):
    @cached_property
    def area(self) -> int:
        return super().area - 1


def run() -> str:
    log: list[str] = []
    circle, other, ring = Circle(2, log), Circle(3, log), Ring(4, log)
    lines = [f"{circle.area} {circle.area} {other.area} {log}"]
    circle.radius = 10
    lines.append(f"{circle.area} {circle.name}")
    del circle.area
    lines.append(f"{circle.area} {circle.name} {log}")
    other.area = 1
    lines.append(f"{other.area} {other.name}")
    lines.append(f"{ring.area} {ring.area} {len(log)}")
    lines.append(" ".join(sorted(vars(circle))))
    return "\n".join(lines)
