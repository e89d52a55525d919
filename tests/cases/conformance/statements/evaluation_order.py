"""The order in which operands, arguments, keys, subscripts and defaults are evaluated."""

# ruff: noqa: PIE804

from collections.abc import Callable


def run() -> str:
    log: list[str] = []

    def f(name: str, value: int = 0) -> int:
        log.append(name)
        return value

    def taken() -> str:
        text = "".join(log)
        log.clear()
        return text

    def call(a: int, b: int = 0, *args: int, **kwargs: int) -> int:
        log.append("!")
        return a + b

    lines = []
    _ = f("a") + f("b") * f("c") - f("d")
    lines.append(taken())
    call(f("a"), *[f("b"), f("c")], k=f("d"), **{"m": f("e")})
    lines.append(taken())
    _table = {f("a"): f("b"), f("c", 1): f("d")}
    lines.append(taken())
    items = [0, 0]
    items[f("i")] = f("v")
    lines.append(taken())
    items[f("i")] += f("v")
    lines.append(taken())
    _ = f("t") if f("c", 1) else f("e")
    lines.append(taken())
    _listed = [f("x"), (f("y"), f("z")), {f("w")}, f"{f('s')}{f('u')}"]
    lines.append(taken())
    _ = f("a", 1) < f("b", 2) < f("c", 3) and f("d")
    lines.append(taken())

    def with_default(value: int = f("D", 5)) -> int:
        log.append("body")
        return value

    lines.append(taken())
    functions: list[Callable[[], int]] = [lambda: f("1"), lambda: f("2")]
    _sum = functions[f("n", 1)]() + with_default()
    lines.append(taken())
    return " ".join(lines)
