"""Rules on the decorators themselves: on what they stand, how they are written, what they take."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Final, Literal, TypeGuard

from scm.compiler.labels import is_label, is_public_name, is_text
from scm.compiler.syntax import Definition, ParsedModule
from scm.errors import Diagnostic

Kind = Literal[
    "init", "update", "query", "on_response", "on_timer", "every",
    "migration", "record", "variant", "state", "service",
]  # fmt: skip

TIMER_KINDS: Final[tuple[Kind, ...]] = ("on_timer", "every")
FUNCTION_KINDS: Final = frozenset(
    {"init", "update", "query", "on_response", "migration", *TIMER_KINDS}
)
METHOD_KINDS: Final = ("update", "query")
Renaming = tuple[ast.Constant, ast.Constant]
"""The new name of a field, and the old one."""

_UNITS: Final = {"seconds": 1, "minutes": 60, "hours": 3_600, "days": 86_400}
INTERVAL_SECONDS_MAX: Final = 10_000_000_000
"""As `AFTER_SECONDS_MAX` in `runtime/timers.py`."""

CLASS_KINDS: Final = frozenset({"record", "variant", "state"})


def check_decorators(
    kind: Kind, module: ParsedModule, node: Definition, marks: Sequence[ast.expr]
) -> Iterator[Diagnostic]:
    """All diagnostics about the decorators of one definition, of which `marks` are scm's."""
    yield from _several(module, node, marks)
    yield from _placement(kind, module, node)
    yield from _argument_problems(kind, module, marks[0])
    yield from _spelling_problems(kind, module, marks[0])


def _several(
    module: ParsedModule, node: Definition, marks: Sequence[ast.expr]
) -> Iterator[Diagnostic]:
    if len(node.decorator_list) > 1:
        extra = next(
            (item for item in node.decorator_list if item is not marks[0]), node.decorator_list[1]
        )
        yield Diagnostic(
            "several-decorators",
            f"`{node.name}` has more than one decorator",
            module.span(extra),
            label="this one is too many",
            notes=("scm's decorators only mark; the canister is built from the function beneath",),
            helps=("keep one decorator, and call other code from the body",),
        )


def _argument_problems(
    kind: Kind, module: ParsedModule, decorator: ast.expr
) -> Iterator[Diagnostic]:
    match decorator:
        case ast.Call(args=[ast.Constant(value=str() | int() as tag)], keywords=[]) if (
            kind == "variant" and is_label(tag)
        ):
            return
        case ast.Call(args=[ast.Constant(value=str(name))], keywords=[]) if (
            kind in METHOD_KINDS and is_public_name(name)
        ):
            return
        case ast.Call(args=[value], keywords=[]) if kind in ("variant", *METHOD_KINDS):
            yield _impossible_name(kind, module, value)
        case ast.Call() if kind == "state":
            yield from _state_words(module, decorator)
        case ast.Call() if kind in ("on_response", "on_timer", "migration"):
            return  # `rules_on_trap.py`, `rules_timers.py`, `rules_migrations.py` have their words.
        case _ if kind == "every":
            yield from _interval_problems(module, decorator)
        case ast.Call() if kind == "variant":
            yield Diagnostic(
                "wrong-decorator",
                "`@variant` takes the Candid tag and nothing else",
                module.span(decorator),
                helps=('write `@variant("Tag")`, or `@variant` to use the class name as the tag',),
            )
        case ast.Call() if kind in METHOD_KINDS:
            yield Diagnostic(
                "wrong-decorator",
                f"`@{kind}` takes the method's public name and nothing else",
                module.span(decorator),
                helps=(f'write `@{kind}("name")`, or `@{kind}` to use the name of the function',),
            )
        case ast.Call():
            yield Diagnostic(
                "wrong-decorator",
                f"`@{kind}` takes no arguments",
                module.span(decorator),
                helps=(f"write `@{kind}`",),
            )
        case _:
            return


def interval_seconds(decorator: ast.expr) -> int | None:
    """The sum of `@every(hours=1, minutes=30)`; None if it is not numbers that are written out."""
    if not isinstance(decorator, ast.Call) or decorator.args:
        return None
    total = 0
    for keyword in decorator.keywords:
        match keyword:
            case ast.keyword(arg=str(unit), value=ast.Constant(value=int(count))) if (
                unit in _UNITS and not isinstance(count, bool)
            ):
                total += _UNITS[unit] * count
            case _:
                return None
    return total


def _interval_problems(module: ParsedModule, decorator: ast.expr) -> Iterator[Diagnostic]:
    seconds = interval_seconds(decorator)
    if seconds is None:
        message = "`@every` takes an interval in `seconds`, `minutes`, `hours` and `days`"
        notes: tuple[str, ...] = ("the build reads the numbers without running the code",)
    elif not 1 <= seconds <= INTERVAL_SECONDS_MAX:
        message = f"`@every` has an interval of {seconds:,} seconds"
        notes = (f"an interval is 1 second or more, and at most {INTERVAL_SECONDS_MAX:,}",)
    else:
        return
    yield Diagnostic(
        "wrong-decorator",
        message,
        module.span(decorator),
        notes=notes,
        helps=("write `@every(hours=1)`, or `@every(minutes=1, seconds=30)`",),
    )


def _state_words(module: ParsedModule, decorator: ast.Call) -> Iterator[Diagnostic]:
    known = {keyword.arg for keyword in decorator.keywords} <= {"renamed", "dropped"}
    if decorator.args or not known or state_words(decorator) is None:
        yield Diagnostic(
            "wrong-decorator",
            "`@state` takes names of fields in `renamed` and `dropped`, written out, and nothing"
            " else",
            module.span(decorator),
            notes=("the build reads them without running the code",),
            helps=('write `@state(renamed={"new": "old"}, dropped=("older",))`, or `@state`',),
        )


def state_words(decorator: ast.expr) -> tuple[list[Renaming], list[ast.Constant]] | None:
    """What `@state(...)` renames and drops; None if it is not names that are written out."""
    renamed: list[Renaming] = []
    dropped: list[ast.Constant] = []
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    for keyword in keywords:
        match keyword.value:
            case ast.Dict(keys=keys, values=values) if keyword.arg == "renamed":
                for new, old in zip(keys, values, strict=True):
                    if not (_is_text(new) and _is_text(old)):
                        return None
                    renamed.append((new, old))
            case ast.Tuple(elts=elements) | ast.List(elts=elements) if keyword.arg == "dropped":
                for element in elements:
                    if not _is_text(element):
                        return None
                    dropped.append(element)
            case _:
                return None
    return renamed, dropped


def stored_names(
    decorator: ast.expr,
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """The pairs of new and old names, and the dropped names, of `@state(...)`."""
    renamed, dropped = state_words(decorator) or ([], [])
    pairs = tuple((str(new.value), str(old.value)) for new, old in renamed)
    return pairs, tuple(str(name.value) for name in dropped)


def _is_text(node: ast.expr | None) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _impossible_name(kind: Kind, module: ParsedModule, value: ast.expr) -> Diagnostic:
    """A tag or public name that is none, or that only running the code could tell."""
    what = "tag" if kind == "variant" else "public name"
    helps = (f'write `@{kind}("name")`',)
    if kind == "variant":
        helps = ('write `@variant("Tag")`, or `@variant(7)` for a tag that has only a number',)
    match value:
        case ast.Constant(value=str(name)):
            reason = "it is not text that UTF-8 can encode"
            if name == "":
                reason = "it is empty"
            elif is_text(name):
                reason = "it has a NUL in it"
        case (
            ast.Constant(value=int(number)) | ast.UnaryOp(operand=ast.Constant(value=int(number)))
        ) if kind == "variant" and not isinstance(number, bool):
            reason = "numbers of tags go from 0 to 2^32 - 1"
        case ast.Constant():
            reason = "it is no text"
        case _:
            reason = "it must be written out here, where the build can read it"
    return Diagnostic(
        "wrong-decorator",
        f"`{module.source(value)}` can't be the {what} of `@{kind}`: {reason}",
        module.span(value),
        helps=helps,
    )


def _spelling_problems(
    kind: Kind, module: ParsedModule, decorator: ast.expr
) -> Iterator[Diagnostic]:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    is_plain = isinstance(called, ast.Name) and called.id == kind
    if not is_plain:
        yield Diagnostic(
            "wrong-decorator",
            f"`@{module.source(called)}` must be `@{kind}`, imported from `scm` in this module",
            module.span(called),
            notes=("the build finds the decorators by their names",),
            helps=(f"write `from scm import {kind}` and `@{kind}`",),
        )
    elif not _imports_scm(module):
        yield Diagnostic(
            "wrong-decorator",
            f"`@{kind}` must be imported from `scm` itself, at the top level of this module",
            module.span(called),
            notes=("the build finds the decorators by their names",),
            helps=(f"write `from scm import {kind}`, not in an `if` or `try`",),
        )


def _imports_scm(module: ParsedModule) -> bool:
    return any(
        isinstance(node, ast.ImportFrom) and node.module == "scm" and node.level == 0
        for node in module.tree.body
    )


def _placement(kind: Kind, module: ParsedModule, node: Definition) -> Iterator[Diagnostic]:
    if isinstance(node, ast.ClassDef) != (kind in CLASS_KINDS):
        wanted = "a class" if kind in CLASS_KINDS else "a function"
        got = "a class" if isinstance(node, ast.ClassDef) else "a function"
        yield Diagnostic(
            "wrong-decorator",
            f"`@{kind}` marks {wanted}, but `{node.name}` is {got}",
            module.name_span(node),
            helps=("remove the decorator, or use the one that fits",),
        )
    elif isinstance(node, ast.ClassDef) and (node.bases or node.keywords):
        first = node.bases[0] if node.bases else node.keywords[0]
        yield Diagnostic(
            "base-class",
            f"`@{kind}` class `{node.name}` has a base class",
            module.span(first),
            label="not possible here",
            notes=("a record, variant case or state is exactly the fields that its class lists",),
            helps=("list all fields in the class itself",),
        )
