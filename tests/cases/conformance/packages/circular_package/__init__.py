"""Two modules that need each other: one imports the other inside its functions."""

from . import even_side, odd_side


def run() -> str:
    lines = [
        f"{number}: even {even_side.is_even(number)} odd {odd_side.is_odd(number)}"
        for number in (0, 1, 7, 10)
    ]
    lines.append(f"{even_side.PARTNER} {odd_side.partner()}")
    lines.append(even_side.both(4))
    return "\n".join(lines)
