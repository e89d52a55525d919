"""`total_ordering` and `cmp_to_key`; comparisons that return NotImplemented."""

from __future__ import annotations

from functools import cmp_to_key, total_ordering


@total_ordering
class Card:
    ORDER = "23456789TJQKA"

    def __init__(self, text: str) -> None:
        self.rank, self.suit = text[0], text[1]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Card):
            return NotImplemented
        return self.rank == other.rank

    def __lt__(self, other: Card) -> bool:
        return self.ORDER.index(self.rank) < self.ORDER.index(other.rank)

    def __hash__(self) -> int:
        return self.ORDER.index(self.rank)


def by_parity(a: int, b: int) -> int:
    if a % 2 != b % 2:
        return b % 2 - a % 2
    return (a > b) - (a < b)


def concatenated(a: str, b: str) -> int:
    return 1 if a + b < b + a else -1 if a + b > b + a else 0


def run() -> str:
    cards = [Card(text) for text in ("Ks", "2h", "Ah", "Td", "2s")]
    lines = [" ".join(card.rank + card.suit for card in sorted(cards))]
    lines.append(f"{cards[0] >= cards[1]} {cards[1] <= cards[4]} {cards[1] > cards[4]}")
    lines.append(f"{cards[1] == cards[4]} {cards[0] != cards[2]} {len(set(cards))}")
    other: object = "Ks"
    lines.append(f"{cards[0] == other} {max(cards).suit} {min(cards).suit}")
    lines.append(str(sorted([4, 1, 3, 2, 6, 5], key=cmp_to_key(by_parity))))
    lines.append("".join(sorted(["3", "30", "34", "5", "9"], key=cmp_to_key(concatenated))))
    return "\n".join(lines)
