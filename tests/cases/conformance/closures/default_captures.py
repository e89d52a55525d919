# refused: mutable-default
"""Defaults evaluated once, a mutable default that remembers, closures over arguments."""

from collections.abc import Callable

LIMIT = 5


def remembering(item: str, seen: list[str] = []) -> int:  # noqa: B006  (it is the theme)
    seen.append(item)
    count = seen.count(item)
    if len(seen) >= LIMIT:
        seen.clear()
    return count


def bounded(value: int, limit: int = LIMIT * 2) -> int:
    return min(value, limit)


def clamp(low: int, high: int) -> Callable[[int], int]:
    if low > high:
        low, high = high, low
    return lambda value: max(low, min(high, value))


def fresh(items: list[int] | None = None) -> list[int]:
    items = [] if items is None else items
    items.append(len(items))
    return items


def run() -> str:
    lines = [" ".join(str(remembering(item)) for item in "aabac")]
    lines.append(f"{bounded(50)} {bounded(3)} {bounded(50, 40)}")
    inside = clamp(9, 1)
    lines.append(str([inside(value) for value in (-5, 5, 50)]))
    lines.append(f"{fresh()} {fresh()} {fresh(fresh())}")
    return "\n".join(lines)
