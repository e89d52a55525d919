# differs: `__abstractmethods__`
"""Abstract base classes: not instantiated, template methods, abstract with a body, `register`."""

from abc import ABC, abstractmethod
from typing import Any


class Exporter(ABC):
    def export(self, rows: list[list[int]]) -> str:
        return self.join([self.row(row) for row in rows])

    @abstractmethod
    def row(self, row: list[int]) -> str:
        return "/".join(map(str, row))

    def join(self, rows: list[str]) -> str:
        return "|".join(rows)

    @classmethod
    @abstractmethod
    def kind(cls) -> str: ...


class Csv(Exporter):
    def row(self, row: list[int]) -> str:
        return ",".join(str(value) for value in row)

    @classmethod
    def kind(cls) -> str:
        return "csv"


class Padded(Exporter):
    def row(self, row: list[int]) -> str:
        return f"<{super().row(row)}>"

    def join(self, rows: list[str]) -> str:
        return super().join(rows) + "!"

    @classmethod
    def kind(cls) -> str:
        return cls.__name__


class Half(Exporter):
    def row(self, row: list[int]) -> str:
        return ""


def run() -> str:
    rows = [[1, 2], [3], []]
    lines = [f"{exporter.kind()}: {exporter.export(rows)}" for exporter in (Csv(), Padded())]
    for anything in (Exporter, Half):
        loose: Any = anything
        try:
            loose()
        except TypeError as error:
            lines.append(type(error).__name__)
    lines.append(
        f"{issubclass(Csv, Exporter)} {isinstance(Csv(), Exporter)} {issubclass(int, Exporter)}"
    )
    lines.append(" ".join(sorted(Half.__abstractmethods__)))
    return "\n".join(lines)
