"""Imports its partner at the top."""

from .even_side import PARTNER, is_even

LABELS = {True: "yes", False: "no"}


def is_odd(number: int) -> bool:
    return False if number == 0 else is_even(number - 1)


def partner() -> str:
    return PARTNER.upper()
