"""Which definitions mypyc would compile to something else than Python means: to be interpreted.

mypyc takes most of Python, and translates a part of that in another sense: a generator expression
becomes a list, a frozen dataclass can be changed.  What is known of it (mypyc 2.4) is found here in
the syntax tree, for each function and class at the top level of a module.  These go in as bytecode;
all others around them are compiled (`fallback.py`).
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterator, Mapping
from typing import Final, TypeGuard

from scm.compiler.aliases import bound_names, last_name, parse_unaliased, root_name
from scm.compiler.unfaithful_names import odd_names

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

_CONSUMERS: Final = frozenset(
    {"all", "any", "bytearray", "bytes", "dict", "frozenset", "list", "max", "min", "next", "set"}
    | {"sorted", "sum", "tuple"}
)
"""Functions that, as `join` of a text does, take all of a generator expression at once, or that
mypyc has a form of its own for: nobody can tell that it is a list."""

_FAITHFUL_METHODS: Final = frozenset(
    {"__init__", "__post_init__", "__str__", "__repr__", "__hash__", "__len__", "__bool__"}
    | {"__call__", "__iter__", "__next__", "__enter__", "__exit__", "__contains__"}
    | {"__getitem__", "__setitem__", "__delitem__", "__abs__", "__neg__", "__pos__", "__invert__"}
    | {f"__{name}__" for name in ("eq", "ne", "lt", "le", "gt", "ge", "int", "float")}
    | {
        f"__{kind}{name}__"
        for kind in ("", "r", "i")
        for name in (
            *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor"),
            *("lshift", "rshift", "matmul", "divmod"),
        )
    }
)
_METHOD_DECORATORS: Final = frozenset(
    {"property", "setter", "getter", "staticmethod", "classmethod", "abstractmethod", "override"}
    | {"overload", "final"}
)
_REGISTRIES: Final = frozenset({"singledispatch", "register"})
_ENUMS: Final = frozenset({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "ReprEnum"})
_ATTRS: Final = frozenset({"attrs", "attr", "define", "frozen", "mutable"})
_DATACLASS_WORDS: Final = frozenset({"eq", "order", "repr"})
_UNBOXED: Final = frozenset({"int", "float", "bool", "i64", "i32", "i16", "u8"})
_COPIES: Final = frozenset({"copy", "pickle", "weakref"})


CONSTRAINED: Final = "a type variable with a choice of types"
"""Functions of such types are checked once for each; for mypyc, mypy checks them once and fails."""


_FOR_TYPES: Final = "something is done unless `TYPE_CHECKING`"
"""mypy takes that for true, so mypyc has no code for what happens when it is not."""


def find_unfaithful(text: str, path: str) -> Mapping[str, str]:
    """The definitions of a module that must be interpreted, each with the reason."""
    tree = parse_unaliased(text, path, _CONSUMERS)
    checker = _Checker(tree)
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, _Definition):
            reason = next(checker.reasons(node), None)
            if reason is not None:
                found.setdefault(node.name, reason)
    return found


def why_not_a_module(text: str, path: str) -> str:
    """Why mypyc can't compile a module in the sense of Python at all; "" if it can."""
    for node in parse_unaliased(text, path, _CONSUMERS).body:
        match node:
            case ast.FunctionDef(name="__getattr__" | "__dir__" as name):
                return f"it has a function `{name}` of its own (line {node.lineno})"
            case ast.Assign(value=ast.Call(func=called)) if last_name(called) in _ENUMS:
                return f"an enum is made by a call (line {node.lineno})"
            case ast.Assign(value=ast.Call(func=called, args=[_, _, *_])) if (
                last_name(called) == "TypeVar"
            ):
                return f"{CONSTRAINED} (line {node.lineno})"
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                continue
            case _ if _is_for_types_alone(node):
                return f"{_FOR_TYPES} (line {node.lineno})"
            case _:
                continue
    return ""


class _Checker:
    def __init__(self, tree: ast.Module) -> None:
        nodes = list(ast.walk(tree))
        self._imports: Final = {
            alias.name.partition(".")[0]
            for node in nodes
            if isinstance(node, ast.Import)
            for alias in node.names
        } | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
        self._tests_membership: Final = any(
            isinstance(op, ast.In | ast.NotIn)
            for node in nodes
            if isinstance(node, ast.Compare)
            for op in node.ops
        )
        self._has_docstring: Final = ast.get_docstring(tree) is not None
        self._odd_access: Final = next((word for node in nodes for word in _odd_access(node)), "")
        self._consumers: Final = _CONSUMERS - set(bound_names(tree))
        self._errors: Final = {
            name
            for name, value in vars(builtins).items()
            if isinstance(value, type) and issubclass(value, BaseException)
        }
        for node in tree.body:
            bases = node.bases if isinstance(node, ast.ClassDef) else ()
            if any(last_name(base) in self._errors for base in bases):
                assert isinstance(node, ast.ClassDef)
                self._errors.add(node.name)

    def reasons(self, node: _Definition) -> Iterator[str]:
        for inner in () if self._has_docstring else ast.walk(node):
            if isinstance(inner, ast.Name) and inner.id == "__doc__":
                # It is None; mypy knows it as a text, and drops what tests for None.
                yield from _at(inner, "`__doc__` in a module without a docstring", True)
        if isinstance(node, ast.ClassDef):
            yield from self._of_class(node)
            for item in node.body:
                if isinstance(item, _Function):
                    yield from self._of_method(item)
        else:
            yield from _of_function(node, self._consumers)

    def _of_class(self, node: ast.ClassDef) -> Iterator[str]:
        bases = {last_name(base) for base in node.bases}
        names = [last_name(item) for item in node.decorator_list]
        yield from _at(node, "an enum", bool(bases & _ENUMS))
        roots = {root_name(item) for item in node.decorator_list}
        yield from _at(node, "a class of `attrs`", bool(roots & _ATTRS))
        yield from _at(node, "a protocol to test for", "runtime_checkable" in names)
        if "dataclass" in names:
            yield from _of_dataclass(node, bases)
        words = [item.arg for item in node.keywords if last_name(item.value) != "ABCMeta"]
        yield from _at(node, "words in the class statement", bool(words))
        yield from _at(node, "a typed dictionary", "TypedDict" in bases)
        access = self._odd_access
        yield from _at(node, f"the module has `{access}`", bool(access))
        copied = sorted(self._imports & _COPIES)
        yield from _at(node, f"the module imports `{''.join(copied[:1])}`", bool(copied))
        for item in node.body:
            yield from self._of_attribute(node, item, bases)
        methods = {item.name for item in node.body if isinstance(item, _Function)}
        odd = sorted(
            name
            for name in methods - _FAITHFUL_METHODS
            if name.startswith("__") and name.endswith("__")
        )
        yield from _at(node, f"it has `{''.join(odd[:1])}`", bool(odd))
        only_items = "__getitem__" in methods and "__iter__" not in methods
        yield from _at(node, "it has `__getitem__` without `__iter__`", only_items)
        no_test = "__iter__" in methods and "__contains__" not in methods
        is_tested = no_test and self._tests_membership
        yield from _at(node, "it has `__iter__` without `__contains__`", is_tested)

    def _of_attribute(self, node: ast.ClassDef, item: ast.stmt, bases: set[str]) -> Iterator[str]:
        is_error = bool(bases & self._errors)
        match item:
            case ast.Assign(targets=[ast.Name(id="__slots__" | "__match_args__" as name)]):
                yield from _at(item, f"it has `{name}`", True)
            case ast.Assign(value=value):
                yield from _at(item, "an attribute of an exception class", is_error)
                yield from _at(item, "an attribute of the class is computed", not _is_plain(value))
            case ast.AnnAssign(annotation=annotation, value=ast.expr() as value):
                is_own = "ClassVar" in ast.unparse(annotation) or _is_dataclass(node)
                yield from _at(item, "an attribute of an exception class", is_error)
                is_computed = not is_own and not _is_plain(value)
                yield from _at(item, "an attribute of the class is computed", is_computed)
                is_default = "Protocol" in bases and not isinstance(value, ast.Constant)
                yield from _at(item, "a protocol with a default", is_default)
            case _:
                return

    def _of_method(self, node: _Function) -> Iterator[str]:
        decorators = {last_name(item) for item in node.decorator_list}
        odd = sorted(decorators - _METHOD_DECORATORS)
        yield from _at(node, f"a method is decorated with `{''.join(odd[:1])}`", bool(odd))
        if node.name == "__next__" and node.returns is not None:
            is_unboxed = last_name(node.returns) in _UNBOXED
            yield from _at(node, "`__next__` of a number", is_unboxed)
        for inner in ast.walk(node):
            match inner:
                case ast.Call(func=ast.Name(id="super")) if "classmethod" in decorators:
                    yield from _at(inner, "`super` in a class method", True)
                case _:
                    continue
        yield from _of_function(node, self._consumers)


def _odd_access(node: ast.AST) -> Iterator[str]:
    """What looks into objects, or changes what attributes they have."""
    match node:
        case ast.Call(func=ast.Name(id="vars"), args=[_, *_]):
            yield "vars(...)"
        case ast.Name(id="setattr" | "delattr" as name):
            yield f"{name}(...)"
        case ast.Attribute(attr="__dict__"):
            yield ".__dict__"
        case ast.Delete(targets=targets) if any(isinstance(t, ast.Attribute) for t in targets):
            yield "del x.y"
        case _:
            return


def _of_dataclass(node: ast.ClassDef, bases: set[str]) -> Iterator[str]:
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and last_name(decorator) == "dataclass":
            words = sorted({str(item.arg) for item in decorator.keywords} - _DATACLASS_WORDS)
            yield from _at(decorator, f"a dataclass with `{''.join(words[:1])}`", bool(words))
    yield from _at(node, "a generic dataclass", "Generic" in bases)
    for item in node.body:
        if isinstance(item, ast.AnnAssign):
            shown = ast.unparse(item.annotation)
            is_odd = any(word in shown for word in ("ClassVar", "InitVar", "KW_ONLY"))
            yield from _at(item, f"a dataclass with `{shown}`", is_odd)
            is_late = item.value is not None and "init=False" in ast.unparse(item.value)
            yield from _at(item, "a field that is no parameter", is_late)


def _of_function(node: _Function, consumers: Collection[str]) -> Iterator[str]:
    arguments = node.args
    is_mixed = bool(arguments.posonlyargs) and arguments.kwarg is not None
    yield from _at(node, "`/` and `**` among the parameters", is_mixed)
    defaults = [item for item in (*arguments.defaults, *arguments.kw_defaults) if item is not None]
    is_open = any(isinstance(item, ast.Constant) and item.value is ... for item in defaults)
    yield from _at(node, "`...` as a default", is_open)
    parents = {child: parent for parent in ast.walk(node) for child in ast.iter_child_nodes(parent)}
    odd = sorted({last_name(item) for item in node.decorator_list} & _REGISTRIES)
    yield from _at(node, f"it is decorated with `{''.join(odd[:1])}`", bool(odd))
    for statement, what in odd_names(node):
        yield from _at(statement, what, True)
    for inner in ast.walk(node):
        match inner:
            case ast.For(target=ast.Name(id=name), iter=ast.Call(func=ast.Name(id="range"))) if (
                _is_assigned(name, inner.body)
            ):
                yield from _at(inner, f"the loop over a range assigns `{name}`", True)
            case ast.Try(finalbody=[_, *_]) if _leaves_early(inner):
                yield from _at(inner, "a jump out of `try` with `finally`", True)
            case ast.GeneratorExp() if not _is_consumed(inner, parents, consumers):
                yield from _at(inner, "a generator expression", True)
            case ast.MatchSequence() | ast.MatchStar() | ast.MatchMapping():
                yield from _at(inner, "a pattern of sequences or mappings", True)
            case ast.Raise(exc=None) if not _is_in_handler(inner, parents):
                yield from _at(inner, "`raise` outside of `except`", True)
            case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING") if (
                not _only_imports(parents[inner])
            ):
                yield from _at(inner, _FOR_TYPES, True)
            case ast.Name(id="ExceptionGroup" | "BaseExceptionGroup"):
                yield from _at(inner, "exception groups", True)
            case ast.Call(func=ast.Name(id="locals" | "vars" | "dir" as name), args=[]):
                yield from _at(inner, f"`{name}()`", True)
            case ast.Call(func=ast.Name(id="eval" | "exec" as name), args=[_]):
                yield from _at(inner, f"`{name}` in its own names", True)
            case ast.Lambda(body=body):
                is_generator = any(isinstance(item, ast.Yield) for item in ast.walk(body))
                yield from _at(inner, "a lambda that yields", is_generator)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from _of_generator(inner, parents)
            case _:
                continue


def _is_for_types_alone(statement: ast.stmt) -> bool:
    """Whether something in a statement happens only where types are not checked."""
    parents = {child: node for node in ast.walk(statement) for child in ast.iter_child_nodes(node)}
    return any(
        not _only_adds(parent)
        for node, parent in parents.items()
        if isinstance(node, ast.Name | ast.Attribute) and last_name(node) == "TYPE_CHECKING"
    )


def _only_adds(parent: ast.AST) -> TypeGuard[ast.If]:
    """Whether it is `if TYPE_CHECKING:` and nothing is done otherwise."""
    return isinstance(parent, ast.If) and not parent.orelse


def _only_imports(parent: ast.AST) -> bool:
    """Whether it is `if TYPE_CHECKING:` around imports: assignments would tell mypyc of types."""
    imports = ast.Import | ast.ImportFrom | ast.Pass
    return _only_adds(parent) and all(isinstance(item, imports) for item in parent.body)


def _of_generator(node: _Function, parents: Mapping[ast.AST, ast.AST]) -> Iterator[str]:
    own = list(_own_nodes(node))
    yields = [item for item in own if isinstance(item, ast.Yield | ast.YieldFrom)]
    if not yields:
        return
    sends = any(not isinstance(parents[item], ast.Expr) for item in yields)
    yield from _at(node, "a generator that is sent something", sends)
    for item in own:
        match item:
            case ast.Try(finalbody=[_, *_]) | ast.With():
                yield from _at(item, "a generator with something to clean up", True)
            case ast.Call(func=ast.Name(id="next"), args=[_]):
                yield from _at(item, "`next` in a generator", True)
            case ast.Raise(exc=ast.expr() as error) if "StopIteration" in ast.unparse(error):
                yield from _at(item, "`StopIteration` in a generator", True)
            case _:
                continue


def _own_nodes(function: _Function) -> Iterator[ast.AST]:
    """All in a function but what is in functions inside of it."""
    todo: list[ast.AST] = list(function.body)
    while todo:
        node = todo.pop()
        if not isinstance(node, _Function | ast.Lambda):
            yield node
            todo.extend(ast.iter_child_nodes(node))


def _leaves_early(node: ast.Try) -> bool:
    """Whether `break` or `continue` leave it, or anything leaves its `finally`."""
    if any(isinstance(item, ast.Return) for part in node.finalbody for item in ast.walk(part)):
        return True
    todo: list[ast.AST] = [node]
    while todo:
        item = todo.pop()
        if isinstance(item, ast.Break | ast.Continue):
            return True
        if not isinstance(item, ast.For | ast.While | _Function):
            todo.extend(ast.iter_child_nodes(item))
    return False


def _is_assigned(name: str, body: list[ast.stmt]) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
        for statement in body
        for node in ast.walk(statement)
    )


def _is_consumed(
    node: ast.AST, parents: Mapping[ast.AST, ast.AST], consumers: Collection[str]
) -> bool:
    match parents.get(node):
        case ast.Call(func=ast.Name(id=called), args=[first, *_]) if first is node:
            return called in consumers
        case ast.Call(func=ast.Attribute(attr="join"), args=[first]):
            return first is node
        case _:
            return False


def _is_in_handler(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> bool:
    while node in parents and not isinstance(node, ast.ExceptHandler | _Function | ast.Lambda):
        node = parents[node]
    return isinstance(node, ast.ExceptHandler)


def _is_dataclass(node: ast.ClassDef) -> bool:
    return any(last_name(item) == "dataclass" for item in node.decorator_list)


def _is_plain(value: ast.expr) -> bool:
    """Whether a default is one that mypyc sets in each object, or in the class."""
    match value:
        case ast.Constant() | ast.Name() | ast.Attribute():
            return True
        case ast.UnaryOp(operand=inner):
            return _is_plain(inner)
        case ast.BinOp(left=left, right=right):
            return _is_plain(left) and _is_plain(right)
        case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
            return all(_is_plain(item) for item in items)
        case ast.Dict(keys=keys, values=values):
            return all(item is not None and _is_plain(item) for item in (*keys, *values))
        case _:
            return False


def _at(node: ast.expr | ast.stmt | ast.pattern, reason: str, applies: bool) -> Iterator[str]:
    if applies:
        yield f"{reason} (line {node.lineno})"
