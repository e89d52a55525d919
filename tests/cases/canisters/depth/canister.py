"""Functions that never end, each in a way of its own, and what stays usable afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import interpreted
from mypy_extensions import i64

from scm import nat, query, state, text, update


@state
class Depth:
    count: nat = 0


def down(n: int) -> int:
    return 1 + down(n + 1)


def narrow(n: i64) -> i64:
    return 1 + narrow(n + 1)


def joined(n: float) -> str:
    return "x" + joined(n + 1)


def even(n: int) -> bool:
    return True if n == 0 else odd(n - 1)


def odd(n: int) -> bool:
    return False if n == 0 else even(n - 1)


def through_interpreted(n: int) -> int:
    return back(n)


def back(n: int) -> int:
    return through_interpreted(n + 1) if n % 5 else 1 + interpreted.and_back(n + 1)


class Node:
    def __init__(self, next: Node | None) -> None:
        self.next = next

    def length(self) -> int:
        return 1 if self.next is None else 1 + self.next.length()

    def walk(self) -> Iterator[int]:
        yield 1
        if self.next is not None:
            yield from self.next.walk()

    def __len__(self) -> int:
        return 1 if self.next is None else 1 + size(self.next)


class Other(Node):
    def length(self) -> int:
        return 2 if self.next is None else 2 + self.next.length()


def size(value: object) -> int:
    return len(value)  # type: ignore[arg-type]


def chain(length: int) -> Node:
    node = Node(None)
    for index in range(length - 1):
        node = Node(node) if index % 2 else Other(node)
    return node


def inner(n: int) -> int:
    def step(n: int) -> int:
        return step(n + 1)

    return step(n)


def run(kind: str, length: int) -> object:
    match kind:
        case "function":
            return down(1)
        case "fixed width":
            return narrow(1)
        case "text":
            return joined(1.0)
        case "two functions":
            return even(2 * length)
        case "method":
            return chain(length).length()
        case "generator":
            return sum(chain(length).walk())
        case "slot":
            return size(chain(length))
        case "inner function":
            return inner(1)
        case "interpreted":
            return interpreted.endless(1)
        case "through interpreted code":
            return through_interpreted(1)
        case _:
            return repr(interpreted.nested(length)).count("[")


@query
def deep(kind: text, length: nat) -> text:
    try:
        return str(run(kind, length))
    except RecursionError as error:
        return f"RecursionError: {error}"


@update
def uncaught(depth: Depth) -> nat:
    depth.count += 1
    return down(1)


@update
def fill(depth: Depth) -> nat:
    """Take memory until there is none."""
    depth.count += 1
    taken = []
    while True:
        taken.append(bytes(50_000_000))


@update
def spin(depth: Depth) -> nat:
    """Never end."""
    depth.count += 1
    while depth.count:
        depth.count += 2
    return 0


@update
def increment(depth: Depth) -> nat:
    depth.count += 1
    return depth.count
