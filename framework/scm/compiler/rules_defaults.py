"""Rules on defaults of fields: a number that is written out must fit the field's type.

What kind of value a default is, mypy checks; and what is computed is checked where it is stored.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scm.compiler.annotations import Meanings
from scm.compiler.artefacts import OptShape, ScalarShape, Shape, TupleShape, VecShape
from scm.compiler.declarations import Declaration, Declarations
from scm.compiler.rules_decorators import CLASS_KINDS
from scm.compiler.signatures import class_fields
from scm.errors import Diagnostic


def check_defaults(declarations: Declarations, meanings: Meanings) -> Iterator[Diagnostic]:
    """All diagnostics about numbers in defaults."""
    for item in declarations.items:
        if item.kind not in CLASS_KINDS:
            continue
        for field in class_fields(item):
            meaning = meanings.by_node.get(field.annotation)
            if field.value is not None and meaning is not None and meaning.shape is not None:
                for node, candid in _misfits(meaning.shape, field.value):
                    yield _misfit(item, field, node, candid)


def _misfits(shape: Shape, value: ast.expr) -> Iterator[tuple[ast.expr, str]]:
    """The numbers in a value that their types of Candid can't hold."""
    match shape, value:
        case ScalarShape(candid), _:
            number = _number(value)
            if number is not None and not _fits(candid, number):
                yield value, candid
        case OptShape(inner, is_wrapped=False), _:
            yield from _misfits(inner, value)
        case VecShape(inner, _), ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                yield from _misfits(inner, part)
        case TupleShape(items), ast.Tuple(elts=parts):
            for item, part in zip(items, parts, strict=False):
                yield from _misfits(item, part)
        case _:
            return


def _number(value: ast.expr) -> int | None:
    match value:
        case ast.Constant(value=int() as number) if not isinstance(number, bool):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as number)):
            return -number
        case _:
            return None


def _fits(candid: str, number: int) -> bool:
    """Whether a type can hold a number; True where the number is none of its kind of values."""
    if candid == "nat":
        return number >= 0
    sized = re.fullmatch(r"(nat|int)(\d+)", candid)
    if sized is None:
        return True
    bits = int(sized[2])
    low = 0 if sized[1] == "nat" else -(1 << bits - 1)
    return low <= number < low + (1 << bits)


def _misfit(item: Declaration, field: ast.AnnAssign, node: ast.expr, candid: str) -> Diagnostic:
    assert isinstance(field.target, ast.Name)
    return Diagnostic(
        "out-of-range",
        f"the default of `{field.target.id}` in {item.described} does not fit `{candid}`:"
        f" {item.module.source(node)}",
        item.module.span(node),
        notes=("the first message that stores or sends it would fail",),
        helps=(f"write a number that `{candid}` can hold, or change the type",),
    )
