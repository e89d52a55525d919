"""A tokenizer and a recursive-descent parser: precedence, brackets, functions, errors."""

import re
from collections.abc import Iterator
from typing import NamedTuple

TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[a-z]+)|(?P<sign>\*\*|[-+*/%(),]))")


class Token(NamedTuple):
    kind: str
    text: str


class SyntaxProblem(Exception):  # noqa: N818
    pass


def tokens(text: str) -> Iterator[Token]:
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise SyntaxProblem(f"unexpected {text[at:].strip()[0]!r} at {at}")
        yield Token(match.lastgroup or "", match.group(match.lastgroup or 0))
        at = match.end()
    yield Token("end", "")


class Parser:
    def __init__(self, text: str) -> None:
        self.tokens = tokens(text)
        self.token = next(self.tokens)

    def advance(self) -> str:
        text = self.token.text
        self.token = next(self.tokens, Token("end", ""))
        return text

    def expect(self, text: str) -> None:
        if self.token.text != text:
            raise SyntaxProblem(f"expected {text!r}, got {self.token.text or 'the end'!r}")
        self.advance()

    def total(self) -> float:
        value = self.product()
        while self.token.text in ("+", "-"):
            value = value + self.product() if self.advance() == "+" else value - self.product()
        return value

    def product(self) -> float:
        value = self.power()
        while self.token.text in ("*", "/", "%"):
            match self.advance():
                case "*":
                    value *= self.power()
                case "/":
                    value /= self.power()
                case _:
                    value %= self.power()
        return value

    def power(self) -> float:
        if self.token.text == "-":
            self.advance()
            return -self.power()
        value = self.atom()
        if self.token.text == "**":
            self.advance()
            return float(value ** self.power())
        return value

    def atom(self) -> float:
        if self.token.kind == "number":
            return float(self.advance())
        if self.token.kind == "name":
            name = self.advance()
            self.expect("(")
            arguments = [self.total()]
            while self.token.text == ",":
                self.advance()
                arguments.append(self.total())
            self.expect(")")
            return self.call(name, arguments)
        self.expect("(")
        value = self.total()
        self.expect(")")
        return value

    def call(self, name: str, arguments: list[float]) -> float:
        if name == "max":
            return max(arguments)
        if name == "abs" and len(arguments) == 1:
            return abs(arguments[0])
        raise SyntaxProblem(f"can't call {name} with {len(arguments)}")


def evaluate(text: str) -> str:
    try:
        parser = Parser(text)
        value = parser.total()
        parser.expect("")
    except (SyntaxProblem, ZeroDivisionError) as error:
        return f"{type(error).__name__}: {error}"
    return f"{value:g}"


def run() -> str:
    texts = ["1 + 2*3", "(1+2)*3", "2**3**2", "-2**2", "10/4 - 1", "7 % 4 * 2", "max(1, 2+3, -4)"]
    texts += ["abs(-(3))", "1 +", "(1", "2 $ 3", "1/0", "foo(1)", "3 4", "", "((((5))))"]
    return "\n".join(f"{text} = {evaluate(text)}" for text in texts)
