"""Knows the hand."""

from __future__ import annotations

from . import clock_hand

HOURS = 12


class Face:
    def __init__(self, hand: clock_hand.Hand) -> None:
        self.hand = hand

    def show(self) -> str:
        return "".join("|" if hour == self.hand.at else "." for hour in range(HOURS))
