"""Shapes -> Candid types: names, definitions, headers and texts.

In: a `CanisterSpec`, or shapes and the classes that they are made of.  Every record and variant
gets a name in one `TypeEnv`, so recursive types are finite; a type's text for `scm.lock` and the
manifest stands for itself instead: names are replaced by what they mean, except where a type
contains itself (`type Tree = ...; (Tree)`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from scm.candid.did_parser import DidParser
from scm.candid.lexer import TokenReader
from scm.candid.subtype import SubtypeChecker
from scm.candid.table import encode_header, table_from_types
from scm.candid.text import KEYWORDS
from scm.candid.types import (
    BLOB,
    NULL,
    RESERVED,
    Field,
    Func,
    Method,
    Opt,
    Record,
    Ref,
    Service,
    Type,
    TypeEnv,
    Variant,
    Vec,
    primitive_types,
    tuple_record,
)
from scm.compiler.artefacts import (
    CanisterSpec,
    ClassSpec,
    FieldSpec,
    FuncShape,
    OptShape,
    RecordShape,
    ResultsShape,
    ScalarShape,
    ServiceShape,
    ServiceSpec,
    Shape,
    TupleShape,
    VariantShape,
    VecShape,
    message_shapes,
)

ClassKey = tuple[str, str]

_PAYLOAD_FIELD: Final = "value"  # A case's only field of this name is its payload itself.


class ShapeTypes:
    """The Candid types of shapes that are made of these classes and services."""

    def __init__(
        self, classes: Iterable[ClassSpec], services: Iterable[ServiceSpec], used: Iterable[Shape]
    ) -> None:
        self._classes: Final = {(item.module, item.name): item for item in classes}
        self._services: Final = {(item.module, item.name): item for item in services}
        self._scalars: Final = {repr(type): type for type in primitive_types()}
        named = list(dict.fromkeys(_named_shapes(used, self._classes, self._services)))
        self._names: Final[Mapping[Shape, str]] = _choose_names(named)
        self.env: Final = TypeEnv({self._names[shape]: self._definition(shape) for shape in named})
        """All named types."""

    def candid(self, shape: Shape) -> Type:
        """The Candid type of a shape; records and variants are references into `env`."""
        match shape:
            case ScalarShape(candid="blob"):
                return BLOB
            case ScalarShape(candid="raw"):
                return RESERVED
            case ScalarShape(candid=name):
                return self._scalars[name]
            case OptShape(inner=inner):
                return Opt(self.candid(inner))
            case VecShape(inner=inner):
                return Vec(self.candid(inner))
            case TupleShape(items=items):
                return tuple_record(self._candid_types(items))
            case FuncShape(arguments=arguments, results=results, annotation=annotation):
                return Func(
                    self._candid_types(arguments),
                    self._candid_types(results),
                    (annotation,) if annotation else (),
                )
            case RecordShape() | VariantShape() | ServiceShape():
                return Ref(self._names[shape])
            case ResultsShape():
                raise AssertionError("results are no type")

    def _candid_types(self, shapes: Sequence[Shape]) -> list[Type]:
        return [self.candid(shape) for shape in shapes]

    def header(self, shapes: Sequence[Shape]) -> bytes:
        """The Candid header of a message with values of these shapes."""
        return encode_header([self.candid(shape) for shape in shapes], self.env)

    def text(self, shapes: Sequence[Shape]) -> str:
        """The types of a message as a text that stands for itself: `(nat, opt text)`."""
        return self_contained_text([self.candid(shape) for shape in shapes], self.env)

    def reachable(self, types: Iterable[Type]) -> TypeEnv:
        """The part of `env` that `types` need."""
        return TypeEnv({name: self.env.lookup(name) for name in _reachable(types, self.env)})

    def _definition(self, shape: Shape) -> Type:
        match shape:
            case RecordShape(module=module, name=name):
                return self._record(self._classes[module, name])
            case VariantShape(cases=cases):
                members = [self._classes[case] for case in cases]
                return Variant([_field(item.tag, self._payload(item)) for item in members])
            case ServiceShape(module=module, name=name):
                return self._service(self._services[module, name])
            case _:
                raise AssertionError(f"{shape} has no name")

    def _record(self, spec: ClassSpec) -> Record:
        fields = [_field(field.candid_label, self.candid(field.shape)) for field in spec.fields]
        return Record(fields)

    def _service(self, spec: ServiceSpec) -> Service:
        shapes = [
            FuncShape(item.arguments, message_shapes(item.result), item.annotation)
            for item in spec.methods
        ]
        methods = zip(spec.methods, shapes, strict=True)
        return Service([Method(item.public_name, self.candid(shape)) for item, shape in methods])

    def _payload(self, spec: ClassSpec) -> Type:
        match spec.fields:
            case ():
                return NULL
            case (only,) if is_payload(only):
                return self.candid(only.shape)
            case _:
                return self._record(spec)


def canister_types(spec: CanisterSpec) -> ShapeTypes:
    """The types of all that a canister declares."""
    return ShapeTypes(spec.classes, spec.services, _used_shapes(spec))


def is_payload(field: FieldSpec) -> bool:
    """Whether a case's only field is its payload itself, instead of a record of it."""
    return field.name == _PAYLOAD_FIELD and field.label == ""


def _field(label: str | int, type: Type) -> Field:
    return Field("", type, label) if isinstance(label, int) else Field(label, type)


def self_contained_text(types: Sequence[Type], env: TypeEnv) -> str:
    """The types of a message with their definitions: by name only where they are recursive."""
    recursive = _recursive_names(types, env)
    definitions = [
        f"type {name} = {_expanded(env.lookup(name), env, recursive)!r}; " for name in recursive
    ]
    shown = [repr(_expanded(type, env, recursive)) for type in types]
    return f"{''.join(definitions)}({', '.join(shown)})"


def parse_types(text: str) -> tuple[list[Type], TypeEnv]:
    """Read a text that `ShapeTypes.text` wrote; raises `CandidSyntaxError`."""
    tokens = TokenReader(text)
    parser = DidParser(tokens)
    while tokens.at("type"):
        parser.definition()
        tokens.expect(";")
    types = parser.types()
    if not tokens.at_end():
        raise tokens.token.error(f"expected the end, got {tokens.token.shown()}")
    env = parser.env()
    parser.check_names(env)
    return types, env


def explain_texts(sub: str, super: str) -> str | None:
    """Why values of the types `sub` don't fit the types `super`; None if they do.

    Strict: no value may turn into null.  Raises `CandidSyntaxError`.
    """
    checker = SubtypeChecker(
        table_from_types(*parse_types(sub)), table_from_types(*parse_types(super)), strict=True
    )
    reason = checker.explain_args()
    return reason.removeprefix("argument 0: ") or None


def _named_shapes(
    used: Iterable[Shape],
    classes: Mapping[ClassKey, ClassSpec],
    services: Mapping[ClassKey, ServiceSpec],
) -> Iterator[Shape]:
    """Every record, variant and service reference that `used` leads to, outer ones first."""
    waiting = list(reversed(list(used)))
    seen: set[Shape] = set()
    while waiting:
        shape = waiting.pop()
        if shape in seen:
            continue
        seen.add(shape)
        if isinstance(shape, RecordShape | VariantShape | ServiceShape):
            yield shape
        waiting.extend(reversed(list(_parts(shape, classes, services))))


def _parts(
    shape: Shape,
    classes: Mapping[ClassKey, ClassSpec],
    services: Mapping[ClassKey, ServiceSpec],
) -> Iterator[Shape]:
    match shape:
        case OptShape(inner=inner) | VecShape(inner=inner):
            yield inner
        case TupleShape(items=items) | ResultsShape(items=items):
            yield from items
        case FuncShape(arguments=arguments, results=results):
            yield from (*arguments, *results)
        case RecordShape(module=module, name=name):
            yield from (field.shape for field in classes[module, name].fields)
        case VariantShape(cases=cases):
            yield from (field.shape for key in cases for field in classes[key].fields)
        case ServiceShape(module=module, name=name):
            for method in services[module, name].methods:
                yield from (*method.arguments, *message_shapes(method.result))
        case ScalarShape():
            return


def _used_shapes(spec: CanisterSpec) -> Iterator[Shape]:
    for item in (*([spec.init] if spec.init else []), *spec.methods):
        yield from (parameter.shape for parameter in item.parameters)
        yield from [item.result] if item.result is not None else []
    for handler in spec.handlers:
        parts = (handler.context, handler.response, handler.result)
        yield from (shape for shape in parts if shape is not None)
    yield from (timer.context for timer in spec.timers if timer.context is not None)
    for service in spec.services:
        for method in service.methods:
            yield from method.arguments
            yield from [method.result] if method.result is not None else []
    for collection in spec.collections:
        for level in collection.levels():
            yield from (shape for shape in (level.key, level.value) if shape is not None)
    for declared in (spec.state, *spec.classes):
        yield from (field.shape for field in declared.fields)
        if declared.kind == "record":
            yield RecordShape(declared.module, declared.name)


def _choose_names(shapes: Sequence[Shape]) -> dict[Shape, str]:
    """A name for each shape: the Python name, with the module's where two have the same."""
    plain = {shape: _plain_name(shape) for shape in shapes}
    count = Counter(plain.values())
    names: dict[Shape, str] = {}
    taken: set[str] = set()
    for shape in shapes:
        name = plain[shape]
        if count[name] > 1:
            module = re.sub(r"\W", "_", _module_of(shape))
            name = f"{module}_{name}"
        name = "".join(letter if letter.isascii() else f"_u{ord(letter):x}" for letter in name)
        while name in taken or name in KEYWORDS:
            name += "_"
        taken.add(name)
        names[shape] = name
    return names


def _plain_name(shape: Shape) -> str:
    match shape:
        case RecordShape(name=name):
            return name
        case VariantShape(name=name, cases=cases):
            return name or "_or_".join(case for _, case in cases)
        case ServiceShape(name=name):
            return name
        case _:
            raise AssertionError(f"{shape} has no name")


def _module_of(shape: Shape) -> str:
    assert isinstance(shape, RecordShape | VariantShape | ServiceShape)
    return shape.cases[0][0] if isinstance(shape, VariantShape) else shape.module


def _names_in(type: Type) -> Iterator[str]:
    match type:
        case Ref():
            yield type.name
        case Opt() | Vec():
            yield from _names_in(type.inner)
        case Record() | Variant():
            for field in type.fields:
                yield from _names_in(field.type)
        case Func():
            for part in (*type.args, *type.results):
                yield from _names_in(part)
        case Service():
            for method in type.methods:
                yield from _names_in(method.type)
        case _:
            return


def _reachable(types: Iterable[Type], env: TypeEnv) -> list[str]:
    """The names that `types` lead to, sorted."""
    found: set[str] = set()
    waiting = [name for type in types for name in _names_in(type)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(_names_in(env.lookup(name)))
    return sorted(found)


def _recursive_names(types: Iterable[Type], env: TypeEnv) -> list[str]:
    return [name for name in _reachable(types, env) if name in _reachable([env.lookup(name)], env)]


def _expanded(type: Type, env: TypeEnv, kept: Sequence[str]) -> Type:
    """`type` with every name but those in `kept` replaced by its definition."""
    match type:
        case Ref() if type.name not in kept:
            return _expanded(env.lookup(type.name), env, kept)
        case Opt():
            return Opt(_expanded(type.inner, env, kept))
        case Vec():
            return Vec(_expanded(type.inner, env, kept))
        case Record():
            return Record([_expanded_field(field, env, kept) for field in type.declared])
        case Variant():
            return Variant([_expanded_field(field, env, kept) for field in type.declared])
        case Func():
            args = [_expanded(part, env, kept) for part in type.args]
            results = [_expanded(part, env, kept) for part in type.results]
            return Func(args, results, type.annotations)
        case Service():
            methods = [Method(item.name, _expanded(item.type, env, kept)) for item in type.methods]
            return Service(methods)
        case _:
            return type


def _expanded_field(field: Field, env: TypeEnv, kept: Sequence[str]) -> Field:
    type = _expanded(field.type, env, kept)
    return Field(field.name, type) if field.name else Field("", type, field.id)
