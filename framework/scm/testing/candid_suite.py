"""Reader of Candid's official conformance files, `*.test.did`: types, then assertions over them.

An assertion says that an input, bytes or text, decodes at some types, or does not, or that two
inputs give equal or different values there (dfinity/candid, `test/README.md`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, TypeAlias, cast

from attrs import frozen

from scm.candid.did_parser import DidParser
from scm.candid.lexer import TokenReader, text_of
from scm.candid.types import Type, TypeEnv

Relation: TypeAlias = Literal[":", "!:", "==", "!="]

_RELATIONS: Final = (":", "!:", "==", "!=")


@frozen
class Assertion:
    """One assertion; inputs are `bytes` for `blob`, else text.

    `:`: `left` decodes; `!:`: it does not; `==`, `!=`: both decode, to equal or other values.
    """

    line: int
    left: bytes | str
    relation: Relation
    right: bytes | str | None
    types: tuple[Type, ...]
    description: str


@frozen
class SuiteFile:
    """All that a file asserts, and its named types."""

    assertions: tuple[Assertion, ...]
    env: TypeEnv


def read_suite_file(path: Path) -> SuiteFile:
    """Read a conformance file; raises `CandidSyntaxError`."""
    tokens = TokenReader(path.read_text(encoding="utf-8"))
    parser = DidParser(tokens)
    assertions: list[Assertion] = []
    while not tokens.at_end():
        if tokens.at("type"):
            parser.definition()
            tokens.expect(";")
        else:
            assertions.append(_read_assertion(tokens, parser))
    env = parser.env()
    parser.check_names(env)
    return SuiteFile(tuple(assertions), env)


def _read_assertion(tokens: TokenReader, parser: DidParser) -> Assertion:
    line = tokens.token.line
    tokens.expect("assert")
    left = _read_input(tokens)
    relation = tokens.take()
    if relation.text not in _RELATIONS:
        raise relation.error(f"expected one of {', '.join(_RELATIONS)}, got {relation.shown()}")
    right = None
    if relation.text in ("==", "!="):
        right = _read_input(tokens)
        tokens.expect(":")
    types = tuple(parser.types())
    description = text_of(tokens.take()) if tokens.token.kind == "text" else ""
    tokens.expect(";")
    return Assertion(line, left, cast(Relation, relation.text), right, types, description)


def _read_input(tokens: TokenReader) -> bytes | str:
    is_binary = tokens.accept("blob")
    token = tokens.take()
    if token.kind != "text":
        raise token.error(f"expected a quoted input, got {token.shown()}")
    return token.raw if is_binary else text_of(token)
