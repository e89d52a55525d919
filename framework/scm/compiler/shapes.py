"""Shapes -> Candid types: names, definitions, headers and texts.

In: a `CanisterSpec`.  Every record and variant gets a name in one `TypeEnv`, so recursive types are
finite; a type's text for `scm.lock` and the manifest stands for itself instead: names are replaced
by what they mean, except where a type contains itself (`type Tree = ...; (Tree)`).
"""

from __future__ import annotations

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
    Field,
    Opt,
    Record,
    Ref,
    Type,
    TypeEnv,
    Variant,
    Vec,
    primitive_types,
)
from scm.compiler.artefacts import (
    CanisterSpec,
    ClassSpec,
    OptShape,
    RecordShape,
    ScalarShape,
    Shape,
    VariantShape,
    VecShape,
)

ClassKey = tuple[str, str]

_PAYLOAD_FIELD: Final = "value"  # A case's only field of this name is its payload itself.


class ShapeTypes:
    """The Candid types of a canister's shapes."""

    def __init__(self, spec: CanisterSpec) -> None:
        self._classes: Final = {(item.module, item.name): item for item in spec.classes}
        self._scalars: Final = {repr(type): type for type in primitive_types()}
        named = list(dict.fromkeys(_named_shapes(spec, self._classes)))
        self._names: Final[Mapping[Shape, str]] = _choose_names(named)
        self.env: Final = TypeEnv({self._names[shape]: self._definition(shape) for shape in named})
        """All named types of the canister."""

    def candid(self, shape: Shape) -> Type:
        """The Candid type of a shape; records and variants are references into `env`."""
        match shape:
            case ScalarShape(candid="blob"):
                return BLOB
            case ScalarShape(candid=name):
                return self._scalars[name]
            case OptShape(inner=inner):
                return Opt(self.candid(inner))
            case VecShape(inner=inner):
                return Vec(self.candid(inner))
            case RecordShape() | VariantShape():
                return Ref(self._names[shape])

    def header(self, shapes: Sequence[Shape]) -> bytes:
        """The Candid header of a message with values of these shapes."""
        return encode_header([self.candid(shape) for shape in shapes], self.env)

    def text(self, shapes: Sequence[Shape]) -> str:
        """The types of a message as a text that stands for itself: `(nat, opt text)`."""
        types = [self.candid(shape) for shape in shapes]
        recursive = _recursive_names(types, self.env)
        definitions = [
            f"type {name} = {_expanded(self.env.lookup(name), self.env, recursive)!r}; "
            for name in recursive
        ]
        shown = [repr(_expanded(type, self.env, recursive)) for type in types]
        return f"{''.join(definitions)}({', '.join(shown)})"

    def reachable(self, types: Iterable[Type]) -> TypeEnv:
        """The part of `env` that `types` need."""
        return TypeEnv({name: self.env.lookup(name) for name in _reachable(types, self.env)})

    def _definition(self, shape: Shape) -> Type:
        match shape:
            case RecordShape(module=module, name=name):
                return self._record(self._classes[module, name])
            case VariantShape(cases=cases):
                members = [self._classes[case] for case in cases]
                return Variant([Field(item.tag, self._payload(item)) for item in members])
            case _:
                raise AssertionError(f"{shape} has no name")

    def _record(self, spec: ClassSpec) -> Record:
        return Record([Field(field.name, self.candid(field.shape)) for field in spec.fields])

    def _payload(self, spec: ClassSpec) -> Type:
        match spec.fields:
            case ():
                return NULL
            case (only,) if only.name == _PAYLOAD_FIELD:
                return self.candid(only.shape)
            case _:
                return self._record(spec)


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


def _named_shapes(spec: CanisterSpec, classes: Mapping[ClassKey, ClassSpec]) -> Iterator[Shape]:
    """Every record and variant that the canister uses, outer ones first."""
    waiting = list(reversed(list(_used_shapes(spec))))
    seen: set[Shape] = set()
    while waiting:
        shape = waiting.pop()
        match shape:
            case OptShape(inner=inner) | VecShape(inner=inner):
                waiting.append(inner)
            case RecordShape() | VariantShape() if shape not in seen:
                seen.add(shape)
                yield shape
                keys = (
                    shape.cases
                    if isinstance(shape, VariantShape)
                    else ((shape.module, shape.name),)
                )
                fields = [field.shape for key in keys for field in classes[key].fields]
                waiting.extend(reversed(fields))
            case _:
                continue


def _used_shapes(spec: CanisterSpec) -> Iterator[Shape]:
    for item in (*([spec.init] if spec.init else []), *spec.methods):
        yield from (parameter.shape for parameter in item.parameters)
        yield from [item.result] if item.result is not None else []
    for handler in spec.handlers:
        parts = (handler.context, handler.response, handler.result)
        yield from (shape for shape in parts if shape is not None)
    for service in spec.services:
        for method in service.methods:
            yield from method.arguments
            yield from [method.result] if method.result is not None else []
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
            name = f"{_module_of(shape).replace('.', '_')}_{name}"
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
        case _:
            raise AssertionError(f"{shape} has no name")


def _module_of(shape: Shape) -> str:
    assert isinstance(shape, RecordShape | VariantShape)
    return shape.module if isinstance(shape, RecordShape) else shape.cases[0][0]


def _names_in(type: Type) -> Iterator[str]:
    match type:
        case Ref():
            yield type.name
        case Opt() | Vec():
            yield from _names_in(type.inner)
        case Record() | Variant():
            for field in type.fields:
                yield from _names_in(field.type)
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
        case _:
            return type


def _expanded_field(field: Field, env: TypeEnv, kept: Sequence[str]) -> Field:
    return Field(field.name, _expanded(field.type, env, kept))
