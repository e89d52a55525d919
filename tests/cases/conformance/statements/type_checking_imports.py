"""A name from one place for type checkers, from another at run time."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction as Number
else:
    from decimal import Decimal as Number


def run() -> str:
    half = Number("0.5")
    return f"{half} {type(half).__name__} {half + Number(2)}"
