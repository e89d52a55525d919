"""Errors of unpacking, of calls with wrong arguments, and of iteration over what can't be."""

from collections.abc import Callable
from typing import Any


def two(first: int, second: int = 2, *, third: int = 3) -> int:
    return first * 100 + second * 10 + third


def outcome(action: Callable[[], object]) -> str:
    try:
        return str(action())
    except (TypeError, ValueError) as error:
        return type(error).__name__


def unpack(values: Any) -> str:
    first, second = values
    return f"{first}-{second}"


def unpack_star(values: Any) -> str:
    first, *middle, last = values
    return f"{first} {middle} {last}"


def run() -> str:
    call: Any = two
    named = {"third": 6}
    lines = [outcome(lambda: unpack("ab")), outcome(lambda: unpack([1, 2, 3]))]
    lines += [
        outcome(lambda: unpack([1])),
        outcome(lambda: unpack(5)),
        outcome(lambda: unpack({1: 2, 3: 4})),
    ]
    lines += [outcome(lambda: unpack_star("abcde")), outcome(lambda: unpack_star([1]))]
    lines += [outcome(lambda: call(1)), outcome(lambda: call(1, third=9)), outcome(lambda: call())]
    lines += [outcome(lambda: call(1, 2, 3)), outcome(lambda: call(1, first=1))]
    lines += [outcome(lambda: call(1, fourth=4)), outcome(lambda: call(*[4, 5], **named))]
    lines += [outcome(lambda: list(call)), outcome(lambda: sum("ab"))]  # type: ignore[arg-type]
    return " ".join(lines)
