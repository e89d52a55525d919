"""Timer handlers -> `TimerSpec`s; rules on them, and on `ic.set_timer(handler, context, ...)`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from scm.compiler.annotations import Meanings
from scm.compiler.declarations import Declaration, Declarations, parameters
from scm.compiler.rules_decorators import TIMER_KINDS, interval_seconds
from scm.compiler.rules_formerly import check_older_names, older_names
from scm.compiler.syntax import FunctionNode, ParsedModule, Program
from scm.compiler.timer_spec import TimerSpec
from scm.errors import Diagnostic, SourceSpan

_FORMS = {
    "on_timer": "`(state, context)` or `(state)`",
    "every": "`(state)`: it is called with nothing else",
}

_CHANGES = ("scm.ic.set_timer", "scm.ic.cancel_timer")


def read_timers(
    declarations: Declarations, meanings: Meanings
) -> tuple[list[TimerSpec], list[Diagnostic]]:
    """The timer handlers that are declared, and what is wrong with their signatures."""
    specs: list[TimerSpec] = []
    problems: list[Diagnostic] = []
    for item in declarations.of_kind(*TIMER_KINDS):
        spec = _read(item, meanings, problems)
        specs += [] if spec is None else [spec]
    return specs, problems


def _read(item: Declaration, meanings: Meanings, problems: list[Diagnostic]) -> TimerSpec | None:
    assert isinstance(item.node, FunctionNode)
    annotations = [parameter.annotation for parameter in parameters(item.node)]
    given = [None if node is None else meanings.by_node.get(node) for node in annotations]
    kinds = ["problem" if meaning is None else meaning.kind for meaning in given]
    returns = None if item.node.returns is None else meanings.by_node.get(item.node.returns)
    if "problem" in kinds or returns is None or returns.kind == "problem":
        return None  # The annotation itself is reported already.
    takes = (["state"], ["state", "value"]) if item.kind == "on_timer" else (["state"],)
    if kinds not in takes:
        problems.append(_mistake(item, item.span, "has other parameters than a timer gives it"))
        return None
    if returns.kind not in ("none", "pending") or returns.shape is not None:
        assert item.node.returns is not None
        span = item.module.span(item.node.returns)
        problems.append(_mistake(item, span, "returns something, and no one waits for it"))
        return None
    context = given[1] if len(given) == 2 else None
    seconds = interval_seconds(item.node.decorator_list[0]) if item.kind == "every" else 0
    return TimerSpec(
        module=item.module.name,
        name=item.name,
        context=None if context is None else context.shape,
        interval_seconds=seconds or 0,
        may_call=returns.kind == "pending",
        span=item.span,
        formerly=older_names(item) if item.kind == "on_timer" else (),
    )


def _mistake(item: Declaration, span: SourceSpan, message: str) -> Diagnostic:
    return Diagnostic(
        "timer-signature",
        f"{item.described} {message}",
        span,
        notes=(f"an `@{item.kind}` function is {_FORMS[item.kind]}, and returns nothing",),
        helps=("write `-> None`; or `-> Pending[None]`, to make a call",),
    )


def check_timers(program: Program, declarations: Declarations) -> Iterator[Diagnostic]:
    """All diagnostics about the words of `@on_timer`, and about whom `ic.set_timer` is for."""
    yield from _check_words(declarations)
    yield from check_older_names(declarations, "on_timer")
    handlers = {
        f"{item.module.name}.{item.name}": item for item in declarations.of_kind(*TIMER_KINDS)
    }
    for module in program.modules.values():
        for node in ast.walk(module.tree):
            match node:
                case ast.Call(func=function, args=[handler, *_]) if (
                    program.resolve(module, function) == "scm.ic.set_timer"
                ):
                    yield from _check_handler(program, module, handlers, handler)
                case _:
                    continue
    for item in declarations.of_kind("query", "migration"):
        for node in ast.walk(item.node):
            match node:
                case ast.Call(func=function) if program.resolve(item.module, function) in _CHANGES:
                    yield _without_effect(item, node)
                case _:
                    continue


def _check_words(declarations: Declarations) -> Iterator[Diagnostic]:
    for item in declarations.of_kind("on_timer"):
        decorator = item.node.decorator_list[0]
        if not isinstance(decorator, ast.Call):
            continue
        if decorator.args or [word.arg for word in decorator.keywords] != ["formerly"]:
            yield Diagnostic(
                "wrong-decorator",
                "`@on_timer` takes `formerly`, and no more",
                item.module.span(decorator),
                helps=('write `@on_timer`, or `@on_timer(formerly=("old_name",))`',),
            )


def _without_effect(item: Declaration, node: ast.expr) -> Diagnostic:
    notes = {
        "query": "what a query changes is dropped, the timers too",
        "migration": "a migration sees nothing but the value that it is for",
    }
    return Diagnostic(
        "timer-place",
        f"{item.described} can't set or cancel timers",
        item.module.span(node),
        notes=(notes[item.kind],),
        helps=("do it in an `@update` method, or in a handler",),
    )


def _check_handler(
    program: Program, module: ParsedModule, handlers: dict[str, Declaration], node: ast.expr
) -> Iterator[Diagnostic]:
    name = program.resolve(module, node)
    shown = module.source(node)
    if isinstance(node, ast.Lambda):
        yield _not_a_handler(module, node, "a `lambda` can't be called by a timer")
    elif name in handlers and handlers[name].kind == "every":
        yield _not_a_handler(module, node, f"`{shown}` is called at its interval only")
    elif name not in handlers and name.rpartition(".")[0] in program.modules:
        yield _not_a_handler(module, node, f"`{shown}` is not marked with `@on_timer`")


def _not_a_handler(module: ParsedModule, node: ast.expr, message: str) -> Diagnostic:
    return Diagnostic(
        "not-a-handler",
        message,
        module.span(node),
        notes=(
            "the timer may fire after an upgrade, so its handler is found by its name: it is a"
            " top-level function marked with `@on_timer`",
        ),
        helps=("write a top-level `@on_timer` function and give its name here",),
    )
