"""Rules on modules: what they may import and be called, and that they keep no state."""

from __future__ import annotations

import ast
import difflib
import sys
from collections.abc import Iterator
from typing import Final

from attrs import frozen

from scm.compiler.artefacts import Project
from scm.compiler.bindings import BINDINGS
from scm.compiler.import_only import import_only_nodes, parameters
from scm.compiler.imports import NativeModule, running_parts
from scm.compiler.library import REASONS, refused_module
from scm.compiler.rules_functions import is_mutable
from scm.compiler.syntax import FunctionNode, ParsedModule, Program, assignments
from scm.errors import Diagnostic, SourceSpan

_HOST_ONLY: Final = frozenset({"compiler", "replica", "testing", "cli", "wasm", "errors"})

_CHANGING_METHODS: Final = frozenset(
    {
        *("append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse"),
        *("add", "discard", "update", "setdefault", "popitem", "appendleft", "popleft"),
        *("extendleft", "rotate", "subtract", "difference_update", "intersection_update"),
        *("symmetric_difference_update", "move_to_end"),
    }
)


def check_modules(program: Program, project: Project) -> Iterator[Diagnostic]:
    """All diagnostics about imports, module names and module-level variables."""
    checker = _ImportChecker(program, project)
    for module in program.modules.values():
        yield from _check_name(module)
        yield from checker.check(module)
    yield from _check_state(program)


# Imports.


def _check_name(module: ParsedModule) -> Iterator[Diagnostic]:
    first = module.name.partition(".")[0]
    if module.name in BINDINGS:
        return  # They are scm's own.
    if first in sys.stdlib_module_names or first == "scm":
        owner = "scm" if first == "scm" else "the standard library"
        yield Diagnostic(
            "module-name",
            f"module `{first}` has the name of a module of {owner}",
            SourceSpan(module.path, 1, 1, 1, 1),
            notes=("whoever imports that module would get this file instead",),
            helps=("rename the file",),
        )


class _ImportChecker:
    """What the modules of a project may import."""

    def __init__(self, program: Program, project: Project) -> None:
        self._program: Final = program
        self._packages: Final = {item.name.partition(".")[0] for item in project.dependencies}
        self._absent: Final = {
            (module.name, item.line, item.column)
            for module in project.modules
            for item in module.absent
        }
        self._natives: Final[dict[str, NativeModule]] = {}
        for item in project.natives:
            self._natives.setdefault(item.root.partition(".")[0], item)

    def check(self, module: ParsedModule) -> Iterator[Diagnostic]:
        """The diagnostics of one module."""
        for node in _imports(module.tree):
            match node:
                case ast.Import(names=aliases):
                    for alias in self._present(module, aliases):
                        yield from self._check_import(alias.name, module.span(alias))
                case ast.ImportFrom(module=str(name), level=0, names=aliases):
                    present = self._present(module, aliases)
                    for alias in present:
                        full_name = f"{name}.{alias.name}"
                        if name == "scm" or full_name in REASONS:
                            yield from self._check_import(full_name, module.span(alias))
                    if name != "scm" and present:
                        yield from self._check_import(name, module.span(node))
                case _:
                    continue  # A relative import; a missing module fails at import, with its line.

    def _present(self, module: ParsedModule, aliases: list[ast.alias]) -> list[ast.alias]:
        """Those that the canister shall have; the code can do without the others."""
        places = [(module.name, alias.lineno, alias.col_offset) for alias in aliases]
        return [alias for alias, at in zip(aliases, places, strict=True) if at not in self._absent]

    def _check_import(self, name: str, span: SourceSpan) -> Iterator[Diagnostic]:
        first, _, rest = name.partition(".")
        own = self._program.modules
        if first in own or any(known.startswith(f"{first}.") for known in own):
            return
        if first == "scm":
            if rest.partition(".")[0] in _HOST_ONLY:
                yield _unsupported(
                    name, span, "this part of scm builds canisters; it is not in them"
                )
            return
        refused = refused_module(name)
        native = self._natives.get(first)
        if refused is not None:
            yield _unsupported(refused, span, REASONS[refused])
        elif native is not None:
            yield _native(native, first, span)
        elif first not in sys.stdlib_module_names and first not in self._packages:
            yield Diagnostic(
                "unsupported-import",
                f"there is no module `{first}`",
                span,
                notes=(
                    "it is not part of the project or the standard library, and no package that is"
                    " installed beside scm",
                ),
                helps=(self._other_than(first),),
            )

    def _other_than(self, name: str) -> str:
        """What to do about a module that is not there."""
        own = {known.partition(".")[0] for known in self._program.modules}
        known = sorted({*sys.stdlib_module_names, *own, *self._packages})
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
        if near:
            return f"did you mean `{near[0]}`?"
        return (
            "install the package that has it (its name may be another one) for the Python that runs"
            " scm; it must be pure Python"
        )


def _native(native: NativeModule, first: str, span: SourceSpan) -> Diagnostic:
    return Diagnostic(
        "native-extension",
        f"`{first}` can't be in a canister: it needs the native extension `{native.file}`",
        span,
        notes=(f"{_told(native)} machine code of this computer; a canister runs WebAssembly",),
        helps=("use a package of pure Python instead",),
    )


def _told(native: NativeModule) -> str:
    """Who imports what, from the package of the project's import to the machine code."""
    first, *rest = (f"`{name}`" for name in native.chain)
    if not rest:
        return f"{first} is"
    return f"{first} imports {', that imports '.join(rest)}, which is"


def _imports(tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    """All imports that run, so not those for type checking or another version of Python only."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If):
            waiting.extend(running_parts(node))
        else:
            waiting.extend(ast.iter_child_nodes(node))


def _unsupported(name: str, span: SourceSpan, reason: str) -> Diagnostic:
    return Diagnostic(
        "unsupported-import",
        f"`{name}` can't be imported in a canister",
        span,
        notes=(reason,),
        helps=("remove the import and what uses it, or copy the code into the project",),
    )


# Module-level variables.


@frozen(eq=False)
class _Variable:
    """A module-level variable: where it is bound, and whether its value is a list or the like."""

    module: ParsedModule
    node: ast.Name
    is_mutable: bool


@frozen
class _Change:
    """A change that a function makes to what `name` (qualified) stands for."""

    name: str
    function: str
    span: SourceSpan
    needs_mutable: bool
    """Whether it is a change only if the value is a list or the like: a method call."""


def _check_state(program: Program) -> Iterator[Diagnostic]:
    variables = _variables(program)
    reported: set[str] = set()
    at_import = import_only_nodes(program)
    for module in program.modules.values():
        for change in _changes(program, module, at_import):
            variable = variables.get(change.name)
            if change.name in reported:
                continue
            if change.needs_mutable and (variable is None or not variable.is_mutable):
                continue
            reported.add(change.name)
            yield _module_state(change, variable)


def _module_state(change: _Change, variable: _Variable | None) -> Diagnostic:
    place = f"{change.span.path}:{change.span.line}"
    name = change.name.rpartition(".")[2]
    return Diagnostic(
        "module-state",
        f"module-level variable `{name}` is changed by `{change.function}`, at {place}",
        change.span if variable is None else variable.module.span(variable.node),
        label="this value would be lost with the next upgrade",
        notes=("only the fields of the `@state` class stay when the code is replaced",),
        helps=(f"make `{name}` a field of the state class, or a constant that nothing changes",),
    )


def _variables(program: Program) -> dict[str, _Variable]:
    found: dict[str, _Variable] = {}
    for module in program.modules.values():
        for node, value in assignments(module.tree):
            mutable = value is not None and is_mutable(program, module, value)
            found.setdefault(f"{module.name}.{node.id}", _Variable(module, node, mutable))
    return found


def _changes(program: Program, module: ParsedModule, at_import: set[ast.AST]) -> Iterator[_Change]:
    """What functions change, but for the nodes in `at_import`."""
    for node in ast.walk(module.tree):
        if isinstance(node, FunctionNode):
            local = _local_names(node)
            for inner in ast.walk(node):
                if inner in at_import:
                    continue
                yield from _changes_by(program, module, node.name, local, inner)


def _local_names(function: FunctionNode) -> set[str]:
    """The names that are variables of a function itself, and so hide the module's."""
    names = set(parameters(function))
    shared: set[str] = set()
    for node in ast.walk(function):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                names.add(name)
            case ast.Global(names=listed):
                shared.update(listed)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                names.add(name)
            case ast.ExceptHandler(name=str(name)):
                names.add(name)
            case _:
                continue
    return names - shared


def _changes_by(
    program: Program, module: ParsedModule, function: str, local: set[str], node: ast.AST
) -> Iterator[_Change]:
    match node:
        case ast.Global(names=listed):
            for name in listed:
                span = module.span(node)
                yield _Change(f"{module.name}.{name}", function, span, needs_mutable=False)
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            for target in targets:
                yield from _stores(program, module, function, local, target)
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            yield from _stores(program, module, function, local, target)
        case ast.Call(func=ast.Attribute(value=value, attr=method)) if method in _CHANGING_METHODS:
            owner = _owner(program, module, local, value)
            if owner:
                yield _Change(owner, function, module.span(node), needs_mutable=True)
        case _:
            return


def _stores(
    program: Program, module: ParsedModule, function: str, local: set[str], target: ast.expr
) -> Iterator[_Change]:
    for part in _stored_parts(target):
        owner = _owner(program, module, local, part.value)
        if isinstance(part, ast.Attribute) and owner in program.modules:
            owner = f"{owner}.{part.attr}"  # `module.NAME = value` binds the name again.
        if owner:
            yield _Change(owner, function, module.span(part), needs_mutable=False)


def _stored_parts(target: ast.expr) -> Iterator[ast.Attribute | ast.Subscript]:
    match target:
        case ast.Attribute() | ast.Subscript():
            yield target
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for element in elements:
                yield from _stored_parts(element)
        case ast.Starred(value=value):
            yield from _stored_parts(value)
        case _:
            return


def _owner(program: Program, module: ParsedModule, local: set[str], node: ast.expr) -> str:
    """The module-level variable that `node` reaches into, or ""."""
    inner = node
    while isinstance(inner, ast.Subscript):
        inner = inner.value
    root = inner
    while isinstance(root, ast.Attribute):
        root = root.value
    if not isinstance(root, ast.Name) or root.id in local:
        return ""
    name = program.resolve(module, inner)
    while name and name not in program.modules:
        owner = name.rpartition(".")[0]
        if owner in program.modules:
            return name
        name = owner
    return name
