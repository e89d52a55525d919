"""Part of mypyc's worker: where mypyc 2.4 goes wrong on a small matter, what it sees is set right.

Between the check of types and the translation, in the syntax tree of the modules: what constants
are made of so that mypyc leaves their value to the program, what types it takes the parameters of
lambdas to have, which names `from .x import *` brings, and that a module has a docstring.
Between mypyc's two steps, in its own form of the program: what a generator that has ended keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Final

from mypy.build import BuildResult
from mypy.constant_fold import constant_fold_binary_op, constant_fold_unary_op
from mypy.nodes import (
    ArgKind,
    AssignmentStmt,
    Block,
    BytesExpr,
    Expression,
    ExpressionStmt,
    FloatExpr,
    ImportAll,
    IntExpr,
    LambdaExpr,
    MemberExpr,
    MypyFile,
    NameExpr,
    Node,
    OpExpr,
    RefExpr,
    Statement,
    StrExpr,
    TypeInfo,
    UnaryExpr,
    Var,
)
from mypy.types import AnyType, CallableType, TypeOfAny
from mypy.util import correct_relative_import, get_class_descriptors
from mypyc.codegen import emitmodule
from mypyc.common import ENV_ATTR_NAME
from mypyc.errors import Errors
from mypyc.ir.module_ir import ModuleIR
from mypyc.irbuild.mapper import Mapper
from mypyc.options import CompilerOptions

from scm.compiler.mypyc_interpreted import StatementBuilder
from scm.compiler.mypyc_loops import LoopRepairs
from scm.compiler.mypyc_shortcuts import take_shortcuts

INTEGER_BITS_MAX: Final = 4_096
"""From this size on an integer is computed by the program, and is no literal in the C.

mypyc fails on more than 4,300 digits, and computes `10**10**9` for as long as that takes.
"""

TEXT_LENGTH_MAX: Final = 10_000
"""The same for texts and bytes, in characters: `"-" * 30_000` would stand in the module's data."""

_STARS: Final = (ArgKind.ARG_STAR, ArgKind.ARG_STAR2)

_REFERENCES: Final = frozenset({"node", "info", "original_def", "setter"})
"""Attributes of nodes that lead to definitions elsewhere, and not to a part of their own.

`setter` of an overloaded function is one of its items, and is not to be asked of other overloads.
"""

_Constant = int | float | complex | str | bytes


def repair_trees(result: BuildResult, modules: Iterable[str]) -> None:
    """Change the trees of these modules, whose types have been checked."""
    trees = [result.files[name] for name in modules]
    nodes = {tree.fullname: list(_nodes(tree)) for tree in trees}
    for found in nodes.values():
        for node in found:
            _forget_large_value(node)
    for tree in trees:
        repairs = _Repairs(tree, result)
        for node in nodes[tree.fullname]:
            repairs.visit(node)
        LoopRepairs(tree, nodes[tree.fullname], result.types, _parts).repair(repairs.constant)
    if any(map(_reads_docstring, chain.from_iterable(nodes.values()))):
        for tree in trees:
            _set_docstring(tree, StatementBuilder(result, tree.path))


def compile_to_c(
    result: BuildResult, options: CompilerOptions, errors: Errors, groups: emitmodule.Groups
) -> list[list[tuple[str, str]]]:
    """What `emitmodule.compile_modules_to_c` does, with repairs between: files by group."""
    group_of = {source.module: name for sources, name in groups for source in sources}
    manager = result.manager
    manager.errors.set_file("<mypyc>", module=None, scope=None, options=manager.options)
    mapper = Mapper(group_of)
    modules = emitmodule.compile_modules_to_ir(result, mapper, options, errors)
    if errors.num_errors:
        return []
    _keep_outer_variables(modules)
    take_shortcuts(modules)
    texts = emitmodule.compile_ir_to_c(groups, modules, result, mapper, options)
    emitmodule.write_cache(modules, result, group_of, texts)
    return [texts[name] for _, name in groups]


def _keep_outer_variables(modules: Mapping[str, ModuleIR]) -> None:
    """Let a generator that has ended keep the way to the variables of the functions around it.

    It goes that way each time it is asked for a value, also where it only says that it has ended.
    mypyc keeps it for those with functions inside, and the others raise `AttributeError` then.
    """
    for module in modules.values():
        for found in module.classes:
            if ENV_ATTR_NAME in found.attributes:
                found.attrs_to_keep_alive_on_completion.add(ENV_ATTR_NAME)


def _nodes(tree: MypyFile) -> Iterator[Node]:
    """All statements and expressions of a module, what is in them before themselves.

    mypy's own visitors are compiled, and no class that is not can inherit from them.
    """
    done: set[int] = set()
    todo: list[tuple[Node, bool]] = [(tree, False)]
    while todo:
        node, is_open = todo.pop()
        if is_open:
            yield node
        elif id(node) not in done:
            done.add(id(node))
            todo.append((node, True))
            todo += [(inner, False) for inner in _parts(node)]


def _parts(node: Node) -> Iterator[Node]:
    for name in get_class_descriptors(type(node)):
        if name not in _REFERENCES:
            yield from _nodes_in(getattr(node, name, None))


def _nodes_in(value: object) -> Iterator[Node]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _nodes_in(item)
    elif isinstance(value, Node) and not isinstance(value, Var | TypeInfo | MypyFile):
        yield value


def _reads_docstring(node: Node) -> bool:
    return isinstance(node, NameExpr | MemberExpr) and node.name == "__doc__"


def _set_docstring(tree: MypyFile, runner: StatementBuilder) -> None:
    """A module that mypyc compiles has no `__doc__` of its own."""
    match tree.defs:
        case [ExpressionStmt(expr=StrExpr(value=str(text))) as first, *_]:
            tree.defs.insert(0, runner.run(f"__doc__ = {text!r}", first.line))
        case _:
            return


def _forget_large_value(node: Node) -> None:
    """A `Final` name of a large value: mypyc would put that in its place wherever it stands."""
    for target in node.lvalues if isinstance(node, AssignmentStmt) else ():
        if isinstance(target, RefExpr) and isinstance(target.node, Var):
            value = target.node.final_value
            if value is not None and _is_large(value):
                target.node.final_value = None


class _Repairs:
    """Those in one module; `visit` takes a node after what is in it."""

    def __init__(self, tree: MypyFile, result: BuildResult) -> None:
        self._tree: Final = tree
        self._types: Final = result.types
        self._runner: Final = StatementBuilder(result, tree.path)
        self._constants: Final[dict[Expression, _Constant | None]] = {}

    def visit(self, node: Node) -> None:
        match node:
            case OpExpr():
                self._compute_late(node)
            case LambdaExpr():
                self._type_stars(node)
            case MypyFile(defs=statements) | Block(body=statements):
                statements[:] = [new for item in statements for new in self._import_all(item)]
            case NameExpr(fullname=name) if name == f"{self._tree.fullname}.__doc__":
                # It is None where there is no docstring, which mypy does not know.
                if node in self._types:
                    self._types[node] = AnyType(TypeOfAny.special_form)
            case _:
                return

    def _import_all(self, statement: Statement) -> Iterator[Statement]:
        """`from .x import *` imports `x` of the package, and the module gets the names."""
        yield statement
        if isinstance(statement, ImportAll) and not (
            statement.is_mypy_only or statement.is_unreachable
        ):
            # mypyc looks for the name after the dots as if there were none; and it knows what the
            # other names of the import are, but not that other modules ask for them here.
            is_package = self._tree.is_package_init_file()
            name, _ = correct_relative_import(
                self._tree.fullname, statement.relative, statement.id, is_package
            )
            statement.id, statement.relative = name, 0
            yield self._runner.run(f"from {name} import *", statement.line)

    def _compute_late(self, node: OpExpr) -> None:
        left, right = self.constant(node.left), self.constant(node.right)
        if left is None or right is None:
            return
        try:
            is_large = _would_be_large(node.op, left, right)
            value = None if is_large else _fold(node.op, left, right)
        except OverflowError:  # mypyc fails with it; the program shall.
            value = None
        self._constants[node] = value
        if value is None and node.left in self._types:
            # `x or x` is `x`, of the same type; mypyc computes no constant from it.
            same = OpExpr("or", node.left, node.left)
            same.set_line(node.left)
            self._types[same] = self._types[node.left]
            node.left = same

    def _type_stars(self, node: LambdaExpr) -> None:
        found = self._types.get(node)
        if isinstance(found, CallableType) and any(kind in _STARS for kind in node.arg_kinds):
            # mypy gives these the parameters of what is expected there, be they fewer or others;
            # and mypyc takes the type of an argument for that of the tuple or dict of them.
            self._types[node] = found.copy_modified(
                arg_types=[AnyType(TypeOfAny.special_form)] * len(node.arguments),
                arg_kinds=node.arg_kinds,
                arg_names=node.arg_names,
            )

    def constant(self, node: Expression) -> _Constant | None:
        """The value that mypyc takes the place of an expression with."""
        match node:
            case IntExpr() | StrExpr() | BytesExpr() | FloatExpr():
                return node.value.encode() if isinstance(node, BytesExpr) else node.value
            case OpExpr():
                return self._constants.get(node)
            case UnaryExpr():
                value = self.constant(node.expr)
                if isinstance(value, int | float):
                    return constant_fold_unary_op(node.op, value)
                return None
            case RefExpr(node=Var(is_final=True) as variable):
                return variable.final_value
            case _:
                return None


def _fold(op: str, left: _Constant, right: _Constant) -> _Constant | None:
    match left, right:
        case (bytes(), _) | (_, bytes()):
            # What is in them does not matter here, only how long they are.
            length = _length(op, left, right)
            return None if length is None else bytes(length)
        case _:
            return constant_fold_binary_op(op, left, right)


def _would_be_large(op: str, left: _Constant, right: _Constant) -> bool:
    if isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length(), right.bit_length()
        match op:
            case "**":
                size = bits[0] * max(right, 0)
            case "<<":
                size = bits[0] + max(right, 0)
            case "*":
                size = sum(bits)
            case _:
                size = max(bits)
        return size > INTEGER_BITS_MAX
    length = _length(op, left, right)
    return length is not None and length > TEXT_LENGTH_MAX


def _length(op: str, left: _Constant, right: _Constant) -> int | None:
    match op, left, right:
        case "+", (str() | bytes()), (str() | bytes()):
            return len(left) + len(right)
        case "*", (str() | bytes()), int():
            return len(left) * max(right, 0)
        case "*", int(), (str() | bytes()):
            return max(left, 0) * len(right)
        case _:
            return None


def _is_large(value: _Constant) -> bool:
    match value:
        case int():
            return value.bit_length() > INTEGER_BITS_MAX
        case str() | bytes():
            return len(value) > TEXT_LENGTH_MAX
        case _:
            return False
