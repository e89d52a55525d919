"""In-place dunders: those that change the object, and those that fall back to the plain ones."""

from __future__ import annotations


class Bag:
    def __init__(self, *items: str) -> None:
        self.items = list(items)

    def __iadd__(self, other: Bag) -> Bag:
        self.items += other.items
        return self

    def __add__(self, other: Bag) -> Bag:
        return Bag(*self.items, *other.items)

    def __imul__(self, times: int) -> Bag:
        self.items *= times
        return self

    def __isub__(self, item: str) -> Bag:
        self.items.remove(item)
        return self


class Money:
    def __init__(self, cents: int) -> None:
        self.cents = cents

    def __add__(self, other: Money) -> Money:
        return Money(self.cents + other.cents)


class Register:
    def __init__(self, value: int) -> None:
        self.value = value

    def __ior__(self, bits: int) -> Register:
        self.value |= bits
        return self

    def __ilshift__(self, by: int) -> Register:
        self.value <<= by
        return self


def run() -> str:
    bag = Bag("a", "b")
    alias = bag
    bag += Bag("c")
    bag *= 2
    bag -= "b"
    lines = [f"{bag.items} {alias is bag}"]
    bag = bag + Bag("z")
    lines.append(f"{bag.items[-1]} {alias is bag}")
    money = Money(5)
    purse = money
    money += Money(10)
    lines.append(f"{money.cents} {purse.cents}")
    register = Register(1)
    register <<= 4
    register |= 3
    lines.append(str(register.value))
    holder = {"bag": Bag("x")}
    holder["bag"] += Bag("y")
    pair = (Bag("p"), [1])
    pair[1].extend([2])
    lines.append(f"{holder['bag'].items} {pair[1]}")
    return "\n".join(lines)
