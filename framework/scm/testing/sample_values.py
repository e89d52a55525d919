"""Values of Candid types to try things with: few, plain, always the same, and each different.

Sample 0 has the plainest value of everything; the next ones count through the alternatives of
variants, absent and present opts, and lengths of vecs, the outermost first, so that a few dozen
samples have each alternative of a usual type.  Needs no hypothesis; `strategies.py` has that.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Final, TypeVar

from scm.candid.opcodes import OP_NULL, OP_OPT, OP_RESERVED
from scm.candid.types import (
    BOOL,
    FLOAT32,
    FLOAT64,
    INT,
    INT8,
    INT16,
    INT32,
    INT64,
    NAT,
    NAT8,
    NAT16,
    NAT32,
    NAT64,
    NO_NAMES,
    PRINCIPAL,
    TEXT,
    Func,
    Opt,
    Record,
    Ref,
    Service,
    Type,
    TypeEnv,
    Variant,
    Vec,
)
from scm.candid.values import FuncValue, ServiceValue, Some, VariantValue
from scm.model import Principal
from scm.testing.type_heights import ENDLESS, TypeHeights

_T = TypeVar("_T")

DEPTH_MAX: Final = 3
"""How many levels of recursion a value goes, before it takes the shortest way to an end."""

_LENGTHS: Final = (2, 1, 0, 3)
_NATURAL: Final = (NAT, NAT8, NAT16, NAT32, NAT64)
_SIGNED: Final = (INT, INT8, INT16, INT32, INT64)
_NUMBERS: Final = (1, 2, 0, 7, 10, 100)  # All of them fit into every type of number.
_LARGE: Final = (*_NUMBERS, 10_000, 10**9)
_FLOATS: Final = (1.0, 0.0, -0.5, 100.0)
_TEXTS: Final = ("a", "word", "", "ünï", "x" * 40)
_BLOBS: Final = (b"a", b"", bytes(32), b"\xff\x00")


def sample_values(
    types: Sequence[Type], env: TypeEnv = NO_NAMES, principal: Principal | None = None
) -> Iterator[tuple[object, ...]]:
    """Arguments of these types, without end; none if one of the types has no value.

    Every principal in them is `principal` (the anonymous one by default).  Values are as in
    `scm.candid.values`.
    """
    heights = TypeHeights(env)
    if any(heights.height(type) >= ENDLESS for type in types):
        return
    known = Principal.anonymous() if principal is None else principal
    for number in count():
        sampler = _Sampler(number, env, heights, known)
        yield tuple([sampler.value(type, DEPTH_MAX) for type in types])


class _Sampler:
    """Makes one sample: `number` says which alternative is taken wherever there are several."""

    def __init__(
        self, number: int, env: TypeEnv, heights: TypeHeights, principal: Principal
    ) -> None:
        self._rest = number
        self._env: Final = env
        self._heights: Final = heights
        self._principal: Final = principal
        self._chance: Final = random.Random(number) if number else None

    def value(self, type: Type, depth: int) -> object:
        """A value; each name that is followed takes one of `depth`."""
        below = depth - 1 if isinstance(type, Ref) else depth
        match self._env.resolve(type):
            case Opt() as opt:
                return self._opt(opt, below)
            case Vec(inner=inner) if self._env.resolve(inner) == NAT8:
                return self._any_of(_BLOBS)
            case Vec(inner=inner):
                is_last = below <= 0 or not self._has_value(inner)
                length = 0 if is_last else self._next_of(_LENGTHS)
                return [self.value(inner, below) for _ in range(length)]
            case Record() as record:
                parts = [self.value(field.type, below) for field in record.fields]
                if record.arity:
                    return tuple(parts)
                labels = [field.name or field.id for field in record.fields]
                return dict(zip(labels, parts, strict=True))
            case Variant() as variant:
                return self._variant(variant, below)
            case Func():
                return FuncValue(self._principal, "f")
            case Service():
                return ServiceValue(self._principal)
            case primitive:
                return self._primitive(primitive)

    def _opt(self, opt: Opt, depth: int) -> object:
        if depth <= 0 or not self._has_value(opt.inner) or not self._next_of((False, True)):
            return None
        wraps = self._env.resolve(opt.inner).opcode in (OP_OPT, OP_NULL, OP_RESERVED)
        inner = self.value(opt.inner, depth)
        return Some(inner) if wraps else inner

    def _variant(self, variant: Variant, depth: int) -> VariantValue:
        fields = [field for field in variant.fields if self._has_value(field.type)]
        if depth <= 0:
            field = min(fields, key=lambda field: self._heights.height(field.type))
        else:
            field = self._next_of(fields)
        return VariantValue(field.name or field.id, self.value(field.type, depth))

    def _primitive(self, type: Type) -> object:
        if type in (NAT, NAT64):
            return self._any_of(_LARGE)
        if type in _NATURAL or type in _SIGNED:
            return self._any_of(_NUMBERS)
        if type in (FLOAT32, FLOAT64):
            return self._any_of(_FLOATS)
        if type == BOOL:
            return self._any_of((True, False))
        if type == TEXT:
            return self._any_of(_TEXTS)
        return self._principal if type == PRINCIPAL else None

    def _has_value(self, type: Type) -> bool:
        return self._heights.height(type) < ENDLESS

    def _next_of(self, items: Sequence[_T]) -> _T:
        """The alternatives in turn: the digits of the sample's number, the lowest first."""
        self._rest, index = divmod(self._rest, len(items))
        return items[index]

    def _any_of(self, items: Sequence[_T]) -> _T:
        return items[0] if self._chance is None else self._chance.choice(items)
