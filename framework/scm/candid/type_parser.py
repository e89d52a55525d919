"""Argument types as text, `(nat, opt record { text })`, perhaps after definitions.  Host only."""

from __future__ import annotations

from scm.candid.did_parser import DidParser
from scm.candid.errors import CandidSyntaxError
from scm.candid.lexer import TokenReader
from scm.candid.scan import NO_ROOM
from scm.candid.types import NO_NAMES, Type, TypeEnv


def parse_types(text: str, env: TypeEnv = NO_NAMES) -> tuple[tuple[Type, ...], TypeEnv]:
    """Parse `type a = ...; (a, nat)`; returns the types and all names, those of `env` included.

    Raises `CandidSyntaxError`.
    """
    try:
        return _parse_types(text, env)
    except RecursionError:
        raise CandidSyntaxError(1, 1, NO_ROOM) from None


def _parse_types(text: str, env: TypeEnv) -> tuple[tuple[Type, ...], TypeEnv]:
    tokens = TokenReader(text)
    parser = DidParser(tokens)
    while tokens.at("type"):
        start = tokens.token
        parser.definition()
        tokens.expect(";")
        repeated = set(parser.env().names()) & set(env.names())
        if repeated:
            raise start.error(f"type `{min(repeated)}` is defined twice")
    types = tuple(parser.types())
    if not tokens.at_end():
        raise tokens.token.error(f"expected the end, got {tokens.token.shown()}")
    names = parser.env()
    merged = TypeEnv(
        {name: source.lookup(name) for source in (env, names) for name in source.names()}
    )
    parser.check_names(merged)
    return types, merged
