"""Rules on functions that syntax alone can check: form, parameters, types given, defaults."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from scm.compiler.declarations import Declaration, Declarations, parameters
from scm.compiler.rules_decorators import FUNCTION_KINDS
from scm.compiler.syntax import FunctionNode, ParsedModule, Program
from scm.errors import Diagnostic

_MUTABLE_CALLS: Final = frozenset(
    {
        *("list", "dict", "set", "bytearray"),
        *("collections.defaultdict", "collections.OrderedDict", "collections.Counter"),
        *("collections.deque", "collections.ChainMap", "array.array"),
    }
)


def check_functions(program: Program, declarations: Declarations) -> Iterator[Diagnostic]:
    """All diagnostics about single functions."""
    for module in program.modules.values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.AsyncFunctionDef):
                yield _async(module, node)
            if isinstance(node, FunctionNode):
                yield from _mutable_defaults(program, module, node)
                yield from _except_names(module, node)
                yield from _awaits(module, node)
    for item in declarations.items:
        if item.kind in FUNCTION_KINDS:
            yield from _check_declared(item)


def is_mutable(program: Program, module: ParsedModule, value: ast.expr) -> bool:
    """Whether an expression makes a new list, dict, set or the like."""
    match value:
        case ast.List() | ast.Dict() | ast.Set() | ast.ListComp() | ast.DictComp() | ast.SetComp():
            return True
        case ast.Call(func=function):
            name = program.resolve(module, function)
            if not name and isinstance(function, ast.Name):
                name = function.id  # A builtin, as no module binds it.
            return name in _MUTABLE_CALLS or name == "dataclasses.field"
        case _:
            return False


def _check_declared(item: Declaration) -> Iterator[Diagnostic]:
    node = item.node
    assert isinstance(node, FunctionNode)
    yield from _generator(item, node)
    yield from _missing_types(item, node)
    yield from _variadic(item, node)
    yield from _defaults(item, node)


def _async(module: ParsedModule, node: ast.AsyncFunctionDef) -> Diagnostic:
    return Diagnostic(
        "async-def",
        f"`{node.name}` is an `async` function",
        module.name_span(node),
        notes=("nothing but the state and what is declared lives from one message to the next",),
        helps=(
            "write a plain `def`; return `call.then(handler, context)` instead of `await`, and go"
            " on in an `@on_response` handler",
        ),
    )


def _awaits(module: ParsedModule, node: FunctionNode) -> Iterator[Diagnostic]:
    if isinstance(node, ast.AsyncFunctionDef):
        return  # Said of the function already.
    for inner in _own_nodes(node):
        word = ""
        match inner:
            case ast.Await():
                word = "await"
            case ast.AsyncFor():
                word = "async for"
            case ast.AsyncWith():
                word = "async with"
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                word = "async for" if any(part.is_async for part in inner.generators) else ""
            case _:
                continue
        if word:
            assert isinstance(inner, ast.expr | ast.stmt)
            yield Diagnostic(
                "async-def",
                f"`{word}` in `{node.name}`",
                module.span(inner),
                notes=("nothing but the state and what is declared outlives a message",),
                helps=(
                    "return `call.then(handler, context)`, and go on in an `@on_response` handler",
                ),
            )


def _except_names(module: ParsedModule, node: FunctionNode) -> Iterator[Diagnostic]:
    """mypyc gives a name one type in a function, and fails at run time if it gets another."""
    caught: dict[str, str] = {}
    handlers = [inner for inner in _own_nodes(node) if isinstance(inner, ast.ExceptHandler)]
    for handler in sorted(handlers, key=lambda inner: inner.lineno):
        if handler.name is None or handler.type is None:
            continue
        type = ast.unparse(handler.type)
        if caught.setdefault(handler.name, type) != type:
            yield Diagnostic(
                "except-name",
                f"`{handler.name}` is caught as `{type}` here, and as `{caught[handler.name]}`"
                " before",
                module.span(handler.type),
                notes=("in compiled code a name has one type in a function",),
                helps=(f"give it another name: `except {type} as other`",),
            )


def _generator(item: Declaration, node: FunctionNode) -> Iterator[Diagnostic]:
    for inner in _own_nodes(node):
        if isinstance(inner, ast.Yield | ast.YieldFrom):
            yield Diagnostic(
                "generator",
                f"{item.described} is a generator",
                item.module.span(inner),
                label="because of this `yield`",
                notes=("a generator would have to live from one message to the next",),
                helps=("return `call.then(handler, context)` and go on in the handler",),
            )
            return


def _own_nodes(node: FunctionNode) -> Iterator[ast.AST]:
    """Everything in a function's body, without the functions and lambdas inside it."""
    waiting: list[ast.AST] = list(reversed(node.body))
    while waiting:
        inner = waiting.pop()
        yield inner
        if not isinstance(inner, FunctionNode | ast.Lambda):
            waiting.extend(reversed(list(ast.iter_child_nodes(inner))))


def _missing_types(item: Declaration, node: FunctionNode) -> Iterator[Diagnostic]:
    for parameter in parameters(node):
        if parameter.annotation is None:
            yield Diagnostic(
                "missing-type",
                f"{item.described} has no type for parameter `{parameter.arg}`",
                item.module.span(parameter),
                label="type is missing here",
                notes=("every argument of a public method becomes a Candid type",),
                helps=(f"write `{parameter.arg}: nat`, or the type that it has",),
            )
    if node.returns is None:
        yield Diagnostic(
            "missing-type",
            f"{item.described} has no result type",
            item.span,
            label="type is missing after the parameters",
            notes=("the result of a function becomes the Candid type of its reply",),
            helps=("write `-> None`, or the type that it returns",),
        )


def _variadic(item: Declaration, node: FunctionNode) -> Iterator[Diagnostic]:
    stars = {"*": node.args.vararg, "**": node.args.kwarg}
    for star, parameter in stars.items():
        if parameter is not None:
            yield _no_position(item, parameter, f"`{star}{parameter.arg}`")
    for parameter in node.args.kwonlyargs:
        yield _no_position(item, parameter, f"the keyword-only parameter `{parameter.arg}`")


def _no_position(item: Declaration, parameter: ast.arg, shown: str) -> Diagnostic:
    return Diagnostic(
        "variadic-parameter",
        f"{item.described} has {shown}",
        item.module.span(parameter),
        notes=("arguments come by position, and their number is part of the interface",),
        helps=("list each parameter with its type; use `tuple[T, ...]` for any number of values",),
    )


def _defaults(item: Declaration, node: FunctionNode) -> Iterator[Diagnostic]:
    given = [*node.args.defaults, *(value for value in node.args.kw_defaults if value is not None)]
    for value in given:
        yield Diagnostic(
            "default-argument",
            f"{item.described} has a parameter with a default value",
            item.module.span(value),
            notes=("Candid has no defaults: a caller sends every argument",),
            helps=("remove the default; use `T | None` for an argument that may be left out",),
        )


def _mutable_defaults(
    program: Program, module: ParsedModule, node: FunctionNode
) -> Iterator[Diagnostic]:
    given = [*node.args.defaults, *(value for value in node.args.kw_defaults if value is not None)]
    for value in given:
        if is_mutable(program, module, value):
            yield mutable_default(module, value, f"a default value of `{node.name}`")


def mutable_default(
    module: ParsedModule, value: ast.expr, place: str, help: str = ""
) -> Diagnostic:
    """A default that could be changed; `place` says whose, `help` what to write."""
    return Diagnostic(
        "mutable-default",
        f"{place} can be changed",
        module.span(value),
        notes=("one object would be shared by all uses, and lost with the next upgrade",),
        helps=(help or "use an immutable value: `()`, `None`, a `tuple`",),
    )
