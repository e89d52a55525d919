"""Functions three deep: reading and changing the variables of every level."""

from collections.abc import Callable


def outer(start: int) -> Callable[[int], Callable[[int], str]]:
    calls = 0

    def middle(factor: int) -> Callable[[int], str]:
        total = start

        def inner(amount: int) -> str:
            nonlocal calls, total
            calls += 1
            total += amount * factor
            return f"{start}/{factor}/{amount} total {total} calls {calls}"

        return inner

    return middle


def shadowed() -> str:
    name = "outer"

    def middle() -> str:
        name = "middle"

        def inner() -> str:
            nonlocal name
            name += "+inner"
            return name

        return f"{inner()} {name}"

    return f"{middle()} {name}"


def run() -> str:
    middle = outer(100)
    double, triple = middle(2), middle(3)
    lines = [double(1), double(5), triple(1), double(0)]
    lines.append(outer(0)(1)(1))
    lines.append(shadowed())
    return "\n".join(lines)
