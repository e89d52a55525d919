"""Functions that run while modules are imported and never again: what they change is kept.

Modules of a project are imported once, most of them (`import_times.py`) for the snapshot that the
canister starts from; what a decorator puts into a table then is a constant.  Sample:

    def handler(name: str) -> Decorator:      # Named nowhere but in `@handler(...)`.
        def wrap(function: Handler) -> Handler:
            HANDLERS[name] = function         # So this runs at import only, as `handler` does.
            return function
        return wrap

Only what the syntax shows for sure is taken: a function that is passed on, kept under another name
or named by a text may be called by anyone, and so may all in a module that is used so.  A program
that gets at its modules in other ways (`reflection.py`) has no such functions.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal

from attrs import evolve, frozen

from scm.compiler.import_times import imported_at_start
from scm.compiler.imports import resolve_import
from scm.compiler.reflection import named_by_texts, reaches_all, reaches_own
from scm.compiler.syntax import (
    Definition,
    FunctionNode,
    ParsedModule,
    Program,
    bound_names,
    top_level,
)

_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_Kind = Literal["factory", "called", "value"]
"""How a function is used: `f(...)(...)` or `@f(...)`; `f(...)` or `@f`; in any other way."""

_LATER: Final = "?"


@frozen
class _Use:
    """A use of what a qualified name stands for.

    `inside`: the top-level function in which it is, if not in what is in that; "" at import.
    """

    name: str
    kind: _Kind
    inside: str


@frozen
class _Place:
    """Where the walk is: `inside` as in `_Use`, and the names that are local there."""

    inside: str = ""
    hidden: frozenset[str] = frozenset()
    in_class: bool = False

    def later(self, names: Iterable[str] = ()) -> _Place:
        """In code that is kept, to be run by whoever has it."""
        return _Place(_LATER, self.hidden.union(names))


def import_only_nodes(program: Program) -> set[ast.AST]:
    """All nodes in functions that run at import only, without what is in functions in them."""
    functions = _candidates(program)
    if not functions or reaches_all(program):
        return set()
    uses: dict[str, list[_Use]] = {name: [] for name in functions}
    at_start = imported_at_start(program)
    for module in program.modules.values():
        for use in _Uses(program, module).all():
            if use.inside == "" and module.name not in at_start:
                use = evolve(use, inside=_LATER)
            if use.name in functions:
                uses[use.name].append(use)
            # What is an attribute of it, and all in a module that is used as a value.
            owners = _prefixes(use.name) | _within(program, use.name)
            for name in functions.keys() & owners:
                uses[name].append(evolve(use, kind="value"))
    while True:
        # What nothing uses yet is told as what anything may call: soon something will.
        others = [
            name
            for name in functions
            if not uses[name] or any(_is_open(use, functions) for use in uses[name])
        ]
        if not others:
            break
        for name in others:
            del functions[name]
    nodes: set[ast.AST] = set()
    for name, function in functions.items():
        nodes.update(_own_nodes(function))
        is_factory = all(use.kind == "factory" for use in uses[name])
        for inner in _inner_functions(function, may_return=is_factory):
            nodes.update(_own_nodes(inner))
    return nodes


def _prefixes(name: str) -> set[str]:
    """The names of what contains something, by its qualified name."""
    parts = name.split(".")
    return {".".join(parts[:count]) for count in range(1, len(parts))}


def _within(program: Program, name: str) -> set[str]:
    """The names of all that whoever has a module has by it; none if it is no module."""
    found: set[str] = set()
    todo = [name]
    while todo:
        owner = todo.pop()
        for module in program.modules.values():
            if f"{module.name}.".startswith(f"{owner}."):
                names = {program.canonical(value) for value in module.names.values()}
                todo.extend(names - found)
                found |= names
    return found


def _is_open(use: _Use, functions: Mapping[str, FunctionNode]) -> bool:
    """Whether a function that is used so may run later."""
    return use.kind == "value" or (use.inside != "" and use.inside not in functions)


def _candidates(program: Program) -> dict[str, ast.FunctionDef]:
    """Functions that nothing calls but what names them, by qualified name."""
    found: dict[str, ast.FunctionDef] = {}
    for module in program.modules.values():
        bound = [name for statement in top_level(module.tree) for name in _binds(statement)]
        for statement in top_level(module.tree):
            if (
                isinstance(statement, ast.FunctionDef)
                and _is_plain(statement)
                # Python calls it, or a class has it by a private name: `_A__f` is `__f` in `A`.
                and not (statement.name.startswith("_") and "__" in statement.name)
                and bound.count(statement.name) == 1
            ):
                found[f"{module.name}.{statement.name}"] = statement
    in_texts = named_by_texts(program, {item.name for item in found.values()})
    return {name: item for name, item in found.items() if item.name not in in_texts}


def _binds(statement: ast.stmt) -> list[str]:
    """The names that a definition or an import binds; assignments are uses of the name."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Import(names=aliases):
            return [alias.asname or alias.name.partition(".")[0] for alias in aliases]
        case ast.ImportFrom(names=aliases):
            return [alias.asname or alias.name for alias in aliases]
        case _:
            return []


def _is_plain(function: ast.FunctionDef) -> bool:
    """Whether a call runs all of a function at once, and nothing else has it before."""
    is_generator = any(isinstance(node, ast.Yield | ast.YieldFrom) for node in _own_nodes(function))
    return not function.decorator_list and not is_generator


def _own_nodes(function: FunctionNode) -> Iterator[ast.AST]:
    """All in the body of a function that runs when that runs."""
    todo: list[ast.AST] = list(function.body)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, Definition | ast.Lambda | ast.GeneratorExp):
            todo.extend(ast.iter_child_nodes(node))


def _inner_functions(function: FunctionNode, *, may_return: bool) -> Iterator[ast.FunctionDef]:
    """The functions in another one that are called or returned there, and not used otherwise."""
    own = list(_own_nodes(function))
    everything = list(ast.walk(function))
    allowed = {node.func for node in own if isinstance(node, ast.Call)}
    if may_return:
        allowed.update(node.value for node in own if isinstance(node, ast.Return) and node.value)
    shared = {
        name
        for node in everything
        if isinstance(node, ast.Global | ast.Nonlocal)
        for name in node.names
    }
    bound = parameters(function)
    bound += [name for node in everything if isinstance(node, ast.stmt) for name in _binds(node)]
    for node in own:
        if isinstance(node, ast.FunctionDef) and _is_plain(node):
            named = [n for n in everything if isinstance(n, ast.Name) and n.id == node.name]
            is_only = bound.count(node.name) == 1 and node.name not in shared
            if is_only and allowed.issuperset(named):
                yield node


class _Uses:
    """All uses of qualified names in a module, with those of modules as values."""

    def __init__(self, program: Program, module: ParsedModule) -> None:
        self._program: Final = program
        self._module: Final = module
        self._outermost: Final = set(top_level(module.tree))
        self._found: Final[list[_Use]] = []

    def all(self) -> list[_Use]:
        self._visit_all(self._module.tree.body, _Place())
        if reaches_own(self._module):
            self._add(self._module.name)
        return self._found

    def _visit_all(self, nodes: Iterable[ast.AST | None], place: _Place) -> None:
        for node in nodes:
            if node is not None:
                self._visit(node, place)

    def _visit(self, node: ast.AST, place: _Place) -> None:
        match node:
            case ast.Name() | ast.Attribute():
                self._use(node, "value", place)
            case ast.Call():
                self._called(node.func, place)
                self._visit_all([*node.args, *node.keywords], place)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node, place)
            case ast.ClassDef():
                self._decorators(node, place)
                self._visit_all([*node.bases, *node.keywords], place)
                self._visit_all(node.body, evolve(place, in_class=True))
            case ast.Lambda(args=arguments, body=body):
                self._visit_all([*arguments.defaults, *arguments.kw_defaults], place)
                self._visit(body, place.later(parameters(node)))
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self._comprehension(node, place)
            case ast.Import() | ast.ImportFrom():
                self._import(node, place)
            case ast.Global(names=names):
                self._add(*(f"{self._module.name}.{name}" for name in names))
            case _:
                self._visit_all(ast.iter_child_nodes(node), place)

    def _comprehension(self, node: _Comprehension, place: _Place) -> None:
        names = {name.id for part in node.generators for name in bound_names(part.target)}
        inner = evolve(place, hidden=place.hidden | names)
        if isinstance(node, ast.GeneratorExp):
            inner = inner.later()
        for index, part in enumerate(node.generators):
            self._visit(part.iter, inner if index else place)  # Outside, the first.
            self._visit_all([part.target, *part.ifs], inner)
        made = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._visit_all(made, inner)

    def _add(self, *names: str) -> None:
        """Let these be used in a way that is not followed."""
        self._found.extend(_Use(name, "value", _LATER) for name in names)

    def _function(self, node: FunctionNode, place: _Place) -> None:
        self._decorators(node, place)
        arguments = node.args
        annotations = [item.annotation for item in _arguments(node)]
        defaults = [*arguments.defaults, *arguments.kw_defaults]
        self._visit_all([*defaults, *annotations, node.returns], place)
        is_outermost = place == _Place()
        inside = f"{self._module.name}.{node.name}" if is_outermost else _LATER
        self._visit_all(node.body, _Place(inside, place.hidden | _local_names(node)))

    def _decorators(self, node: Definition, place: _Place) -> None:
        for item in node.decorator_list:
            if isinstance(item, ast.Call):
                self._factory(item, place)
            else:
                self._called(item, place)

    def _factory(self, node: ast.Call, place: _Place) -> None:
        """What a call returns is called at once."""
        match node.func:
            case ast.Name() | ast.Attribute() as function:
                self._use(function, "factory", place)
            case function:
                self._called(function, place)
        self._visit_all([*node.args, *node.keywords], place)

    def _called(self, node: ast.expr, place: _Place) -> None:
        match node:
            case ast.Name() | ast.Attribute():
                self._use(node, "called", place)
            case ast.Call():
                self._factory(node, place)
            case _:
                self._visit(node, place)

    def _use(self, node: ast.Name | ast.Attribute, kind: _Kind, place: _Place) -> None:
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(root, ast.Name):
            self._visit(root, place)
        elif root.id not in place.hidden:
            name = self._program.resolve(self._module, node)
            owner, _, member = name.rpartition(".")
            if member.startswith("__") and owner in self._program.modules:
                name = owner  # All of a module, in its `__dict__`.
            is_load = isinstance(node.ctx, ast.Load)
            self._found.append(_Use(name, kind if is_load else "value", place.inside))

    def _import(self, node: ast.Import | ast.ImportFrom, place: _Place) -> None:
        """Imports at the top level are followed by `Program.resolve`, but for those it hides."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.name if alias.asname else alias.name.partition(".")[0]
                self._import_name(node, alias.asname or name, name)
            return
        is_package = self._module.path.endswith("__init__.py")
        base = resolve_import(self._module.name, node, is_package=is_package)
        for alias in _all_of(self._program, base) if node.names[0].name == "*" else node.names:
            self._import_name(node, alias.asname or alias.name, f"{base}.{alias.name}")

    def _import_name(self, node: ast.stmt, local: str, imported: str) -> None:
        name = self._program.canonical(imported)
        bound = self._program.canonical(self._module.names.get(local, ""))
        if node not in self._outermost or bound != name:
            self._add(name)


def _all_of(program: Program, base: str) -> list[ast.alias]:
    """What `*` may import from a module of the project."""
    module = program.modules.get(base)
    names = () if module is None else module.names
    return [ast.alias(name) for name in names if not name.startswith("_")]


def _arguments(function: FunctionNode | ast.Lambda) -> list[ast.arg]:
    args = function.args
    named = [*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg]
    return [item for item in named if item is not None]


def parameters(function: FunctionNode | ast.Lambda) -> list[str]:
    """The names of a function's parameters, not of those of lambdas in its defaults."""
    return [item.arg for item in _arguments(function)]


def _local_names(function: FunctionNode) -> frozenset[str]:
    """The names that are variables of a function itself, not of functions in it."""
    names = set(parameters(function))
    shared: set[str] = set()
    todo: list[ast.AST] = list(function.body)
    while todo:
        node = todo.pop()
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                names.add(name)
            case ast.Global(names=listed):
                shared.update(listed)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                names.add(name)
            case ast.ExceptHandler(name=str(name)):
                names.add(name)
            case _ if isinstance(node, ast.stmt):
                names.update(_binds(node))
            case _:
                pass
        if not isinstance(node, Definition | ast.Lambda | _Comprehension):
            todo.extend(ast.iter_child_nodes(node))
    return frozenset(names - shared)
