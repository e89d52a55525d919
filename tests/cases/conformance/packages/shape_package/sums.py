"""Uses its sibling through the package: `from . import flat`."""

from collections.abc import Sequence

from . import flat


def total_area(shapes: Sequence[flat.Shape]) -> float:
    return sum(shape.area() for shape in shapes)
