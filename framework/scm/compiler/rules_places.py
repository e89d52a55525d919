"""Where calls and rejects have no place: queries, `@init`, migrations, and what `on_trap` names.

Only what stands in the function itself; what it calls is told by the canister when it runs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Final, final

from attrs import frozen

from scm.compiler.declarations import Declarations
from scm.compiler.rules_on_trap import response_words
from scm.compiler.syntax import Definition, FunctionNode, ParsedModule, Program
from scm.errors import Diagnostic

_HELP: Final = "do it in an `@update` method, or in a handler"


@frozen
class _Place:
    """The code for what has no place in functions of a kind, and why; `replies` may be rejects."""

    code: str
    replies: bool
    note: str


_PLACES: Final[Mapping[str, _Place]] = {
    "query": _Place(
        "query-calls", True, "the system runs a query on one node, without calls to other canisters"
    ),
    "init": _Place("call-place", True, "the system lets no calls be made at install"),
    "migration": _Place(
        "call-place", False, "a migration sees nothing but the value that it is for"
    ),
    "on_trap": _Place(
        "call-place", False, "it runs after the message has failed, where the system allows neither"
    ),
}


def check_places(program: Program, declarations: Declarations) -> Iterator[Diagnostic]:
    """All diagnostics about calls and rejects in functions that can't make them."""
    places = _Places(program, declarations)
    for item in declarations.of_kind("query", "init", "migration"):
        yield from places.check(item.module, item.node, item.described, _PLACES[item.kind])
    seen: set[ast.AST] = set()
    for item in declarations.of_kind("on_response"):
        on_trap = response_words(program, item).on_trap
        found = None if on_trap is None else program.definition(".".join(on_trap))
        if found is not None and found[1] not in seen:
            seen.add(found[1])
            described = f"`{found[1].name}`, which is run `on_trap`,"
            yield from places.check(*found, described, _PLACES["on_trap"])


@final
class _Places:
    """Looks through functions of a program."""

    def __init__(self, program: Program, declarations: Declarations) -> None:
        self._program: Final = program
        self._handlers: Final = {
            f"{item.module.name}.{item.name}" for item in declarations.of_kind("on_response")
        }
        self._has_own_send: Final = any(
            isinstance(inner, FunctionNode) and inner.name == "send"
            for module in program.modules.values()
            for node in ast.walk(module.tree)
            if isinstance(node, ast.ClassDef)
            for inner in node.body
        )

    def check(
        self, module: ParsedModule, function: Definition, described: str, place: _Place
    ) -> Iterator[Diagnostic]:
        """What a function does that it can't do there."""
        for node in ast.walk(function):
            if not isinstance(node, ast.Call):
                continue
            if self._is_call(module, node):
                message = f"{described} can't make calls"
            elif not place.replies and self._program.resolve(module, node.func) == "scm.ic.reject":
                message = f"{described} can't reject"
            else:
                continue
            span = module.span(node)
            yield Diagnostic(place.code, message, span, notes=(place.note,), helps=(_HELP,))

    def _is_call(self, module: ParsedModule, node: ast.Call) -> bool:
        """Whether a call is made, as far as the syntax tells: `send(value)` is a generator's."""
        match node:
            case ast.Call(func=ast.Attribute(attr="via"), args=args, keywords=keywords):
                given = [*args[1:2], *(word.value for word in keywords if word.arg == "handler")]
                return any(self._program.resolve(module, item) in self._handlers for item in given)
            case ast.Call(func=ast.Attribute(attr="send"), args=[], keywords=[]):
                return not self._has_own_send and not self._program.resolve(module, node.func)
            case _:
                return False
