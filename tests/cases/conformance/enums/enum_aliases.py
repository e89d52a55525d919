"""Aliases, `_missing_`, members compared by identity, subclass of a memberless enum."""

from __future__ import annotations

from enum import Enum


class Described(Enum):
    def describe(self) -> str:
        return f"{type(self).__name__}.{self.name}={self.value}"


class Status(Described):
    OK = 200
    FINE = 200
    MISSING = 404
    GONE = 404

    @classmethod
    def _missing_(cls, value: object) -> Status | None:
        if isinstance(value, int) and 200 <= value < 300:
            return cls.OK
        return None


class Shape(Described):
    ROUND = True


def run() -> str:
    lines = [f"{Status['FINE'] is Status.OK} {Status.FINE.name} {Status['GONE'].name}"]
    lines.append(" ".join(status.name for status in Status))
    lines.append(" ".join(f"{name}:{member.name}" for name, member in Status.__members__.items()))
    lines.append(f"{Status(204).name} {Status(299).describe()}")
    try:
        Status(500)
    except ValueError as error:
        lines.append(str(error))
    lines.append(Shape.ROUND.describe())
    lines.append(f"{isinstance(Status.OK, Described)} {len(Status)}")
    return "\n".join(lines)
