"""Imports of the project's that fail in the canister, as the `try` around them expects.

    try:
        import orjson          # No such package, or one with machine code.
    except ImportError:
        orjson = None

What they name is left out of the canister, and the import raises `ModuleNotFoundError` there, also
of what another module has brought into it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from typing import Final

from attrs import evolve

from scm.compiler.artefacts import Project, SourceModule
from scm.compiler.environment import Dependencies, Environment, find_dependencies
from scm.compiler.imports import (
    AbsentImport,
    ImportNode,
    NativeModule,
    OptionalImports,
    resolve_import,
)
from scm.compiler.library import REASONS, refused_module
from scm.compiler.native_imports import is_skipped, without_absent
from scm.compiler.parsing import parse_python

_NOT_INSTALLED: Final = "it is not installed beside scm"


def leave_out_absent(
    modules: tuple[SourceModule, ...], include: tuple[str, ...], where: Environment
) -> tuple[tuple[SourceModule, ...], Dependencies]:
    """The modules with their `absent` imports, and what all others lead to."""
    natives: dict[str, NativeModule] = {}
    while True:
        judge = _Judge(modules, natives.values(), where)
        modules = tuple(evolve(item, absent=tuple(judge.absent(item))) for item in modules)
        importing = [without_absent(item) if item.absent else item for item in modules]
        found = find_dependencies(importing, include, where)
        known = len(natives)
        natives |= {item.root: item for item in found.natives}
        if len(natives) == known:
            return modules, found


def absent_notes(modules: Iterable[SourceModule]) -> tuple[str, ...]:
    """What the build tells of them: of each module once, in the order of the source."""
    notes: dict[str, str] = {}
    for module in modules:
        for item in module.absent:
            # Of a package that is not there, nothing is.
            name = item.name.partition(".")[0] if item.why == _NOT_INSTALLED else item.name
            if not any(name == known or name.startswith(f"{known}.") for known in notes):
                place = f"{module.path}:{item.line}"
                notes[name] = f"`{name}` is left out: {item.why} ({place})"
    return tuple(notes.values())


def skipped_modules(project: Project) -> frozenset[str]:
    """The modules that mypy is not to look for, and their packages that are not there either."""
    present = {item.name for item in (*project.modules, *project.dependencies)}
    names = {item.name for module in project.modules for item in module.absent}
    parts = [name.split(".") for name in names if is_skipped(name)]
    every = {".".join(part[:count]) for part in parts for count in range(1, len(part) + 1)}
    return frozenset(every - present)


class _Judge:
    """Tells why modules can't be in the canister."""

    def __init__(
        self, modules: Iterable[SourceModule], natives: Iterable[NativeModule], where: Environment
    ) -> None:
        self._own: Final = {item.name for item in modules}
        self._roots: Final = {item.root: item for item in natives}
        self._where: Final = where

    def absent(self, module: SourceModule) -> Iterator[AbsentImport]:
        """The optional imports of a module that fail in the canister."""
        try:
            tree = parse_python(module.text, module.path)
        except SyntaxError:
            return  # Discovery reports it.
        is_package = module.path.endswith("__init__.py")
        search = OptionalImports(lambda *item: bool(self._why(module.name, is_package, *item)[1]))
        search.visit(tree)
        for node, alias in search.found:
            name, why = self._why(module.name, is_package, node, alias)
            yield AbsentImport(name, self._missing(name), why, alias.lineno, alias.col_offset)

    def _missing(self, name: str) -> str:
        parts = name.split(".")
        outer = [".".join(parts[:count]) for count in range(1, len(parts))]
        have = {item for item in outer if any(own.startswith(f"{item}.") for own in self._own)}
        return next((item for item in outer if item not in have and self._why_module(item)), name)

    def _why(
        self, importer: str, is_package: bool, node: ImportNode, alias: ast.alias
    ) -> tuple[str, str]:
        """The module that an import can't get, and why; or two empty texts."""
        if isinstance(node, ast.Import):
            return alias.name, self._why_module(alias.name)
        base = resolve_import(importer, node, is_package=is_package)
        why = self._why_module(base)
        name = base if why else f"{base}.{alias.name}"
        return name, why or self._why_part(name)

    def _why_module(self, name: str) -> str:
        first = name.partition(".")[0]
        if name in self._own or first == "scm" or not first:
            return ""
        if first in {item.partition(".")[0] for item in self._own}:
            return "the project has no such module"
        why = self._why_part(name)
        if why or first in sys.stdlib_module_names or self._where.find(name) is not None:
            return why
        if self._where.find(first) is not None:
            return f"`{first}` has no such module"
        return _NOT_INSTALLED

    def _why_part(self, name: str) -> str:
        """The same of what may be a name in a module."""
        first = name.partition(".")[0]
        if first in {item.partition(".")[0] for item in self._own}:
            return ""
        refused = refused_module(name)
        if refused is not None:
            return REASONS[refused]
        if first in sys.stdlib_module_names:
            return ""
        for root, native in self._roots.items():
            if name == root or name.startswith(f"{root}."):
                return f"it needs the native extension `{native.file}`"
        path = self._where.find(name)
        if path is not None and path.name.endswith(tuple(EXTENSION_SUFFIXES)):
            return f"it is the native extension `{self._where.relative(path)}`"
        return ""
