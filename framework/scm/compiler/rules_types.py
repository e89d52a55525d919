"""Rules on types: no two names with one Candid id, no record that would never end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from scm.compiler.annotations import Meanings, Question
from scm.compiler.artefacts import (
    ClassSpec,
    FieldSpec,
    FuncShape,
    OptShape,
    RecordShape,
    ResultsShape,
    Shape,
    TupleShape,
    VariantShape,
    VecShape,
)
from scm.compiler.labels import label_id
from scm.compiler.shapes import ClassKey
from scm.errors import Diagnostic


def check_types(
    classes: Sequence[ClassSpec], questions: Iterable[Question], meanings: Meanings
) -> Iterator[Diagnostic]:
    """All diagnostics about the types that classes and annotations make together."""
    by_key = {(spec.module, spec.name): spec for spec in classes}
    for spec in classes:
        yield from _colliding_fields(spec)
        yield from _endless(spec, by_key)
    for question in questions:
        meaning = meanings.by_node.get(question.node)
        if meaning is None:
            continue
        for shape in meaning.shapes:
            yield from _colliding_tags(question, shape, by_key)


def _colliding_fields(spec: ClassSpec) -> Iterator[Diagnostic]:
    seen: dict[int, FieldSpec] = {}
    for field in spec.fields:
        other = seen.setdefault(label_id(field.candid_label), field)
        if other.name != field.name:
            yield Diagnostic(
                "name-collision",
                f"fields `{other.name}` and `{field.name}` of `{spec.name}` have the same Candid"
                " id",
                field.span,
                label=f"`{other.name}` is in line {other.span.line}",
                notes=("on the wire a field is a 32-bit hash of its name",),
                helps=("rename one of the two",),
            )


def _colliding_tags(
    question: Question, shape: Shape, classes: Mapping[ClassKey, ClassSpec]
) -> Iterator[Diagnostic]:
    for variant in _variants(shape):
        seen: dict[int, ClassSpec] = {}
        for key in variant.cases:
            spec = classes.get(key)
            if spec is None:
                continue
            other = seen.setdefault(label_id(spec.tag), spec)
            if other is not spec:
                yield Diagnostic(
                    "name-collision",
                    f"cases `{other.name}` and `{spec.name}` of one variant have the same Candid"
                    " tag or id",
                    question.module.span(question.node),
                    notes=("on the wire a case is a 32-bit hash of its tag",),
                    helps=('give one of them another tag: `@variant("Other")`',),
                )


def _variants(shape: Shape) -> Iterator[VariantShape]:
    match shape:
        case VariantShape():
            yield shape
        case OptShape(inner=inner) | VecShape(inner=inner):
            yield from _variants(inner)
        case TupleShape(items=items) | ResultsShape(items=items):
            for item in items:
                yield from _variants(item)
        case FuncShape(arguments=arguments, results=results):
            for item in (*arguments, *results):
                yield from _variants(item)
        case _:
            return


def _endless(spec: ClassSpec, classes: Mapping[ClassKey, ClassSpec]) -> Iterator[Diagnostic]:
    own = (spec.module, spec.name)
    for field in spec.fields:
        if spec.kind == "record" and own in _always_within(field.shape, classes):
            yield Diagnostic(
                "endless-type",
                f"record `{spec.name}` always contains another `{spec.name}`",
                field.span,
                label="through this field",
                notes=("no value of such a type can be made",),
                helps=("make the field optional with `| None`, or a `tuple[..., ...]`",),
            )


def _always_within(shape: Shape, classes: Mapping[ClassKey, ClassSpec]) -> set[ClassKey]:
    """The records of which every value of `shape` contains one."""
    found: set[ClassKey] = set()
    waiting = [shape]
    while waiting:
        match waiting.pop():
            case RecordShape(module=module, name=name) if (module, name) not in found:
                found.add((module, name))
                spec = classes.get((module, name))
                waiting.extend(field.shape for field in (spec.fields if spec else ()))
            case TupleShape(items=items):
                waiting.extend(items)
            case _:
                continue
    return found
