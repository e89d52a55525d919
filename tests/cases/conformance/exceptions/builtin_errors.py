"""What the builtin operations raise: the type, and those messages that stay the same."""

from collections.abc import Callable
from typing import Any


def kind(action: Callable[[], Any]) -> str:
    try:
        action()
    except Exception as error:
        return type(error).__name__
    return "nothing"


def text(action: Callable[[], Any]) -> str:
    try:
        action()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "nothing"


def run() -> str:
    numbers: list[int] = [1, 2]
    table: dict[Any, int] = {"a": 1}
    anything: Any = 5
    lines = [text(lambda: numbers[2]), text(lambda: table["b"]), text(lambda: 1 // 0)]
    lines += [text(lambda: 1.0 / 0.0), text(lambda: 5 % 0), text(lambda: int("1x"))]
    lines += [text(lambda: float("abc")), text(lambda: numbers.remove(9)), text(lambda: chr(-1))]
    lines += [text(lambda: "abc".index("z")), text(lambda: [].pop()), text(lambda: set().pop())]
    lines.append(" ".join([kind(lambda: anything + "a"), kind(lambda: anything.name)]))
    lines.append(" ".join([kind(lambda: anything[0]), kind(lambda: anything())]))
    lines.append(" ".join([kind(lambda: table[[]]), kind(lambda: 2**-1), kind(lambda: 0**-1)]))
    lines.append(" ".join([kind(lambda: b"\xff".decode()), kind(lambda: "é".encode("ascii"))]))
    lines.append(
        " ".join([kind(lambda: 10.0**400), kind(lambda: 1 << -1), kind(lambda: next(iter([])))])
    )
    lines.append(text(lambda: dict([(1, 2, 3)])))  # type: ignore[list-item]
    return "\n".join(lines)
