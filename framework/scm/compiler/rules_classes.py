"""Rules on the bodies of records, variant cases and the state: what they hold, and defaults."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from scm.compiler.declarations import Declaration, Declarations
from scm.compiler.rules_decorators import CLASS_KINDS
from scm.compiler.rules_functions import is_mutable, mutable_default
from scm.compiler.signatures import class_fields
from scm.compiler.syntax import Program
from scm.errors import Diagnostic

_MADE_METHODS: Final = frozenset(
    {"__init__", "__new__", "__setattr__", "__delattr__", "__getattribute__", "field_values"}
)
"""The build makes these, or relies on what they do."""


def check_classes(program: Program, declarations: Declarations) -> Iterator[Diagnostic]:
    """All diagnostics about what stands in the body of a class of values."""
    for item in declarations.items:
        if item.kind in CLASS_KINDS:
            yield from _mutable_fields(program, item)
            yield from _order_of_defaults(item)
            for statement in item.node.body:
                yield from _check_statement(item, statement)


def _mutable_fields(program: Program, item: Declaration) -> Iterator[Diagnostic]:
    for field in class_fields(item):
        if field.value is not None and is_mutable(program, item.module, field.value):
            place = f"a default in {item.described}"
            help = _stable_default(field.value) if item.kind == "state" else ""
            yield mutable_default(item.module, field.value, place, help)


def _stable_default(value: ast.expr) -> str:
    """What to write in the state instead of a container of Python's."""
    match value:
        case ast.Dict() | ast.DictComp() | ast.Call(func=ast.Name(id="dict")):
            stable, types = "StableMap", "K, V"
        case ast.Set() | ast.SetComp() | ast.Call(func=ast.Name(id="set")):
            stable, types = "StableSet", "T"
        case ast.List() | ast.ListComp() | ast.Call(func=ast.Name(id="list")):
            stable, types = "StableList", "T"
        case _:
            return ""
    return (
        f"use a collection in stable memory, `items: {stable}[{types}] = {stable}()`, or an"
        " immutable value: `()`, `None`, a `tuple`"
    )


def _order_of_defaults(item: Declaration) -> Iterator[Diagnostic]:
    has_default = ""
    for field in class_fields(item):
        assert isinstance(field.target, ast.Name)
        if field.value is not None:
            has_default = field.target.id
        elif has_default:
            yield Diagnostic(
                "default-order",
                f"field `{field.target.id}` of {item.described} has no default, but"
                f" `{has_default}` before it has one",
                item.module.span(field.target),
                notes=("values are given by position too, so fields without a default come first",),
                helps=(f"move it in front of `{has_default}`, or give it a default",),
            )


def _check_statement(item: Declaration, statement: ast.stmt) -> Iterator[Diagnostic]:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name) as target]) if not name.startswith("__"):
            yield Diagnostic(
                "missing-type",
                f"field `{name}` of {item.described} has no type",
                item.module.span(target),
                label="type is missing here",
                notes=("every field becomes a Candid field",),
                helps=(f"write `{name}: nat = ...`, or move it out of the class",),
            )
        case ast.FunctionDef(name=name) if name in _MADE_METHODS:
            yield Diagnostic(
                "reserved-name",
                f"`{name}` of {item.described} is a method that the build makes itself",
                item.module.name_span(statement),
                notes=("its fields alone say how a value is made and read",),
                helps=("check fields in `__post_init__`; make values in a function of their own",),
            )
        case ast.AnnAssign(target=ast.Name(), simple=1) | ast.FunctionDef() | ast.Pass():
            return
        case ast.Expr(value=ast.Constant()) | ast.AsyncFunctionDef():
            return  # The latter is told already.
        case _:
            yield Diagnostic(
                "class-body",
                f"this can't stand in the body of {item.described}",
                item.module.first_line(statement),
                notes=("such a class has fields, `name: type`, and methods",),
                helps=("move it out of the class",),
            )
