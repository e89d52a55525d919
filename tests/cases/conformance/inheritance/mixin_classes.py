"""Mixins without state, used by several classes, and one that needs methods of its host."""

from typing import Protocol


class HasItems(Protocol):
    items: list[str]


class Countable:
    items: list[str]

    def count(self) -> int:
        return len(self.items)


class Joinable:
    separator = ", "

    def joined(self: HasItems) -> str:
        return ", ".join(self.items)


class Loud:
    def shout(self) -> str:
        return f"{self}!".upper()


class Bag(Countable, Joinable, Loud):
    def __init__(self, *items: str) -> None:
        self.items = list(items)

    def __str__(self) -> str:
        return f"bag of {self.joined()}"


class Box(Bag):
    def count(self) -> int:
        return super().count() * 100


class Quiet(Loud):
    def shout(self) -> str:
        return "(" + type(self).__name__ + ")"


def run() -> str:
    bag, box = Bag("a", "b"), Box("c")
    lines = [str(bag), bag.shout(), str(bag.count()), str(box), str(box.count()), box.shout()]
    lines.append(Quiet().shout())
    lines.append(f"{isinstance(box, Countable)} {isinstance(bag, Loud)} {Bag.separator!r}")
    lines.append(" ".join(cls.__name__ for cls in Box.__mro__))
    return "\n".join(lines)
