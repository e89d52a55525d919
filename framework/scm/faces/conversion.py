"""Shapes -> the functions that convert their values, made once for each shape and direction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scm.authoring.references import (
    CompositeQueryFunc,
    Func,
    MethodReference,
    OnewayFunc,
    QueryFunc,
)
from scm.compiler.artefacts import (
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
from scm.compiler.shapes import ClassKey, is_payload
from scm.faces.classes import ClassReader
from scm.faces.converters import (
    Container,
    FieldPlan,
    RecordPlan,
    ToFace,
    ToGeneric,
    contained_in,
    func_to_face,
    func_to_generic,
    opt_to_face,
    opt_to_generic,
    payload_to_face,
    payload_to_generic,
    record_to_face,
    record_to_generic,
    service_to_face,
    service_to_generic,
    some_to_face,
    some_to_generic,
    tuple_to_face,
    tuple_to_generic,
    variant_to_face,
    variant_to_generic,
    vec_to_face,
    vec_to_generic,
    without_payload,
)

_FUNCS: Final[Mapping[str, type[MethodReference]]] = {
    "": Func,
    "query": QueryFunc,
    "composite_query": CompositeQueryFunc,
    "oneway": OnewayFunc,
}
_CAN_BE_NONE: Final = (ScalarShape("null"), ScalarShape("reserved"))


class Conversions:
    """The functions for shapes of the classes that `reader` has read."""

    def __init__(self, reader: ClassReader) -> None:
        self._reader: Final = reader
        self._to_generic: Final[dict[Shape, ToGeneric | None]] = {}
        self._to_face: Final[dict[Shape, ToFace | None]] = {}

    def to_generic(self, shape: Shape) -> ToGeneric | None:
        """The function from faces to generic values."""
        if shape not in self._to_generic:
            self._plan(shape)
        return self._to_generic[shape]

    def to_face(self, shape: Shape) -> ToFace | None:
        """The function from generic values to faces."""
        if shape not in self._to_face:
            self._plan(shape)
        return self._to_face[shape]

    def _plan(self, shape: Shape) -> None:
        match shape:
            case ScalarShape():
                self._set(shape, None, None)
            case OptShape():
                self._set(shape, *self._opt(shape))
            case VecShape():
                self._set(shape, *self._vec(shape))
            case TupleShape(items):
                inward = [self.to_generic(item) for item in items]
                outward = [self.to_face(item) for item in items]
                to_face = tuple_to_face(outward) if any(outward) else None
                self._set(shape, tuple_to_generic(inward), to_face)
            case RecordShape(module, name):
                plan = RecordPlan(self._reader.class_of((module, name)))
                # Set before the fields are planned, which may lead back here.
                self._set(shape, record_to_generic(plan), record_to_face(plan))
                plan.fill(self._fields((module, name)))
            case VariantShape():
                self._plan_variant(shape)
            case ServiceShape(module, name):
                service = self._reader.class_of((module, name))
                self._set(shape, service_to_generic(service), service_to_face(service))
            case FuncShape(annotation=annotation):
                func = _FUNCS[annotation]
                self._set(shape, func_to_generic(func), func_to_face(func))
            case ResultsShape():
                raise AssertionError("results are no type")

    def _set(self, shape: Shape, inward: ToGeneric | None, outward: ToFace | None) -> None:
        self._to_generic[shape] = inward
        self._to_face[shape] = outward

    def _fields(self, key: ClassKey) -> list[FieldPlan]:
        return [
            FieldPlan(
                field.name,
                field.candid_label,
                self.to_generic(field.shape),
                self.to_face(field.shape),
            )
            for field in self._reader.classes[key].fields
        ]

    def _opt(self, shape: OptShape) -> tuple[ToGeneric | None, ToFace | None]:
        inner = shape.inner
        inward, outward = self.to_generic(inner), self.to_face(inner)
        if shape.is_wrapped:
            is_kept = isinstance(inner, OptShape) or inner in _CAN_BE_NONE
            return some_to_generic(inward, is_kept=is_kept), some_to_face(outward, is_kept=is_kept)
        return (
            None if inward is None else opt_to_generic(inward),
            None if outward is None else opt_to_face(outward),
        )

    def _vec(self, shape: VecShape) -> tuple[ToGeneric, ToFace | None]:
        container: Container = tuple if shape.container == "tuple" else list
        outward = self.to_face(shape.inner)
        if outward is not None:
            to_face: ToFace | None = vec_to_face(outward, container)
        elif container is list and shape.inner != ScalarShape("nat8"):
            to_face = None
        else:
            to_face = contained_in(container)
        return vec_to_generic(self.to_generic(shape.inner)), to_face

    def _plan_variant(self, shape: VariantShape) -> None:
        inward: dict[type, tuple[str | int, ToGeneric | None]] = {}
        outward: dict[str | int, ToFace] = {}
        self._set(shape, variant_to_generic(inward), variant_to_face(outward))
        for key in shape.cases:
            tag, cls = self._reader.classes[key].tag, self._reader.class_of(key)
            to_generic, outward[tag] = self._case(key, cls)
            inward[cls] = tag, to_generic

    def _case(self, key: ClassKey, cls: type) -> tuple[ToGeneric | None, ToFace]:
        fields = self._fields(key)
        match self._reader.classes[key].fields:
            case ():
                return None, without_payload(cls)
            case (only,) if is_payload(only):
                return payload_to_generic(fields[0]), payload_to_face(cls, fields[0].to_face)
            case _:
                plan = RecordPlan(cls)
                plan.fill(fields)
                return record_to_generic(plan), record_to_face(plan)
