"""Non-data descriptors: a value computed once, shadowed by the object; functions are ones."""

from collections.abc import Callable
from typing import Any


class Lazy:
    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function
        self.name = function.__name__

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return f"lazy {self.name} of {owner.__name__}"
        value = self.function(instance)
        instance.__dict__[self.name] = value
        return value


class ClassOnly:
    def __get__(self, instance: object, owner: type) -> str:
        return owner.__name__.lower()


class Report:
    kind = ClassOnly()

    def __init__(self, rows: list[int]) -> None:
        self.rows = rows
        self.runs = 0

    @Lazy
    def total(self) -> int:
        self.runs += 1
        return sum(self.rows)


class Summary(Report):
    pass


def run() -> str:
    report = Report([1, 2, 3])
    lines = [f"{report.total} {report.total} {report.runs} {Report.total}"]
    report.rows.append(10)
    lines.append(str(report.total))
    del report.__dict__["total"]
    lines.append(f"{report.total} {report.runs}")
    lines.append(f"{Report.kind} {Summary.kind} {Summary([]).kind} {Summary.total}")
    bound = len.__get__([1, 2]) if hasattr(len, "__get__") else 2
    lines.append(str(bound))
    return "\n".join(lines)
