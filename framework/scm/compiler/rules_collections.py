"""Rules on durable collections: their defaults, their keys, and where they are made or replaced."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from attrs import frozen

from scm.compiler.annotations import Meanings
from scm.compiler.artefacts import ClassSpec, CollectionSpec
from scm.compiler.declarations import Declaration, Declarations
from scm.compiler.key_signatures import explain_disorder
from scm.compiler.shapes import ClassKey
from scm.compiler.signatures import class_fields
from scm.compiler.stable_classes import STABLE_CLASSES
from scm.compiler.syntax import FunctionNode, ParsedModule, Program, part_at
from scm.errors import Diagnostic


@frozen(eq=False)
class _Field:
    """A collection as the state class declares it."""

    item: Declaration
    node: ast.AnnAssign
    spec: CollectionSpec

    @property
    def name(self) -> str:
        assert isinstance(self.node.target, ast.Name)
        return self.node.target.id


def check_made_collections(program: Program, declarations: Declarations) -> Iterator[Diagnostic]:
    """All diagnostics about where durable collections are made, and of what."""
    states = declarations.of_kind("state")
    for module in program.modules.values():
        yield from _made_elsewhere(program, module, states)


def check_collections(
    program: Program,
    declarations: Declarations,
    meanings: Meanings,
    classes: Sequence[ClassSpec],
) -> Iterator[Diagnostic]:
    """All diagnostics about durable collections that need their types."""
    by_key = {(spec.module, spec.name): spec for spec in classes}
    states = declarations.of_kind("state")
    fields = [field for item in states for field in _fields(item, meanings)]
    for field in fields:
        yield from _default(program, field)
        yield from _keys(field, by_key)
    names = {field.name: field for field in fields}
    for module in program.modules.values():
        yield from _assigned(program, module, states, names)


def _fields(item: Declaration, meanings: Meanings) -> Iterator[_Field]:
    for node in class_fields(item):
        meaning = meanings.by_node.get(node.annotation)
        if meaning is not None and meaning.collection is not None:
            yield _Field(item, node, meaning.collection)


def _made(program: Program, module: ParsedModule, node: ast.AST) -> str:
    """The class of durable collections that a call makes one of; "" for anything else."""
    if not isinstance(node, ast.Call):
        return ""
    # `StableMap[text, nat]()` makes one, too.
    called = node.func.value if isinstance(node.func, ast.Subscript) else node.func
    owner, _, name = program.resolve(module, called).rpartition(".")
    return name if owner == "scm" and name in STABLE_CLASSES else ""


def _default(program: Program, field: _Field) -> Iterator[Diagnostic]:
    module, value, wanted = field.item.module, field.node.value, field.spec.class_name
    if value is None:
        return
    if _made(program, module, value) != wanted:
        yield _not_empty(
            f"the default of `{field.name}` is not an empty `{wanted}`", module, value, wanted
        )


def _not_empty(message: str, module: ParsedModule, value: ast.expr, wanted: str) -> Diagnostic:
    return Diagnostic(
        "collection-default",
        message,
        module.span(value),
        notes=("a collection starts empty, and keeps over upgrades what is in stable memory",),
        helps=(f"write `{wanted}()`, and fill it in the `@init` function",),
    )


def _keys(field: _Field, classes: Mapping[ClassKey, ClassSpec]) -> Iterator[Diagnostic]:
    module, annotation = field.item.module, field.node.annotation
    for level in field.spec.levels():
        reason = "" if level.key is None else explain_disorder(level.key, classes)
        if reason:
            role = {"set": "an element", "heap": "a priority"}.get(level.kind, "a key")
            yield Diagnostic(
                "collection-key",
                f"this can't be {role} of a `{level.class_name}`: {reason}",
                module.span(part_at(annotation, (0,))),
                notes=("collections keep their keys in order",),
                helps=(
                    "use numbers, `text`, `blob`, `Principal`, or a tuple, `@record` or `@variant`"
                    " of such",
                ),
            )
        annotation = part_at(annotation, (1,))


def _made_elsewhere(
    program: Program, module: ParsedModule, states: Sequence[Declaration]
) -> Iterator[Diagnostic]:
    allowed: set[ast.AST] = set()
    for item in states:
        allowed.update(field.value for field in class_fields(item) if field.value is not None)
    state_names = {f"{item.module.name}.{item.name}" for item in states}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and program.resolve(module, node.func) in state_names:
            allowed.update((*node.args, *(keyword.value for keyword in node.keywords)))
    for node in ast.walk(module.tree):
        name = _made(program, module, node)
        if not name:
            continue
        assert isinstance(node, ast.Call)
        if node.args or node.keywords:
            yield _not_empty(f"`{name}` takes no arguments", module, node, name)
        elif node not in allowed:
            yield Diagnostic(
                "collection-place",
                f"a `{name}` is made here that no field of the state can be",
                module.span(node),
                notes=(
                    "a collection is a field of the state: what it holds is in stable memory under"
                    " the field's name",
                ),
                helps=(
                    f"declare it in the `@state` class, `items: {STABLE_CLASSES[name].example} ="
                    f" {name}()`; for what lives in one message only, use Python's own containers",
                ),
            )


def _assigned(
    program: Program,
    module: ParsedModule,
    states: Sequence[Declaration],
    fields: Mapping[str, _Field],
) -> Iterator[Diagnostic]:
    if not fields:
        return
    for function in ast.walk(module.tree):
        if not isinstance(function, FunctionNode):
            continue
        holders = set(_state_names(program, module, function, states))
        # `vault.seen |= {...}` changes the set itself, and puts it back.
        changed = {node.target for node in ast.walk(function) if isinstance(node, ast.AugAssign)}
        for node in ast.walk(function):
            match node:
                case ast.Attribute(value=ast.Name(id=holder), attr=name, ctx=context) if (
                    holder in holders
                    and name in fields
                    and not isinstance(context, ast.Load)
                    and node not in changed
                ):
                    yield _replaced(module, node, fields[name])
                case _:
                    continue


def _state_names(
    program: Program, module: ParsedModule, function: FunctionNode, states: Sequence[Declaration]
) -> Iterator[str]:
    """The parameters of a function that are the state."""
    names = {f"{item.module.name}.{item.name}" for item in states}
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    for parameter in given:
        annotation = parameter.annotation
        if annotation is not None and program.resolve(module, annotation) in names:
            yield parameter.arg
    if given and any(function in item.node.body for item in states):
        yield given[0].arg  # A method's `self`.


_FILL: Final[Mapping[str, str]] = {
    "StableMap": "update",
    "StableSet": "update",
    "StableList": "extend",
    "StableDeque": "extend",
    "StableQueue": "put",
    "StableCell": "set",
    "StableHeap": "push",
    "StableBlob": "write",
}


def _replaced(module: ParsedModule, node: ast.Attribute, field: _Field) -> Diagnostic:
    shown, name = module.source(node), field.spec.class_name
    help = f"empty it with `{shown}.clear()`, and fill it with `{shown}.{_FILL.get(name)}(...)`"
    if name not in _FILL:
        help = f"a `{name}` only grows: `{shown}.append(...)`"
    return Diagnostic(
        "collection-assigned",
        f"the collection `{field.name}` can't be replaced by assignment",
        module.span(node),
        notes=("a field of the state is one collection in stable memory, for good",),
        helps=(help,),
    )
