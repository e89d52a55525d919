"""Two levels below the package."""

from collections.abc import Sequence
from typing import NamedTuple

from ..lower.units import length as write_length


class Row(NamedTuple):
    name: str
    value: str = write_length(0)


def widest(rows: Sequence[Row]) -> int:
    return max(len(row.name) for row in rows)
