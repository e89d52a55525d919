"""What the shapes of Candid types are in C: mypyc's names, unboxed types, sizes on the wire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from mypyc.namegen import exported_name

from scm.compiler.artefacts import (
    ClassSpec,
    FieldSpec,
    FuncShape,
    OptShape,
    RecordShape,
    ScalarShape,
    ServiceShape,
    Shape,
    TupleShape,
    VariantShape,
    VecShape,
)
from scm.compiler.labels import label_id
from scm.compiler.shapes import ClassKey, is_payload

WIDTHS: Final[Mapping[str, tuple[int, int]]] = {
    **{f"nat{bits}": (bits // 8, 0) for bits in (8, 16, 32, 64)},
    **{f"int{bits}": (bits // 8, 1) for bits in (8, 16, 32, 64)},
}
"""Bytes, and whether signed."""

_LEAST: Final[Mapping[str, int]] = {
    **{name: width for name, (width, _) in WIDTHS.items()},
    "null": 0,
    "reserved": 0,
    "float32": 4,
    "float64": 8,
    "principal": 2,
}
_COSTS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("null", "reserved", "empty"), 0),
    **dict.fromkeys(("nat64", "int64", "float32", "float64"), 2),
    **dict.fromkeys(("text", "blob"), 3),
    "principal": 8,
}
NO_VALUE: Final = frozenset({"null", "reserved"})


def c_name(module: str, name: str) -> str:
    """The part of mypyc's C names that stands for a class or function."""
    return exported_name(f"{module}.{name}")


def unboxed_type(shape: Shape) -> str:
    """The C type of mypyc's values of a shape; every other than these is an object."""
    match shape:
        case ScalarShape(name) if name in ("nat", "int") or name in WIDTHS:
            return "CPyTagged"
        case ScalarShape("float32" | "float64"):
            return "double"
        case ScalarShape("bool"):
            return "char"
        case _:
            return "PyObject *"


def by_id(fields: Sequence[FieldSpec]) -> list[FieldSpec]:
    """Fields in the order of the wire."""
    return sorted(fields, key=lambda item: label_id(item.candid_label))


def least_size(shape: Shape, classes: Mapping[ClassKey, ClassSpec]) -> int:
    """The fewest bytes that a value can take."""
    match shape:
        case ScalarShape(name):
            return _LEAST.get(name, 1)
        case TupleShape(items):
            return sum(least_size(item, classes) for item in items)
        case RecordShape(module, name):
            return sum(least_size(item.shape, classes) for item in classes[module, name].fields)
        case ServiceShape():
            return 2  # A tag and a length, as of a principal;
        case FuncShape():
            return 4  # and with the tag before and the length of a name.
        case _:
            return 1


def value_cost(shape: Shape, classes: Mapping[ClassKey, ClassSpec]) -> int:
    """What making a value, and giving it up again, takes at least, in units of `DecodeQuota`.

    Measured; what an opt, a vec or a variant holds counts where that is read.
    """
    match shape:
        case ScalarShape(name):
            return _COSTS.get(name, 1)
        case TupleShape(items):
            return 6 + sum(value_cost(item, classes) for item in items)
        case RecordShape(module, name):
            fields = classes[module, name].fields
            return 5 + sum(value_cost(item.shape, classes) for item in fields) if fields else 1
        case VecShape(_, container):
            return 1 if container == "tuple" else 3
        case ServiceShape():
            return 15
        case FuncShape():
            return 18
        case _:
            return 1


def holds_vec(shape: Shape, classes: Mapping[ClassKey, ClassSpec]) -> bool:
    """Whether there can be a vec in a value."""
    return any(isinstance(part, VecShape) for part in _parts_of(shape, classes))


def runs_code(shape: Shape, classes: Mapping[ClassKey, ClassSpec]) -> bool:
    """Whether to read a value may run code of the user's: a `__post_init__`."""
    return any(
        isinstance(part, RecordShape) and classes[part.module, part.name].has_post_init
        for part in _parts_of(shape, classes)
    )


def is_acyclic(spec: ClassSpec, classes: Mapping[ClassKey, ClassSpec]) -> bool:
    """Whether no object of a class can, by its type, be reached from itself."""
    forbidden = (RecordShape(spec.module, spec.name), ScalarShape("reserved"))
    return not any(
        part in forbidden for item in spec.fields for part in _parts_of(item.shape, classes)
    )


def _parts_of(shape: Shape, classes: Mapping[ClassKey, ClassSpec]) -> Iterator[Shape]:
    """The shape and all that its values can hold, a variant's cases as records; each class once."""
    seen: set[Shape] = set()
    todo = [shape]
    while todo:
        part = todo.pop()
        if part in seen:
            continue
        seen.add(part)
        yield part
        match part:
            case OptShape(inner) | VecShape(inner):
                todo.append(inner)
            case TupleShape(items):
                todo += items
            case RecordShape(module, name):
                todo += [item.shape for item in classes[module, name].fields]
            case VariantShape(_, cases):
                todo += [RecordShape(*key) for key in cases]


def can_be_filled(spec: ClassSpec) -> bool:
    """Whether all that the constructor does is to store its arguments, each in one C type."""
    plain = all(
        unboxed_type(item.shape) in ("CPyTagged", "PyObject *", "char")
        and not isinstance(item.shape, TupleShape)
        and item.shape not in (ScalarShape("null"), ScalarShape("empty"))
        for item in spec.fields
    )
    return plain and not spec.has_post_init and bool(spec.fields)


def by_tag(cases: Sequence[ClassKey], classes: Mapping[ClassKey, ClassSpec]) -> list[ClassSpec]:
    """The cases of a variant in the order of the wire."""
    return sorted((classes[key] for key in cases), key=lambda item: label_id(item.tag))


def step_of(item: FieldSpec) -> str:
    """What a field adds to the path of an error, as a C string; a payload by itself nothing."""
    return c_string("" if is_payload(item) else f".{item.candid_label}")


def step_of_tag(spec: ClassSpec) -> str:
    """The same for a case of a variant."""
    return c_string(f".{spec.tag}")


def c_string(text: str) -> str:
    """A C literal of the text in UTF-8."""
    return c_bytes(text.encode("utf-8", "surrogatepass"))


def c_bytes(data: bytes) -> str:
    """A C literal of bytes."""
    # Octal escapes take three digits at most, so that what follows can't become part of one.
    parts = [
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\?' else f"\\{byte:03o}"
        for byte in data
    ]
    return f'"{"".join(parts)}"'
