"""Rules on the types of `return Ledger(...).transfer(...).then(paid, ...)`, as Candid has them.

mypy has compared Python's types, later than this and more thoroughly; here is what those leave
open.  A call that is described in a way that the syntax does not show is checked when it is made.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator, Mapping
from typing import Final

from scm.authoring.calls import BOUNDED_SECONDS_MAX, CYCLES_MAX
from scm.compiler.artefacts import (
    CalleeMethodSpec,
    CanisterSpec,
    HandlerSpec,
    MethodSpec,
    message_shapes,
)
from scm.compiler.declarations import Declarations, parameters
from scm.compiler.rules_decorators import TIMER_KINDS
from scm.compiler.shapes import canister_types
from scm.compiler.syntax import FunctionNode, ParsedModule, Program
from scm.compiler.timer_spec import TimerSpec
from scm.compiler.transitions import Transitions
from scm.errors import Diagnostic

_MODIFIERS: Final = {
    "bounded": (range(1, BOUNDED_SECONDS_MAX + 1), f"waits 1 to {BOUNDED_SECONDS_MAX} seconds"),
    "with_cycles": (range(CYCLES_MAX + 1), "carries 0 to 2^128 - 1 cycles"),
}
"""What gives a call with an option: its numbers, and what they are."""

_Caller = MethodSpec | HandlerSpec | TimerSpec
_SHOWN_MAX: Final = 60
_CALLERS: Final = ("update", "query", "on_response", *TIMER_KINDS)


def check_responses(
    program: Program, declarations: Declarations, spec: CanisterSpec
) -> Iterator[Diagnostic]:
    """All diagnostics about the Candid types of calls, their handlers and their callers."""
    checker = _Checker(program, spec)
    for item in declarations.of_kind(*_CALLERS):
        assert isinstance(item.node, FunctionNode)
        caller = checker.callers.get((item.module.name, item.node.name))
        if caller is not None:
            yield from checker.check(item.module, item.node, caller)


class _Checker:
    def __init__(self, program: Program, spec: CanisterSpec) -> None:
        self._program: Final = program
        self._transitions: Final = Transitions(spec, canister_types(spec))
        functions: tuple[_Caller, ...] = (*spec.methods, *spec.handlers, *spec.timers)
        self.callers: Final = {(item.module, item.name): item for item in functions}
        self._handlers: Final = {f"{item.module}.{item.name}": item for item in spec.handlers}
        self._services: Final = {
            f"{item.module}.{item.name}": {method.name: method for method in item.methods}
            for item in spec.services
        }

    def check(
        self, module: ParsedModule, function: FunctionNode, caller: _Caller
    ) -> Iterator[Diagnostic]:
        """The diagnostics of one function; what its inner functions return is not its own."""
        local = self._services_by_variable(module, function)
        nodes: list[ast.AST] = list(function.body)
        while nodes:
            node = nodes.pop(0)
            if isinstance(node, (FunctionNode, ast.Lambda, ast.ClassDef)):
                continue
            match node:
                case (
                    ast.Call(func=ast.Attribute(value=call, attr="then"), args=[name, *_])
                    | ast.Call(func=ast.Attribute(value=call, attr="via"), args=[_, name, *_])
                ):
                    handler = self._handlers.get(self._global(module, local, name))
                    if handler is not None:
                        yield from self._check_response(module, local, call, name, handler)
                case ast.Return(
                    value=ast.Call(func=ast.Attribute(value=call, attr="then"), args=[name, *_])
                ) if self._method(module, local, call):
                    handler = self._handlers.get(self._global(module, local, name))
                    if handler is not None:
                        yield from self._check_reply(module, name, handler, caller)
                case ast.Call(func=ast.Attribute(value=call, attr=option)) if (
                    option in _MODIFIERS and self._method(module, local, call)
                ):
                    yield from _check_option(module, node, option)
                case ast.Expr(value=call) if self._method(module, local, call):
                    yield _neither_sent_nor_returned(module, call)
                case _:
                    pass
            nodes.extend(ast.iter_child_nodes(node))

    def _services_by_variable(
        self, module: ParsedModule, function: FunctionNode
    ) -> Mapping[str, str]:
        """The service that each parameter or variable holds; "" where that is not beyond doubt."""
        own = {parameter: parameter.annotation for parameter in parameters(function)}
        bindings = list(bound_values(function, own.keys()))
        local = {name for name, _ in bindings} | {parameter.arg for parameter in own}
        held: dict[str, set[str]] = {name: set() for name in local}
        for parameter, annotation in own.items():
            found = "" if annotation is None else self._program.resolve(module, annotation)
            held[parameter.arg].add(found)
        for name, value in bindings:
            held[name].add("" if value is None else self._constructed(module, local, value))
        return {name: next(iter(found)) if len(found) == 1 else "" for name, found in held.items()}

    def _global(self, module: ParsedModule, local: Container[str], node: ast.expr) -> str:
        """The qualified name of what stands at the top level under `node`; "" for a local name."""
        first = node
        while isinstance(first, ast.Attribute):
            first = first.value
        if isinstance(first, ast.Name) and first.id in local:
            return ""
        return self._program.resolve(module, node)

    def _constructed(self, module: ParsedModule, local: Container[str], value: ast.expr) -> str:
        """The class whose call `value` is, as far as that is to be seen."""
        return self._global(module, local, value.func) if isinstance(value, ast.Call) else ""

    def _check_response(
        self,
        module: ParsedModule,
        local: Mapping[str, str],
        call: ast.expr,
        name: ast.expr,
        handler: HandlerSpec,
    ) -> Iterator[Diagnostic]:
        method = self._method(module, local, call)
        if method is None:
            return
        results = message_shapes(method.result)
        reason = self._transitions.explain_response(results, handler)
        if reason is not None:
            expected = self._transitions.text(message_shapes(handler.response))
            yield _mismatch(
                module,
                name,
                f"`{method.name}` answers {self._transitions.text(results)}, but its handler "
                f"`{handler.name}` expects {expected}",
                reason,
                f"write the `Response[...]` of `{handler.name}` with the types that "
                f"`{method.name}` is declared with",
            )

    def _method(
        self, module: ParsedModule, local: Mapping[str, str], call: ast.expr
    ) -> CalleeMethodSpec | None:
        """The callee's method in `Ledger(...).transfer(...).bounded(...)`, if it is to be seen."""
        match call:
            case ast.Call(func=ast.Attribute(value=inner, attr=attribute)):
                pass
            case _:
                return None
        if attribute in _MODIFIERS and isinstance(inner, ast.Call):
            found = self._method(module, local, inner)
            if found is not None:
                return found
        service = self._constructed(module, local, inner)
        if isinstance(inner, ast.Name):
            service = local.get(inner.id, "")
        return self._services.get(service, {}).get(attribute)

    def _check_reply(
        self,
        module: ParsedModule,
        name: ast.expr,
        handler: HandlerSpec,
        caller: _Caller,
    ) -> Iterator[Diagnostic]:
        promised = message_shapes(caller.result)
        reason = self._transitions.explain_reply(handler, promised)
        if reason is not None:
            reply = self._transitions.text(message_shapes(handler.result))
            yield _mismatch(
                module,
                name,
                f"`{caller.name}` promises {self._transitions.text(promised)}, but the handler "
                f"`{handler.name}` replies {reply}",
                reason,
                f"give `{caller.name}` and `{handler.name}` the same type of reply",
            )


def bound_values(
    function: FunctionNode, own: Container[ast.arg]
) -> Iterator[tuple[str, ast.expr | None]]:
    """All names that are bound in a function but by its `own` parameters, with what is assigned.

    None where it is not a plain assignment: no one knows what the name holds then.
    """
    values: dict[ast.expr, ast.expr] = {
        target: node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        for target in node.targets
    }
    for node in ast.walk(function):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                yield name, values.get(node)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name, None
            case ast.MatchMapping(rest=str(name)) | ast.ExceptHandler(name=str(name)):
                yield name, None
            case ast.alias(name=imported, asname=other):
                yield other or imported.split(".")[0], None
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) if node is not function:
                yield name, None
            case ast.arg(arg=name) if node not in own:
                yield name, None
            case _:
                pass


def _check_option(module: ParsedModule, call: ast.Call, option: str) -> Iterator[Diagnostic]:
    """The number that a call is given, if it is written out there."""
    allowed, meaning = _MODIFIERS[option]
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    for node in given:
        try:
            value = ast.literal_eval(node)
        except (ValueError, TypeError):
            continue  # Known when it runs only.
        if isinstance(value, int) and value not in allowed:
            shown = module.source(node)
            shown = shown if len(shown) <= _SHOWN_MAX else f"{shown[:_SHOWN_MAX]}..."
            yield Diagnostic(
                "out-of-range",
                f"a call {meaning}, not {shown}",
                module.span(node),
                notes=(f"`{option}` would raise `ValueError` when it runs",),
                helps=("write a number in that range",),
            )


def _neither_sent_nor_returned(module: ParsedModule, call: ast.expr) -> Diagnostic:
    return Diagnostic(
        "dropped-call",
        "the call that is described here is never made",
        module.span(call),
        notes=("a call is made when it is sent, or when a method or handler returns it",),
        helps=(
            "send it, if no answer is needed: add `.send()`",
            "else name who handles the answer, and return it: `return call.then(handler, ...)`",
        ),
    )


def _mismatch(
    module: ParsedModule, node: ast.expr, message: str, reason: str, help: str
) -> Diagnostic:
    return Diagnostic(
        "handler-mismatch",
        message,
        module.span(node),
        notes=(f"as types of Candid they don't fit: {reason}",),
        helps=(help,),
    )
