"""`__call__`: objects as functions, with state, defaults, as keys and in `map`."""

from collections.abc import Callable
from typing import Any


class Polynomial:
    def __init__(self, *coefficients: int) -> None:
        self.coefficients = coefficients

    def __call__(self, x: int) -> int:
        result = 0
        for coefficient in reversed(self.coefficients):
            result = result * x + coefficient
        return result


class Accumulator:
    def __init__(self) -> None:
        self.total = 0

    def __call__(self, amount: int = 1, *more: int, sign: int = 1) -> int:
        self.total += sign * (amount + sum(more))
        return self.total


class Router:
    def __init__(self) -> None:
        self.routes: dict[str, Callable[[str], str]] = {}

    def add(self, name: str, function: Callable[[str], str]) -> "Router":
        self.routes[name] = function
        return self

    def __call__(self, path: str) -> str:
        name, _, rest = path.partition("/")
        return self.routes[name](rest) if name in self.routes else f"? {rest}"


def run() -> str:
    cubic = Polynomial(1, 0, -2, 3)
    lines = [f"{cubic(2)} {[*map(cubic, range(-1, 3))]} {callable(cubic)} {callable(5)}"]
    add = Accumulator()
    lines.append(f"{add()} {add(5)} {add(1, 2, 3)} {add(2, sign=-1)} {add.total}")
    router = Router().add("up", str.upper).add("len", lambda text: str(len(text)))
    router.add("deep", Router().add("rev", lambda text: text[::-1]))
    lines.append(
        f"{router('up/abc')} {router('len/four')} {router('deep/rev/abc')} {router('x/y')}"
    )
    anything: Any = Polynomial(5)
    lines.append(str(sorted([3, 1, anything(0)], key=Polynomial(0, -1))))
    return "\n".join(lines)
