"""Part of mypyc's worker: definitions that are interpreted stand in the module as their source.

After types are checked, the node of such a function or class is replaced by a statement that runs
its source in the names of the module when the module is imported: at the boot, so that the canister
has its bytecode.  mypyc then knows it as it knows what a module has that is not compiled, by name.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from mypy.build import BuildResult
from mypy.nodes import (
    GDEF,
    ArgKind,
    CallExpr,
    ClassDef,
    Decorator,
    Expression,
    ExpressionStmt,
    FuncDef,
    IntExpr,
    MypyFile,
    NameExpr,
    OverloadedFuncDef,
    Statement,
    StrExpr,
    SymbolTableNode,
    TypeInfo,
    Var,
)

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_FUTURE_ANNOTATIONS = 0x100_0000
"""`__future__.annotations.compiler_flag`."""

OF_FAMILY: Final = "a class that it inherits from, or that inherits from it, is"
"""Why further classes are interpreted."""

_METACLASSES: Final = frozenset({"builtins", "abc", "enum", "typing"})
"""The modules whose metaclasses mypyc finds."""


def classes_of_others(
    result: BuildResult, modules: Collection[str], native: Collection[str]
) -> dict[str, str]:
    """Classes that get a metaclass from a module that the canister's module need not know.

    mypyc asks for that metaclass by its module's name.  Each with the reason to interpret it.
    """
    found = {}
    for module in modules:
        for node in result.files[module].defs:
            kind = node.info.metaclass_type if isinstance(node, ClassDef) else None
            if kind is not None and kind.type.module_name not in {*_METACLASSES, *modules}:
                assert isinstance(node, ClassDef)
                found[node.fullname] = f"its metaclass is `{kind.type.fullname}`"
    return {name: why for name, why in found.items() if name not in native}


def interpret(
    result: BuildResult, modules: Iterable[str], names: set[str], native: Collection[str]
) -> set[str]:
    """Replace the definitions `names` of these modules, with the classes of their families.

    A native class can't be the base of an interpreted one, nor the other way round.  Returns the
    classes that are interpreted for that reason.  Those in `native` stay as they are.
    """
    trees = {name: result.files[name] for name in modules}
    all_names = names | _families(trees.values(), names, native)
    for module, tree in trees.items():
        split = [name.rpartition(".") for name in all_names]
        _replace(result, tree, {name for owner, _, name in split if owner == module})
    return all_names - names


def _families(trees: Iterable[MypyFile], names: set[str], native: Collection[str]) -> set[str]:
    infos = [node.info for tree in trees for node in tree.defs if isinstance(node, ClassDef)]
    bases = {
        info.fullname: {base.fullname for base in info.mro[1:]}
        for info in infos
        if info.fullname not in native
    }
    found: set[str] = set()
    while True:
        known = names | found
        up = {base for name in known & bases.keys() for base in bases[name] & bases.keys()}
        down = {name for name in bases if bases[name] & known}
        if (up | down) <= known:
            return found
        found |= (up | down) - names


def _replace(result: BuildResult, tree: MypyFile, names: set[str]) -> None:
    text = Path(tree.path).read_text(encoding="utf-8")
    parsed = ast.parse(text)
    has_future = any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(item.name == "annotations" for item in node.names)
        for node in parsed.body
    )
    builder = StatementBuilder(result, tree.path, has_future)
    statements: list[Statement] = []
    done: set[str] = set()
    for node in tree.defs:
        name = _name_of(node)
        if isinstance(node, ClassDef) and name in names:
            # To mypyc, a tuple with names has no native form, so that all go by its name.
            node.info.is_named_tuple = True
            for attribute, symbol in list(node.info.names.items()):
                if isinstance(symbol.node, Var):
                    del node.info.names[attribute]  # What is final would be a variable in C.
        if name not in names:
            statements.append(node)
        elif name not in done:
            done.add(name)
            statements.append(builder.run(_segment(text, parsed, name), node.line))
            if not isinstance(node, ClassDef):
                variable = Var(name)
                variable._fullname = f"{tree.fullname}.{name}"
                tree.names[name] = SymbolTableNode(GDEF, variable)
    tree.defs[:] = statements
    _forget_other_classes(tree)


def _forget_other_classes(tree: MypyFile) -> None:
    """Classes that calls make (`Enum("Colour", ...)`) have no native form either."""
    defined = {node.info for node in tree.defs if isinstance(node, ClassDef)}
    for symbol in tree.names.values():
        info = symbol.node
        is_own = isinstance(info, TypeInfo) and info.module_name == tree.fullname
        if isinstance(info, TypeInfo) and is_own and info not in defined and not info.is_newtype:
            info.is_named_tuple = True


def _name_of(node: Statement) -> str:
    match node:
        case ClassDef() | FuncDef():
            return node.name
        case Decorator():
            return node.func.name
        case OverloadedFuncDef():
            return node.name
        case _:
            return ""


def _segment(text: str, parsed: ast.Module, name: str) -> str:
    """The source of a definition, in its lines: those before it are empty."""
    lines = text.split("\n")
    shown = [""] * len(lines)
    last = 0
    for node in parsed.body:
        if isinstance(node, _DEFINITIONS) and node.name == name:
            first = min([node.lineno, *(item.lineno for item in node.decorator_list)])
            last = node.end_lineno or node.lineno
            shown[first - 1 : last] = lines[first - 1 : last]
    return "\n".join(shown[:last])


class StatementBuilder:
    """Makes `exec(compile(source, path, "exec", flags, True), globals())` of a source."""

    def __init__(self, result: BuildResult, path: str, has_future: bool = False) -> None:
        self._builtins = result.files["builtins"]
        self._path = path
        self._flags = _FUTURE_ANNOTATIONS if has_future else 0

    def run(self, source: str, line: int) -> Statement:
        """The statement that runs `source` in the names of the module."""
        arguments = [StrExpr(source), StrExpr(self._path), StrExpr("exec"), IntExpr(self._flags)]
        code = self._call("compile", [*arguments, IntExpr(1)], line)
        statement = ExpressionStmt(
            self._call("exec", [code, self._call("globals", [], line)], line)
        )
        statement.line = line
        return statement

    def _call(self, name: str, arguments: list[Expression], line: int) -> CallExpr:
        callee = NameExpr(name)
        callee.kind = GDEF
        callee.fullname = f"builtins.{name}"
        callee.node = self._builtins.names[name].node
        kinds = [ArgKind.ARG_POS] * len(arguments)
        call = CallExpr(callee, arguments, kinds, [None] * len(arguments))
        for node in (callee, call, *arguments):
            node.line = line
        return call
