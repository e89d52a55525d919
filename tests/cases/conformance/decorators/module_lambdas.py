# differs: the name of a lambda
"""Lambdas at module level, in tables, with defaults, conditional, as keys and callbacks."""

from collections.abc import Callable

twice: Callable[[int], int] = lambda number: number * 2  # noqa: E731
sign: Callable[[int], str] = lambda number: "+" if number > 0 else "-" if number < 0 else "0"  # noqa: E731
with_default: Callable[..., str] = lambda text, times=2: text * times  # noqa: E731
constant: Callable[[], int] = lambda: 42  # noqa: E731
many: Callable[..., str] = lambda *args, **kwargs: f"{args} {sorted(kwargs)}"  # noqa: E731
TABLE: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "max": lambda a, b: a if a > b else b,
}
chained: Callable[[int], int] = lambda number: twice(twice(number)) + constant()  # noqa: E731


def apply(function: Callable[[int], int], times: int, value: int) -> int:
    for _ in range(times):
        value = function(value)
    return value


def run() -> str:
    lines = [
        f"{twice(21)} {sign(5)}{sign(-5)}{sign(0)} {with_default('ab')} {with_default('x', 4)}"
    ]
    lines.append(f"{constant()} {many(1, 'a', k=2, b=3)} {many()}")
    lines.append(str({name: function(7, 3) for name, function in TABLE.items()}))
    lines.append(f"{chained(1)} {apply(lambda n: n * n, 3, 2)} {apply(twice, 10, 1)}")
    words = ["pear", "fig", "apple"]
    lines.append(
        f"{sorted(words, key=lambda word: (len(word), word))} {max(words, key=lambda w: w[-1])}"
    )
    lines.append(f"{list(map(lambda n: n + 1, [1, 2]))} {list(filter(lambda n: n % 2, range(6)))}")  # noqa: C417
    lines.append(f"{(lambda: 'called')()} {(lambda x: lambda y: x - y)(5)(3)} {twice.__name__}")
    return "\n".join(lines)
