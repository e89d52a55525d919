"""The official conformance suite of Candid, run unchanged where its files are at hand.

Each file holds type definitions and assertions: an input (bytes or text) decodes at some types,
or must not, or equals another input there.
"""

from pathlib import Path

import pytest

from scm.candid.decode import decode
from scm.candid.did_parser import DidParser
from scm.candid.errors import CandidSyntaxError, DecodeError
from scm.candid.lexer import Token, TokenReader, text_of
from scm.candid.types import Type, TypeEnv
from scm.candid.value_parser import parse_values

SUITE = Path(__file__).parents[4] / "shared" / "candid"
FILES = sorted(SUITE.glob("*.test.did"))


class Assertion:
    def __init__(self, tokens: TokenReader, parser: DidParser) -> None:
        tokens.expect("assert")
        self.line = tokens.token.line
        self.left = read_input(tokens)
        self.relation = tokens.take().text
        self.right: tuple[bool, Token] | None = None
        if self.relation in ("==", "!="):
            self.right = read_input(tokens)
            tokens.expect(":")
        self.types = parser.types()
        if tokens.token.kind == "text":
            tokens.take()
        tokens.expect(";")

    def holds(self, env: TypeEnv) -> bool:
        try:
            left = read_values(self.left, self.types, env)
        except (DecodeError, CandidSyntaxError):
            return self.relation == "!:"
        if self.relation == "!:":
            return False
        if self.right is None:
            return True
        return (left == read_values(self.right, self.types, env)) == (self.relation == "==")


def read_input(tokens: TokenReader) -> tuple[bool, Token]:
    is_binary = tokens.accept("blob")
    return is_binary, tokens.take()


def read_values(source: tuple[bool, Token], types: list[Type], env: TypeEnv) -> tuple[object, ...]:
    is_binary, token = source
    if is_binary:
        return decode(token.raw, types, env)
    return parse_values(text_of(token), types, env)


@pytest.mark.skipif(not FILES, reason="the official Candid suite is not beside the repository")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.split(".")[0])
def test_assertions_of_the_official_suite_hold(path: Path) -> None:
    tokens = TokenReader(path.read_text())
    parser = DidParser(tokens)
    assertions = []
    while not tokens.at_end():
        if tokens.at("type"):
            parser.definition()
            tokens.expect(";")
        else:
            assertions.append(Assertion(tokens, parser))
    parser.check_names(parser.env())

    assert assertions
    assert [item.line for item in assertions if not item.holds(parser.env())] == []
