"""Bases of the native classes that replace `@record`, `@variant` and `@state` classes.

They give what the dataclass gives on the host: equality by value, a hash and a readable repr.
"""

from __future__ import annotations


class Value:
    """Base of records and variant cases; their `__match_args__`, if any, lists the fields."""

    def field_values(self) -> tuple[object, ...]:
        """The fields' values in order of declaration."""
        names: tuple[str, ...] = getattr(type(self), "__match_args__", ())
        return tuple([getattr(self, name) for name in names])

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        # Field by field, to stop at the first that differs, and without a tuple of them.
        names: tuple[str, ...] = getattr(type(self), "__match_args__", ())
        for name in names:
            mine, others = getattr(self, name), getattr(other, name)
            if mine is not others and mine != others:
                return False
        return True

    def __hash__(self) -> int:
        return hash(self.field_values())

    def __repr__(self) -> str:
        names: tuple[str, ...] = getattr(type(self), "__match_args__", ())
        fields = ", ".join([f"{name}={getattr(self, name)!r}" for name in names])
        return f"{type(self).__name__}({fields})"


class State:
    """Base of the state class."""
