"""Converters run before validators, at creation and at assignment."""

from collections.abc import Iterable
from typing import Any

from attrs import converters, define, field, validators


def to_words(value: Iterable[str]) -> tuple[str, ...]:
    return tuple(word.strip().lower() for word in value)


def to_number(value: str | int) -> int:
    return int(value)


@define
class Query:
    words: tuple[str, ...] = field(converter=to_words)
    limit: int = field(converter=to_number, default=10, validator=validators.le(100))
    note: str | None = field(converter=converters.optional(str), default=None)


def run() -> str:
    query = Query([" A", "b "], "7")
    lines = [repr(query), repr(Query(()))]
    loose: Any = query  # The type checker does not know that assignments are converted.
    loose.limit = "99"
    lines.append(repr(query.limit))
    loose.words = ["X"]
    lines.append(repr(query.words))
    for text in ("many", "101"):
        try:
            Query([], text)
        except ValueError as error:
            lines.append(str(error)[:24])
    lines.append(repr(Query([], note=5).note))
    return "\n".join(lines)
