"""Modules in a circle at import time, which works as each asks for modules, not for names."""

from . import clock_face, clock_hand


def run() -> str:
    hand = clock_hand.Hand(10)
    face = clock_face.Face(hand)
    lines = [face.show(), hand.owner(face)]
    hand.move(5)
    lines.append(face.show())
    lines.append(str(isinstance(face.hand, clock_hand.Hand)))
    lines.append(str(clock_hand.opposite(face).at))
    return "\n".join(lines)
