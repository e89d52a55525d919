# differs: variables of outer functions before they are set
"""Names without a value: local, global and deleted ones, free variables, attributes."""

from collections.abc import Callable
from typing import Any


def local(flag: bool) -> str:
    if flag:
        value = "set"
    return value


def deleted() -> int:
    number = 5
    del number
    try:
        return number  # noqa: F821
    except UnboundLocalError:
        return -1


def loop_variable(count: int) -> int:
    for index in range(count):  # noqa: B007
        pass
    return index


def free() -> str:
    def inner() -> int:
        return later

    try:
        inner()
    except NameError as error:
        later = 1
        return f"{type(error).__name__} {inner()} {later}"
    return "no error"


def kind(action: Callable[[], Any]) -> str:
    try:
        return str(action())
    except NameError as error:
        return type(error).__name__


def run() -> str:
    lines = [kind(lambda: local(True)), kind(lambda: local(False)), str(deleted())]
    lines += [kind(lambda: loop_variable(3)), kind(lambda: loop_variable(0)), free()]
    lines.append(kind(lambda: nowhere))  # type: ignore[name-defined]  # noqa: F821
    return "\n".join(lines)
