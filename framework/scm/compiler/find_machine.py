"""Program + declarations -> the machine: where each method and handler may go next.

Read from the syntax trees: the calls of `.then(handler, ...)`, `.via(proxy, handler, ...)`,
`.send()`, `ic.set_timer(handler, ...)` and `ic.reject(...)` in a function, and in the project's
functions that it uses, directly or through others.  A function may so have transitions that no run
of it ever takes, but none is missing that is written out; one whose handler is only known when it
runs leads to the unknown handler "".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Final

from attrs import frozen

from scm.compiler.artefacts import CanisterSpec
from scm.compiler.declarations import Declaration, Declarations
from scm.compiler.machine import EntryPoint, Transition, TransitionKind
from scm.compiler.rules_decorators import METHOD_KINDS, TIMER_KINDS
from scm.compiler.scopes import DEPTH_MAX, Expressions, Scope
from scm.compiler.syntax import FunctionNode, ParsedModule, Program

_CALLERS: Final = frozenset({"update", "on_response"})
"""Kinds whose type of result tells whether they answer with a value."""


def find_machine(
    program: Program, declarations: Declarations, spec: CanisterSpec
) -> tuple[EntryPoint, ...]:
    """The entry points that the declarations make, with their transitions, by kind and name."""
    finder = _Finder(program, declarations, spec)
    items = [item for item in declarations.functions() if item.kind != "migration"]
    found = [finder.entry_point(item) for item in items]
    return tuple(sorted(found, key=lambda entry: (entry.kind, entry.name)))


@frozen(eq=False)
class _Function:
    """A function of the project's, a method of a class among them."""

    module: ParsedModule
    node: FunctionNode


@frozen
class _Own:
    """What stands in one function itself."""

    transitions: frozenset[Transition]
    rejects: bool
    used: tuple[_Function, ...]


class _Finder:
    def __init__(self, program: Program, declarations: Declarations, spec: CanisterSpec) -> None:
        self._program: Final = program
        self._expressions: Final = Expressions(program, spec)
        self._handlers: Final = {
            f"{item.module.name}.{item.name}": item.name
            for item in declarations.of_kind("on_response")
        }
        self._timers: Final = {
            f"{item.module.name}.{item.name}": item.name
            for item in declarations.of_kind(*TIMER_KINDS)
        }
        self._specs: Final = {handler.name: handler for handler in spec.handlers}
        self._declared: Final = {
            f"{item.module.name}.{item.name}" for item in declarations.functions()
        }
        self._known: Final[dict[FunctionNode, _Own]] = {}
        self._class_methods: Final = _methods_by_name(program)

    def entry_point(self, item: Declaration) -> EntryPoint:
        """One entry point, with all that it reaches."""
        assert isinstance(item.node, FunctionNode)
        reached: dict[FunctionNode, _Own] = {}
        waiting = [_Function(item.module, item.node)]
        while waiting:
            function = waiting.pop()
            if function.node not in reached:
                reached[function.node] = self._own(function)
                waiting.extend(reached[function.node].used)
        handler = self._specs.get(item.name) if item.kind == "on_response" else None
        return EntryPoint(
            kind=item.kind,
            name=item.public_name if item.kind in METHOD_KINDS else item.name,
            replies=self._may_reply(item),
            rejects=any(own.rejects for own in reached.values()),
            transitions=tuple(
                sorted({found for own in reached.values() for found in own.transitions})
            ),
            on_trap="" if handler is None or handler.on_trap is None else handler.on_trap[1],
            valid_seconds=0 if handler is None else handler.valid_seconds,
        )

    def _may_reply(self, item: Declaration) -> bool:
        """Whether the function may return a value, and not only a `Pending`."""
        assert isinstance(item.node, FunctionNode)
        if item.kind not in _CALLERS:
            return item.kind == "query"
        if item.node.returns is None:
            return True
        named = self._expressions.annotated(item.module, item.node.returns)
        return any(name != "scm.Pending" for name in named)

    def _own(self, function: _Function) -> _Own:
        if function.node not in self._known:
            scope = Scope(function.module, function.node)
            self._known[function.node] = _Own(
                frozenset(filter(self._is_of_scm, self._transitions(scope, function.node))),
                any(self._rejects(scope, node) for node in _body(function.node)),
                tuple(self._used(scope, function.node)),
            )
        return self._known[function.node]

    def _rejects(self, scope: Scope, node: ast.AST) -> bool:
        return isinstance(node, ast.Call) and (
            self._expressions.global_name(scope, node.func) == "scm.ic.reject"
        )

    def _transitions(self, scope: Scope, function: FunctionNode) -> Iterator[Transition]:
        for node in _body(function):
            match node:
                case ast.Call(func=ast.Attribute(value=call, attr="then")):
                    yield from self._handled(scope, node, call, "then")
                case ast.Call(func=ast.Attribute(value=call, attr="via")):
                    yield from self._handled(scope, node, call, "via")
                case ast.Call(func=called) if (
                    self._expressions.global_name(scope, called) == "scm.ic.set_timer"
                ):
                    handler = _handler_argument(node)
                    if handler is not None:
                        for target in self._targets(scope, handler, self._timers):
                            yield Transition("set_timer", "", target)
                case ast.Call(func=ast.Attribute(value=call, attr="send"), args=[], keywords=[]):
                    if self._expressions.global_name(scope, node.func):
                        continue  # A function of the project's with that name.
                    for callee in self._expressions.callees(scope, call):
                        yield Transition("send", callee, "")
                case _:
                    continue

    def _handled(
        self, scope: Scope, node: ast.Call, call: ast.expr, kind: TransitionKind
    ) -> Iterator[Transition]:
        """The ways of `call.then(handler, ...)` or `call.via(proxy, handler, ...)`."""
        handler = _handler_argument(node, 0 if kind == "then" else 1)
        if handler is not None:
            for callee in self._expressions.callees(scope, call):
                for target in self._targets(scope, handler, self._handlers):
                    yield Transition(kind, callee, target)

    def _is_of_scm(self, found: Transition) -> bool:
        """Whether it is a call for sure, and not of a method `then` or `send` of the project's."""
        return bool(found.callee or found.target) or found.kind not in self._class_methods

    def _targets(
        self, scope: Scope, handler: ast.expr, known: Mapping[str, str], depth: int = 0
    ) -> frozenset[str]:
        """Which of the `known` handlers an argument may be; "" for one that is not to be seen."""
        name = self._expressions.global_name(scope, handler)
        if name in known:
            return frozenset({known[name]})
        others = self._expressions.alternatives(scope, handler)
        if others == [(scope, handler)] or depth > DEPTH_MAX:
            return frozenset({""})
        return frozenset(
            found
            for inside, other in others
            for found in ({""} if other is None else self._targets(inside, other, known, depth + 1))
        )

    def _used(self, scope: Scope, function: FunctionNode) -> Iterator[_Function]:
        """The functions that stand in a function: called, or named to be called elsewhere.

        A handler or a method that is only named is not called by that.
        """
        called = {id(node.func) for node in _body(function) if isinstance(node, ast.Call)}
        for node in _body(function):
            match node:
                case ast.Name(ctx=ast.Load()) | ast.Attribute(ctx=ast.Load()):
                    name = self._expressions.global_name(scope, node)
                    if name:
                        if name not in self._declared or id(node) in called:
                            yield from self._global_functions(name)
                    elif isinstance(node, ast.Attribute) and id(node) in called:
                        yield from self._methods_of_classes(scope, node)
                case _:
                    continue

    def _global_functions(self, name: str) -> Iterator[_Function]:
        """The function with this name, or those in what a module assigns to it."""
        yield from self._function(name)
        for scope, value in self._expressions.top_level_values(name):
            for node in () if value is None else ast.walk(value):
                if isinstance(node, (ast.Name, ast.Attribute)):
                    inner = self._expressions.global_name(scope, node)
                    if inner not in self._declared:
                        yield from self._function(inner)

    def _function(self, name: str) -> Iterator[_Function]:
        found = self._program.definition(name)
        if found is not None and isinstance(found[1], FunctionNode):
            yield _Function(found[0], found[1])

    def _methods_of_classes(self, scope: Scope, called: ast.Attribute) -> Iterator[_Function]:
        """The methods of the project's classes that `x.method(...)` may call."""
        owners = self._expressions.classes(scope, called.value)
        named = self._class_methods.get(called.attr, [])
        fitting = [function for owner, function in named if owner in owners]
        yield from fitting or (function for _, function in named)


def _body(function: FunctionNode) -> Iterator[ast.AST]:
    """All that runs when the function does: not what its decorator names."""
    for statement in function.body:
        yield from ast.walk(statement)


def _handler_argument(call: ast.Call, place: int = 0) -> ast.expr | None:
    if len(call.args) > place:
        return call.args[place]
    return next((item.value for item in call.keywords if item.arg == "handler"), None)


def _methods_by_name(program: Program) -> dict[str, list[tuple[str, _Function]]]:
    """The methods of all classes of the project, each with its class, by their names."""
    found: dict[str, list[tuple[str, _Function]]] = {}
    for module in program.modules.values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, FunctionNode):
                        method = (f"{module.name}.{node.name}", _Function(module, inner))
                        found.setdefault(inner.name, []).append(method)
    return found
