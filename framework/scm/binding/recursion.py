"""Which types of an interface can't be Python aliases because they contain themselves.

An alias is evaluated when its module is imported, so what it names must exist.  Recursion goes
through classes, whose annotations are evaluated later.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from scm.candid.types import Func, Opt, Record, Ref, Type, TypeEnv, Vec


class Recursion:
    """The cycles between the definitions of `env`."""

    def __init__(self, env: TypeEnv) -> None:
        self._env: Final = env
        self._within = self._closures(lambda _name, _tuple: False)
        self._unbroken = self._closures(self.is_class)

    def is_class(self, definition: str, type: Record) -> bool:
        """Whether a tuple record in `definition`, outside of all classes, leads back to it."""
        reached = _names_in(type, lambda _tuple: False)
        return any(name == definition or definition in self._within[name] for name in reached)

    def is_endless(self, definition: str) -> bool:
        """Whether a definition contains itself with no class between."""
        return definition in self._unbroken[definition]

    def _closures(self, is_class: Callable[[str, Record], bool]) -> dict[str, set[str]]:
        """All names that evaluating each definition needs, directly or not."""
        names = self._env.names()
        direct = {
            name: _names_in(self._env.lookup(name), partial(is_class, name)) for name in names
        }
        closures: dict[str, set[str]] = {}
        for name in names:
            found: set[str] = set()
            todo = list(direct[name])
            while todo:
                reached = todo.pop()
                if reached not in found:
                    found.add(reached)
                    todo += direct[reached]
            closures[name] = found
        return closures


def _names_in(type: Type, is_class: Callable[[Record], bool]) -> set[str]:
    """The names that must be defined before an alias of `type` can be."""
    match type:
        case Ref(name=name):
            return {name}
        case Opt(inner=inner) | Vec(inner=inner):
            return _names_in(inner, is_class)
        case Record(arity=arity, fields=fields) if arity and not is_class(type):
            return {name for field in fields for name in _names_in(field.type, is_class)}
        case Func(args=args, results=results):
            return {name for part in (*args, *results) for name in _names_in(part, is_class)}
        case _:
            return set()
