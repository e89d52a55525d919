"""Tuples: comparison, unpacking with stars, nested, swaps, as keys, single and empty."""

from collections.abc import Callable


def minmax(values: list[int]) -> tuple[int, int]:
    return min(values), max(values)


def split(text: str) -> tuple[str, tuple[str, ...], str]:
    first, *middle, last = list(text)
    return first, tuple(middle), last


def run() -> str:
    a, b = 1, 2
    a, b = b, a + b
    lines = [f"{a} {b} {minmax([3, 1, 2])} {split('abcd')} {split('ab')}"]
    (x, y), [z, *rest] = (1, 2), list("abc")
    lines.append(f"{x}{y}{z}{rest}")
    *head, tail = range(4)
    first, *_ = (9, 8)
    lines.append(f"{head} {tail} {first} {(1,)} {()} {(1, 2) + (3,)} {(0,) * 3}")  # noqa: RUF005
    lines.append(f"{(1, 2) < (1, 3)} {(1,) < (1, 0)} {(2,) > (1, 9, 9)} {() < (0,)}")
    table = {(0, 1): "x", (1, 0): "y"}
    lines.append(f"{table[0, 1]} {(1, 0) in table} {[i + j for i, j in table]} {sorted(table)}")
    nested = (1, (2, (3, [4])))
    nested[1][1][1].append(5)
    lines.append(f"{nested} {len(nested)} {nested.count(1)} {hash((1, 2)) == hash((1, 2))}")
    for i, (name, value) in enumerate({"p": 1, "q": 2}.items()):
        lines.append(f"{i}{name}{value}")
    collect: Callable[..., tuple[int, ...]] = lambda *args: args  # noqa: E731
    values = collect(*[1, 2], *(3, 4))
    lines.append(f"{values} {values[1:]} {values[::-1]} {2 in values} {tuple({1: 2})}")
    c = d = [0]
    c.append(1)
    i, array = 0, [5, 6]
    i, array[i] = 1, 7
    lines.append(f"{d} {i} {array}")
    return "\n".join(lines)
