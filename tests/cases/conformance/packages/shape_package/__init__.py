"""Re-exports with `__all__`, names taken from sub-modules and handed on."""

from .flat import Circle, Rectangle
from .flat import unit_square as make_unit
from .sums import total_area

__all__ = ["Circle", "Rectangle", "run", "total_area"]


def run() -> str:
    shapes = [Rectangle(2, 3), Circle(1), make_unit()]
    lines = [f"{shape.name}: {shape.area():.3f}" for shape in shapes]
    lines.append(f"total {total_area(shapes):.3f}")
    lines.append(" ".join(sorted(__all__)))
    lines.append(__name__.rpartition(".")[2])
    lines.append(Circle.__module__.rpartition(".")[2])
    return "\n".join(lines)
