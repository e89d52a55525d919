"""Decorators of classes: adding methods, collecting names, replacing, with arguments."""

from collections.abc import Callable
from typing import Any, TypeVar

C = TypeVar("C", bound=type)


def with_repr(cls: C) -> C:
    def show(self: Any) -> str:
        inner = ", ".join(f"{name}={value!r}" for name, value in sorted(vars(self).items()))
        return f"{type(self).__name__}({inner})"

    cls.__repr__ = show  # type: ignore[assignment]
    return cls


def labelled(label: str) -> Callable[[C], C]:
    def decorate(cls: C) -> C:
        cls.label = label  # type: ignore[attr-defined]
        return cls

    return decorate


@with_repr
class Point:
    def __init__(self, x: int, y: int) -> None:
        self.x = x
        self.y = y


@labelled("heavy")
@with_repr
class Stone:
    label: str

    def __init__(self, mass: int) -> None:
        self.mass = mass


def run() -> str:
    lines = [repr(Point(1, 2)), repr(Stone(3)), Stone.label, Stone(1).label]
    lines.append(Point.__name__)
    return "\n".join(lines)
