"""What import statements lead to, and which of them the code around them can do without."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Final

from attrs import field, frozen

ImportNode = ast.Import | ast.ImportFrom

PYTHON_MINOR: Final = 11
"""The canister's Python is 3.11."""

_IMPORT_ERRORS: Final = frozenset({"ImportError", "ModuleNotFoundError"})
_CAUGHT_BY: Final = _IMPORT_ERRORS | {"Exception", "BaseException"}


@frozen
class AbsentImport:
    """An import that fails in the canister, as the code around it expects: of what, why, where.

    `missing` is what the error names: the outermost package that is not there.  The place is that
    of the name in the statement, as in `ast`.
    """

    name: str
    missing: str
    why: str
    line: int
    column: int


@frozen
class NativeModule:
    """A module of a package that is machine code: the file, and who needs it.

    `root` is what the project imports, and `chain` the modules of packages from there on, each
    imported by the one before, down to this one.
    """

    name: str
    file: str
    chain: tuple[str, ...]
    root: str


def resolve_import(importer: str, node: ast.ImportFrom, *, is_package: bool) -> str:
    """The absolute name of the module that `node`, in the module `importer`, imports from."""
    if node.level == 0:
        return node.module or ""
    parts = importer.split(".")
    kept = parts[: len(parts) - node.level + (1 if is_package else 0)]
    return ".".join([*kept, node.module] if node.module else kept)


def imported_name(node: ImportNode, alias: ast.alias) -> str:
    """The name that an import binds; "" for a star."""
    if isinstance(node, ast.Import):
        return alias.asname or alias.name.partition(".")[0]
    return "" if alias.name == "*" else alias.asname or alias.name


def running_parts(node: ast.If) -> list[ast.stmt]:
    """The statements of an `if` that may run in a canister, as far as its test tells."""
    match node.test:
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return node.orelse
        case ast.Compare(
            left=ast.Attribute(value=ast.Name(id="sys"), attr="version_info"),
            ops=[ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE() as operation],
            comparators=[ast.Tuple(elts=[ast.Constant(value=3), ast.Constant(value=int(minor))])],
        ):
            # `version_info` has more parts, so it is larger than what it begins with.
            is_newer = minor <= PYTHON_MINOR
            holds = is_newer is isinstance(operation, ast.Gt | ast.GtE)
            return node.body if holds else node.orelse
        case _:
            return [*node.body, *node.orelse]


def survives_import_errors(node: ast.AST) -> bool:
    """Whether a statement catches that a module which its body imports is missing."""
    match node:
        case ast.Try(handlers=handlers):
            return any(map(catches_import_errors, handlers))
        case ast.With(items=items):
            return any(_suppresses(item.context_expr) for item in items)
        case _:
            return False


def catches_import_errors(handler: ast.ExceptHandler) -> bool:
    """Whether a handler takes an import's error, and does not raise another one instead."""
    names = _names([] if handler.type is None else [handler.type])
    takes = handler.type is None or not names.isdisjoint(_CAUGHT_BY)
    return takes and not isinstance(handler.body[-1], ast.Raise)


def _suppresses(node: ast.expr) -> bool:
    """Whether this is `contextlib.suppress(ImportError)` or the like."""
    match node:
        case ast.Call(
            func=ast.Name(id="suppress") | ast.Attribute(attr="suppress"), args=arguments
        ):
            return not _names(arguments).isdisjoint(_CAUGHT_BY)
        case _:
            return False


def _names(nodes: list[ast.expr]) -> set[str]:
    parts = [
        part for node in nodes for part in (node.elts if isinstance(node, ast.Tuple) else [node])
    ]
    return {part.id for part in parts if isinstance(part, ast.Name)}


@frozen(eq=False)
class OptionalImports:
    """Finds what a module imports and can do without, where it is not there.

    `is_missing` tells of an import statement's name whether it is.  An import can be done without
    in a `try` that catches its error; where that error is raised, in the `else` of that `try`; and
    where it is not, in the `except`.
    """

    is_missing: Callable[[ImportNode, ast.alias], bool]
    found: list[tuple[ImportNode, ast.alias]] = field(factory=list, init=False)

    def visit(self, node: ast.AST, is_optional: bool = False) -> bool:
        """Look through `node`; whether running it raises the error of an import."""
        match node:
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                missing = [alias for alias in aliases if self.is_missing(node, alias)]
                self.found.extend((node, alias) for alias in missing if is_optional)
                return bool(missing)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                self._visit_all(ast.iter_child_nodes(node), False)
                return False
            case ast.If():
                return self._visit_all(running_parts(node), is_optional)
            case ast.Try():
                return self._visit_try(node, is_optional)
            case ast.With(body=body) if survives_import_errors(node):
                self._visit_all(body, True)
                return False
            case _:
                return self._visit_all(ast.iter_child_nodes(node), is_optional)

    def _visit_try(self, node: ast.Try, is_optional: bool) -> bool:
        catches = survives_import_errors(node)
        fails = self._visit_all(node.body, is_optional or catches)
        raises = fails and not catches
        for handler in node.handlers:
            never_runs = not fails and _is_for_imports(handler)
            raises |= self._visit_all(handler.body, is_optional or never_runs) and not never_runs
        raises |= self._visit_all(node.orelse, is_optional or (catches and fails)) and not fails
        return self._visit_all(node.finalbody, is_optional) or raises

    def _visit_all(self, nodes: Iterator[ast.AST] | list[ast.stmt], is_optional: bool) -> bool:
        raises = [self.visit(node, is_optional) for node in nodes]
        return any(raises)


def _is_for_imports(handler: ast.ExceptHandler) -> bool:
    """Whether a handler is for nothing but imports that fail."""
    names = _names([] if handler.type is None else [handler.type])
    return bool(names) and names <= _IMPORT_ERRORS
