"""What an annotation means: evaluated Python types -> shapes, as JSON.

Runs in the discovery worker, beside the user's modules.  Where an annotation stands for no Candid
type, the answer tells the smallest part of it that is to blame, and what to write instead.
"""

from __future__ import annotations

import ast
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from scm.authoring.calls import Pending, Reject, Reply
from scm.authoring.types import Name, RawMessage
from scm.compiler.artefacts import RAW
from scm.compiler.collection_shapes import CollectionShapes, mutable_container
from scm.compiler.labels import is_label as is_label
from scm.compiler.labels import is_text
from scm.compiler.refusals import AnnotationError, explain_bare, explain_operation
from scm.compiler.stable_classes import stable_class, stable_instead
from scm.compiler.syntax import part_at
from scm.compiler.type_shapes import (
    METHODS,
    Json,
    NamedUnion,
    Names,
    TypeShapes,
    is_case,
    is_results,
    mark_of,
    members_of,
    union_of,
)


class ModuleNames:
    """The names of the user's modules, in which annotations are evaluated."""

    def __init__(self, modules: Mapping[str, types.ModuleType]) -> None:
        self._modules: Final = modules
        self._unions: Final = named_unions(modules.values())

    def evaluate(self, module: str, node: ast.expr | str) -> object:
        """The value of an expression in `module`; raises `AnnotationError`."""
        return evaluate_annotation(node, vars(self._modules[module]))

    def find_union(self, cases: frozenset[object]) -> NamedUnion | None:
        """The first name that a module gives to a union of variant cases."""
        return self._unions.get(cases)

    def class_key(self, cls: type) -> list[str]:
        """The module and the name of a class."""
        return [cls.__module__, cls.__qualname__]


class Classifier:
    """Turns evaluated annotations into JSON."""

    def __init__(self, names: Names) -> None:
        self._names: Final = names
        self._shapes: Final = TypeShapes(names)
        self._collections: Final = CollectionShapes(self._shapes)

    def classify(self, module: str, text: str, *, stored: bool, in_state: bool = False) -> Json:
        """What the annotation `text` in `module` means.

        `stored` forbids mutable containers; `in_state` allows durable collections.
        """
        try:
            return self._classified(module, text, stored, in_state)
        except (SyntaxError, RecursionError, MemoryError):  # The parser's limits, and ours.
            problem = AnnotationError("this type nests too deeply", help="name its parts")
            return {"kind": "problem", **problem.as_json(), "at": [0, 0, 0, len(text.encode())]}

    def _classified(self, module: str, text: str, stored: bool, in_state: bool) -> Json:
        node = ast.parse(f"({text}\n)", mode="eval").body
        twice = self._none_twice(module, node)
        if twice is not None:
            return {"kind": "problem", **NONE_TWICE.as_json(), "at": _place(twice)}
        try:
            return self.meaning(self._names.evaluate(module, node), module, stored, in_state)
        except AnnotationError as problem:
            part = part_at(node, problem.path)
            culprit, inner = part, problem
            if not problem.is_exact:
                culprit, inner = self._narrow(module, part, problem, stored)
            return {"kind": "problem", **inner.as_json(), "at": _place(culprit)}

    def _none_twice(self, module: str, node: ast.expr) -> ast.expr | None:
        """A `T | None` in `node` whose `T` can be `None` itself: Python makes one of the two."""
        for part in ast.walk(node):
            match part:
                case ast.BinOp(left=other, op=ast.BitOr(), right=ast.Constant(value=None)):
                    pass
                case ast.BinOp(left=ast.Constant(value=None), op=ast.BitOr(), right=other):
                    pass
                case _:
                    continue
            try:
                members = members_of(self._names.evaluate(module, other))
            except AnnotationError:
                continue  # Told at its place.
            if type(None) in members and len(members) > 1:
                return part
        return None

    def meaning(self, hint: object, module: str, stored: bool, in_state: bool = False) -> Json:
        """What an evaluated annotation means; raises `AnnotationError`."""
        if isinstance(hint, str):
            with self._shapes.evaluated(hint, module) as found:
                return self.meaning(found, module, stored, in_state)
        if hint is None or hint is type(None):
            return {"kind": "none"}
        mark = mark_of(hint)
        if mark is not None and mark.kind == "state":
            return {"kind": "state"}
        bare = explain_bare(hint)
        if bare is not None:
            raise bare
        if typing.get_origin(hint) is typing.Annotated:
            named = self._named(hint, module, stored, in_state)
            if named is not None:
                return named
        stable = stable_class(hint) if in_state else None
        if stable is not None:
            found = self._collections.collection(stable, hint, module)
            return {"kind": "collection", "collection": found}
        if in_state and stable_instead(hint):
            raise mutable_container(hint, "a field of the state", may_nest=True)
        if typing.get_origin(hint) in METHODS:
            return self._method(hint, module)
        if typing.get_origin(hint) is list and len(typing.get_args(hint)) == 1:
            members = members_of(typing.get_args(hint)[0])
            if any(_is_reply(member) for member in members):
                return {**self._response(members, module), "kind": "responses"}
        members = members_of(hint)
        if any(_is_reply(member) for member in members):
            return self._response(members, module)
        pending = [member for member in members if typing.get_origin(member) is Pending]
        if pending:
            return self._pending(pending, members, module)
        if is_results(hint):
            return {"kind": "results", "shape": self._shapes.shape_or_none(hint, module)}
        return {"kind": "value", "shape": self._shapes.shape(hint, module, stored)}

    def _named(self, hint: object, module: str, stored: bool, in_state: bool) -> Json | None:
        """The meaning of `Annotated[T, Name("from")]`: that of `T`, with a label."""
        base, *metadata = typing.get_args(hint)
        names = [item for item in metadata if isinstance(item, Name) or item is Name]
        if not names:
            return None
        if len(names) > 1 or not isinstance(names[0], Name):
            raise AnnotationError(
                "`Name` stands here without a name" if Name in names else "this has two names",
                help='write one name: `Annotated[nat, Name("from")]`',
            )
        label = names[0].name
        rest = [item for item in metadata if item is not names[0]]
        inner = typing.Annotated[(base, *rest)] if rest else base
        meaning = self.meaning(inner, module, stored, in_state)
        if meaning["kind"] == "method":
            is_possible = isinstance(label, str) and is_text(label)
        else:
            is_possible = is_label(label)
        if not is_possible:
            raise AnnotationError(
                f"`{label!r}` can't be a name of Candid",
                help='write `Name("from")`, or `Name(7)` for a field that has only a number',
            )
        return {**meaning, "label": label}

    def _method(self, hint: object, module: str) -> Json:
        arguments, result = self._shapes.signature(hint, module)
        annotation = METHODS[typing.get_origin(hint)]
        return {
            "kind": "method",
            "arguments": arguments,
            "shape": result,
            "annotation": annotation,
        }

    def _response(self, members: list[object], module: str) -> Json:
        replies = [member for member in members if _is_reply(member)]
        arguments = typing.get_args(replies[0])
        if Reject not in members or len(members) != 3 or not arguments:
            raise AnnotationError(
                "a handler must take every outcome of a call",
                help="write `Response[nat]`, with the type of the callee's reply",
            )
        if isinstance(arguments[0], typing.TypeVar):
            raise AnnotationError(
                "the type of the callee's reply is missing", help="write `Response[nat]`"
            )
        if arguments[0] is RawMessage:
            return {"kind": "response", "shape": {"shape": "scalar", "candid": RAW.candid}}
        return {"kind": "response", "shape": self._shapes.shape_or_none(arguments[0], module)}

    def _pending(self, pending: list[object], members: list[object], module: str) -> Json:
        promised = [
            self._shapes.shape_or_none(typing.get_args(item)[0], module) for item in pending
        ]
        direct = [member for member in members if member not in pending]
        if len(promised) > 1:
            raise AnnotationError("a method has one reply type", help="keep one `Pending[...]`")
        if direct:
            replied = self._shapes.shape_or_none(union_of(direct), module)
            if replied != promised[0]:
                raise AnnotationError(
                    "the reply type and the type in `Pending[...]` differ",
                    note="the caller waits for one type, whether the reply comes now or later",
                    help="write `R | Pending[R]` with the same `R` twice",
                )
        return {"kind": "pending", "shape": promised[0], "direct": bool(direct)}

    def _narrow(
        self, module: str, node: ast.expr, problem: AnnotationError, stored: bool
    ) -> tuple[ast.expr, AnnotationError]:
        """The smallest part of the annotation `node` that is a problem by itself."""
        for part in _parts(node):
            try:
                hint = self._names.evaluate(module, part)
                if hint is not None and hint is not Ellipsis:
                    self.meaning(hint, module, stored)
            except AnnotationError as inner:
                return self._narrow(module, part, inner, stored)
        return node, problem


NONE_TWICE: Final = AnnotationError(
    "`None` would have two meanings here",
    note="the type before `| None` can be `None` already, and Python makes one of both",
    help="write `Opt[...]` for an optional value that is optional itself",
)


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            yield from (left, right)
        case ast.Subscript(value=ast.Name(id="Literal" | "Annotated")):
            return  # What stands in their brackets are values, not types.
        case ast.Subscript(slice=ast.Tuple(elts=elements)):
            for element in elements:
                yield from element.elts if isinstance(element, ast.List) else [element]
        case ast.Subscript(slice=inner):
            yield inner
        case _:
            return


def _place(node: ast.expr) -> list[int]:
    """Line and column offsets in the annotation, without the parenthesis put before it."""
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    start = node.col_offset - (1 if node.lineno == 1 else 0)
    end = node.end_col_offset - (1 if node.end_lineno == 1 else 0)
    return [node.lineno - 1, start, node.end_lineno - 1, end]


def _is_reply(hint: object) -> bool:
    return hint is Reply or typing.get_origin(hint) is Reply


def evaluate_annotation(node: ast.expr | str, names: dict[str, Any]) -> object:
    """The value of an expression among `names`; raises `AnnotationError`."""
    tree: ast.expr | None = None
    try:
        tree = ast.parse(node, mode="eval").body if isinstance(node, str) else node
        return value_of(tree, names)
    except NameError as error:
        raise AnnotationError(
            f"name `{error.name}` is not defined",
            help="import it at the top of the module, not under `if TYPE_CHECKING`",
        ) from error
    except Exception as error:  # The user's code runs here.
        problem = None if tree is None else _explained(tree, names)
        if problem is not None:
            raise problem from error
        reason = error.msg if isinstance(error, SyntaxError) else error
        raise AnnotationError(
            f"this type can't be evaluated: {reason}",
            help="write a type of Candid: `nat`, `text`, a `@record` class, ...",
        ) from error


def value_of(node: ast.expr, names: dict[str, Any]) -> object:
    """The value of an expression among `names`; raises what the user's code does."""
    return eval(compile(ast.Expression(node), "<annotation>", "eval"), names)


def _explained(tree: ast.expr, names: dict[str, Any]) -> AnnotationError | None:
    """What is wrong with the innermost brackets or union that can't be evaluated."""
    inner_first = reversed(list(ast.walk(tree)))
    for node in inner_first:
        if isinstance(node, ast.Subscript | ast.BinOp):
            try:
                value_of(node, names)
            except TypeError:
                return explain_operation(node, lambda part: value_of(part, names))
            except Exception:  # Of another kind: told as it is.
                return None
    return None


def named_unions(modules: Iterable[types.ModuleType]) -> dict[frozenset[object], NamedUnion]:
    """The unions of variant cases that modules give a name to; the first name counts."""
    named: dict[frozenset[object], NamedUnion] = {}
    for module in modules:
        for name, value in vars(module).items():
            members = members_of(value)
            if len(members) > 1 and all(is_case(member) for member in members):
                named.setdefault(frozenset(members), (name, members))
    return named
