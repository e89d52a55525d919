"""The shapes that evaluated annotations stand for, as JSON; `annotations.read_shape` reads them.

Used in the discovery worker, for annotations in source, and by `scm.faces`, for those of classes at
run time.  What stands for no Candid type raises `AnnotationError`.
"""

from __future__ import annotations

import ast
import types
import typing
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Protocol

from scm.authoring.calls import (
    CompositeQueryMethod,
    Method,
    OnewayMethod,
    QueryMethod,
    Service,
)
from scm.authoring.decorators import MARK, Mark
from scm.authoring.references import (
    CompositeQueryFunc,
    Func,
    MethodReference,
    OnewayFunc,
    QueryFunc,
)
from scm.authoring.types import Candid, Name
from scm.candid.values import Some
from scm.compiler.refusals import AnnotationError, explain_bare, explain_refusal
from scm.compiler.stable_classes import stable_class
from scm.model import Principal

Json = dict[str, Any]
"""A JSON object; the exact keys are those that `annotations.py` reads."""

NamedUnion = tuple[str, list[object]]
"""A union of variant cases: the name that a module gives to it, and the cases in their order."""

_PLAIN: Final[Mapping[object, str]] = {
    bool: "bool",
    int: "int",
    float: "float64",
    str: "text",
    bytes: "blob",
    Principal: "principal",
}

METHODS: Final[Mapping[object, str]] = {
    Method: "",
    QueryMethod: "query",
    CompositeQueryMethod: "composite_query",
    OnewayMethod: "oneway",
}
FUNC_CLASSES: Final[Mapping[str, type[MethodReference]]] = {
    "": Func,
    "query": QueryFunc,
    "composite_query": CompositeQueryFunc,
    "oneway": OnewayFunc,
}
FUNCS: Final[Mapping[object, str]] = {cls: name for name, cls in FUNC_CLASSES.items()}


class Names(Protocol):
    """What the shapes of annotations take from the modules around them."""

    def evaluate(self, module: str, node: ast.expr | str) -> object:
        """The value of an expression in `module`; raises `AnnotationError`."""

    def find_union(self, cases: frozenset[object]) -> NamedUnion | None:
        """The name of a union of variant cases, if a module gives it one."""

    def class_key(self, cls: type) -> list[str]:
        """The module and the name that stand for a class."""


class TypeShapes:
    """The shapes of types; `module` is where names in quotes are looked up."""

    def __init__(self, names: Names) -> None:
        self._names: Final = names
        self._open: Final[list[tuple[str, str]]] = []

    @contextmanager
    def evaluated(self, text: str, module: str) -> Iterator[object]:
        """What a type in quotes stands for; raises `AnnotationError` if that leads back to it."""
        if (module, text) in self._open:
            raise AnnotationError(
                f"`{text}` contains itself",
                note="only a class can: a type by another name stands for what it means",
                help="put a `@record` in between, with a field for each part",
            )
        self._open.append((module, text))
        try:
            yield self._names.evaluate(module, text)
        finally:
            self._open.pop()

    def shape_or_none(self, hint: object, module: str) -> Json | None:
        """The shape of a result: None for no value, or several in `Results[...]`."""
        if isinstance(hint, typing.ForwardRef):
            hint = hint.__forward_arg__
        if isinstance(hint, str):
            with self.evaluated(hint, module) as found:
                return self.shape_or_none(found, module)
        if hint is None or hint is type(None):
            return None
        if is_results(hint):
            parts = typing.get_args(typing.get_args(hint)[0])
            items = [self.shape(item, module, stored=False) for item in parts]
            return {"shape": "results", "items": items}
        return self.shape(hint, module, stored=False)

    def shape(self, hint: object, module: str, stored: bool) -> Json:
        """The Candid shape that a type stands for; raises `AnnotationError` if none."""
        if isinstance(hint, typing.ForwardRef):
            hint = hint.__forward_arg__
        if isinstance(hint, str):
            with self.evaluated(hint, module) as found:
                return self.shape(found, module, stored)
        if isinstance(hint, type) and hint in _PLAIN:
            return {"shape": "scalar", "candid": _PLAIN[hint]}
        bare = explain_bare(hint)
        if bare is not None:
            raise bare
        origin = typing.get_origin(hint)
        if origin is typing.Annotated:
            return self._annotated(hint, module, stored)
        if origin in (list, tuple):
            return self._vector(hint, module, stored)
        if origin in FUNCS:
            return self._func(hint, module)
        members = members_of(hint)
        if len(members) > 1:
            return self._union(members, module, stored)
        return self._class(hint)

    def _annotated(self, hint: object, module: str, stored: bool) -> Json:
        base, *metadata = typing.get_args(hint)
        if any(isinstance(item, Name) or item is Name for item in metadata):
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
        arguments, result = self.signature(hint, module)
        results = [] if result is None else [result]
        if result is not None and result["shape"] == "results":
            results = result["items"]
        annotation = FUNCS[typing.get_origin(hint)]
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
            if Ellipsis in arguments and (len(arguments) != 2 or arguments[0] is Ellipsis):
                raise AnnotationError(
                    "`...` stands for any number of values of the one type before it",
                    help="write `tuple[nat, ...]`, or list the types of all values without `...`",
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
        if len(arguments) != 1:
            raise AnnotationError(
                f"`list` takes one type, got {len(arguments)}", help="write `list[nat]`"
            )
        inner = self.shape(arguments[0], module, stored)
        return {"shape": "vec", "inner": inner, "container": "list"}

    def _union(self, members: list[object], module: str, stored: bool) -> Json:
        present = [member for member in members if member is not type(None)]
        if len(present) < len(members):
            return self._opt(present, module, stored)
        marks = [mark_of(member) for member in present]
        if not all(mark is not None and mark.kind == "variant" for mark in marks):
            raise AnnotationError(
                "a union is made of `@variant` classes, or of a type and `None`",
                note="a Candid variant has a tag for each of its cases",
                help="write a `@variant` class for each case, with the value as its field",
            )
        named = self._names.find_union(frozenset(present))
        name, cases = named if named is not None else ("", present)
        return {
            "shape": "variant",
            "name": name,
            "cases": [self._key(case) for case in cases],
        }

    def _opt(self, present: list[object], module: str, stored: bool) -> Json:
        if len(present) == 1 and typing.get_origin(present[0]) is Some:
            inner = self.shape(typing.get_args(present[0])[0], module, stored)
            return {"shape": "opt", "inner": inner, "wrapped": True}
        inner = self.shape(union_of(present), module, stored)
        if inner["shape"] == "opt" or inner.get("candid") in ("null", "reserved"):
            raise AnnotationError(
                "`None` would have two meanings here",
                note="the value inside the opt can itself be `None`",
                help="write `Opt[T]`, whose values are `Some(value)` or `None`",
            )
        return {"shape": "opt", "inner": inner}

    def _key(self, hint: object) -> list[str]:
        assert isinstance(hint, type)
        return self._names.class_key(hint)

    def _class(self, hint: object) -> Json:
        if isinstance(hint, type) and issubclass(hint, Service) and hint is not Service:
            return {"shape": "service", "class": self._key(hint)}
        mark = mark_of(hint)
        if mark is not None and mark.kind == "record":
            return {"shape": "record", "class": self._key(hint)}
        if mark is not None and mark.kind == "variant":
            return {"shape": "variant", "name": "", "cases": [self._key(hint)]}
        if mark is not None:
            raise AnnotationError(
                "the state class is not a Candid type",
                note="the state is the first parameter of a function and nothing else",
                help="use a `@record` with the fields that are meant",
            )
        code = "" if stable_class(hint) is None else "collection-place"
        raise AnnotationError(*explain_refusal(hint), code=code)

    def signature(self, hint: object, module: str) -> tuple[list[Json], Json | None]:
        """The arguments and the result of `Method[[A, B], R]`, `OnewayFunc[[A]]` and so on."""
        arguments, *results = typing.get_args(hint)
        if not isinstance(arguments, list | tuple):
            name = getattr(typing.get_origin(hint), "__name__", "Method")
            raise AnnotationError(
                "the arguments must be a list", help=f"write `{name}[[Principal, nat], ...]`"
            )
        shapes = [self.shape(item, module, stored=False) for item in arguments]
        return shapes, self.shape_or_none(results[0], module) if results else None


def is_results(hint: object) -> bool:
    """Whether a type is `Results[...]`."""
    if typing.get_origin(hint) is not typing.Annotated:
        return False
    metadata = typing.get_args(hint)[1:]
    return any(isinstance(item, Candid) and item.name == "results" for item in metadata)


def mark_of(hint: object) -> Mark | None:
    """What a decorator said of a class, if one did."""
    # Not `getattr`: a class that inherits from a marked one is not marked itself.
    mark = vars(hint).get(MARK) if isinstance(hint, type) else None
    return mark if isinstance(mark, Mark) else None


def members_of(hint: object) -> list[object]:
    """The members of a union; of any other type, itself."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return list(typing.get_args(hint))
    return [hint]


def union_of(members: list[object]) -> object:
    """The union of these types."""
    return members[0] if len(members) == 1 else typing.Union[tuple(members)]  # noqa: UP007


def is_case(hint: object) -> bool:
    """Whether a type is a `@variant` class."""
    mark = mark_of(hint)
    return mark is not None and mark.kind == "variant"
