"""Names of a module as where they come from: `from enum import Enum as E` makes `E` an `Enum`.

So that rules that know definitions by their names are not led astray by another name for them.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from scm.compiler.parsing import parse_python


def parse_unaliased(text: str, path: str, kept: Collection[str]) -> ast.Module:
    """The syntax tree, with what is imported or assigned as another name under its own.

    Names that stand for one in `kept` stay as they are.  Raises `SyntaxError`.
    """
    tree = parse_python(text, path)
    names = _find_aliases(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            meant = _follow(node.id, names)
            node.id = node.id if meant in kept else meant
    return tree


def _find_aliases(tree: ast.Module) -> dict[str, str]:
    """What a name stands for, the last one of several: `c` of `from a.b import c as d`."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(items):
                names |= {i.asname: i.name.partition(".")[0] for i in items if i.asname}
            case ast.ImportFrom(names=items):
                names |= {i.asname: i.name for i in items if i.asname}
            case _:
                continue
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=meant)):
                names[name] = meant
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Attribute(attr=meant)):
                names[name] = meant
            case _:
                continue
    return names


def _follow(name: str, names: dict[str, str]) -> str:
    seen = {name}
    while name in names and names[name] not in seen:
        name = names[name]
        seen.add(name)
    return name


def bound_names(tree: ast.Module) -> Iterator[str]:
    """All that a module gives a meaning of its own, somewhere in it; methods aside."""
    todo: list[tuple[ast.AST, bool]] = [(tree, False)]
    while todo:
        node, is_in_class = todo.pop()
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) | ast.ClassDef(name=name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if not is_in_class:
                yield name
            case ast.Import(names) | ast.ImportFrom(names=names):
                yield from (item.asname or item.name for item in names)
            case _:
                pass
        inside = isinstance(node, ast.ClassDef)
        todo += [(child, inside) for child in ast.iter_child_nodes(node)]


def last_name(node: ast.expr) -> str:
    """`c` of `a.b.c`, `c(...)` and `c[...]`."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=inner) | ast.Subscript(value=inner):
            return last_name(inner)
        case _:
            return ""


def root_name(node: ast.expr) -> str:
    """`a` of `a.b.c(...)`."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Call(func=inner) | ast.Subscript(value=inner) | ast.Attribute(value=inner):
            return root_name(inner)
        case _:
            return ""
