"""Find what the decorators declare, by reading the syntax trees; nothing is run.

In: a `Program`.  Out: the decorated functions and classes and the `Service` classes, in order of
declaration, with a diagnostic for each one that stands in the wrong place or is declared twice.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from attrs import frozen

from scm.compiler.labels import is_label, is_public_name
from scm.compiler.rules_decorators import (
    CLASS_KINDS,
    FUNCTION_KINDS,
    METHOD_KINDS,
    Kind,
    check_decorators,
)
from scm.compiler.syntax import Definition, FunctionNode, ParsedModule, Program, top_level
from scm.errors import Diagnostic, SourceSpan

DESCRIPTIONS: Final[Mapping[str, str]] = {
    "init": "init function",
    "update": "update method",
    "query": "query method",
    "on_response": "response handler",
    "migration": "migration",
    "on_timer": "timer handler",
    "every": "timer handler",
    "record": "record",
    "variant": "variant case",
    "state": "state class",
    "service": "service class",
}
RESERVED_PREFIX: Final = "scm_"
RESERVED_FIELDS: Final = frozenset({"field_values", "canister_id", "call_method", "self"})
"""Members of the native bases of values and services; see `runtime/values.py`, `Service`."""


@frozen(eq=False)
class Declaration:
    """A decorated function or class, or a `Service` class.

    `tag` is a variant case's, or its id; `public_name` what callers of a method say.
    """

    kind: Kind
    module: ParsedModule
    node: Definition
    tag: str | int = ""
    public_name: str = ""

    @property
    def name(self) -> str:
        """The Python name."""
        return self.node.name

    @property
    def span(self) -> SourceSpan:
        """Where the name stands."""
        return self.module.name_span(self.node)

    @property
    def described(self) -> str:
        """What a diagnostic calls it: "update method `pay`"."""
        return f"{DESCRIPTIONS[self.kind]} `{self.name}`"


@frozen(eq=False)
class Declarations:
    """All declarations of a program, in order."""

    items: tuple[Declaration, ...]

    def functions(self) -> list[Declaration]:
        """The decorated functions."""
        return [item for item in self.items if item.kind in FUNCTION_KINDS]

    def of_kind(self, *kinds: Kind) -> list[Declaration]:
        """The declarations of these kinds."""
        return [item for item in self.items if item.kind in kinds]


def find_declarations(program: Program) -> tuple[Declarations, list[Diagnostic]]:
    """Find every declaration, with diagnostics about where and how they are declared."""
    items: list[Declaration] = []
    diagnostics: list[Diagnostic] = []
    for module in program.modules.values():
        definitions = [node for node in top_level(module.tree) if isinstance(node, Definition)]
        for node in definitions:
            declared, problems = _declare(program, module, node)
            items.extend(declared)
            diagnostics.extend(problems)
            if declared and node not in module.tree.body:
                diagnostics.append(_not_at_top(module, node, "an `if`, `try` or the like"))
        diagnostics.extend(_nested(program, module, definitions))
    diagnostics.extend(_duplicates(items))
    diagnostics.extend(_deleted(program, items))
    diagnostics.extend(_reserved_names(items))
    diagnostics.extend(_wrong_counts(program, items))
    return Declarations(tuple(items)), diagnostics


def _declare(
    program: Program, module: ParsedModule, node: Definition
) -> tuple[list[Declaration], list[Diagnostic]]:
    marks = [mark for mark in node.decorator_list if _mark_kind(program, module, mark)]
    if not marks:
        if isinstance(node, ast.ClassDef) and _is_service(program, module, node):
            return [Declaration("service", module, node)], []
        return [], []
    kind = _mark_kind(program, module, marks[0])
    assert kind is not None
    problems = list(check_decorators(kind, module, node, marks))
    fits = isinstance(node, ast.ClassDef) == (kind in CLASS_KINDS)
    tag, public_name = _tag(kind, node, marks[0]), _public_name(kind, node, marks[0])
    declared = [Declaration(kind, module, node, tag, public_name)] if fits else []
    return declared, problems


def _mark_kind(program: Program, module: ParsedModule, decorator: ast.expr) -> Kind | None:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    owner, _, name = program.resolve(module, called).rpartition(".")
    if owner != "scm":
        return None
    match name:
        case "init" | "update" | "query" | "on_response" | "on_timer" | "every" | "migration":
            return name
        case "record" | "variant" | "state":
            return name
        case _:
            return None


def _tag(kind: Kind, node: Definition, decorator: ast.expr) -> str | int:
    if kind != "variant":
        return ""
    match decorator:
        case ast.Call(args=[ast.Constant(value=str() | int() as tag)]) if is_label(tag):
            return tag
        case _:
            return node.name


def _public_name(kind: Kind, node: Definition, decorator: ast.expr) -> str:
    match decorator:
        case ast.Call(args=[ast.Constant(value=str(name))]) if (
            kind in METHOD_KINDS and is_public_name(name)
        ):
            return name
        case _:
            return node.name


def _is_service(program: Program, module: ParsedModule, node: ast.ClassDef) -> bool:
    return any(program.resolve(module, base) == "scm.Service" for base in node.bases)


def _nested(
    program: Program, module: ParsedModule, definitions: Iterable[Definition]
) -> Iterator[Diagnostic]:
    for outer in definitions:
        for node in ast.walk(outer):
            if node is outer or not isinstance(node, Definition):
                continue
            marks = [item for item in node.decorator_list if _mark_kind(program, module, item)]
            if not marks:
                continue
            inside = "class" if isinstance(outer, ast.ClassDef) else "function"
            yield _not_at_top(module, node, f"the {inside} `{outer.name}`")


def _not_at_top(module: ParsedModule, node: Definition, place: str) -> Diagnostic:
    return Diagnostic(
        "nested-decorated",
        f"`{node.name}` is declared inside {place}",
        module.name_span(node),
        notes=(
            "what a canister declares must be found by its name alone, in this version of the code"
            " and in the next",
        ),
        helps=(f"move `{node.name}` to the top level of the module",),
    )


def _duplicates(items: Iterable[Declaration]) -> Iterator[Diagnostic]:
    functions: dict[str, Declaration] = {}
    public: dict[str, Declaration] = {}
    classes: dict[tuple[str, str], Declaration] = {}
    for item in items:
        yield from _repeated_members(item)
        if item.kind in METHOD_KINDS:
            other = public.setdefault(item.public_name, item)
            if other.name != item.name:
                yield _same_public_name(item, other)
        if item.kind in FUNCTION_KINDS:
            first = functions.setdefault(item.name, item)
        else:
            first = classes.setdefault((item.module.name, item.name), item)
        if first is not item:
            place = f"{first.span.path}:{first.span.line}"
            yield Diagnostic(
                "duplicate-name",
                f"{item.described} has the name of another, at {place}",
                item.span,
                label="second declaration",
                notes=("a name stands for one method or handler in the whole canister",),
                helps=("rename one of the two",),
            )


def _deleted(program: Program, items: Iterable[Declaration]) -> Iterator[Diagnostic]:
    """Declarations that a `del` of their module names."""
    declared = {(item.module.name, item.name): item for item in items}
    for module in program.modules.values():
        deletes = [node for node in top_level(module.tree) if isinstance(node, ast.Delete)]
        for node in [inner for delete in deletes for inner in ast.walk(delete)]:
            match node:
                case ast.Name(id=name, ctx=ast.Del()) if (module.name, name) in declared:
                    item = declared[module.name, name]
                    yield Diagnostic(
                        "deleted-name",
                        f"{item.described} is deleted, but declared in line {item.node.lineno}",
                        module.span(node),
                        notes=(
                            "declarations are read from the source: it would stay all the same",
                        ),
                        helps=(f"remove the declaration of `{name}`, or the `del`",),
                    )
                case _:
                    continue


def _repeated_members(item: Declaration) -> Iterator[Diagnostic]:
    """Fields, or methods of a service, that a class declares twice under one name."""
    first: dict[str, ast.Name] = {}
    for statement in item.node.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name) as target) if (
                item.kind not in FUNCTION_KINDS and first.setdefault(name, target) is not target
            ):
                yield Diagnostic(
                    "duplicate-name",
                    f"{item.described} declares `{name}` twice, first in line {first[name].lineno}",
                    item.module.span(target),
                    label="second declaration",
                    notes=("a class has one field or method of a name",),
                    helps=("rename one of the two, or remove it",),
                )
            case _:
                continue


def _same_public_name(item: Declaration, first: Declaration) -> Diagnostic:
    return Diagnostic(
        "duplicate-name",
        f"{item.described} has the public name of another, at {first.span.path}:{first.span.line}",
        item.span,
        label=f"callers say `{item.public_name}`",
        notes=("callers know a method by its public name only",),
        helps=(f'give it another one: `@{item.kind}("name")`',),
    )


def _reserved_names(items: Iterable[Declaration]) -> Iterator[Diagnostic]:
    for item in items:
        names = (item.name, str(item.tag), item.public_name)
        if any(name.startswith(RESERVED_PREFIX) for name in names):
            yield _reserved(item.described, item.span)
        if item.kind in FUNCTION_KINDS:
            continue
        for field in item.node.body:
            match field:
                case ast.AnnAssign(target=ast.Name(id=name) as target) if (
                    name in RESERVED_FIELDS or name.startswith((RESERVED_PREFIX, "__"))
                ):
                    yield _reserved(f"`{name}` of {item.described}", item.module.span(target))
                case _:
                    continue


def _reserved(described: str, span: SourceSpan) -> Diagnostic:
    return Diagnostic(
        "reserved-name",
        f"{described} has a name that scm uses itself",
        span,
        notes=(
            f"names that start with `{RESERVED_PREFIX}` or `__` belong to scm, and in classes"
            f" {', '.join(f'`{name}`' for name in sorted(RESERVED_FIELDS))}",
        ),
        helps=('choose another name; a variant case can keep its tag: `@variant("tag")`',),
    )


def _wrong_counts(program: Program, items: Iterable[Declaration]) -> Iterator[Diagnostic]:
    states = [item for item in items if item.kind == "state"]
    main = program.modules.get(program.main)
    if not states and main is not None:
        yield Diagnostic(
            "no-state",
            "the canister has no state class",
            SourceSpan(main.path, 1, 1, 1, 1),
            notes=("the fields of the `@state` class are what stays when the code is replaced",),
            helps=("add `@state class State: ...`, with a field for each thing to keep",),
        )
    yield from _more_than_one(states, "several-states", "one `@state` class", "put all its fields")
    inits = [item for item in items if item.kind == "init"]
    yield from _more_than_one(inits, "several-inits", "one `@init` function", "put all its work")


def _more_than_one(
    items: list[Declaration], code: str, rule: str, merge: str
) -> Iterator[Diagnostic]:
    for item in items[1:]:
        first = items[0].span
        yield Diagnostic(
            code,
            f"{item.described} is not the only one: `{items[0].name}` is declared at"
            f" {first.path}:{first.line}",
            item.span,
            notes=(f"a canister has {rule}",),
            helps=(f"{merge} into `{items[0].name}`",),
        )


def parameters(node: FunctionNode) -> list[ast.arg]:
    """The plain parameters of a function, in order."""
    return [*node.args.posonlyargs, *node.args.args]
