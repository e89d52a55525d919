"""`attrs.define`: constructor, equality, repr, slots, defaults."""

from attrs import define, field


@define
class Book:
    title: str
    pages: int = 100
    tags: list[str] = field(factory=list)

    def thicker(self, by: int) -> "Book":
        return Book(self.title, self.pages + by, [*self.tags])


@define(order=True)
class Rank:
    level: int
    name: str = field(order=False, default="")


def run() -> str:
    book = Book("Emma")
    book.pages += 1
    book.tags.append("novel")
    lines = [repr(book), repr(book.thicker(9)), str(book == book.thicker(0))]
    lines.append(str(Book("a").tags is Book("a").tags))
    try:
        book.author = "Jane"  # type: ignore[attr-defined]
    except AttributeError as error:
        lines.append(type(error).__name__)
    lines.append(" ".join(str(rank.level) for rank in sorted([Rank(3), Rank(1), Rank(2)])))
    lines.append(f"{Rank(1, 'a') <= Rank(1, 'b')} {Rank(1, 'a') == Rank(1, 'b')}")
    try:
        hash(book)
    except TypeError as type_error:
        lines.append(str(type_error))
    return "\n".join(lines)
