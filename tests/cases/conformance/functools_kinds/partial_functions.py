"""`partial`, `partialmethod`, `reduce` with and without a start."""

from collections.abc import Callable
from functools import partial, partialmethod, reduce
from operator import add, mul, sub


def show(first: str, second: str = "b", *rest: str, sep: str = "-") -> str:
    return sep.join([first, second, *rest])


class Lamp:
    def __init__(self) -> None:
        self.state = "off"

    def set(self, state: str, suffix: str = "") -> str:
        self.state = state + suffix
        return self.state

    on = partialmethod(set, "on")
    dim = partialmethod(set, "on", suffix="(dim)")


def compose(*functions: Callable[[int], int]) -> Callable[[int], int]:
    return reduce(lambda f, g: lambda x: g(f(x)), functions, lambda x: x)


def run() -> str:
    plus = partial(show, "x", sep="+")
    lines = [plus(), plus("y", "z"), plus("y", sep="/"), show(*"abcd")]
    nested = partial(partial(show, "1"), "2")
    lines.append(f"{nested('3')} {nested.args} {nested.keywords} {plus.func is show}")
    lamp = Lamp()
    lines.append(f"{lamp.on()} {lamp.dim()} {lamp.set('off')} {lamp.state}")
    lines.append(f"{reduce(add, [1, 2, 3])} {reduce(mul, [], 7)} {reduce(sub, [10, 3, 2])}")
    lines.append(
        str(reduce(lambda acc, c: {**acc, c: acc.get(c, 0) + 1}, "abca", dict[str, int]()))
    )
    lines.append(str(compose(lambda x: x + 1, lambda x: x * 10, partial(pow, 2))(0)))
    try:
        reduce(add, list[int]())
    except TypeError as error:
        lines.append(str(error))
    return "\n".join(lines)
