"""The lowest layer: constants, and a function over them."""

from typing import Final

CENTIMETRE: Final = 1
METRE: Final = 100 * CENTIMETRE
KILOMETRE: Final = 1000 * METRE
_NAMES: Final = ((KILOMETRE, "km"), (METRE, "m"), (CENTIMETRE, "cm"))


def length(amount: int) -> str:
    """The amount in the largest units, like `1 km 200 m`."""
    parts = []
    for size, name in _NAMES:
        count, amount = divmod(amount, size)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts) or "0"
