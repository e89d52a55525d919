"""What expressions in a function stand for, as far as their syntax tells: classes and callees.

`call = Ledger(vault.ledger).transfer(to, amount)` makes `call` a call of `Ledger.transfer`; the
field `ledger: Ledger` of the state makes `vault.ledger` a `Ledger`.  Nothing is run.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from scm.compiler.artefacts import CanisterSpec
from scm.compiler.declarations import parameters
from scm.compiler.rules_responses import bound_values
from scm.compiler.syntax import FunctionNode, ParsedModule, Program, assignments

MODIFIERS: Final = frozenset({"bounded", "with_cycles"})
"""Methods of a call that return it with an option."""

_REFERENCES: Final = frozenset(
    f"scm.{name}" for name in ("Func", "QueryFunc", "CompositeQueryFunc", "OnewayFunc")
)
DEPTH_MAX: Final = 20
"""How far assignments and functions are followed; ends circles."""


class Scope:
    """The names that are known in one function, or at the top level of a module."""

    def __init__(self, module: ParsedModule, function: FunctionNode | None) -> None:
        self.module: Final = module
        self.function: Final = function

    @cached_property
    def annotations(self) -> dict[str, ast.expr | None]:
        """The annotation of each parameter."""
        if self.function is None:
            return {}
        return {item.arg: item.annotation for item in _all_parameters(self.function)}

    @cached_property
    def values(self) -> dict[str, list[ast.expr | None]]:
        """What is assigned to each local name; None where that is no plain assignment."""
        found: dict[str, list[ast.expr | None]] = {}
        if self.function is not None:
            for name, value in bound_values(self.function, set(_all_parameters(self.function))):
                found.setdefault(name, []).append(value)
        return found

    def appended(self, name: str) -> Iterator[ast.expr]:
        """What is appended to the list with a local name."""
        for node in () if self.function is None else ast.walk(self.function):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id=owner), attr="append"), args=[item]
                ) if owner == name:
                    yield item
                case _:
                    continue

    def is_local(self, name: str) -> bool:
        """Whether `name` is bound in the function."""
        return name in self.annotations or name in self.values


class Expressions:
    """Answers about the expressions of one program."""

    def __init__(self, program: Program, spec: CanisterSpec) -> None:
        self._program: Final = program
        counts = Counter(service.name for service in spec.services)
        self._services: Final = {
            f"{service.module}.{service.name}": {
                method.name: f"{label}.{method.public_name}" for method in service.methods
            }
            for service in spec.services
            for label in [
                service.name if counts[service.name] == 1 else f"{service.module}.{service.name}"
            ]
        }

    def global_name(self, scope: Scope, node: ast.expr) -> str:
        """The qualified name of what stands at a module's top level under `node`, or ""."""
        first = node
        while isinstance(first, ast.Attribute):
            first = first.value
        if isinstance(first, ast.Name) and scope.is_local(first.id):
            return ""
        return self._program.resolve(scope.module, node)

    def alternatives(self, scope: Scope, node: ast.expr) -> list[tuple[Scope, ast.expr | None]]:
        """The expressions that `node` may stand for, one step on; itself if there is none.

        None: something that the syntax does not show.
        """
        match node:
            case ast.IfExp(body=body, orelse=orelse):
                return [(scope, body), (scope, orelse)]
            case ast.NamedExpr(value=value):
                return [(scope, value)]
            case ast.BoolOp(values=values):
                return [(scope, value) for value in values]
            case ast.Name(id=name) if scope.is_local(name):
                given: list[ast.expr | None] = [None] if name in scope.annotations else []
                return [(scope, value) for value in (*given, *scope.values.get(name, []))]
            case ast.Name() | ast.Attribute():
                return self.top_level_values(self.global_name(scope, node)) or [(scope, node)]
            case _:
                return [(scope, node)]

    def top_level_values(self, name: str) -> list[tuple[Scope, ast.expr | None]]:
        """What modules assign to the qualified `name` at the top level."""
        owner, _, member = name.rpartition(".")
        module = self._program.modules.get(owner)
        if module is None:
            return []
        top = Scope(module, None)
        return [(top, value) for target, value in assignments(module.tree) if target.id == member]

    def callees(self, scope: Scope, node: ast.expr, depth: int = 0) -> frozenset[str]:
        """The methods that the call which `node` describes may be of; "" for an unknown one."""
        return self._callees(scope, node, depth, frozenset()) or frozenset({""})

    def _callees(
        self, scope: Scope, node: ast.expr, depth: int, seen: frozenset[str]
    ) -> frozenset[str]:
        """The same; what `seen` names may be is being found out already.

        So `call = call.bounded(9)` makes `call` nothing that it is not anyway.
        """
        if depth > DEPTH_MAX:
            return frozenset({""})
        match node:
            case ast.Call(func=ast.Attribute(value=inner, attr=attribute)) if (
                attribute in MODIFIERS
                and (found := self._callees(scope, inner, depth + 1, seen)) != frozenset({""})
            ):
                return found
            case ast.Call(func=ast.Attribute(value=inner, attr=attribute)):
                classes = self.classes(scope, inner, depth + 1)
                methods = [self._services.get(name, {}).get(attribute) for name in classes]
                if methods and all(methods):
                    return frozenset(method for method in methods if method)
            case _:
                pass
        if isinstance(node, ast.Call):
            if node.args and self.global_name(scope, node.func) == "scm.join":
                return self._joined(scope, node.args[0], depth + 1)
            if self.global_name(scope, node.func) == "scm.call_raw":
                return frozenset({_raw_callee(node)})
            return self._returned(scope, node.func, depth)
        name = node.id if isinstance(node, ast.Name) and scope.is_local(node.id) else ""
        if name and name in seen:
            return frozenset()
        others = self.alternatives(scope, node)
        if others == [(scope, node)]:
            return frozenset({""})
        all_found: set[str] = set()
        for inside, other in others:
            looked = seen | {name} if inside is scope else frozenset[str]()
            all_found |= {""} if other is None else self._callees(inside, other, depth + 1, looked)
        return frozenset(all_found)

    def _joined(self, scope: Scope, node: ast.expr, depth: int) -> frozenset[str]:
        """The methods of the calls in a list, `append`ed ones among them."""
        if depth > DEPTH_MAX:
            return frozenset({""})
        items: list[ast.expr] = []
        match node:
            case ast.List(elts=items) | ast.Tuple(elts=items):
                pass
            case ast.ListComp(elt=item) | ast.GeneratorExp(elt=item):
                items = [item]
            case ast.Name(id=name):
                items = list(scope.appended(name))
            case _:
                return frozenset({""})
        found = {callee for item in items for callee in self.callees(scope, item, depth + 1)}
        others = self.alternatives(scope, node)
        for inside, other in others if others != [(scope, node)] else ():
            is_empty = isinstance(other, ast.List) and not other.elts
            if other is not None and not is_empty:
                found |= self._joined(inside, other, depth + 1)
        return frozenset(found or {""})

    def _returned(self, scope: Scope, called: ast.expr, depth: int) -> frozenset[str]:
        """The methods of the calls that a function returns, or that a reference stands for."""
        if self._is_reference(scope, called, depth):
            return frozenset({f"func {ast.unparse(called).rpartition('.')[2]}"})
        found = self._program.definition(self.global_name(scope, called))
        if found is None or not isinstance(found[1], FunctionNode):
            return frozenset({""})
        inside = Scope(found[0], found[1])
        values = [
            node.value
            for node in ast.walk(found[1])
            if isinstance(node, ast.Return) and node.value is not None
        ]
        return frozenset(
            callee for value in values for callee in self.callees(inside, value, depth + 1)
        ) or frozenset({""})

    def _is_reference(self, scope: Scope, node: ast.expr, depth: int) -> bool:
        return any(name in _REFERENCES for name in self.classes(scope, node, depth + 1))

    def classes(self, scope: Scope, node: ast.expr, depth: int = 0) -> frozenset[str]:
        """The classes that `node` may be an instance of, by qualified name, as far as known."""
        if depth > DEPTH_MAX:
            return frozenset()
        match node:
            case ast.Call(func=called):
                return frozenset(self._class_of_call(scope, called))
            case ast.Name(id=name) if scope.annotations.get(name) is not None:
                annotation = scope.annotations[name]
                assert annotation is not None
                return frozenset(self.annotated(scope.module, annotation))
            case ast.Attribute(value=owner, attr=attribute) if not self.global_name(scope, node):
                return frozenset(
                    found
                    for name in self.classes(scope, owner, depth + 1)
                    for found in self._classes_of_field(name, attribute)
                )
            case _:
                others = self.alternatives(scope, node)
                if others == [(scope, node)]:
                    return frozenset()
                return frozenset(
                    found
                    for inside, other in others
                    if other is not None
                    for found in self.classes(inside, other, depth + 1)
                )

    def _class_of_call(self, scope: Scope, called: ast.expr) -> Iterator[str]:
        name = self.global_name(scope, called)
        found = self._program.definition(name)
        if found is None:
            return
        module, definition = found
        if isinstance(definition, ast.ClassDef):
            yield name
        elif definition.returns is not None:
            yield from self.annotated(module, definition.returns)

    def _classes_of_field(self, owner: str, field: str) -> Iterator[str]:
        found = self._program.definition(owner)
        if found is None:
            return
        for statement in found[1].body:
            match statement:
                case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation) if (
                    name == field
                ):
                    yield from self.annotated(found[0], annotation)
                case _:
                    continue

    def annotated(
        self, module: ParsedModule, annotation: ast.expr, depth: int = 0
    ) -> Iterator[str]:
        """The classes that an annotation names: all parts of a union, `C` for `C[...]`."""
        if depth > DEPTH_MAX:
            return
        match annotation:
            case ast.BinOp(left=left, right=right, op=ast.BitOr()):
                yield from self.annotated(module, left, depth + 1)
                yield from self.annotated(module, right, depth + 1)
            case ast.Constant(value=str(text)) if not text.isidentifier():
                try:
                    yield from self.annotated(module, ast.parse(text, mode="eval").body, depth + 1)
                except SyntaxError:
                    return
            case ast.Subscript(value=generic, slice=inner):
                parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
                match self._program.resolve(module, generic).rpartition(".")[2]:
                    case "Union" | "Optional":
                        for part in parts:
                            yield from self.annotated(module, part, depth + 1)
                    case "Annotated":
                        yield from self.annotated(module, parts[0], depth + 1)
                    case _:
                        yield from self.annotated(module, generic, depth + 1)
            case _:
                yield from self._named(module, annotation, depth)

    def _named(self, module: ParsedModule, annotation: ast.expr, depth: int) -> Iterator[str]:
        name = self._program.resolve(module, annotation)
        values = self.top_level_values(name)
        for inside, value in values:
            if value is not None:
                yield from self.annotated(inside.module, value, depth + 1)
        if not values:
            yield name


def _raw_callee(call: ast.Call) -> str:
    """How a call is shown whose callee has no declared interface."""
    given = [*call.args[1:2], *(item.value for item in call.keywords if item.arg == "method")]
    match given:
        case [ast.Constant(value=str(name))]:
            return f"raw {name}"
        case _:
            return "raw call"


def _all_parameters(function: FunctionNode) -> list[ast.arg]:
    return [*parameters(function), *function.args.kwonlyargs]
