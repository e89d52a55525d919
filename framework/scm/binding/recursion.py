"""Which types of an interface can't be Python aliases because they contain themselves.

An alias is evaluated when its module is imported, so what it names must exist.  Recursion goes
through classes, whose annotations are evaluated later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from scm.candid.types import Func, Opt, Record, Ref, Type, TypeEnv, Vec


class Recursion:
    """The cycles between the definitions of `env`."""

    def __init__(self, env: TypeEnv) -> None:
        self._env: Final = env
        self._cycles = _cycles(self._needs(lambda _name, _tuple: False))
        self._unbroken_needs: Final = self._needs(self.is_class)
        self._unbroken: Final = _cycles(self._unbroken_needs)

    def is_class(self, definition: str, type: Record) -> bool:
        """Whether a tuple record in `definition`, outside of all classes, leads back to it."""
        reached = _names_in(type, lambda _tuple: False)
        return any(self._cycles[name] == self._cycles[definition] for name in reached)

    def is_endless(self, definition: str) -> bool:
        """Whether a definition contains itself with no class between."""
        cycle = self._unbroken[definition]
        return any(self._unbroken[name] == cycle for name in self._unbroken_needs[definition])

    def _needs(self, is_class: Callable[[str, Record], bool]) -> dict[str, set[str]]:
        """The names that evaluating each definition needs, directly."""
        return {
            name: _names_in(self._env.lookup(name), partial(is_class, name))
            for name in self._env.names()
        }


def _cycles(needs: Mapping[str, set[str]]) -> dict[str, int]:
    """A number for each name; those that need each other, directly or not, have the same.

    Kosaraju's algorithm.  Interfaces may chain thousands of names, so nothing here recurses.
    """
    needed_by: dict[str, set[str]] = {name: set() for name in needs}
    for name, found in needs.items():
        for other in found:
            needed_by[other].add(name)
    numbers: dict[str, int] = {}
    for number, name in enumerate(_finished(needs)[::-1]):
        todo = [name]
        while todo:
            reached = todo.pop()
            if reached not in numbers:
                numbers[reached] = number
                todo += needed_by[reached]
    return numbers


def _finished(needs: Mapping[str, set[str]]) -> list[str]:
    """All names, each after those that were found from it, depth first."""
    finished: list[str] = []
    seen: set[str] = set()
    for start in needs:
        todo = [(start, False)]
        while todo:
            name, is_done = todo.pop()
            if is_done:
                finished.append(name)
            elif name not in seen:
                seen.add(name)
                todo.append((name, True))
                todo += [(other, False) for other in needs[name]]
    return finished


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
