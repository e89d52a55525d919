"""Knows the face."""

from __future__ import annotations

from . import clock_face


class Hand:
    def __init__(self, at: int) -> None:
        self.at = at

    def move(self, hours: int) -> None:
        self.at = (self.at + hours) % clock_face.HOURS

    def owner(self, face: clock_face.Face) -> str:
        return "mine" if face.hand is self else "another's"


def opposite(face: clock_face.Face) -> Hand:
    return Hand((face.hand.at + clock_face.HOURS // 2) % clock_face.HOURS)
