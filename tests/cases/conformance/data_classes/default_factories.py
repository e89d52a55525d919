"""Defaults made anew for each object, and factories of several kinds."""

from collections import defaultdict
from dataclasses import dataclass, field


def first_tags() -> list[str]:
    return ["new"]


@dataclass
class Basket:
    owner: str
    items: list[str] = field(default_factory=list)
    prices: dict[str, int] = field(default_factory=dict)
    tags: list[str] = field(default_factory=first_tags)
    numbers: list[int] = field(default_factory=lambda: [n * n for n in range(4)])
    groups: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))


def run() -> str:
    one, two = Basket("one"), Basket("two")
    one.items.append("apple")
    one.prices["apple"] = 3
    one.tags.append("ripe")
    one.numbers[0] = -1
    one.groups["x"].append(1)
    lines = [repr(one), repr(two), str(one.items is two.items)]
    given = ["pear"]
    three = Basket("three", given, tags=[])
    given.append("plum")
    lines.append(f"{three.items} {three.tags} {three.prices}")
    lines.append(str(Basket("a") == Basket("a")))
    return "\n".join(lines)
