"""`runtime_checkable` protocols with `isinstance`, and the abstract classes that work alike."""

from collections.abc import Hashable, Iterable, Sized
from typing import Protocol, SupportsIndex, SupportsInt, runtime_checkable


@runtime_checkable
class Closable(Protocol):
    def close(self) -> str: ...


@runtime_checkable
class Named(Protocol):
    name: str


class Door:
    def __init__(self, name: str) -> None:
        self.name = name

    def close(self) -> str:
        return f"{self.name} shut"


class Stone:
    pass


def finish(things: Iterable[object]) -> list[str]:
    return [thing.close() if isinstance(thing, Closable) else "skipped" for thing in things]


def run() -> str:
    door, stone = Door("front"), Stone()
    lines = [str(finish([door, stone, 5]))]
    lines.append(f"{isinstance(door, Named)} {isinstance(stone, Named)}")
    lines.append(f"{isinstance(3, SupportsInt)} {isinstance('3', SupportsInt)}")
    lines.append(f"{isinstance(3, SupportsIndex)} {isinstance(3.0, SupportsIndex)}")
    lines.append(f"{isinstance([], Hashable)} {isinstance((), Hashable)} {isinstance({}, Sized)}")
    values: list[object] = ["", 1, {}, range(2)]
    lines.append(str([isinstance(value, Iterable) for value in values]))
    return "\n".join(lines)
