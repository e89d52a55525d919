"""What `@on_response(on_trap=..., valid_for=..., formerly=...)` says, and the rules on it."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator
from typing import Final

from attrs import frozen

from scm.compiler.declarations import Declaration, Declarations, parameters
from scm.compiler.rules_formerly import check_older_names, older_names
from scm.compiler.syntax import FunctionNode, ParsedModule, Program
from scm.errors import Diagnostic

VALID_SECONDS_MAX: Final = 2**31 - 1
_WORDS: Final = frozenset({"on_trap", "valid_for", "formerly", "retry"})
_FORM: Final = (
    'write `@on_response(on_trap=release, valid_for=3600, retry=True, formerly=("old",))`, or some'
    " of these"
)


@frozen
class ResponseWords:
    """What cleans up (module and name), how long a response counts, older names, and `retry`."""

    on_trap: tuple[str, str] | None
    valid_seconds: int
    formerly: tuple[str, ...]
    is_retryable: bool


def response_words(program: Program, item: Declaration) -> ResponseWords:
    """What the decorator of a handler says."""
    words = _words(item)
    on_trap, valid_for = words.get("on_trap"), words.get("valid_for")
    found = None if on_trap is None else _function(program, item.module, on_trap)
    return ResponseWords(
        None if found is None else (found[0].name, found[1].name),
        int(valid_for.value)
        if isinstance(valid_for, ast.Constant) and isinstance(valid_for.value, int)
        else 0,
        older_names(item),
        _is_true(words.get("retry")),
    )


def check_response_words(program: Program, declarations: Declarations) -> Iterator[Diagnostic]:
    """All diagnostics about the words of `@on_response`."""
    yield from check_older_names(declarations, "on_response")
    marked = frozenset(item.node for item in declarations.functions())
    for item in declarations.of_kind("on_response"):
        decorator = item.node.decorator_list[0]
        if not isinstance(decorator, ast.Call):
            continue
        known = {keyword.arg for keyword in decorator.keywords} <= _WORDS
        if decorator.args or not known or not decorator.keywords:
            yield Diagnostic(
                "wrong-decorator",
                "`@on_response` takes `on_trap`, `valid_for`, `retry` and `formerly`, and no more",
                item.module.span(decorator),
                helps=(_FORM,),
            )
            continue
        for keyword in decorator.keywords:
            if keyword.arg == "valid_for":
                yield from _check_valid_for(item, keyword.value)
            elif keyword.arg == "retry":
                yield from _check_retry(item, keyword.value)
            elif keyword.arg == "on_trap":
                yield from _check_on_trap(program, item, keyword.value, marked)


def _words(item: Declaration) -> dict[str | None, ast.expr]:
    decorator = item.node.decorator_list[0]
    if not isinstance(decorator, ast.Call):
        return {}
    return {keyword.arg: keyword.value for keyword in decorator.keywords}


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _check_retry(item: Declaration, value: ast.expr) -> Iterator[Diagnostic]:
    if not _is_true(value):
        yield Diagnostic(
            "wrong-decorator",
            "`retry` is not `True`, written out",
            item.module.span(value),
            helps=("write `retry=True`, or leave it out",),
        )
        return
    assert isinstance(item.node, FunctionNode)
    annotation = parameters(item.node)[-1].annotation if parameters(item.node) else None
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) == "list":
        yield Diagnostic(
            "wrong-decorator",
            f"the handler of a join, `{item.name}`, can't have `retry`",
            item.module.span(value),
            notes=("all responses of a join but the last are kept as it is",),
            helps=("leave it out",),
        )


def _check_valid_for(item: Declaration, value: ast.expr) -> Iterator[Diagnostic]:
    match value:
        case ast.Constant(value=int(seconds)) if (
            not isinstance(seconds, bool) and 1 <= seconds <= VALID_SECONDS_MAX
        ):
            return
        case _:
            yield Diagnostic(
                "wrong-decorator",
                f"`valid_for` is no number of seconds from 1 to {VALID_SECONDS_MAX:,}",
                item.module.span(value),
                notes=("it must be written out here, where the build can read it",),
                helps=("write a number, `valid_for=3600`",),
            )


def _check_on_trap(
    program: Program, item: Declaration, value: ast.expr, marked: Container[ast.AST]
) -> Iterator[Diagnostic]:
    found = _function(program, item.module, value)
    handler = item.node
    assert isinstance(handler, FunctionNode)
    wanted = parameters(handler)[:-1]  # All but the response.
    form = ", ".join(ast.unparse(parameter) for parameter in wanted)
    if found is None:
        yield _wrong(item, value, "it is no function at the top level of the program", form)
        return
    module, function = found
    if function in marked:
        yield _wrong(item, value, "it has a decorator of scm's", form)
        return
    given = parameters(function)
    annotations = zip(wanted, given, strict=False)
    if len(given) != len(wanted) or any(
        not _is_same(program, item.module, want.annotation, module, have.annotation)
        for want, have in annotations
    ):
        got = ", ".join(ast.unparse(parameter) for parameter in given)
        yield _wrong(item, value, f"its parameters are ({got})", form)
    elif not isinstance(function.returns, ast.Constant) or function.returns.value is not None:
        yield _wrong(item, value, "it does not say that it returns None", form)


def _function(
    program: Program, module: ParsedModule, value: ast.expr
) -> tuple[ParsedModule, ast.FunctionDef] | None:
    found = program.definition(program.resolve(module, value))
    if found is None or not isinstance(found[1], ast.FunctionDef):
        return None
    return found[0], found[1]


def _is_same(
    program: Program,
    module: ParsedModule,
    wanted: ast.expr | None,
    other: ParsedModule,
    given: ast.expr | None,
) -> bool:
    """Whether two annotations mean the same, as far as their text tells."""
    if wanted is None or given is None:
        return wanted is given
    if program.resolve(module, wanted) and program.resolve(other, given):
        return program.resolve(module, wanted) == program.resolve(other, given)
    return ast.unparse(wanted) == ast.unparse(given)


def _wrong(item: Declaration, value: ast.expr, reason: str, form: str) -> Diagnostic:
    return Diagnostic(
        "wrong-on-trap",
        f"`{item.module.source(value)}` can't clean up after `{item.name}`: {reason}",
        item.module.span(value),
        notes=("it runs in the place of the handler, with the same state and context",),
        helps=(f"write a top-level function `def ...({form}) -> None`, without a decorator",),
    )
