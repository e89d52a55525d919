# differs: a bool where an int is declared
"""`NewType`, `cast`, `TypeGuard`, `assert_never`, `TypeAlias`, `Annotated`."""

from collections.abc import Sequence
from typing import Annotated, NewType, TypeAlias, TypeGuard, assert_never, cast

UserId = NewType("UserId", int)
Pairs: TypeAlias = list[tuple[str, int]]
Small = Annotated[int, "below ten"]


def is_texts(values: Sequence[object]) -> TypeGuard[Sequence[str]]:
    return all(isinstance(value, str) for value in values)


def describe(value: int | str | None) -> str:
    if value is None:
        return "nothing"
    elif isinstance(value, int):
        return f"number {value}"
    elif isinstance(value, str):
        return f"text {value}"
    else:
        assert_never(value)


def joined(values: Sequence[object]) -> str:
    return "+".join(values) if is_texts(values) else f"{len(values)} others"


def run() -> str:
    user = UserId(5)
    pairs: Pairs = [("a", 1)]
    small: Small = 3
    anything: object = ["x", "y"]
    texts = cast(list[str], anything)
    lines = [f"{user + 1} {user} {isinstance(user, int)}", str(pairs + [("b", small)])]  # noqa: RUF005
    lines.append("".join(texts))
    lines += [joined(["a", "b"]), joined([1, "b"]), joined([])]
    lines += [describe(None), describe(4), describe("s"), describe(True)]
    return "\n".join(lines)
