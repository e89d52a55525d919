"""mypy's error lines -> diagnostics: type errors in the user's code, found while translating.

mypyc reads a copy of the source (`native_places.py`); our own generated module never has errors
that are not the consequence of one in the user's.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from attrs import evolve

from scm.compiler.artefacts import CanisterSpec, HandlerSpec, Project, SourceModule
from scm.compiler.native_places import NativePlaces, Place
from scm.compiler.parsing import parse_python
from scm.compiler.syntax import character, source_lines
from scm.errors import Diagnostic, InternalError, SourceSpan

_LINE: Final = re.compile(
    r"(?P<path>[^:]+):(?P<line>\d+)(:(?P<column>\d+))?(:(?P<end>\d+):(?P<end_column>\d+))?: "
    r"(?P<kind>error|note): (?P<message>.*?)(  \[(?P<code>[\w-]+)\])?$"
)


_ANY_RETURNED: Final = "no-any-return"
_CAUTIOUS: Final = frozenset(
    {_ANY_RETURNED, "comparison-overlap", "no-untyped-call", "str-bytes-safe", "redundant-cast"}
)
"""Of what mypy warns about although it may be right."""
_MISMATCH: Final = "handler-mismatch"
_CONSEQUENCES: Final = (_MISMATCH, f"type-{_ANY_RETURNED}")
_ANSWER: Final = re.compile(r"Reply\[(.*?)\] \| Reject")
_PROXY_TYPE: Final = re.compile(
    r'overload variant of "via" .* argument types "(?!Principal")(\w+)"'
)
_WRITE_ANOTHER_WAY: Final = (
    "write it another way, or move it into a module that declares nothing: one goes in as bytecode"
)
_COMPILABLE: Final = {
    "Incompatible value representations in assignment": (
        "an `int` does not become a `float` by itself: write `3.0`, or `float(value)`"
    ),
}


def diagnostics_from_mypy(
    lines: Sequence[str], project: Project, spec: CanisterSpec
) -> list[Diagnostic]:
    """One diagnostic per error in the user's modules.

    Raises `InternalError` if there is none: then what scm generated is wrong.
    """
    modules = {module.path: module for module in project.modules}
    places: dict[str, NativePlaces] = {}
    found: dict[tuple[SourceSpan, str], Diagnostic] = {}
    consequences: list[Diagnostic] = []
    for line in lines:
        match = _LINE.match(line)
        if match and match["kind"] == "error" and match["path"] in modules:
            module = modules[match["path"]]
            if module.path not in places:
                places[module.path] = NativePlaces(module, spec)
            place = _place(match)
            span = places[module.path].find(place)
            diagnostic = _diagnostic(match, span, module, spec)
            if places[module.path].is_made(place) and "is not defined" in diagnostic.message:
                diagnostic = evolve(diagnostic, helps=_OF_DEFAULTS)
            if places[module.path].is_consequence(place):
                consequences.append(diagnostic)
            else:
                # A field's annotation stands twice in what mypy reads; two errors are one.
                found.setdefault((span, diagnostic.message), diagnostic)
    if not found and not consequences:
        raise InternalError("translate", "\n".join(lines))
    return _causes(list(found.values()), modules) or consequences


def _causes(diagnostics: list[Diagnostic], modules: Mapping[str, SourceModule]) -> list[Diagnostic]:
    """Without those that only follow from another mistake in the same expression.

    mypy knows no type for what has a mistake in it, so a handler does not fit it either.
    """
    return [
        diagnostic
        for diagnostic in diagnostics
        if not any(
            other.code not in _CONSEQUENCES and _is_inside(other.span, whole)
            for whole in _expressions(diagnostic, modules)
            for other in diagnostics
        )
    ]


def _expressions(
    diagnostic: Diagnostic, modules: Mapping[str, SourceModule]
) -> Iterator[SourceSpan | None]:
    """Where the cause is to be sought of what may be no more than a consequence."""
    if diagnostic.code == f"type-{_ANY_RETURNED}":
        yield diagnostic.span
    elif diagnostic.code == _MISMATCH and diagnostic.span is not None:
        yield from (span for span, _ in _thens(modules[diagnostic.span.path], diagnostic.span))


def _thens(module: SourceModule, span: SourceSpan) -> Iterator[tuple[SourceSpan, str]]:
    """The calls `x.then(name, ...)` and `x.via(proxy, name, ...)` around a place, or in it.

    In it, since mypy may name a whole statement.
    """
    lines = source_lines(module.text)
    for node in ast.walk(parse_python(module.text, module.path)):
        match node:
            case (
                ast.Call(func=ast.Attribute(attr="then"), args=[ast.Name(id=name), *_])
                | ast.Call(func=ast.Attribute(attr="via"), args=[_, ast.Name(id=name), *_])
            ):
                whole = SourceSpan(
                    module.path,
                    node.lineno,
                    character(lines[node.lineno - 1], node.col_offset),
                    node.end_lineno or node.lineno,
                    character(lines[(node.end_lineno or 1) - 1], node.end_col_offset or 0),
                )
                if _is_inside(span, whole) or _is_inside(whole, span):
                    yield whole, name
            case _:
                continue


def _is_inside(inner: SourceSpan | None, outer: SourceSpan | None) -> bool:
    return (
        inner is not None
        and outer is not None
        and inner.path == outer.path
        and (outer.line, outer.column) <= (inner.line, inner.column)
        and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
    )


_OF_DEFAULTS: Final = (
    "in compiled code a default can't name another field, nor what a comprehension in it binds: "
    "give the value a name outside of the class",
)


def _place(match: re.Match[str]) -> Place:
    line = int(match["line"])
    column = int(match["column"] or 1)
    return Place(line, column, int(match["end"] or line), int(match["end_column"] or column))


def _diagnostic(
    match: re.Match[str], span: SourceSpan, module: SourceModule, spec: CanisterSpec
) -> Diagnostic:
    message, code = match["message"], match["code"]
    if code != _ANY_RETURNED and _is_about_then(message):
        misused = _misused_via(message, span, module)
        if misused is not None:
            return misused
        handlers = {handler.name: handler for handler in spec.handlers}
        for _, name in _thens(module, span):
            if name in handlers:
                return _handler_mismatch(handlers[name], span, message)
    if code is None:
        return _not_compilable(span, message)
    notes = ("found by mypy, which scm runs over the canister before it compiles it",)
    helps = _helps(message, spec)
    if code in _CAUTIOUS:
        helps += (f"where it is meant so, end the line with `# type: ignore[{code}]`",)
    return Diagnostic(f"type-{code}", message, span, notes=notes, helps=helps)


def _is_about_then(message: str) -> bool:
    return '"then"' in message or '"via"' in message or "Pending[" in message


def _misused_via(message: str, span: SourceSpan, module: SourceModule) -> Diagnostic | None:
    """What is wrong with a call through a proxy besides its handler."""
    reason = help = ""
    proxy = _PROXY_TYPE.search(message)
    if re.match(r'"Join\[.*" has no attribute "via"', message):
        reason = "a `join` does not go through a proxy"
        help = "call `via` on each of its calls; or `then` on the join, without a proxy"
    elif proxy is not None:
        reason = f"the proxy is a `Principal`, not `{proxy[1]}`"
        help = "write `call.via(proxy, handler, context)`; for a text, `Principal.from_text(text)`"
    elif re.search(r'got "int", expected "(.*\| )?Pending\[', message) and _has_via(span, module):
        reason = "`via` returns the number of the call, not a promise to reply"
        help = "let the method reply at once, `-> None` or the number: who called asks again later"
    if not reason:
        return None
    return Diagnostic(
        "wrong-proxied-call", reason, span, notes=(f"mypy: {message}",), helps=(help,)
    )


def _has_via(span: SourceSpan, module: SourceModule) -> bool:
    """Whether a call of `via` begins where mypy sees a mistake."""
    return any(
        isinstance(node, ast.Call)
        and node.lineno == span.line
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "via"
        for node in ast.walk(parse_python(module.text, module.path))
    )


def _helps(message: str, spec: CanisterSpec) -> tuple[str, ...]:
    """What to write instead, where mypy's words don't lead there."""
    called = re.match(r'(?:Too few|Too many|Unexpected keyword).* for "(\w+)" of "(\w+)"', message)
    for service in spec.services:
        for method in service.methods:
            if called and called.groups() == (method.name, service.name):
                count = len(method.arguments)
                noun = "argument" if count == 1 else "arguments"
                return (f"`{method.name}` takes {count} {noun}, by position",)
    missing = re.match(r'"(\w+)" has no attribute "(\w+)"', message)
    for service in spec.services:
        if missing and missing[1] == service.name:
            known = ", ".join(f"`{method.name}`" for method in service.methods)
            return (f"the methods of `{service.name}` are {known}; declare others in its class",)
    if re.search(r'got "Call\[.*expected "(.*\| )?Pending\[', message):
        return ("name who handles the response: `call.then(handler, context)`",)
    hidden = re.match(r'Module "([\w.]+)" does not explicitly export attribute "(\w+)"', message)
    if hidden:
        package, name = hidden.groups()
        return (
            f"in `{package}` write `import {name} as {name}` behind its `from`, or name it in"
            " `__all__`",
        )
    if message.startswith("Function is missing a "):
        return (
            "write the types, or have the module interpreted: `bytecode = [...]` under `[tool.scm]`"
            " in pyproject.toml",
        )
    return ()


def _not_compilable(span: SourceSpan, message: str) -> Diagnostic:
    return Diagnostic(
        "not-compilable",
        f"this can't be compiled: {message}",
        span,
        notes=("canister code is compiled ahead of time by mypyc, which lacks a few features",),
        helps=(_COMPILABLE.get(message, _WRITE_ANOTHER_WAY),),
    )


def _answers(handler: HandlerSpec, message: str) -> tuple[str, ...]:
    """What differs in mypy's `Callable[[Vault, Reply[int] | Reject | ...], str]`: the answer."""
    given, _, expected = message.partition("; expected ")
    taken, answered = _ANSWER.search(given), _ANSWER.search(expected)
    if taken is None or answered is None or taken[1] == answered[1]:
        return ()
    return (
        f"the callee answers `{answered[1]}` in Python, but `{handler.name}` takes a"
        f" `Response[{taken[1]}]`",
    )


def _handler_mismatch(handler: HandlerSpec, span: SourceSpan, message: str) -> Diagnostic:
    context = ", context" if handler.takes_context else ""
    return Diagnostic(
        _MISMATCH,
        f"response handler `{handler.name}` does not fit this call",
        span,
        notes=(
            *_answers(handler, message),
            f"mypy: {message}",
            f"`{handler.name}` is declared as (state{context}, response) in line "
            f"{handler.span.line}; its context and response types must be those of the call, and "
            "its reply type that of this function (for `via` there is none)",
        ),
        helps=("pass a context of the handler's type, or use a handler made for this call",),
    )
