"""Ways to a module's names that don't name them: `globals()`, `eval`, `sys.modules`.

Who has a module has all that is in it, under whatever name.  An attribute of another object is none
of these, and a name in a text is no use of it but for those who ask for one: see `named_by_texts`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from scm.compiler.syntax import ParsedModule, Program

_OWN: Final = frozenset({"globals", "vars", "locals", "dir"})
"""Builtin functions that tell the names of the module that calls them."""

_CODE: Final = frozenset({"eval", "exec"})

_ATTRIBUTES: Final = frozenset(
    {"__builtins__", "__globals__", "__import__", "__loader__", "__self__", "f_globals"}
    | {"f_locals", "find_class", "getmodule", "import_module", "load_module"}
)
"""What leads to modules, whatever it is an attribute of; `print.__self__` is `builtins`."""

_LIBRARY: Final = frozenset(
    {"builtins", "code", "gc", "importlib", "pkgutil", "pydoc", "runpy", "timeit"}
)
"""Modules of which too much does."""

_WORDS: Final = re.compile(r"[^\W\d]\w*")
_ENTRY_POINT: Final = re.compile(r"[\w.]+:[\w.]+")


def reaches_all(program: Program) -> bool:
    """Whether a program may get at any of its modules without naming it."""
    nodes = [node for module in program.modules.values() for node in ast.walk(module.tree)]
    sys_names = {"sys", *_aliases(nodes, "sys")}
    values = {"inspect", *_aliases(nodes, "inspect")} | sys_names
    bases = {node.value for node in nodes if isinstance(node, ast.Attribute)}
    called = {node.func for node in nodes if isinstance(node, ast.Call)}
    for node in nodes:
        match node:
            case ast.Import(names=items):
                found = any(item.name.partition(".")[0] in _LIBRARY for item in items)
            case ast.ImportFrom(module=module, names=items):
                names = {item.name for item in items}
                if module in ("sys", "inspect"):
                    found = not names.isdisjoint({"*", "modules"} | _ATTRIBUTES)
                else:
                    of_library = (module or "").partition(".")[0] in _LIBRARY
                    found = of_library or not names.isdisjoint(_ATTRIBUTES)
            case ast.Attribute(value=value, attr=name):
                is_table = name == "modules" and _last_name(value) in sys_names
                is_kept = name in values and node not in bases
                is_library = name in ("builtins", "importlib")  # As another module has them.
                found = is_table or is_kept or is_library or name in _ATTRIBUTES
            case ast.Name(id=name):
                is_kept = name in values and node not in bases and isinstance(node.ctx, ast.Load)
                is_shared = name in _OWN and node not in called and isinstance(node.ctx, ast.Load)
                found = is_kept or is_shared or name in _CODE or name in _ATTRIBUTES
            case ast.Constant(value=str(text)):
                found = not _ATTRIBUTES.isdisjoint(_WORDS.findall(text))
            case _:
                continue
        if found:
            return True
    return False


def reaches_own(module: ParsedModule) -> bool:
    """Whether a module may get at what is in it without naming that."""
    return any(isinstance(node, ast.Name) and node.id in _OWN for node in ast.walk(module.tree))


def named_by_texts(program: Program, names: Collection[str]) -> set[str]:
    """Which of these names stand in texts that may be asked for what they name.

    That is so in what Python can read, alone or as an entry point (`reg:handler`), and in lists
    of a module's names; not in sentences.
    """
    wanted = frozenset(names)
    named: set[str] = set()
    for module in program.modules.values():
        for text in _texts(module.tree):
            found = wanted.intersection(_WORDS.findall(text))
            if found and _is_name(text):
                named |= found
        for text in _listed(module.tree):
            named |= wanted.intersection(_WORDS.findall(text))
    return named


def _aliases(nodes: Iterable[ast.AST], module: str) -> Iterator[str]:
    """The names by which a program imports a module."""
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (item.asname for item in node.names if item.name == module and item.asname)


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _texts(tree: ast.AST) -> Iterator[str]:
    """All texts, those with values in them as wholes."""
    todo = [tree]
    while todo:
        node = todo.pop()
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.Constant(value=bytes(data)):
                yield from _WORDS.findall(data.decode("latin-1"))  # A pickle names modules.
            case ast.JoinedStr(values=values):
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "_" for part in values
                )
                todo.extend(part for part in values if not isinstance(part, ast.Constant))
            case _:
                todo.extend(ast.iter_child_nodes(node))


def _listed(tree: ast.Module) -> Iterator[str]:
    """The texts in what is done with `__all__`."""
    for statement in tree.body:
        nodes = list(ast.walk(statement))
        if any(isinstance(node, ast.Name) and node.id == "__all__" for node in nodes):
            yield from _texts(statement)


def _is_name(text: str) -> bool:
    """Whether a text is an expression, so that it may be meant to be one."""
    if _ENTRY_POINT.fullmatch(text):
        return True
    try:
        ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True
