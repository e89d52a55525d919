"""Value patterns: dotted names of classes, enums and modules are compared, not captured."""

import math
import sys
from enum import Enum


class Limit:
    LOW = 10
    HIGH = 20


class Suit(Enum):
    HEART = "h"
    SPADE = "s"


def compare(value: object) -> str:
    match value:
        case Limit.LOW:
            return "low"
        case Limit.HIGH:
            return "high"
        case Suit.HEART | Suit.SPADE:
            return "suit"
        case math.pi:
            return "pi"
        case math.inf:
            return "infinite"
        case sys.maxunicode:
            return "unicode"
        case (Suit.HEART, Limit.LOW):
            return "pair"
        case {"suit": Suit.SPADE}:
            return "spade in a dict"
        case _:
            return "nothing"


def run() -> str:
    values: list[object] = [10, 20, 10.0, 15, Suit.HEART, "h", math.pi, float("inf"), -math.inf]
    values += [0x10FFFF, (Suit.HEART, 10), (Suit.SPADE, 10), {"suit": Suit.SPADE}, math.nan]
    return "\n".join(compare(value) for value in values)
