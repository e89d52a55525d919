"""`Self` in chained methods, class methods and subclasses."""

from typing import Self


class Query:
    def __init__(self, table: str) -> None:
        self.table = table
        self.parts: list[str] = []

    @classmethod
    def on(cls, table: str) -> Self:
        return cls(table)

    def where(self, condition: str) -> Self:
        self.parts.append(condition)
        return self

    def copied(self) -> Self:
        other = type(self)(self.table)
        other.parts = [*self.parts]
        return other

    def text(self) -> str:
        return f"{self.table}: {' and '.join(self.parts) or 'all'}"


class Limited(Query):
    count = 0

    def limit(self, count: int) -> Self:
        self.count = count
        return self

    def text(self) -> str:
        return f"{super().text()} [{self.count}]"


def run() -> str:
    query = Limited.on("t").where("a").limit(3).where("b")
    other = query.copied().where("c")
    lines = [query.text(), other.text(), type(other).__name__]
    lines.append(Query.on("u").text())
    lines.append(str(query.where("d") is query))
    return "\n".join(lines)
