"""Values as text, read as trees of nodes: grammar alone, no types yet.

Host only.  Candid spec, "Textual Syntax for Values".  `value_parser.py` fits the trees to types,
`value_inference.py` finds the types that they have by themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from attrs import evolve, frozen

from scm.candid.did_parser import DidParser
from scm.candid.lexer import NOT_FINITE, Token, TokenReader, natural_of
from scm.candid.types import FIELD_ID_MAX, Type, TypeEnv, field_hash

_DEPTH_MAX: Final = 100

ValueKind = Literal[
    "number",
    "text",
    "blob",
    "bool",
    "null",
    "opt",
    "vec",
    "record",
    "variant",
    "service",
    "func",
    "principal",
]


@frozen
class ValueNode:
    """A value as written; `ids` are those of `items`, the fields of a record or variant."""

    kind: ValueKind
    token: Token
    items: tuple[ValueNode, ...] = ()
    ids: tuple[int, ...] = ()
    method: str = ""
    annotation: Type | None = None


@frozen
class ArgumentNodes:
    """An argument tuple as written; `end` is the token after it, the place of what is missing."""

    values: tuple[ValueNode, ...]
    end: Token


def read_arguments(text: str, env: TypeEnv) -> ArgumentNodes:
    """Read an argument tuple; `env` has the names that annotations may use.

    Raises `CandidSyntaxError`.
    """
    return _SyntaxParser(TokenReader(text), env).arguments()


class _SyntaxParser:
    def __init__(self, tokens: TokenReader, env: TypeEnv) -> None:
        self._tokens: Final = tokens
        self._types: Final = DidParser(tokens)
        self._env: Final = env
        self._depth = 0

    def arguments(self) -> ArgumentNodes:
        tokens = self._tokens
        tokens.expect("(")
        nodes: list[ValueNode] = []
        while not tokens.at(")"):
            nodes.append(self._value())
            if not tokens.at(")"):
                tokens.expect(",")
        tokens.expect(")")
        if not tokens.at_end():
            raise tokens.token.error(f"unexpected {tokens.token.shown()} after the arguments")
        self._types.check_names(self._env)
        return ArgumentNodes(tuple(nodes), tokens.token)

    def _value(self) -> ValueNode:
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise self._tokens.token.error(f"values nest deeper than {_DEPTH_MAX}")
        node = self._bare_value()
        if self._tokens.accept(":"):
            node = evolve(node, annotation=self._types.type())
        self._depth -= 1
        return node

    def _bare_value(self) -> ValueNode:
        tokens = self._tokens
        if tokens.accept("("):
            node = self._value()
            tokens.expect(")")
            return node
        token = tokens.take()
        if token.kind == "number":
            return ValueNode("number", token)
        if token.kind == "text":
            return ValueNode("text", token)
        if token.kind == "word" and token.text in NOT_FINITE:
            return ValueNode("number", evolve(token, kind="number"))
        match token.text if token.kind == "word" else "":
            case "null":
                return ValueNode("null", token)
            case "true" | "false":
                return ValueNode("bool", token)
            case "opt":
                return ValueNode("opt", token, (self._value(),))
            case "vec":
                return ValueNode("vec", token, tuple(self._braced(self._value)))
            case "record":
                return self._record(token)
            case "variant":
                return self._variant(token)
            case "blob":
                return ValueNode("blob", self._literal())
            case "principal":
                return ValueNode("principal", self._literal())
            case "service":
                return ValueNode("service", self._literal())
            case "func":
                literal = self._literal()
                tokens.expect(".")
                return ValueNode("func", literal, method=tokens.name())
        raise token.error(f"expected a value, got {token.shown()}")

    def _literal(self) -> Token:
        token = self._tokens.take()
        if token.kind != "text":
            raise token.error(f"expected a quoted text, got {token.shown()}")
        return token

    def _braced(self, parse_item: Callable[[], ValueNode]) -> list[ValueNode]:
        tokens = self._tokens
        items: list[ValueNode] = []
        tokens.expect("{")
        while not tokens.at("}"):
            items.append(parse_item())
            if not tokens.at("}"):
                tokens.expect(";")
        tokens.expect("}")
        return items

    def _label(self) -> int:
        token = self._tokens.token
        if token.kind == "number":
            number = natural_of(self._tokens.take())
            if number > FIELD_ID_MAX:
                raise token.error(f"a field id is a number below 2^32, got {token.shown()}")
            return number
        return field_hash(self._tokens.name())

    def _record(self, token: Token) -> ValueNode:
        shown: dict[int, str] = {}  # id -> the field as it is written.
        last = -1

        def parse_field() -> ValueNode:
            nonlocal last
            at = self._tokens.token
            ahead = self._tokens.ahead()
            if ahead.kind == "symbol" and ahead.text == "=":
                last, label = self._label(), at.shown()
                self._tokens.expect("=")
            else:
                last, label = last + 1, f"`{last + 1}`"
            if last in shown:
                raise at.error(_given_twice(last, shown[last], label))
            shown[last] = label
            return self._value()

        items = self._braced(parse_field)
        return ValueNode("record", token, tuple(items), tuple(shown))

    def _variant(self, token: Token) -> ValueNode:
        self._tokens.expect("{")
        number = self._label()
        item = self._value() if self._tokens.accept("=") else ValueNode("null", token)
        self._tokens.accept(";")
        self._tokens.expect("}")
        return ValueNode("variant", token, (item,), (number,))


def _given_twice(id: int, first: str, second: str) -> str:
    if first == second:
        return f"the record has the field {first} twice"
    return f"the fields {first} and {second} of the record have the same id, {id}"
