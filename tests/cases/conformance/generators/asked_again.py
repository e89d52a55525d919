"""Generators inside functions, asked again after their end."""

import contextlib
from collections.abc import Callable, Iterator
from itertools import islice


def rows(count: int) -> Iterator[str]:
    def inner() -> Iterator[str]:
        for number in range(count):
            yield f"row {number}"

    return inner()


def pages(items: list[int], size: int) -> Iterator[list[int]]:
    def each() -> Iterator[int]:
        yield from items

    iterator = each()
    while page := list(islice(iterator, size)):
        yield page


def nested_twice(limit: int) -> list[Iterator[int]]:
    def outer(factor: int) -> Iterator[int]:
        def inner(base: int) -> Iterator[int]:
            for number in range(base):
                yield number * factor + limit

        yield from inner(2)
        yield from inner(3)

    return [outer(10), outer(100)]


def counted() -> tuple[Iterator[int], Callable[[], int]]:
    total = 0

    def numbers() -> Iterator[int]:
        nonlocal total
        for number in range(3):
            total += number
            yield total

    def read() -> int:
        return total

    return numbers(), read


def lazy(items: list[int]) -> Iterator[int]:
    return (item * 2 for item in items)


class Shelf:
    def __init__(self, names: list[str]) -> None:
        self.names = names

    def walk(self) -> Iterator[str]:
        def inner(depth: int) -> Iterator[str]:
            for name in self.names:
                yield f"{depth}:{name}"

        return inner(1)


def failing() -> Iterator[int]:
    def inner() -> Iterator[int]:
        yield 1
        raise OSError("no more")

    return inner()


def context_of_a_later_error() -> str:
    iterator = rows(1)
    list(iterator)
    list(iterator)
    try:
        raise KeyError("later")
    except KeyError as error:
        return repr(error.__context__)


def run() -> str:
    lines = []
    for iterator in (rows(2), lazy([1, 2]), Shelf(["a", "b"]).walk(), *nested_twice(5)):
        lines.append(f"{list(iterator)} {list(iterator)} {next(iterator, None)}")  # noqa: PERF401
    lines.append(str(list(pages([1, 2, 3, 4, 5], 2))))
    numbers, read = counted()
    lines.append(f"{list(numbers)} {read()} {list(numbers)} {read()}")
    broken = failing()
    try:
        list(broken)
    except OSError as error:
        lines.append(f"{error} {list(broken)} {error.__context__}")
    once = rows(1)
    lines.append(next(once))
    with contextlib.suppress(StopIteration):
        lines.append(next(once))
    try:
        lines.append(next(once))
    except StopIteration as stop:
        lines.append(f"{stop.value} {stop.__context__}")
    once.close()  # type: ignore[attr-defined]
    unused = rows(1)
    unused.close()  # type: ignore[attr-defined]
    lines.append(str(list(unused)))
    lines.append(context_of_a_later_error())
    return "\n".join(lines)
