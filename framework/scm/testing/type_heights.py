"""How deep values of Candid types must be at least, for whoever makes values of any type."""

from __future__ import annotations

from typing import Final

from scm.candid.types import EMPTY, Record, Ref, Type, TypeEnv, Variant

ENDLESS: Final = 1_000_000
"""The height of a type that has no value, such as `empty`, or `record { next : T }` named `T`."""


class TypeHeights:
    """The levels of records and variants in the smallest value of a type.

    Raises `CandidTypeError` on a name that `env` lacks.
    """

    def __init__(self, env: TypeEnv) -> None:
        self._env: Final = env
        self._named = dict.fromkeys(env.names(), ENDLESS)
        while True:
            named = {name: self.height(env.lookup(name)) for name in self._named}
            if named == self._named:
                return
            self._named = named

    def height(self, type: Type) -> int:
        """The height of one type."""
        match type:
            case Ref():
                self._env.resolve(type)
                return self._named[type.name]
            case Record():
                heights = [self.height(field.type) for field in type.fields]
                return min(1 + max(heights, default=0), ENDLESS)
            case Variant():
                heights = [self.height(field.type) for field in type.fields]
                return min(1 + min(heights, default=ENDLESS), ENDLESS)
        return ENDLESS if type == EMPTY else 0
