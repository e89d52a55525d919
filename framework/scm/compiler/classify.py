"""What an annotation means: evaluated Python types -> shapes, as JSON.

Runs in the discovery worker, beside the user's modules.  Where an annotation stands for no Candid
type, the answer tells the smallest part of it that is to blame, and what to write instead.
"""

from __future__ import annotations

import ast
import enum
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Final

from scm.authoring.calls import Method, Pending, Reject, Reply, Service
from scm.authoring.decorators import MARK, Mark
from scm.authoring.types import Candid
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

_INSTEAD: Final[Mapping[str, str]] = {
    "dict": "write a `@record` for one entry and use `tuple[Entry, ...]`",
    "set": "use `tuple[T, ...]`",
    "frozenset": "use `tuple[T, ...]`",
    "bytearray": "use `blob`",
    "Any": "name the type: `nat`, `text`, a `@record` class, ...",
    "object": "name the type: `nat`, `text`, a `@record` class, ...",
    "datetime": "use `nat64`, in nanoseconds as `ic.time()` gives it",
    "Decimal": "use `nat` with a fixed number of decimals",
    "complex": "use a `@record` with two fields",
    "Literal": "use a union of `@variant` classes",
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
        if hint is Pending or hint is Method:
            raise AnnotationError("the type in brackets is missing", help="write `Pending[nat]`")
        if typing.get_origin(hint) is Method:
            return self._method(hint, module)
        members = _members(hint)
        if any(_is_reply(member) for member in members):
            return self._response(members, module)
        pending = [member for member in members if typing.get_origin(member) is Pending]
        if pending:
            return self._pending(pending, members, module)
        return {"kind": "value", "shape": self.shape(hint, module, stored)}

    def _method(self, hint: object, module: str) -> Json:
        arguments, result = typing.get_args(hint)
        if not isinstance(arguments, list | tuple):
            raise AnnotationError(
                "the arguments must be a list", help="write `Method[[Principal, nat], nat]`"
            )
        return {
            "kind": "method",
            "arguments": [self.shape(item, module, stored=False) for item in arguments],
            "shape": self._shape_or_none(result, module),
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
        members = _members(hint)
        if len(members) > 1:
            return self._union(members, module, stored)
        return self._class(hint)

    def _annotated(self, hint: object, module: str, stored: bool) -> Json:
        base, *metadata = typing.get_args(hint)
        for item in metadata:
            if isinstance(item, Candid):
                return {"shape": "scalar", "candid": item.name}
        return self.shape(base, module, stored)

    def _vector(self, hint: object, module: str, stored: bool) -> Json:
        arguments = typing.get_args(hint)
        if typing.get_origin(hint) is tuple:
            if len(arguments) != 2 or arguments[1] is not Ellipsis:
                raise AnnotationError(
                    "a tuple of a fixed length is not a Candid type here",
                    help="write a `@record` with a name for each part, or `tuple[T, ...]`",
                )
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
            return {"shape": "opt", "inner": self.shape(_united(present), module, stored)}
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

    def _class(self, hint: object) -> Json:
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
        raise AnnotationError(*_refusal(hint))

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


def _refusal(hint: object) -> tuple[str, str, str]:
    origin = typing.get_origin(hint)
    named = hint if isinstance(hint, type) or origin is None else origin
    name = getattr(named, "__name__", None) or getattr(named, "_name", None) or str(named)
    if hint in (list, tuple):
        return (
            f"`{name}` says nothing about what it holds",
            "",
            f"write `{name}[nat, ...]`" if (hint is tuple) else "write `list[nat]`",
        )
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return f"`{name}` is not a Candid type", "", "use a union of `@variant` classes"
    if isinstance(hint, type) and issubclass(hint, Service):
        return (
            f"`{name}` is not a Candid type",
            "a service class describes another canister; what travels is its principal",
            f"use `Principal`, and `{name}(principal)` to call it",
        )
    default = "use a type of Candid (`nat`, `text`, ...), or mark the class with `@record`"
    return f"`{name}` is not a Candid type", "", _INSTEAD.get(str(name), default)
