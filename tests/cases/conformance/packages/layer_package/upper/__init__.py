"""A sub-package with code of its own, which uses its module and its parent's other child."""

from collections.abc import Iterable

from ..lower import units
from .rows import Row, widest


def report(rows: Iterable[Row]) -> str:
    kept = list(rows)
    width = widest(kept)
    lines = [f"{row.name:<{width}} | {row.value}" for row in kept]
    return "\n".join([*lines, f"(in {units.length(units.KILOMETRE)} and less)"])
