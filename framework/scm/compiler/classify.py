"""What an annotation means: evaluated Python types -> shapes, as JSON.

Runs in the discovery worker, beside the user's modules.  Where an annotation stands for no Candid
type, the answer tells the smallest part of it that is to blame, and what to write instead.
"""

from __future__ import annotations

import ast
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Final

from scm.authoring.calls import (
    CompositeQueryMethod,
    Method,
    OnewayMethod,
    Pending,
    QueryMethod,
    Reject,
    Reply,
    Service,
)
from scm.authoring.decorators import MARK, Mark
from scm.authoring.references import CompositeQueryFunc, Func, OnewayFunc, QueryFunc
from scm.authoring.types import Candid, Name
from scm.candid.types import FIELD_ID_MAX
from scm.candid.values import Some
from scm.compiler.refusals import explain_refusal
from scm.model import Principal

Json = dict[str, Any]
"""A JSON object; the exact keys are those that `annotations.py` reads."""

_PLAIN: Final[Mapping[object, str]] = {
    bool: "bool",
    int: "int",
    float: "float64",
    str: "text",
    bytes: "blob",
    Principal: "principal",
}

_METHODS: Final[Mapping[object, str]] = {
    Method: "",
    QueryMethod: "query",
    CompositeQueryMethod: "composite_query",
    OnewayMethod: "oneway",
}
_FUNCS: Final[Mapping[object, str]] = {
    Func: "",
    QueryFunc: "query",
    CompositeQueryFunc: "composite_query",
    OnewayFunc: "oneway",
}


class AnnotationError(Exception):
    """An annotation that stands for no Candid type: why, and what to write instead."""

    def __init__(self, message: str, note: str = "", help: str = "", code: str = "") -> None:
        self.message = message
        self.note = note
        self.help = help
        self.code = code or "unknown-type"
        super().__init__(message)


class Classifier:
    """Turns evaluated annotations into JSON; knows the modules for names and unions."""

    def __init__(self, modules: Mapping[str, types.ModuleType]) -> None:
        self._modules = modules
        self._unions = _named_unions(modules)

    def classify(self, module: str, text: str, *, stored: bool) -> Json:
        """What the annotation `text` in `module` means; `stored` forbids mutable containers."""
        node = ast.parse(f"({text}\n)", mode="eval").body
        try:
            return self._meaning(self._evaluate(module, node), module, stored)
        except AnnotationError as problem:
            culprit, inner = self._narrow(module, node, problem, stored)
            return {
                "kind": "problem",
                "code": inner.code,
                "message": inner.message,
                "note": inner.note,
                "help": inner.help,
                "at": _place(culprit),
            }

    def _evaluate(self, module: str, node: ast.expr | str) -> object:
        tree = node if isinstance(node, str) else ast.Expression(node)
        try:
            return eval(compile(tree, "<annotation>", "eval"), vars(self._modules[module]))
        except NameError as error:
            raise AnnotationError(
                f"name `{error.name}` is not defined",
                help="import it at the top of the module, not under `if TYPE_CHECKING`",
            ) from error
        except Exception as error:  # The user's code runs here.
            raise AnnotationError(f"this type can't be evaluated: {error}") from error

    def _meaning(self, hint: object, module: str, stored: bool) -> Json:
        if isinstance(hint, str):
            return self._meaning(self._evaluate(module, hint), module, stored)
        if hint is None or hint is type(None):
            return {"kind": "none"}
        mark = _mark(hint)
        if mark is not None and mark.kind == "state":
            assert isinstance(hint, type)
            return {"kind": "state", "class": [hint.__module__, hint.__qualname__]}
        if hint is Pending or hint in _METHODS or hint in _FUNCS:
            raise AnnotationError(
                "the types in brackets are missing",
                help="write `Pending[nat]`, `Method[[nat], text]`, `Func[[nat], text]`",
            )
        if typing.get_origin(hint) is typing.Annotated:
            named = self._named(hint, module, stored)
            if named is not None:
                return named
        if typing.get_origin(hint) in _METHODS:
            return self._method(hint, module)
        members = _members(hint)
        if any(_is_reply(member) for member in members):
            return self._response(members, module)
        pending = [member for member in members if typing.get_origin(member) is Pending]
        if pending:
            return self._pending(pending, members, module)
        if _is_results(hint):
            return {"kind": "results", "shape": self._shape_or_none(hint, module)}
        return {"kind": "value", "shape": self.shape(hint, module, stored)}

    def _named(self, hint: object, module: str, stored: bool) -> Json | None:
        """The meaning of `Annotated[T, Name("from")]`: that of `T`, with a label."""
        base, *metadata = typing.get_args(hint)
        labels = [item.name for item in metadata if isinstance(item, Name)]
        if not labels:
            return None
        if not _is_label(labels[0]):
            raise AnnotationError(
                f"`{labels[0]!r}` can't be a name of Candid",
                help='write `Name("from")`, or `Name(7)` for a field that has only a number',
            )
        rest = [item for item in metadata if not isinstance(item, Name)]
        inner = typing.Annotated[(base, *rest)] if rest else base
        return {**self._meaning(inner, module, stored), "label": labels[0]}

    def _method(self, hint: object, module: str) -> Json:
        arguments, result = self._signature(hint, module)
        annotation = _METHODS[typing.get_origin(hint)]
        return {
            "kind": "method",
            "arguments": arguments,
            "shape": result,
            "annotation": annotation,
        }

    def _signature(self, hint: object, module: str) -> tuple[list[Json], Json | None]:
        """The arguments and the result of `Method[[A, B], R]`, `OnewayFunc[[A]]` and so on."""
        arguments, *results = typing.get_args(hint)
        if not isinstance(arguments, list | tuple):
            name = getattr(typing.get_origin(hint), "__name__", "Method")
            raise AnnotationError(
                "the arguments must be a list", help=f"write `{name}[[Principal, nat], ...]`"
            )
        shapes = [self.shape(item, module, stored=False) for item in arguments]
        return shapes, self._shape_or_none(results[0], module) if results else None

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
        return {"kind": "response", "shape": self._shape_or_none(arguments[0], module)}

    def _pending(self, pending: list[object], members: list[object], module: str) -> Json:
        promised = [self._shape_or_none(typing.get_args(item)[0], module) for item in pending]
        direct = [member for member in members if member not in pending]
        if len(promised) > 1:
            raise AnnotationError("a method has one reply type", help="keep one `Pending[...]`")
        if direct:
            replied = self._shape_or_none(_united(direct), module)
            if replied != promised[0]:
                raise AnnotationError(
                    "the reply type and the type in `Pending[...]` differ",
                    note="the caller waits for one type, whether the reply comes now or later",
                    help="write `R | Pending[R]` with the same `R` twice",
                )
        return {"kind": "pending", "shape": promised[0], "direct": bool(direct)}

    def _shape_or_none(self, hint: object, module: str) -> Json | None:
        if isinstance(hint, typing.ForwardRef):
            return self._shape_or_none(self._evaluate(module, hint.__forward_arg__), module)
        if hint is None or hint is type(None):
            return None
        if _is_results(hint):
            parts = typing.get_args(typing.get_args(hint)[0])
            items = [self.shape(item, module, stored=False) for item in parts]
            return {"shape": "results", "items": items}
        return self.shape(hint, module, stored=False)

    def shape(self, hint: object, module: str, stored: bool) -> Json:
        """The Candid shape that a type stands for; raises `AnnotationError` if none."""
        if isinstance(hint, typing.ForwardRef):
            hint = hint.__forward_arg__
        if isinstance(hint, str):
            return self.shape(self._evaluate(module, hint), module, stored)
        if isinstance(hint, type) and hint in _PLAIN:
            return {"shape": "scalar", "candid": _PLAIN[hint]}
        origin = typing.get_origin(hint)
        if origin is typing.Annotated:
            return self._annotated(hint, module, stored)
        if origin in (list, tuple):
            return self._vector(hint, module, stored)
        if origin in _FUNCS:
            return self._func(hint, module)
        members = _members(hint)
        if len(members) > 1:
            return self._union(members, module, stored)
        return self._class(hint)

    def _annotated(self, hint: object, module: str, stored: bool) -> Json:
        base, *metadata = typing.get_args(hint)
        if any(isinstance(item, Name) for item in metadata):
            raise AnnotationError(
                "`Name` stands around a type that is not a field's or method's own",
                help='write it outermost: `Annotated[tuple[nat, ...], Name("from")]`',
            )
        for item in metadata:
            if isinstance(item, Candid) and item.name == "results":
                raise AnnotationError(
                    "`Results` is no type of one value",
                    note="it stands for the several results of a callee's method",
                    help="use `tuple[A, B]` for a pair that is one value",
                )
            if isinstance(item, Candid):
                return {"shape": "scalar", "candid": item.name}
        return self.shape(base, module, stored)

    def _func(self, hint: object, module: str) -> Json:
        arguments, result = self._signature(hint, module)
        results = [] if result is None else [result]
        if result is not None and result["shape"] == "results":
            results = result["items"]
        annotation = _FUNCS[typing.get_origin(hint)]
        return {
            "shape": "func",
            "arguments": arguments,
            "results": results,
            "annotation": annotation,
        }

    def _vector(self, hint: object, module: str, stored: bool) -> Json:
        arguments = typing.get_args(hint)
        if typing.get_origin(hint) is tuple:
            if not arguments:
                raise AnnotationError(
                    "an empty tuple holds nothing", help="write `tuple[T, ...]` or `tuple[A, B]`"
                )
            if len(arguments) != 2 or arguments[1] is not Ellipsis:
                items = [self.shape(item, module, stored) for item in arguments]
                return {"shape": "tuple", "items": items}
            inner = self.shape(arguments[0], module, stored)
            return {"shape": "vec", "inner": inner, "container": "tuple"}
        if stored:
            raise AnnotationError(
                "a `list` can't be a field: it could change unnoticed",
                note="records are immutable, and state changes only by assigning a field",
                help="use `tuple[T, ...]`",
                code="mutable-field",
            )
        inner = self.shape(arguments[0], module, stored)
        return {"shape": "vec", "inner": inner, "container": "list"}

    def _union(self, members: list[object], module: str, stored: bool) -> Json:
        present = [member for member in members if member is not type(None)]
        if len(present) < len(members):
            return self._opt(present, module, stored)
        marks = [_mark(member) for member in present]
        if not all(mark is not None and mark.kind == "variant" for mark in marks):
            raise AnnotationError(
                "a union is made of `@variant` classes, or of a type and `None`",
                note="a Candid variant has a tag for each of its cases",
                help="write a `@variant` class for each case, with the value as its field",
            )
        named = self._unions.get(frozenset(present))
        name, cases = named if named is not None else ("", present)
        return {"shape": "variant", "name": name, "cases": [_class_key(case) for case in cases]}

    def _opt(self, present: list[object], module: str, stored: bool) -> Json:
        if len(present) == 1 and typing.get_origin(present[0]) is Some:
            inner = self.shape(typing.get_args(present[0])[0], module, stored)
            return {"shape": "opt", "inner": inner, "wrapped": True}
        inner = self.shape(_united(present), module, stored)
        if inner["shape"] == "opt" or inner.get("candid") in ("null", "reserved"):
            raise AnnotationError(
                "`None` would have two meanings here",
                note="the value inside the opt can itself be `None`",
                help="write `Opt[T]`, whose values are `Some(value)` or `None`",
            )
        return {"shape": "opt", "inner": inner}

    def _class(self, hint: object) -> Json:
        if isinstance(hint, type) and issubclass(hint, Service) and hint is not Service:
            return {"shape": "service", "class": _class_key(hint)}
        mark = _mark(hint)
        if mark is not None and mark.kind == "record":
            return {"shape": "record", "class": _class_key(hint)}
        if mark is not None and mark.kind == "variant":
            return {"shape": "variant", "name": "", "cases": [_class_key(hint)]}
        if mark is not None:
            raise AnnotationError(
                "the state class is not a Candid type",
                note="the state is the first parameter of a function and nothing else",
                help="use a `@record` with the fields that are meant",
            )
        raise AnnotationError(*explain_refusal(hint))

    def _narrow(
        self, module: str, node: ast.expr, problem: AnnotationError, stored: bool
    ) -> tuple[ast.expr, AnnotationError]:
        """The smallest part of the annotation `node` that is a problem by itself."""
        for part in _parts(node):
            try:
                hint = self._evaluate(module, part)
                if hint is not None and hint is not Ellipsis:
                    self._meaning(hint, module, stored)
            except AnnotationError as inner:
                return self._narrow(module, part, inner, stored)
        return node, problem


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


def _is_results(hint: object) -> bool:
    if typing.get_origin(hint) is not typing.Annotated:
        return False
    metadata = typing.get_args(hint)[1:]
    return any(isinstance(item, Candid) and item.name == "results" for item in metadata)


def _is_label(label: object) -> bool:
    if isinstance(label, int):
        return not isinstance(label, bool) and 0 <= label <= FIELD_ID_MAX
    return isinstance(label, str) and label != ""


def _place(node: ast.expr) -> list[int]:
    """Line and column offsets in the annotation, without the parenthesis put before it."""
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    start = node.col_offset - (1 if node.lineno == 1 else 0)
    end = node.end_col_offset - (1 if node.end_lineno == 1 else 0)
    return [node.lineno - 1, start, node.end_lineno - 1, end]


def _mark(hint: object) -> Mark | None:
    # Not `getattr`: a class that inherits from a marked one is not marked itself.
    mark = vars(hint).get(MARK) if isinstance(hint, type) else None
    return mark if isinstance(mark, Mark) else None


def _class_key(hint: object) -> list[str]:
    assert isinstance(hint, type)
    return [hint.__module__, hint.__qualname__]


def _is_reply(hint: object) -> bool:
    return hint is Reply or typing.get_origin(hint) is Reply


def _members(hint: object) -> list[object]:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return list(typing.get_args(hint))
    return [hint]


def _united(members: list[object]) -> object:
    return members[0] if len(members) == 1 else typing.Union[tuple(members)]  # noqa: UP007


def _named_unions(
    modules: Mapping[str, types.ModuleType],
) -> dict[frozenset[object], tuple[str, list[object]]]:
    """The unions of variant cases that modules give a name to; the first name counts."""
    named: dict[frozenset[object], tuple[str, list[object]]] = {}
    for module in modules.values():
        for name, value in vars(module).items():
            members = _members(value)
            if len(members) > 1 and all(_is_case(member) for member in members):
                named.setdefault(frozenset(members), (name, members))
    return named


def _is_case(hint: object) -> bool:
    mark = _mark(hint)
    return mark is not None and mark.kind == "variant"
