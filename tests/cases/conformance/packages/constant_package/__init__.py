"""Module-level constants and tables, star imports bounded by `__all__`, import aliases."""

import math as mathematics
from collections import OrderedDict as Ordered
from os import path as _unused_path  # noqa: F401  (an alias that nothing reads)

from .tables import *  # noqa: F403
from .tables import _HIDDEN as HIDDEN
from .tables import SQUARES
from .tables import cube as power_of_three


def run() -> str:
    lines = [f"{SQUARES[4]} {power_of_three(3)} {HIDDEN}"]
    lines.append(" ".join(sorted(name for name in globals() if name.isupper())))
    lines.append(f"{mathematics.floor(mathematics.tau)}")
    lines.append(",".join(Ordered(b=1, a=2)))
    lines.append(f"{VOWELS} {len(PRIMES)} {PRIMES[-1]}")  # noqa: F405
    lines.append(str("hidden_helper" in globals()))
    return "\n".join(lines)
