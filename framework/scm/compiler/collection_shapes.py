"""What the annotation of a durable collection means, as JSON; `annotations.py` reads it."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Final

from scm.compiler.refusals import AnnotationError
from scm.compiler.stable_classes import StableClass, stable_class, stable_instead
from scm.compiler.type_shapes import Json, TypeShapes


class CollectionShapes:
    """The shapes of what collections hold."""

    def __init__(self, shapes: TypeShapes) -> None:
        self._shapes: Final = shapes

    def collection(self, stable: StableClass, hint: object, module: str) -> Json:
        """What a collection type means; raises `AnnotationError`, with the path to the part."""
        arguments = typing.get_args(hint)
        found: Json = {"class": stable.name, "key": None, "value": None, "nested": None}
        if stable.has_key:
            found["key"] = _located(0, lambda: self._key(arguments[0], module))
        if stable.has_value:
            last = len(arguments) - 1
            found.update(_located(last, lambda: self._value(stable, arguments[last], module)))
        return found

    def _key(self, hint: object, module: str) -> Json:
        hint = _unquoted(hint)
        if isinstance(hint, str):
            with self._shapes.evaluated(hint, module) as found:
                return self._key(found, module)
        if stable_class(hint) is not None:
            raise AnnotationError(
                "a collection can't be a key: it has no place in an order",
                note="what is under a key may be a collection, in a `StableMap`",
                help="use a value: `nat`, `text`, `Principal`, a `@record`, a tuple of them",
                code="collection-key",
                is_exact=True,
            )
        return self._shapes.shape(hint, module, stored=True)

    def _value(self, outer: StableClass, hint: object, module: str) -> Json:
        hint = _unquoted(hint)
        if isinstance(hint, str):
            with self._shapes.evaluated(hint, module) as found:
                return self._value(outer, found, module)
        inner = stable_class(hint)
        if inner is None:
            if stable_instead(hint):
                raise mutable_container(hint, f"a value in a `{outer.name}`", outer.kind == "map")
            return {"value": self._shapes.shape(hint, module, stored=True)}
        if outer.kind != "map":
            raise AnnotationError(
                f"a `{outer.name}` can't hold collections",
                note="only the values of a `StableMap` can be collections themselves",
                help=f"use a `StableMap` with a number as key: `StableMap[nat, {inner.example}]`",
                code="collection-place",
                is_exact=True,
            )
        if inner.takes != "nothing" and not typing.get_args(hint):
            raise AnnotationError(
                "the types in brackets are missing", help=f"write `{inner.example}`", is_exact=True
            )
        return {"nested": self.collection(inner, hint, module)}


def mutable_container(hint: object, place: str, may_nest: bool) -> AnnotationError:
    """A container of Python's where the state keeps values: what to use instead of it."""
    origin = typing.get_origin(hint) or hint
    instead = stable_instead(hint)
    help = f"use `{instead}`, which stays in stable memory"
    if not may_nest:
        help = "use `tuple[T, ...]`"
    elif instead in ("StableList[T]", "StableSet[T]"):
        help += "; or `tuple[T, ...]`, for a few values that are replaced together"
    return AnnotationError(
        f"a `{getattr(origin, '__name__', origin)}` can't be {place}: it could change unnoticed",
        note="what the state holds are values; they change by assigning a field, or in a collection"
        " of stable memory",
        help=help,
        code="mutable-field",
        is_exact=True,
    )


def _located(index: int, read: Callable[[], Json]) -> Json:
    """What `read` gives; a problem in it is one of the argument `index`."""
    try:
        return read()
    except AnnotationError as problem:
        problem.path = (index, *problem.path)
        raise


def _unquoted(hint: object) -> object:
    return hint.__forward_arg__ if isinstance(hint, typing.ForwardRef) else hint
