"""Part of mypyc's worker: loops that mypyc 2.4 would run over other things than Python does.

mypyc asks for the bound of a range, and for the list, dict or text of a loop, again each time: a
body that binds the name to another object changes what the loop runs over.  It gives the variable
of a range a value before it looks whether there is any.  It cuts large steps to 32 bits.  In the
syntax tree such a name becomes `name or name`, which is a value of its own, and such a call of
`range` one of `(range or range)`, which mypyc knows nothing of: that makes an iterator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from mypy.nodes import (
    AssignmentExpr,
    AssignmentStmt,
    Block,
    CallExpr,
    DelStmt,
    DictionaryComprehension,
    Expression,
    ForStmt,
    FuncDef,
    GeneratorExpr,
    LambdaExpr,
    ListExpr,
    MemberExpr,
    MypyFile,
    NameExpr,
    Node,
    OperatorAssignmentStmt,
    OpExpr,
    RefExpr,
    StarExpr,
    TryStmt,
    TupleExpr,
    Var,
    WhileStmt,
    WithStmt,
)
from mypy.patterns import AsPattern, StarredPattern
from mypy.types import Instance, LiteralType, Type, get_proper_type

STEP_MAX: Final = 2**20
BOUND_MAX: Final = 2**29
"""mypyc adds a step to a small integer without a look at whether it still is one."""

_ASKED_AGAIN: Final = frozenset(
    f"builtins.{name}"
    for name in ("int", "list", "dict", "tuple", "str", "bytes", "bytearray", "set", "frozenset")
) | {f"mypy_extensions.{name}" for name in ("i64", "i32", "i16", "u8")}
"""Types whose objects have a truth value that runs nothing."""

_COUNTED: Final = frozenset(
    f"builtins.{name}" for name in ("range", "enumerate", "zip", "reversed")
)

_Loop = ForStmt | GeneratorExpr | DictionaryComprehension
_Scope = FuncDef | LambdaExpr
_Constants = Callable[[Expression], object]
_Parts = Callable[[Node], Iterator[Node]]


class LoopRepairs:
    """Those of one module: its tree, and all nodes of it.  `parts` gives those of a node."""

    def __init__(
        self, tree: MypyFile, nodes: Iterable[Node], types: dict[Expression, Type], parts: _Parts
    ) -> None:
        self._tree: Final = tree
        self._types: Final = types
        self._parts: Final = parts
        self._around: Final[dict[ForStmt, tuple[Node, ...]]] = {}
        """The function around each loop, and the loops around it, the outermost first."""
        self._loops: Final = [node for node in nodes if isinstance(node, _Loop)]

    def repair(self, constant: _Constants) -> None:
        """Change the loops.  `constant` gives the value of an expression, if it is a constant."""
        early = set(self._bound_too_early())
        for loop in self._loops:
            bound = set(_variables(self._bound_in(loop)))
            for call in _counted_calls(_sequences(loop)):
                if loop in early or _goes_far(call, constant):
                    call.callee = self._again(call.callee)
            if isinstance(loop, ForStmt):
                loop.expr = self._kept(loop.expr, bound)
            else:
                loop.sequences[:] = [self._kept(item, bound) for item in loop.sequences]

    # What is asked again.

    def _bound_in(self, loop: _Loop) -> Iterator[Expression]:
        """What the loop binds while it runs."""
        match loop:
            case ForStmt():
                yield loop.index
                roots: list[Node] = [loop.body]
            case GeneratorExpr():
                roots = [loop.left_expr, *(item for items in loop.condlists for item in items)]
            case DictionaryComprehension():
                roots = [] if loop.key is None else [loop.key]
                roots += [loop.value, *(item for items in loop.condlists for item in items)]
        for node in self._within(roots):
            yield from _targets(node)

    def _within(self, roots: Iterable[Node]) -> Iterator[Node]:
        done: set[int] = set()
        todo = list(roots)
        while todo:
            node = todo.pop()
            if id(node) not in done:
                done.add(id(node))
                yield node
                todo.extend(self._parts(node))

    def _kept(self, node: Expression, bound: set[Var]) -> Expression:
        """The expression with values in the place of names that the loop binds."""
        match node:
            case NameExpr(node=Var() as variable) if variable in bound and self._is_plain(node):
                return self._again(node)
            case CallExpr(callee=MemberExpr() as method, args=[]):
                method.expr = self._kept(method.expr, bound)
            case CallExpr():
                node.args[:] = [self._kept(item, bound) for item in node.args]
            case _:
                pass
        return node

    def _is_plain(self, node: Expression) -> bool:
        kind = self._types.get(node)
        kind = None if kind is None else get_proper_type(kind)
        if isinstance(kind, LiteralType):
            kind = kind.fallback
        return isinstance(kind, Instance) and kind.type.fullname in _ASKED_AGAIN

    def _again(self, node: Expression) -> Expression:
        """`x or x` is `x`, of the same type, and a value of its own."""
        same = OpExpr("or", node, node)
        same.set_line(node)
        if node in self._types:
            self._types[same] = self._types[node]
        return same

    # What is bound too early.

    def _bound_too_early(self) -> Iterator[ForStmt]:
        """Loops whose variable is read where no turn of them has bound it."""
        loops = [item for item in self._loops if isinstance(item, ForStmt) and _counts(item.expr)]
        wanted = {variable for loop in loops for variable in _variables([loop.index])}
        reads = self._reads(wanted) if loops else {}
        for loop in loops:
            targets = list(_parts_of_target(loop.index))
            if not all(isinstance(item, NameExpr) for item in targets):
                yield loop  # An attribute or an element.
            elif any(
                _may_read_too_early(loop, self._around.get(loop, ()), around, line)
                for variable in _variables(targets)
                for around, line in reads.get(variable, ())
            ):
                yield loop

    def _reads(self, wanted: set[Var]) -> Mapping[Var, list[tuple[tuple[Node, ...], int]]]:
        """Where variables are read: what is around each place, as in `_around`, and its line."""
        found: dict[Var, list[tuple[tuple[Node, ...], int]]] = {}
        written: set[int] = set()
        done: set[int] = set()
        todo: list[tuple[Node, tuple[Node, ...]]] = [(self._tree, (self._tree,))]
        while todo:
            node, around = todo.pop()
            if id(node) in done:
                continue
            done.add(id(node))
            if not isinstance(node, OperatorAssignmentStmt | DelStmt):
                written |= {
                    id(item) for target in _targets(node) for item in _parts_of_target(target)
                }
            if isinstance(node, NameExpr) and isinstance(node.node, Var) and node.node in wanted:
                if id(node) not in written:
                    found.setdefault(node.node, []).append((around, node.line))
            elif isinstance(node, ForStmt):
                self._around[node] = around
                written |= {id(item) for item in _parts_of_target(node.index)}
                todo += [(item, around) for item in self._parts(node) if item is not node.body]
                todo.append((node.body, (*around, node)))
            else:
                inner = around
                if isinstance(node, _Scope):
                    inner = (node,)
                elif isinstance(node, WhileStmt):
                    inner = (*around, node)
                todo += [(item, inner) for item in self._parts(node)]
        return found


def _may_read_too_early(
    loop: ForStmt, around_loop: tuple[Node, ...], around: tuple[Node, ...], line: int
) -> bool:
    """Whether a variable of the loop may be read where another loop, or none, has bound it."""
    variables = set(_variables([loop.index]))
    loops = [item for item in around if isinstance(item, ForStmt)]
    binding = [item for item in loops if not variables.isdisjoint(_variables([item.index]))]
    # Of loops one in the other over the same variable, the inner one disturbs the outer one.
    if binding and (binding[-1] is loop or loop not in _loops_in(binding[-1])):
        return False
    # What stands before the loop is over, unless both are in a loop, or another function.
    is_same = around[:1] == around_loop[:1]
    return not (is_same and line < loop.line and set(around[1:]).isdisjoint(around_loop[1:]))


def _loops_in(loop: ForStmt) -> Iterator[ForStmt]:
    todo: list[Node] = [loop.body]
    while todo:
        node = todo.pop()
        if isinstance(node, ForStmt):
            yield node
        if isinstance(node, Block):
            todo.extend(node.body)
        for name in ("body", "else_body", "finally_body"):
            part = getattr(node, name, None)
            todo += part if isinstance(part, list) else [part] if isinstance(part, Block) else []
        todo.extend(getattr(node, "handlers", ()))


def _sequences(loop: _Loop) -> list[Expression]:
    return [loop.expr] if isinstance(loop, ForStmt) else loop.sequences


def _counts(node: Expression) -> bool:
    return any(True for _ in _counted_calls([node]))


def _counted_calls(nodes: Iterable[Expression]) -> Iterator[CallExpr]:
    """Calls of what mypyc has loops of its own for, with those inside of them."""
    for node in nodes:
        match node:
            case CallExpr(callee=RefExpr(fullname=name)) if name in _COUNTED:
                yield node
                yield from _counted_calls(node.args)


def _goes_far(call: CallExpr, constant: _Constants) -> bool:
    """Whether mypyc would take the numbers of a range for small ones where they are not."""
    values = [constant(item) for item in call.args]
    numbers = [item for item in values if isinstance(item, int)]
    is_long = len(values) == 3 and isinstance(values[2], int) and abs(values[2]) >= STEP_MAX
    is_range = isinstance(call.callee, RefExpr) and call.callee.fullname == "builtins.range"
    return is_range and (is_long or any(abs(item) >= BOUND_MAX for item in numbers))


def _variables(targets: Iterable[Expression]) -> list[Var]:
    return [
        item.node
        for target in targets
        for item in _parts_of_target(target)
        if isinstance(item, NameExpr) and isinstance(item.node, Var)
    ]


def _parts_of_target(target: Expression) -> Iterator[Expression]:
    match target:
        case TupleExpr(items=items) | ListExpr(items=items):
            for item in items:
                yield from _parts_of_target(item)
        case StarExpr(expr=inner):
            yield from _parts_of_target(inner)
        case _:
            yield target


def _targets(node: Node) -> Iterator[Expression]:
    """What a statement or an expression binds."""
    match node:
        case AssignmentStmt(lvalues=targets):
            yield from targets
        case OperatorAssignmentStmt(lvalue=target) | AssignmentExpr(target=target):
            yield target
        case ForStmt(index=target) | DelStmt(expr=target):
            yield target
        case GeneratorExpr() | DictionaryComprehension():
            yield from node.indices
        case WithStmt(target=targets):
            yield from (item for item in targets if item is not None)
        case TryStmt(vars=targets):
            yield from (item for item in targets if item is not None)
        case AsPattern(name=NameExpr() as target) | StarredPattern(capture=NameExpr() as target):
            yield target
        case _:
            return
