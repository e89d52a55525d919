"""Generic dataclasses, recursive ones, and objects that contain each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")
K = TypeVar("K")


@dataclass
class Pair(Generic[K, T]):
    key: K
    value: T

    def swapped(self) -> Pair[T, K]:
        return Pair(self.value, self.key)


@dataclass
class Tree(Generic[T]):
    value: T
    children: list[Tree[T]] = field(default_factory=list)

    def total(self) -> int:
        return 1 + sum(child.total() for child in self.children)


@dataclass
class Ring:
    name: str
    next: Ring | None = None


def run() -> str:
    pair = Pair("a", 1)
    lines = [repr(pair), repr(pair.swapped()), repr(Pair[str, int]("b", 2))]
    tree = Tree(1, [Tree(2), Tree(3, [Tree(4)])])
    lines.append(f"{tree.total()} {tree}")
    ring = Ring("r")
    ring.next = Ring("s", ring)
    lines.append(repr(ring))
    lines.append(str(tree == Tree(1, [Tree(2), Tree(3, [Tree(4)])])))
    return "\n".join(lines)
