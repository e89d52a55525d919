"""Decorators that keep state in a closure or in an object with `__call__`."""

from collections.abc import Callable


class Counted:
    def __init__(self, function: Callable[[int], int]) -> None:
        self.function = function
        self.calls = 0

    def __call__(self, number: int) -> int:
        self.calls += 1
        return self.function(number)


def memoized(function: Callable[[int], int]) -> Callable[[int], int]:
    known: dict[int, int] = {}

    def wrapper(number: int) -> int:
        if number not in known:
            known[number] = function(number)
        return known[number]

    return wrapper


def make_fibonacci() -> tuple[Callable[[int], int], Counted]:
    def fibonacci(number: int) -> int:
        return number if number < 2 else quick(number - 1) + quick(number - 2)

    counted = Counted(fibonacci)
    quick = memoized(counted)
    return quick, counted


def traced(log: list[str]) -> Callable[[Callable[..., object]], Callable[..., object]]:
    def decorate(function: Callable[..., object]) -> Callable[..., object]:
        def wrapper(*args: object, **kwargs: object) -> object:
            shown = [repr(arg) for arg in args] + [f"{k}={v!r}" for k, v in kwargs.items()]
            result = function(*args, **kwargs)
            log.append(f"({', '.join(shown)}) -> {result!r}")
            return result

        return wrapper

    return decorate


def run() -> str:
    fibonacci, counted = make_fibonacci()
    lines = [f"{fibonacci(60)} {counted.calls}", f"{fibonacci(60)} {counted.calls}"]
    log: list[str] = []
    power = traced(log)(pow)
    lines.append(f"{power(2, 10)} {power(2, exp=3, mod=5)}")
    lines += log
    return "\n".join(lines)
