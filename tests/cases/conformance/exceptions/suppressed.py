"""`contextlib.suppress`, handlers of several types, dynamic handler tuples, no handler at all."""

from collections.abc import Callable
from contextlib import suppress

IGNORED = (KeyError, ZeroDivisionError)


def guarded(action: Callable[[], object]) -> str:
    try:
        return str(action())
    except IGNORED as error:
        return f"ignored {type(error).__name__}"


def quiet(numbers: dict[str, int], names: list[str]) -> int:
    total = 0
    for name in names:
        with suppress(KeyError):
            total += numbers[name]
            total += numbers[name + name]
    return total


def chosen(kinds: list[type[Exception]], action: Callable[[], object]) -> str:
    try:
        action()
    except tuple(kinds):
        return "chosen"
    except Exception as error:
        return f"other {type(error).__name__}"
    return "none"


def run() -> str:
    empty: dict[str, int] = {}
    lines = [guarded(lambda: empty["x"]), guarded(lambda: 1 / 0), guarded(lambda: 5)]
    try:
        guarded(lambda: int("q"))
    except ValueError as error:
        lines.append(str(error))
    lines.append(str(quiet({"a": 1, "b": 2, "aa": 10}, ["a", "x", "b", "a"])))
    lines.append(chosen([TypeError, KeyError], lambda: empty["x"]))
    lines.append(chosen([], lambda: empty["x"]))
    lines.append(chosen([OSError], lambda: None))
    with suppress(Exception):
        raise OSError("gone")
    return "\n".join(lines)
