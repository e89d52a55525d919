"""Attributes with a value in their class that code reaches through the class: `Rate.LOW`.

mypyc gives a default to each object and knows no attribute of the class unless it is annotated with
`ClassVar`; Python has it both ways.  Here is found what belongs to the class alone.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from scm.compiler.aliases import parse_unaliased
from scm.compiler.parsing import module_name


def find_class_variables(
    texts: Mapping[str, str], left_out: Collection[str]
) -> tuple[set[str], set[str]]:
    """The attributes, and the classes whose objects have values of their own of such a one, too.

    All by qualified name; `texts` are those of the modules by path, `left_out` other classes.
    """
    trees = {module_name(path): parse_unaliased(text, path, ()) for path, text in texts.items()}
    classes = {
        f"{module}.{node.name}": node
        for module, tree in trees.items()
        for node in tree.body
        if isinstance(node, ast.ClassDef) and f"{module}.{node.name}" not in left_out
    }
    uses = _Uses(trees.values(), {node.name for node in classes.values()})
    variables: set[str] = set()
    mixed: set[str] = set()
    for qualified, node in classes.items():
        family = _descendants(node.name, classes.values())
        for name in _assigned(node):
            # Where a base has it as its own, so has the class.
            reached = family | _ancestors(node, classes.values())
            if not any((owner, name) in uses.of_classes for owner in reached):
                continue
            if any((owner, name) in uses.of_objects for owner in (*family, "")):
                mixed.add(qualified)
            else:
                variables.add(f"{qualified}.{name}")
    return variables, mixed


class _Uses:
    """Which attributes are reached through which class, and which are set in objects of which.

    Objects of a class are known in its own methods, as `self`; elsewhere the class is "".
    """

    def __init__(self, trees: Collection[ast.Module], names: Collection[str]) -> None:
        self.of_classes: Final[set[tuple[str, str]]] = set()
        self.of_objects: Final[set[tuple[str, str]]] = set()
        self._names: Final = names
        for tree in trees:
            for node in tree.body:
                self._read(node, node.name if isinstance(node, ast.ClassDef) else "")

    def _read(self, statement: ast.stmt, inside: str) -> None:
        for node in ast.walk(statement):
            match node:
                case ast.Attribute(value=ast.Name(id="cls"), attr=name):
                    self.of_classes.add((inside, name))
                case ast.Attribute(
                    value=ast.Attribute(value=ast.Name(id="self"), attr="__class__")
                    | ast.Call(func=ast.Name(id="type"), args=[ast.Name(id="self")]),
                    attr=name,
                ):
                    self.of_classes.add((inside, name))
                case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in self._names:
                    self.of_classes.add((owner, name))
                case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                    self.of_objects.add((inside, name))
                case ast.Attribute(attr=name, ctx=ast.Store()):
                    self.of_objects.add(("", name))
                case _:
                    continue


def _ancestors(node: ast.ClassDef, classes: Collection[ast.ClassDef]) -> set[str]:
    """The names of all classes that it inherits from."""
    by_name = {item.name: item for item in classes}
    found: set[str] = set()
    todo = [node]
    while todo:
        names = {base.id for base in todo.pop().bases if isinstance(base, ast.Name)}
        todo += [by_name[name] for name in names & by_name.keys() - found]
        found |= names
    return found


def _descendants(name: str, classes: Collection[ast.ClassDef]) -> set[str]:
    """The name and those of all classes that inherit from it."""
    found = {name}
    while True:
        new = {
            node.name
            for node in classes
            if any(isinstance(base, ast.Name) and base.id in found for base in node.bases)
        }
        if new <= found:
            return found
        found |= new


def _assigned(node: ast.ClassDef) -> Iterator[str]:
    for item in node.body:
        match item:
            case ast.Assign(targets=[ast.Name(id=name)]):
                yield name
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
                yield name
            case _:
                continue
