"""`yield from`: over iterables, with results, with values sent and thrown through."""

from collections.abc import Generator, Iterator
from typing import Any


def inner(name: str) -> Generator[str, str, int]:
    count = 0
    while True:
        try:
            word = yield f"{name}{count}"
        except LookupError:
            word = "lookup"
        if word == "stop":
            return count
        count += len(word)


def outer() -> Generator[str, str, str]:
    first = yield from inner("a")
    second = yield from inner("b")
    return f"{first}+{second}"


def flatten(items: list[Any]) -> Iterator[int]:
    for item in items:
        if isinstance(item, list):
            yield from flatten(item)
        else:
            yield item


def mixed() -> Iterator[object]:
    yield from "ab"
    yield from range(2)
    yield from {"k": 1}
    yield from ()
    yield from (n * 2 for n in (5, 6))


def run() -> str:
    generator = outer()
    lines = [f"{next(generator)} {generator.send('xyz')} {generator.throw(KeyError('k'))}"]
    lines.append(f"{generator.send('stop')} {generator.send('q')}")
    try:
        generator.send("stop")
    except StopIteration as stop:
        lines.append(stop.value)
    lines.append(str(list(flatten([1, [2, [3, [], [[4]]], 5]]))))
    lines.append(str(list(mixed())))
    return "\n".join(lines)
