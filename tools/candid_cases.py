"""Random Candid types and values, the same for the same seed: for the oracle and the fuzzer.

Property tests use `scm.testing.strategies`, which shrink; this is for cases by the million.
"""

from __future__ import annotations

import struct
from random import Random
from typing import Final

from scm.candid import (
    BOOL,
    FLOAT32,
    FLOAT64,
    INT,
    NAT,
    NAT8,
    NULL,
    PRINCIPAL,
    RESERVED,
    TEXT,
    Field,
    Func,
    FuncValue,
    Method,
    Opt,
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
    primitive_types,
)
from scm.model import PRINCIPAL_BYTES_MAX, Principal
from scm.testing.type_heights import ENDLESS, TypeHeights

_LABELS: Final = ("id", "name", "amount", "Ok", "Err", "owner", "tail", "a b", "vec", "é☃", 0, 1, 2)
_METHODS: Final = ("get", "set", "query", "a b", "é")
_NAMED: Final = ("A", "B", "C", "Callback")
_TEXTS: Final = ("", "a", "user 7", "é☃😀", 'q"\\', "line\nend", "\0\x7f", "\ufeffmark", "x" * 130)
WIDTHS: Final = {5: 8, 6: 16, 7: 32, 8: 64, 9: 8, 10: 16, 11: 32, 12: 64}
"""Negated opcodes of the numbers of a fixed width -> their bits; the first four are unsigned."""

_VALUE_DEPTH: Final = 5


def has_null(type: Type, env: TypeEnv) -> bool:
    """Whether null is a value of the type, so that an opt of it wraps its values in `Some`."""
    return isinstance(env.resolve(type), Opt) or env.resolve(type) in (NULL, RESERVED)


class CaseMaker:
    """Makes the parts of one case; `env` has the names that its types may use.

    Without an `env` it makes one.
    """

    def __init__(self, random: Random, env: TypeEnv | None = None) -> None:
        self.random: Final = random
        names = [name for name in _NAMED if env is None and random.random() < 0.3]
        self._names: Final = names
        definitions: dict[str, Type] = {}
        for name in names:
            definitions[name] = self._func(1) if name == "Callback" else self._composite(2)
        self.env: Final = TypeEnv(definitions) if env is None else env
        self._heights: Final = TypeHeights(self.env)

    def type(self) -> Type:
        """A type that has a value."""
        while True:
            type = self._type(3)
            if self.has_value(type):
                return type

    def has_value(self, type: Type) -> bool:
        """Whether a type has a value."""
        return self._heights.height(type) < ENDLESS

    def _type(self, depth: int) -> Type:
        random = self.random
        choice = random.random()
        if depth and choice < 0.5:
            return self._composite(depth)
        if self._names and choice < 0.65:
            return Ref(random.choice(self._names))
        return random.choice(primitive_types())

    def _composite(self, depth: int) -> Type:
        match self.random.choice(
            ("opt", "opt", "vec", "vec", "record", "variant", "func", "service")
        ):
            case "opt":
                return Opt(self._type(depth - 1))
            case "vec":
                return Vec(self._type(depth - 1))
            case "record":
                return Record(self._fields(depth - 1, 0))
            case "variant":
                return Variant(self._fields(depth - 1, 1))
            case "func":
                return self._func(depth - 1)
        names = self.random.sample(_METHODS, self.random.randrange(3))
        return Service([Method(name, self._method(depth - 1)) for name in names])

    def _method(self, depth: int) -> Type:
        if "Callback" in self._names and self.random.random() < 0.3:
            return Ref("Callback")
        return self._func(depth)

    def _fields(self, depth: int, least: int) -> list[Field]:
        random = self.random
        count = random.randint(least, 4)
        if random.random() < 0.2:
            labels: list[str | int] = list(range(count))
        else:
            labels = random.sample(_LABELS, count)
            if count and random.random() < 0.1:
                labels[0] = random.getrandbits(32)
        return [self.field(label, self._type(depth)) for label in labels]

    @staticmethod
    def field(label: str | int, type: Type) -> Field:
        """A field by its name or its id."""
        return Field(label, type) if isinstance(label, str) else Field("", type, label)

    def _func(self, depth: int) -> Func:
        random = self.random
        args = [self._type(max(depth, 0)) for _ in range(random.randrange(3))]
        results = [self._type(max(depth, 0)) for _ in range(random.randrange(3))]
        annotation = random.choice(("", "", "query", "composite_query", "oneway"))
        if annotation == "oneway":
            results = []
        return Func(args, results, [annotation] if annotation else [])

    def value(self, type: Type, depth: int = _VALUE_DEPTH) -> object:
        """A value; each name that is followed takes one of `depth`, at 0 it ends soon."""
        random = self.random
        resolved = self.env.resolve(type)
        if isinstance(type, Ref):
            depth -= 1
        match resolved:
            case Opt():
                inner = resolved.inner
                if depth <= 0 or not self.has_value(inner) or random.random() < 0.3:
                    return None
                value = self.value(inner, depth)
                return Some(value) if has_null(inner, self.env) else value
            case Vec() if self.env.resolve(resolved.inner) == NAT8:
                return random.randbytes(random.choice((0, 1, 3, 200)))
            case Vec():
                most = 4 if depth > 0 and self.has_value(resolved.inner) else 0
                return [self.value(resolved.inner, depth) for _ in range(random.randint(0, most))]
            case Record():
                parts = [self.value(field.type, depth) for field in resolved.fields]
                if resolved.arity:
                    return tuple(parts)
                labels = [field.name or field.id for field in resolved.fields]
                return dict(zip(labels, parts, strict=True))
            case Variant():
                field = self._alternative(resolved, depth)
                return VariantValue(field.name or field.id, self.value(field.type, depth))
        return self._plain(resolved)

    def _alternative(self, type: Variant, depth: int) -> Field:
        if depth <= 0:
            return min(type.fields, key=lambda field: self._heights.height(field.type))
        return self.random.choice([field for field in type.fields if self.has_value(field.type)])

    def _plain(self, type: Type) -> object:
        random = self.random
        match type:
            case Func():
                return FuncValue(self._principal(), random.choice(("f", "", "é", "a b")))
            case Service():
                return ServiceValue(self._principal())
        if type == BOOL:
            return random.random() < 0.5
        if type == NAT:
            return random.getrandbits(random.choice((1, 6, 7, 8, 14, 32, 63, 64, 65, 200)))
        if type == INT:
            return self._signed(random.choice((1, 6, 7, 8, 14, 32, 63, 64, 65, 200)))
        if type == TEXT:
            return random.choice(_TEXTS)
        if type == PRINCIPAL:
            return self._principal()
        if type in (FLOAT32, FLOAT64):
            return self._float(type)
        if -type.opcode in WIDTHS:
            bits = WIDTHS[-type.opcode]
            return random.getrandbits(bits) if -type.opcode < 9 else self._signed(bits)
        return None

    def _signed(self, bits: int) -> int:
        magnitude = self.random.getrandbits(bits - 1) if bits > 1 else 0
        return magnitude if self.random.random() < 0.5 else ~magnitude

    def _float(self, type: Type) -> float:
        random = self.random
        numbers = (0.0, -0.0, 0.5, -1e10, float("inf"), float("-inf"), random.gauss(0, 1e3))
        number = random.choice(numbers)
        if type == FLOAT32:
            (number,) = struct.unpack("<f", struct.pack("<f", number))
        return number

    def _principal(self) -> Principal:
        return Principal(self.random.randbytes(self.random.choice((0, 1, 10, PRINCIPAL_BYTES_MAX))))
