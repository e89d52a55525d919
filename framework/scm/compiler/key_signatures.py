"""Key shapes -> their signatures, and why a shape has none.

The signature names the encoding of keys for good; the table is in decision 16, "Order of keys".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from scm.compiler.artefacts import (
    ClassSpec,
    FuncShape,
    OptShape,
    RecordShape,
    ResultsShape,
    ScalarShape,
    ServiceShape,
    Shape,
    TupleShape,
    VariantShape,
    VecShape,
)
from scm.compiler.shapes import ClassKey

KEY_CASES_MAX: Final = 256
"""The case of a variant is one byte of the key."""


def key_signature(shape: Shape, classes: Mapping[ClassKey, ClassSpec]) -> str:
    """The signature of keys of this shape, for which `explain_disorder` says nothing."""
    match shape:
        case ScalarShape(candid):
            return candid
        case OptShape(inner):
            return f"opt({key_signature(inner, classes)})"
        case VecShape(inner):
            return f"vec({key_signature(inner, classes)})"
        case TupleShape(items):
            return f"({','.join(key_signature(item, classes) for item in items)})"
        case RecordShape(module, name):
            return _fields(classes[module, name], classes)
        case VariantShape(_, cases):
            ordered = by_text(cases, classes)
            return f"variant({','.join(f'{spec.tag}{_fields(spec, classes)}' for spec in ordered)})"
        case ServiceShape() | FuncShape() | ResultsShape():
            raise AssertionError(shape)


def by_text(cases: Sequence[ClassKey], classes: Mapping[ClassKey, ClassSpec]) -> list[ClassSpec]:
    """The cases of a variant in the order of keys: alphabetical."""
    return sorted((classes[key] for key in cases), key=lambda item: str(item.tag))


def explain_disorder(shape: Shape, classes: Mapping[ClassKey, ClassSpec]) -> str:
    """Why values of a shape can't be keys; "" if they can."""
    return _explain(shape, classes, ())


def _explain(shape: Shape, classes: Mapping[ClassKey, ClassSpec], within: tuple[Shape, ...]) -> str:
    if shape in within:
        return f"`{_name(shape)}` contains itself"
    within = (*within, shape)
    match shape:
        case ScalarShape("reserved" | "empty" as name):
            return f"`{name}` has no values to put in order"
        case FuncShape():
            return "references to methods have no order"
        case ServiceShape(_, name):
            return f"references to canisters, as of `{name}`, have no order"
        case OptShape(inner) | VecShape(inner, _):
            parts: Sequence[Shape] = (inner,)
        case TupleShape(items):
            parts = items
        case RecordShape(module, name):
            parts = [item.shape for item in classes[module, name].fields]
        case VariantShape(_, cases) if len(cases) > KEY_CASES_MAX:
            return f"`{_name(shape)}` has more than {KEY_CASES_MAX} cases"
        case VariantShape(_, cases):
            parts = [item.shape for key in cases for item in classes[key].fields]
        case _:
            return ""
    reasons = (_explain(part, classes, within) for part in parts)
    return next((reason for reason in reasons if reason), "")


def _name(shape: Shape) -> str:
    match shape:
        case RecordShape(_, name):
            return name
        case VariantShape(name, cases):
            return name or " | ".join(case for _, case in cases)
        case _:
            raise AssertionError(shape)


def _fields(spec: ClassSpec, classes: Mapping[ClassKey, ClassSpec]) -> str:
    # With names: fields of one type that change places would be read as each other.
    shown = [f"{item.candid_label}:{key_signature(item.shape, classes)}" for item in spec.fields]
    return f"({','.join(shown)})"
