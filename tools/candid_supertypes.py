"""Random supertypes, each with the value that a value of the subtype becomes there.

Both follow from the same step, from Candid's rules and without a decoder.  A step that a peer is
known to take otherwise leaves the name of that difference in `notes`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Final, TypeAlias

from tools.candid_cases import has_null

from scm.candid import (
    BOOL,
    INT,
    NAT,
    NULL,
    PRINCIPAL,
    RESERVED,
    TEXT,
    Field,
    Func,
    Method,
    Opt,
    Primitive,
    Record,
    Ref,
    Service,
    ServiceValue,
    Some,
    Type,
    TypeEnv,
    Variant,
    VariantValue,
    Vec,
)

Coercion: TypeAlias = Callable[[object], object]

_DEPTH: Final = 5


def _same(value: object) -> object:
    return value


def _null(value: object) -> object:
    return None


class SupertypeMaker:
    """Makes supertypes of types of one environment; `plain`: without what peers take otherwise."""

    def __init__(self, random: Random, env: TypeEnv, *, plain: bool) -> None:
        self.notes: Final[set[str]] = set()
        self._random: Final = random
        self._env: Final = env
        self._plain: Final = plain

    def arguments(self, types: Sequence[Type]) -> tuple[list[Type], list[Coercion]]:
        """Supertypes of an argument tuple: some dropped, perhaps one more at the end."""
        random = self._random
        made = [self.make(type) for type in types]
        if made and random.random() < 0.1:
            made.pop()
        elif self._may("missing-argument", 0.1):
            made.append((Opt(TEXT), _null))
        return [type for type, _ in made], [coerce for _, coerce in made]

    def make(self, type: Type, depth: int = _DEPTH) -> tuple[Type, Coercion]:
        """A supertype, perhaps the type itself, and how values get there."""
        random = self._random
        choice = random.random()
        resolved = self._env.resolve(type)
        if depth == 0 or choice < 0.3:
            return type, _same
        if choice < 0.36:
            return RESERVED, _null
        if choice < 0.42:
            inner = resolved.inner if isinstance(resolved, Opt) else NULL
            return Opt(BOOL if TEXT in (resolved, self._env.resolve(inner)) else TEXT), _null
        if choice < 0.52 and not has_null(type, self._env):
            return self._present(type, depth)
        if isinstance(resolved, Primitive):
            if resolved == NAT and self._may("nat-at-int", 0.5):
                return INT, _same
            return type, _same
        return self._part(resolved, depth - 1)

    def _may(self, note: str, chance: float) -> bool:
        # One kind of difference in a case, so that it is clear which one shows.
        if self._plain or self._random.random() >= chance or self.notes - {note}:
            return False
        self.notes.add(note)
        return True

    def _present(self, type: Type, depth: int) -> tuple[Type, Coercion]:
        """A value that can't be null is an opt of itself."""
        inner, coerce = self.make(type, depth - 1)
        if not has_null(inner, self._env):
            return Opt(inner), coerce
        if not self._may("opt-of-null", 1):
            return type, _same
        return Opt(inner), lambda value: Some(coerce(value))

    def _part(self, type: Type, depth: int) -> tuple[Type, Coercion]:
        match type:
            case Opt():
                return self._opt(type, depth)
            case Vec():
                return self._vec(type, depth)
            case Record():
                return self._record(type, depth)
            case Variant():
                return self._variant(type, depth)
            case Func():
                return self._func(type, depth), _same
        assert isinstance(type, Service)
        return self._service(type, depth)

    def _opt(self, type: Opt, depth: int) -> tuple[Type, Coercion]:
        inner, coerce = self.make(type.inner, depth)
        was_wrapped = has_null(type.inner, self._env)
        is_wrapped = has_null(inner, self._env)

        def coerce_opt(value: object) -> object:
            if value is None:
                return None
            coerced = coerce(value.value if was_wrapped and isinstance(value, Some) else value)
            return Some(coerced) if is_wrapped else coerced

        return Opt(inner), coerce_opt

    def _vec(self, type: Vec, depth: int) -> tuple[Type, Coercion]:
        inner, coerce = self.make(type.inner, depth)
        if inner == type.inner:
            return type, _same

        def coerce_vec(value: object) -> object:
            assert isinstance(value, list | bytes)
            return [coerce(item) for item in value]

        return Vec(inner), coerce_vec

    def _record(self, type: Record, depth: int) -> tuple[Type, Coercion]:
        """Drop some fields, coerce the others, add some that may be missing."""
        random = self._random
        fields: list[Field] = []
        kept: list[tuple[str | int, Coercion]] = []
        for field in type.fields:
            if random.random() < 0.2:
                continue
            inner, coerce = self.make(field.type, depth)
            fields.append(Field(field.name, inner, field.id))
            kept.append((field.name or field.id, coerce))
        for name, added, note in (
            ("added", Opt(TEXT), ""),
            ("nothing", NULL, "missing-null"),
            ("anything", RESERVED, "missing-reserved"),
        ):
            taken = any(field.name == name for field in type.fields)
            if not taken and (self._may(note, 0.1) if note else random.random() < 0.3):
                fields.append(Field(name, added))
        if type.arity and len(fields) == len(kept) == type.arity and self._may("wider-tuple", 0.2):
            fields.append(Field("", Opt(TEXT), type.arity))
        supertype = Record(fields)
        if supertype.arity and not type.arity and not self._may("record-at-tuple", 1):
            return type, _same

        def coerce_record(value: object) -> object:
            parts = dict(enumerate(value)) if isinstance(value, tuple) else value
            assert isinstance(parts, dict)
            coerced: dict[str | int, object] = dict.fromkeys(
                [field.name or field.id for field in supertype.fields]
            )
            coerced |= {label: coerce(parts[label]) for label, coerce in kept}
            return tuple(coerced.values()) if supertype.arity else coerced

        return supertype, coerce_record

    def _variant(self, type: Variant, depth: int) -> tuple[Type, Coercion]:
        """Coerce all alternatives and add one, which renumbers the others."""
        fields: list[Field] = []
        coercions: dict[str | int, Coercion] = {}
        for field in type.fields:
            inner, coerce = self.make(field.type, depth)
            fields.append(Field(field.name, inner, field.id))
            coercions[field.name or field.id] = coerce
        if self._random.random() < 0.5 and all(field.name != "added" for field in fields):
            fields.append(Field("added", TEXT))

        def coerce_variant(value: object) -> object:
            assert isinstance(value, VariantValue)
            return VariantValue(value.tag, coercions[value.tag](value.value))

        return Variant(fields), coerce_variant

    def _func(self, type: Func, depth: int) -> Func:
        """Results are covariant; whoever calls may pass arguments that the func does not take."""
        random = self._random
        results = [self.make(result, depth)[0] for result in type.results]
        if results and random.random() < 0.2:
            results.pop()
        elif "oneway" not in type.annotations and random.random() < 0.2:
            results.append(Opt(TEXT))
        args = [*type.args, TEXT] if random.random() < 0.2 else list(type.args)
        return Func(args, results, type.annotations)

    def _service(self, type: Service, depth: int) -> tuple[Type, Coercion]:
        if self._may("service-at-principal", 0.2):
            return PRINCIPAL, _principal_of
        methods = [
            Method(method.name, self._method(method.type, depth))
            for method in type.methods
            if self._random.random() < 0.7
        ]
        return Service(methods), _same

    def _method(self, type: Type, depth: int) -> Type:
        func = self._env.resolve(type)
        assert isinstance(func, Func)
        return type if isinstance(type, Ref) or depth <= 0 else self._func(func, depth - 1)


def _principal_of(value: object) -> object:
    assert isinstance(value, ServiceValue)
    return value.principal
