"""Functions in containers, as arguments, returned; builtin ones; methods bound and unbound."""

from collections.abc import Callable


class Tool:
    def __init__(self, name: str) -> None:
        self.name = name

    def use(self, on: str) -> str:
        return f"{self.name}->{on}"

    @staticmethod
    def both(text: str) -> str:
        return text * 2

    @classmethod
    def made(cls, name: str) -> str:
        return cls(name).use("made")


def apply_all(functions: list[Callable[[str], str]], value: str) -> str:
    for function in functions:
        value = function(value)
    return value


def choose(name: str) -> Callable[[int, int], int]:
    def add(a: int, b: int) -> int:
        return a + b

    table: dict[str, Callable[[int, int], int]] = {"add": add, "max": max, "pow": pow}
    return table.get(name, lambda a, b: 0)


def run() -> str:
    hammer = Tool("hammer")
    lines = [apply_all([str.upper, hammer.use, Tool.both, Tool.made], "nail")]
    lines.append(f"{[choose(name)(2, 5) for name in ('add', 'max', 'pow', 'none')]}")
    use = Tool.use
    lines.append(f"{use(hammer, 'x')} {list(map(hammer.use, 'ab'))}")
    lines.append(f"{list(map(str.strip, [' a ', 'b ']))} {sorted(['b', 'A'], key=str.lower)}")
    lines.append(f"{list(map(int, '123'))} {list(map(lambda a, b: a * b, [1, 2], [3, 4]))}")
    lines.append(f"{[f(-2.5) for f in (abs, int, round, str)]} {callable(Tool)} {callable(hammer)}")
    counts: dict[Callable[..., object], int] = {len: 1, choose: 2}
    lines.append(f"{counts[choose]} {choose.__name__} {len.__name__} {use.__name__}")
    return "\n".join(lines)
