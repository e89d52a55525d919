"""Definitions under other names: aliases of imports and of module variables."""

from __future__ import annotations

import enum as e
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from dataclasses import dataclass as data
from enum import Enum as Base
from functools import singledispatch as by_type


class Colour(Base):
    RED = 1
    GREEN = 2


class Flag(e.IntFlag):
    A = 1
    B = 2


@data(frozen=True, order=True)
class Point:
    x: int
    y: int = 0


@by_type
def describe(value: object) -> str:
    return "object"


@describe.register
def _(value: int) -> str:
    return f"int {value}"


Fault = ValueError


class Broken(Fault):
    code = 7


class Total:
    def sum(self, values: Iterator[int]) -> int:
        return next(values)


class Limits:
    low = 1
    high = 9

    def span(self) -> int:
        return type(self).high - self.__class__.low


Bounds = Limits


def frozen() -> str:
    point = Point(1)
    try:
        point.x = 5  # type: ignore[misc]
    except FrozenInstanceError:
        return "frozen"
    return "changed"


def run() -> str:
    error = Broken("no")
    total = Total()
    return " ".join(
        [
            f"{list(Colour)} {Colour.RED.name} {Colour(2)} {Flag.A | Flag.B!r}",
            f"{frozen()} {sorted([Point(2), Point(1, 5)])} {hash(Point(1)) == hash(Point(1))}",
            f"{describe(1)} {describe('x')} {error.code} {Broken.code}",
            f"{total.sum(n for n in (4, 5))} {Limits().span()} {Bounds.high}",
        ]
    )
