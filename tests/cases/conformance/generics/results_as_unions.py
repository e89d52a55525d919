"""A generic result type: a union of two generic classes, with `match` and chained steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True)
class Ok(Generic[T]):
    value: T


@dataclass(frozen=True)
class Err:
    reason: str


Result = Ok[T] | Err


def then(result: Result[T], step: Callable[[T], Result[U]]) -> Result[U]:
    return result if isinstance(result, Err) else step(result.value)


def parse(text: str) -> Result[int]:
    return Ok(int(text)) if text.strip("-").isdigit() else Err(f"not a number: {text}")


def root(number: int) -> Result[float]:
    return Ok(number**0.5) if number >= 0 else Err(f"negative: {number}")


def show(result: Result[float]) -> str:
    match result:
        case Ok(value):
            return f"ok {value:.2f}"
        case Err(reason):
            return f"err {reason}"


def run() -> str:
    lines = [show(then(parse(text), root)) for text in ("16", "-4", "x", "0", "2")]
    lines.append(repr(then(Ok("a"), lambda value: Ok(value * 3))))
    lines.append(f"{Ok(1) == Ok(1)} {Ok(1) == Ok(2)} {Err('a') == Err('a')}")
    return "\n".join(lines)
