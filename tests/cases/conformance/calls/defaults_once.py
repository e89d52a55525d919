"""Defaults are evaluated when the function is made; `None` as a mark; sentinels."""

from typing import Final

START = 5


class Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()


def from_constant(value: int = START) -> int:
    return value


def grown(item: int, into: list[int] | None = None) -> list[int]:
    if into is None:
        into = []
    into.append(item)
    return into


def lookup(table: dict[str, int | None], name: str, default: object = MISSING) -> object:
    if name in table:
        return table[name]
    return default


def power(base: int, exponent: int = 2, modulus: int | None = None) -> int:
    return pow(base, exponent, modulus)


def joined(*words: str, sep: str = "-", end: str | None = None) -> str:
    return sep.join(words) + (sep if end is None else end)


class Greeter:
    def __init__(self, word: str = "hello", times: int = 1) -> None:
        self.word = word
        self.times = times

    def greet(self, name: str = "you", *, word: str | None = None) -> str:
        return f"{word or self.word} {name} " * self.times


def run() -> str:
    lines = [f"{from_constant()} {from_constant(1)} {grown(1)} {grown(2)} {grown(3, [0])}"]
    table: dict[str, int | None] = {"a": 1, "n": None}
    lines.append(
        f"{lookup(table, 'a')} {lookup(table, 'n')} {lookup(table, 'z')} {lookup(table, 'z', None)}"
    )
    lines.append(f"{power(3)} {power(2, 10)} {power(2, 10, 1000)} {power(exponent=3, base=2)}")
    lines.append(
        f"{joined('a', 'b')} {joined('a', end='.')} {joined(sep='+')} {joined('x', sep='', end='')}"
    )
    lines.append(
        f"{Greeter().greet()}|{Greeter('hi', 2).greet('ann')}|{Greeter().greet(word='yo')}"
    )
    return "\n".join(lines)
