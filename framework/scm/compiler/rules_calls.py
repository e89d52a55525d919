"""Rules on `call.then(handler, context)`: the handler is a declared one, the context is its own.

The same for `call.via(proxy, handler, context)`.

Only what the syntax shows; the types are mypy's business.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from scm.compiler.declarations import Declaration, Declarations, parameters
from scm.compiler.syntax import FunctionNode, ParsedModule, Program
from scm.errors import Diagnostic


def check_calls(program: Program, declarations: Declarations) -> Iterator[Diagnostic]:
    """All diagnostics about calls of `then` and `via`, and about who describes them."""
    services = {f"{item.module.name}.{item.name}" for item in declarations.of_kind("service")}
    handlers = {
        f"{item.module.name}.{item.name}": item for item in declarations.of_kind("on_response")
    }
    has_own_via = any(map(_has_method_via, program.modules.values()))
    for module in program.modules.values():
        nested = _nested_functions(module)
        for function in module.tree.body:
            if isinstance(function, FunctionNode):
                yield from _forgotten(module, function)
        for node in ast.walk(module.tree):
            match node:
                case ast.Call(func=ast.Attribute(attr="then"), args=[handler, *given]):
                    given += [item.value for item in node.keywords]
                    yield from _check_then(program, module, nested, handlers, handler, given)
                case ast.Call(func=ast.Attribute(attr="via"), args=[_, handler, *given]) if (
                    not has_own_via
                ):
                    given += [item.value for item in node.keywords]
                    yield from _check_then(program, module, nested, handlers, handler, given)
                case ast.ClassDef(bases=bases):
                    for base in bases:
                        if program.resolve(module, base) in services:
                            yield _service_subclass(module, node.name, base)
                case ast.Expr(value=ast.Call() as dropped):
                    if _is_then(dropped) or _describes(program, module, dropped):
                        yield _dropped(module, dropped)
                case _:
                    continue


def _has_method_via(module: ParsedModule) -> bool:
    """Whether a class of the project has a method of that name, which a call may be meant for."""
    return any(
        isinstance(inner, FunctionNode) and inner.name == "via"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
        for inner in node.body
    )


def _service_subclass(module: ParsedModule, name: str, base: ast.expr) -> Diagnostic:
    return Diagnostic(
        "service-subclass",
        f"`{name}` inherits from the service `{module.source(base)}`",
        module.span(base),
        notes=("the build makes the methods of classes that inherit from `Service` itself",),
        helps=("inherit from `Service`, and list all methods of the callee there",),
    )


def _is_then(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and (
        isinstance(value.func, ast.Attribute) and value.func.attr == "then"
    )


def _describes(program: Program, module: ParsedModule, call: ast.Call) -> bool:
    """Whether a function is called that returns a call, or a promise of one."""
    name = program.resolve(module, call.func)
    found = program.definition(name)
    if name == "scm.call_raw":
        return True
    if found is None or not isinstance(found[1], FunctionNode) or found[1].returns is None:
        return False
    returns = found[1].returns
    base = returns.value if isinstance(returns, ast.Subscript) else returns
    return program.resolve(found[0], base) in ("scm.Pending", "scm.Call")


def _forgotten(module: ParsedModule, function: FunctionNode) -> Iterator[Diagnostic]:
    """Calls with a handler that a variable holds which no one reads."""
    read = {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_then(value):
                if name not in read and not name.startswith("_"):
                    yield _dropped(module, value)
            case _:
                continue


def _dropped(module: ParsedModule, call: ast.expr) -> Diagnostic:
    return Diagnostic(
        "dropped-call",
        "the call that is described here is never made",
        module.span(call),
        notes=("a call is made when a method or handler returns it; here it is dropped",),
        helps=(
            "return it: `return call.then(handler, context)`",
            "if no answer is needed, send it: `call.send()`",
        ),
    )


def _check_then(
    program: Program,
    module: ParsedModule,
    nested: frozenset[str],
    handlers: dict[str, Declaration],
    handler: ast.expr,
    given: list[ast.expr],
) -> Iterator[Diagnostic]:
    if isinstance(handler, ast.Lambda):
        yield _not_a_handler(module, handler, "a `lambda` can't handle a response")
        return
    name = program.resolve(module, handler)
    if name in handlers:
        yield from _check_context(program, module, handler, given, handlers[name])
    elif not name and isinstance(handler, ast.Name) and handler.id in nested:
        yield _not_a_handler(
            module, handler, f"`{handler.id}` is declared inside a function", "is not found later"
        )
    elif name and (name.rpartition(".")[0] in program.modules):
        yield _not_a_handler(
            module, handler, f"`{module.source(handler)}` is not marked with `@on_response`"
        )


def _not_a_handler(
    module: ParsedModule, handler: ast.expr, message: str, label: str = ""
) -> Diagnostic:
    return Diagnostic(
        "not-a-handler",
        message,
        module.span(handler),
        label=label,
        notes=(
            "the response may arrive after an upgrade, so its handler is found by its name: it is a"
            " top-level function marked with `@on_response`",
        ),
        helps=("write a top-level `@on_response` function and give its name here",),
    )


def _nested_functions(module: ParsedModule) -> frozenset[str]:
    return frozenset(
        inner.name
        for outer in ast.walk(module.tree)
        if isinstance(outer, FunctionNode)
        for inner in ast.walk(outer)
        if inner is not outer and isinstance(inner, FunctionNode)
    )


def _check_context(
    program: Program,
    module: ParsedModule,
    name: ast.expr,
    given: list[ast.expr],
    handler: Declaration,
) -> Iterator[Diagnostic]:
    assert isinstance(handler.node, FunctionNode)
    wanted = parameters(handler.node)
    if len(wanted) == 2 and given:
        yield _mismatch(
            module, given[0], f"handler `{handler.name}` takes no context", "remove this argument"
        )
    elif len(wanted) == 3 and not given:
        shown = _annotation(handler, wanted[1])
        yield _mismatch(
            module,
            name,
            f"handler `{handler.name}` needs a context{shown}",
            f"write `{handler.name}, ...` with the context that it takes",
        )
    elif len(wanted) == 3:
        yield from _check_context_class(program, module, given[0], handler, wanted[1])


def _annotation(handler: Declaration, parameter: ast.arg) -> str:
    if parameter.annotation is None:
        return ""
    return f" of type `{handler.module.source(parameter.annotation)}`"


def _check_context_class(
    program: Program,
    module: ParsedModule,
    given: ast.expr,
    handler: Declaration,
    parameter: ast.arg,
) -> Iterator[Diagnostic]:
    if not isinstance(given, ast.Call) or parameter.annotation is None:
        return
    expected = program.resolve(handler.module, parameter.annotation)
    actual = program.resolve(module, given.func)
    both = [program.definition(name) for name in (expected, actual)]
    if expected == actual or not all(_is_class(found) for found in both):
        return
    yield _mismatch(
        module,
        given,
        f"handler `{handler.name}` expects the context"
        f" `{handler.module.source(parameter.annotation)}`, got `{module.source(given.func)}`",
        f"pass a `{handler.module.source(parameter.annotation)}`",
    )


def _is_class(found: tuple[ParsedModule, ast.AST] | None) -> bool:
    return found is not None and isinstance(found[1], ast.ClassDef)


def _mismatch(module: ParsedModule, node: ast.expr, message: str, help: str) -> Diagnostic:
    return Diagnostic(
        "context-mismatch",
        message,
        module.span(node),
        notes=("the context is kept until the response arrives, as the type that its handler has",),
        helps=(help,),
    )
