"""`ParamSpec` and `Concatenate`: decorators that keep the signature."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def listed(function: Callable[P, R]) -> Callable[P, list[R]]:
    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> list[R]:
        return [function(*args, **kwargs)]

    return wrapper


def with_prefix(function: Callable[Concatenate[str, P], R]) -> Callable[P, R]:
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        return function(">", *args, **kwargs)

    return wrapper


def attempt(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R | str:
    try:
        return function(*args, **kwargs)
    except ArithmeticError as error:
        return type(error).__name__


@listed
def divide(number: int, *, by: int = 2) -> float:
    return number / by


@with_prefix
def shout(prefix: str, word: str, times: int = 1) -> str:
    return prefix + word.upper() * times


def run() -> str:
    lines = [str(divide(7)), str(divide(7, by=7)), divide.__name__]
    lines.append(shout("a"))
    lines.append(shout("b", times=3))
    lines.append(str(attempt(divide, 1, by=0)))
    lines.append(str(attempt(divmod, 17, 5)))
    return "\n".join(lines)
