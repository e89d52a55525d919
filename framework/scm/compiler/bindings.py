"""The interfaces that ship with scm, as modules of a project, with only what the project uses.

`scm.management` describes some forty methods and their types; compiling all of it for one call
would take longer than all else.  In: the module's text and the project's syntax trees.  Out: the
text with the rest blanked out, so that line numbers stay.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import scm
from scm.compiler.artefacts import SourceModule
from scm.compiler.settings import read_text

BINDINGS: Final = frozenset({"scm.icrc1", "scm.icrc2", "scm.management"})


def read_binding(name: str, users: Iterable[ast.Module]) -> SourceModule:
    """The module `name` of `BINDINGS`, as far as the modules `users` need it."""
    path = f"{name.replace('.', '/')}.py"
    text = read_text(Path(scm.__file__).parents[1] / path)
    return SourceModule(name, path, prune_binding(text, users))


def prune_binding(text: str, users: Iterable[ast.Module]) -> str:
    """A module of classes and aliases without those that `users` can't reach by name.

    A service keeps the methods whose names stand anywhere behind a dot, and all of them where it
    stands in an annotation: as a type of Candid it consists of its methods.
    """
    tree = ast.parse(text)
    used: set[str] = set()
    annotated: set[str] = set()
    for module in users:
        used |= set(_names(module))
        annotated |= set(_mentions(module))
    defined = {name: node for node in tree.body for name in _defines(node)}
    kept: set[str] = set()
    waiting = [name for name in defined if name in used]
    dropped: list[ast.stmt] = []
    while waiting:
        name = waiting.pop()
        if name in kept:
            continue
        kept.add(name)
        node = defined[name]
        if _is_service(node) and name not in annotated:
            assert isinstance(node, ast.ClassDef)
            unused = list(_unused_methods(node, used))
            dropped += unused
            parts = [item for item in node.body if item not in unused]
        else:
            parts = [node]
        annotated |= {ref for part in parts for item in _annotations(part) for ref in _names(item)}
        waiting += [ref for part in parts for ref in _names(part) if ref in defined]
    dropped += [node for name, node in defined.items() if name not in kept]
    return _without(text, dropped)


def _names(node: ast.AST) -> Iterator[str]:
    """Every name that stands in a tree, also in the text of a forward reference."""
    for item in ast.walk(node):
        match item:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                yield name
            case ast.Constant(value=str(text)):
                yield from _names_in_text(text)
            case _:
                continue


def _names_in_text(text: str) -> Iterator[str]:
    """The names in a forward reference, `tuple[icrc1.Account, ...]`; none in any other text."""
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for item in ast.walk(tree):
        if isinstance(item, ast.Name | ast.Attribute):
            yield item.id if isinstance(item, ast.Name) else item.attr


def _mentions(module: ast.Module) -> Iterator[str]:
    """Every name but those that are called: an alias or an annotation may need all of a service."""
    called = {id(node.func) for node in ast.walk(module) if isinstance(node, ast.Call)}
    for item in ast.walk(module):
        match item:
            case ast.Name(id=name) | ast.Attribute(attr=name) if id(item) not in called:
                yield name
            case ast.Constant(value=str(text)):
                yield from _names_in_text(text)
            case _:
                continue


def _annotations(node: ast.AST) -> Iterator[ast.expr]:
    for item in ast.walk(node):
        match item:
            case ast.arg(annotation=ast.expr() as annotation):
                yield annotation
            case ast.AnnAssign(annotation=annotation):
                yield annotation
            case ast.FunctionDef(returns=ast.expr() as returns):
                yield returns
            case _:
                continue


def _defines(node: ast.stmt) -> list[str]:
    match node:
        case ast.ClassDef(name=name) | ast.Assign(targets=[ast.Name(id=name)]):
            return [name]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case _:
            return []


def _is_service(node: ast.stmt) -> bool:
    return isinstance(node, ast.ClassDef) and any(
        isinstance(base, ast.Name) and base.id == "Service" for base in node.bases
    )


def _unused_methods(node: ast.ClassDef, used: set[str]) -> Iterator[ast.stmt]:
    """The methods nobody names, each with the docstring behind it; never the last statement."""
    is_dropped = False
    for statement in node.body[1:]:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name)):
                is_dropped = name not in used
            case ast.Expr(value=ast.Constant()):
                pass
            case _:
                is_dropped = False
        if is_dropped:
            yield statement


def _without(text: str, dropped: Iterable[ast.stmt]) -> str:
    lines = text.split("\n")
    for node in dropped:
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(item.lineno for item in decorators)])
        for number in range(first - 1, node.end_lineno or node.lineno):
            lines[number] = ""
    return "\n".join(lines)
