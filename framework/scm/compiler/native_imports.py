"""Imports that may fail, as the canister's copy of a module has them.

mypy skips modules that are not to be in the canister: to it, what they have is of any type.  But it
knows those of the standard library; and to mypyc a name that an import in a function binds is one
of the module.  These imports become expressions, which raise what the import would.  Sample:

    import json, socket   ->   import json; socket = __import__(...).no_module("socket")
    import orjson         ->   __import__(...).no_module("orjson"); import orjson

A name that is defined in another place too, as a fallback, is of the type that it has there.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from attrs import evolve

from scm.compiler.artefacts import SourceModule
from scm.compiler.edits import Edit, apply_edits, end_of, split_lines
from scm.compiler.imports import (
    AbsentImport,
    ImportNode,
    catches_import_errors,
    imported_name,
    survives_import_errors,
)
from scm.compiler.parsing import parse_python
from scm.compiler.syntax import Definition, bound_names

COMMENT: Final = "\n# mypy: no-warn-return-any"
"""A last line: what is of any type, as mypy does not see it, may be returned."""


def without_absent(module: SourceModule) -> SourceModule:
    """The module without `import` statements that fail in the canister."""
    tree = parse_python(module.text, module.path)
    edits = _absent_edits(tree, module, all_of_them=True)
    return evolve(module, text=apply_edits(module.text, edits.values()))


def with_optional_imports(module: SourceModule) -> str:
    """The text of a module with its imports as the canister has them, and else as it is."""
    edits = import_edits(parse_python(module.text, module.path), module)
    return apply_edits(module.text, edits) + (COMMENT if module.absent else "")


def import_edits(tree: ast.Module, module: SourceModule) -> list[Edit]:
    """What becomes of imports that may fail."""
    edits = _absent_edits(tree, module)
    ignored: list[Edit] = []
    lines = split_lines(module.text)
    for statement in _loosely_typed(tree):
        line = lines[statement.lineno - 1].rstrip("\r\n").encode()
        is_whole = statement.end_lineno == statement.lineno
        column = end_of(statement)[1] if is_whole else len(line)
        is_open = any(part in line for part in (b"'''", b'"""', b"#")) or line.endswith(b"\\")
        is_last = not line[column:].strip() or line[column:].lstrip().startswith(b"#")
        edit = edits.get(statement)
        is_kept = edit is None or edit.start == edit.end
        if is_kept and (is_last if is_whole else not is_open):
            place = (statement.lineno - 1, column)
            ignored.append(Edit(place, place, "  # type: ignore"))
    return [*edits.values(), *ignored]


def _loosely_typed(tree: ast.Module) -> Iterator[ast.stmt]:
    """Imports that may fail, and what binds their names anew should they do so.

    mypy wants the one to be there and the other of the same type, which a program does not.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Try | ast.With) and survives_import_errors(node):
            yield from (item for item in node.body if isinstance(item, ImportNode))
        if isinstance(node, ast.Try) and survives_import_errors(node):
            names = set(_bound(node.body))
            for handler in filter(catches_import_errors, node.handlers):
                for statement in handler.body:
                    if not names.isdisjoint(_bound([statement])):
                        yield statement


def _bound(statements: Sequence[ast.stmt]) -> Iterator[str]:
    """What statements bind by imports, definitions and plain assignments."""
    for statement in statements:
        match statement:
            case ast.Import() | ast.ImportFrom():
                yield from (imported_name(statement, alias) for alias in statement.names)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Assign(targets=targets):
                yield from (item.id for target in targets for item in bound_names(target))
            case _:
                continue


def _absent_edits(
    tree: ast.Module, module: SourceModule, *, all_of_them: bool = False
) -> dict[ast.stmt, Edit]:
    """What becomes of statements with imports of which mypy must not see that they are some."""
    names = {(item.line, item.column): item for item in module.absent}
    edits: dict[ast.stmt, Edit] = {}
    for scope in ast.walk(tree) if names else ():
        if not isinstance(scope, ast.Module | Definition):
            continue
        nodes = list(_own_nodes(scope))
        elsewhere = set(_bound_elsewhere(nodes, names.keys()))
        for node in nodes:
            if not isinstance(node, ImportNode):
                continue
            absent = {alias: names.get((alias.lineno, alias.col_offset)) for alias in node.names}
            missing = [item for item in absent.values() if item]
            if not missing:
                continue
            start, end = (node.lineno - 1, node.col_offset), end_of(node)
            is_seen = not all_of_them and isinstance(scope, ast.Module)
            if is_seen and all(is_skipped(item.name) for item in missing):
                # mypy looks at the import; it never runs.
                parts = [_present(node, alias) for alias in _before_absent(absent)]
                parts += [_fail(item) for item in missing[:1]]
                edits[node] = Edit(start, start, "".join(f"{part}; " for part in parts))
            else:
                parts = [
                    _present(node, alias)
                    if item is None
                    else _bind(scope, imported_name(node, alias), elsewhere) + _fail(item)
                    for alias, item in absent.items()
                ]
                lines = "\n" * (end[0] - start[0])
                edits[node] = Edit(start, end, "; ".join(parts).replace("(", f"({lines}", 1))
    return edits


def _before_absent(absent: Mapping[ast.alias, AbsentImport | None]) -> Iterator[ast.alias]:
    """The names of a statement that it imports before it fails."""
    for alias, item in absent.items():
        if item is not None:
            return
        yield alias


def is_skipped(name: str) -> bool:
    """Whether mypy can be told to know nothing of an absent module."""
    return name.partition(".")[0] not in sys.stdlib_module_names


def _own_nodes(scope: ast.Module | Definition) -> Iterator[ast.AST]:
    """All in a module, function or class but what is in functions and classes inside of it."""
    todo: list[ast.AST] = list(scope.body)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, Definition | ast.Lambda):
            todo.extend(ast.iter_child_nodes(node))


def _bound_elsewhere(
    nodes: Iterable[ast.AST], absent: Collection[tuple[int, int]]
) -> Iterator[str]:
    """What is defined or imported, but for what is absent."""
    for node in nodes:
        if isinstance(node, Definition):
            yield node.name
        elif isinstance(node, ImportNode):
            for alias in node.names:
                if (alias.lineno, alias.col_offset) not in absent:
                    yield imported_name(node, alias)


def _bind(scope: ast.Module | Definition, name: str, elsewhere: set[str]) -> str:
    """What stands before the value of an import, so that mypy knows the name by one type."""
    if not name:
        return ""
    if name not in elsewhere:
        return f"{name} = "
    return f"globals()[{name!r}] = " if isinstance(scope, ast.Module) else ""


def _present(node: ImportNode, alias: ast.alias) -> str:
    """One of the names of a statement, as a statement of its own."""
    renamed = f" as {alias.asname}" if alias.asname else ""
    if isinstance(node, ast.Import):
        return f"import {alias.name}{renamed}"
    return f"from {'.' * node.level}{node.module or ''} import {alias.name}{renamed}"


def _fail(item: AbsentImport) -> str:
    """An expression, of any type to mypy, that fails as the import of what is absent."""
    return f'__import__("scm.runtime.fault", fromlist=("no_module",)).no_module({item.missing!r})'
