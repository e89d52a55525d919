"""Functions in which mypyc 2.4 would find other values by names than Python does.

It reads operands late: what `:=` binds further on in an expression is seen before.  A decorated
function inside of a function it keeps where other functions inside do not find it.  And a call that
makes a class binds no name in a function.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from scm.compiler.aliases import last_name

_MAKERS: Final = frozenset(
    {"namedtuple", "NamedTuple", "TypedDict", "TypeVar", "ParamSpec", "TypeVarTuple", "NewType"}
    | {"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"}
)

_Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def odd_names(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[ast.stmt, str]]:
    """The statements of a function with such names, each with what is odd about it."""
    for node in ast.walk(function):
        match node:
            case ast.Assign(value=ast.Call(func=called)) if last_name(called) in _MAKERS:
                yield node, f"`{last_name(called)}(...)` in a function"
            case ast.FunctionDef(decorator_list=[_, *_], name=name) if node is not function:
                if _is_read_inside(function, name):
                    yield node, f"`{name}` is decorated, and functions inside use it"
            case ast.stmt():
                name = _bound_after_it_is_read(node)
                if name:
                    yield node, f"`{name} :=` behind a use of `{name}`"
            case _:
                continue


def _is_read_inside(function: ast.AST, name: str) -> bool:
    """Whether a function inside of it reads a name."""
    inner = (
        node for node in ast.walk(function) if isinstance(node, _Scope) and node is not function
    )
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        for scope in inner
        for part in ([scope.body] if isinstance(scope, ast.Lambda) else scope.body)
        for node in ast.walk(part)
    )


def _bound_after_it_is_read(statement: ast.stmt) -> str:
    """A name that an expression of a statement reads before it binds it by `:=`."""
    read: set[str] = set()
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        read.add(statement.target.id)
    for node in _in_order(statement):
        if isinstance(node, ast.NamedExpr):
            if node.target.id in read:
                return node.target.id
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            read.add(node.id)
    return ""


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a statement's expressions as they are evaluated; none of statements inside.

    What `:=` binds comes before the value that it is bound to: reading the name there is in order.
    """
    children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        children.sort(key=lambda child: not isinstance(child, ast.comprehension))
    for child in children:
        if not isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case | ast.Lambda):
            yield child
            yield from _in_order(child)
