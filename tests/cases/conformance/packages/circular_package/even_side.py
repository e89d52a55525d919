"""Imports the other side only where it is called."""

PARTNER = "odd"


def is_even(number: int) -> bool:
    from .odd_side import is_odd

    return True if number == 0 else is_odd(number - 1)


def both(number: int) -> str:
    from . import odd_side as other
    from .odd_side import LABELS

    return f"{LABELS[is_even(number)]}/{LABELS[other.is_odd(number)]}"
