"""Functions as values: composed, curried, in tables, recursive closures, compared."""

from collections.abc import Callable


def compose(*functions: Callable[[int], int]) -> Callable[[int], int]:
    def composed(value: int) -> int:
        for function in reversed(functions):
            value = function(value)
        return value

    return composed


def curry(function: Callable[[int, int], int]) -> Callable[[int], Callable[[int], int]]:
    def take_first(first: int) -> Callable[[int], int]:
        return lambda second: function(first, second)

    return take_first


def make_power(exponent: int) -> Callable[[int], int]:
    def power(base: int) -> int:
        result = 1
        for _ in range(exponent):
            result *= base
        return result

    return power


def walk(depth: int) -> list[str]:
    path: list[str] = []

    def visit(level: int, name: str) -> None:
        path.append(name)
        if level < depth:
            visit(level + 1, name + "l")
            visit(level + 1, name + "r")

    visit(0, "")
    return path


def run() -> str:
    square, cube = make_power(2), make_power(3)
    lines = [str(compose(square, lambda n: n + 1)(4)), str(compose()(9)), str(compose(cube)(-2))]
    lines.append(str(curry(lambda a, b: a - b)(10)(3)))
    table = {"sq": square, "neg": lambda n: -n, "abs": abs}
    lines.append(str({name: function(-3) for name, function in table.items()}))
    lines.append(str(walk(2)))
    lines.append(f"{square == square} {make_power(2) == square}")
    lines.append(str([*map(make_power(10), (1, 2, 10))]))
    return "\n".join(lines)
