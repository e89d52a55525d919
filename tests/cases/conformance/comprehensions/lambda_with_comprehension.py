"""Lambdas at module level that contain comprehensions, generator expressions and lambdas."""

from collections.abc import Callable

squares: Callable[[int], list[int]] = lambda limit: [n * n for n in range(limit)]  # noqa: E731
pairs: Callable[[int], dict[int, str]] = lambda limit: {n: "x" * n for n in range(limit)}  # noqa: E731
total: Callable[[int], int] = lambda limit: sum(n for n in range(limit))  # noqa: E731
adder: Callable[[int], Callable[[int], int]] = lambda first: lambda second: first + second  # noqa: E731
by_length = {len(word): (lambda extra, word=word: word + extra) for word in ("a", "bb")}


def run() -> str:
    lines = [str(squares(5)), str(pairs(3)), str(total(10)), str(adder(40)(2))]
    lines.append(f"{by_length[1]('!')} {by_length[2]('?')}")
    lines.append(str([adder(n)(n) for n in range(3)]))
    return "\n".join(lines)
