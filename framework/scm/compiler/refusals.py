"""Why a Python type is no type of Candid, and what to write instead: texts for `classify.py`."""

from __future__ import annotations

import ast
import enum
import typing
from collections.abc import Callable, Mapping
from typing import Final

from scm.authoring.calls import (
    CompositeQueryMethod,
    Method,
    OnewayMethod,
    Pending,
    QueryMethod,
    Reply,
    Response,
    Service,
)
from scm.authoring.references import CompositeQueryFunc, Func, OnewayFunc, QueryFunc
from scm.authoring.types import Opt, RawMessage, Results
from scm.candid.values import Some
from scm.compiler.stable_classes import stable_class

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
    "None": "write `null`",
    "NoneType": "write `null`",
    "Literal": "use a union of `@variant` classes",
    "ClassVar": "move it out of the class: a constant of the module",
    "Final": "write the type alone; a constant goes out of the class",
    "InitVar": "write a field, or a parameter of a function that makes the value",
    "Optional": "write `T | None`",
    "Union": "write `A | B`, with `@variant` classes, or `T | None`",
    "Sequence": "use `tuple[T, ...]`",
    "Iterable": "use `tuple[T, ...]`",
    "Mapping": "write a `@record` for one entry and use `tuple[Entry, ...]`",
    "Pending": "only the result of an update method or response handler can be `Pending[...]`",
    "Response": "only the last parameter of a response handler can be `Response[...]`",
    "Call": "the result of what makes a call is `Pending[...]`, as `call.then(...)` gives it",
}

_ONE: Final = "one type"
_TWO: Final = "a list of arguments, and a result"
_LIST: Final = "a list of arguments, and nothing else"
_GENERIC: Final[tuple[tuple[object, str, str], ...]] = (
    (Opt, _ONE, "Opt[nat]"),
    (Some, _ONE, "Opt[nat]"),
    (Pending, _ONE, "Pending[nat]"),
    (Response, _ONE, "Response[nat]"),
    (Reply, _ONE, "Response[nat]"),
    (list, _ONE, "list[nat]"),
    (typing.Optional, _ONE, "nat | None"),
    (Method, _TWO, "Method[[nat], text]"),
    (QueryMethod, _TWO, "QueryMethod[[nat], text]"),
    (CompositeQueryMethod, _TWO, "CompositeQueryMethod[[nat], text]"),
    (OnewayMethod, _LIST, "OnewayMethod[[nat]]"),
    (Func, _TWO, "Func[[nat], text]"),
    (QueryFunc, _TWO, "QueryFunc[[nat], text]"),
    (CompositeQueryFunc, _TWO, "CompositeQueryFunc[[nat], text]"),
    (OnewayFunc, _LIST, "OnewayFunc[[nat]]"),
    (Results, "the types of all results", "Results[nat, text]"),
)
"""What takes types in brackets: which, and an example."""

_NO_VALUE_BARE: Final = (Some, Reply, list, typing.Optional)  # These say more of themselves.


class AnnotationError(Exception):
    """An annotation that stands for no Candid type: why, and what to write instead.

    `path` leads to the part to blame, by its numbers in the brackets; `is_exact`: and no further.
    """

    def __init__(
        self,
        message: str,
        note: str = "",
        help: str = "",
        code: str = "",
        *,
        is_exact: bool = False,
    ) -> None:
        self.message = message
        self.note = note
        self.help = help
        self.code = code or "unknown-type"
        self.path: tuple[int, ...] = ()
        self.is_exact = is_exact
        super().__init__(message)

    def as_json(self) -> dict[str, str]:
        """What the compiler makes a diagnostic of."""
        return {
            "code": self.code,
            "message": self.message,
            "note": self.note,
            "help": self.help,
        }


def explain_bare(hint: object) -> AnnotationError | None:
    """What is wrong with a generic type that stands alone; None for any other."""
    for generic, _, example in _GENERIC:
        if _is_same(hint, generic) and generic not in _NO_VALUE_BARE:
            return AnnotationError("the types in brackets are missing", help=f"write `{example}`")
    stable = stable_class(hint)
    if stable is not None and stable.takes != "nothing" and not typing.get_args(hint):
        return AnnotationError(
            "the types in brackets are missing", help=f"write `{stable.example}`"
        )
    return None


def explain_operation(
    node: ast.expr, value_of: Callable[[ast.expr], object]
) -> AnnotationError | None:
    """What is wrong with an expression whose parts can be evaluated; None if that is not known."""
    match node:
        case ast.Subscript(value=generic):
            return _explain_brackets(value_of(generic), ast.unparse(generic))
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _explain_union(value_of(left), value_of(right))
        case _:
            return None


def _explain_brackets(generic: object, name: str) -> AnnotationError | None:
    for known, takes, example in _GENERIC:
        if _is_same(generic, known):
            return AnnotationError(
                f"the brackets of `{name}` take {takes}", help=f"write `{example}`"
            )
    stable = stable_class(generic)
    if stable is not None:
        return AnnotationError(
            f"the brackets of `{name}` take {stable.takes}", help=f"write `{stable.example}`"
        )
    is_scalar = typing.get_origin(generic) is typing.Annotated
    if is_scalar or (isinstance(generic, type) and not hasattr(generic, "__class_getitem__")):
        return AnnotationError(f"`{name}` takes no types in brackets", help=f"write `{name}`")
    return None


def _explain_union(left: object, right: object) -> AnnotationError | None:
    if isinstance(left, str) or isinstance(right, str):
        return AnnotationError(
            "the quotes stand around a part of this type only",
            note="Python evaluates the rest, and text is no type",
            help='put them around all of it: `"Item | None"`',
        )
    return None


def _is_same(hint: object, generic: object) -> bool:
    # Of what the user wrote, only what is of typing's own classes is compared.
    return hint is generic or (type(hint) is type(generic) and hint == generic)


def _field_example(hint: object) -> str:
    stable = stable_class(hint)
    assert stable is not None
    return f"items: {stable.example} = {stable.name}()"


def explain_refusal(hint: object) -> tuple[str, str, str]:
    """The message, a note on the rule (or ""), and the edit to make."""
    origin = typing.get_origin(hint)
    named = hint if isinstance(hint, type) or origin is None else origin
    name = getattr(named, "__name__", None) or getattr(named, "_name", None)
    if isinstance(hint, typing.TypeVar):
        return f"no type is given for `{name}`", "", "write it in brackets, as in `Opt[nat]`"
    if hint is RawMessage:
        return (
            "`RawMessage` is not a Candid type",
            "it stands for a whole message, which is of no type that is known before",
            "write `Response[RawMessage]` for the reply of `call_raw`, and `blob` elsewhere",
        )
    if isinstance(hint, typing.NewType):
        return f"`{name}` is not a Candid type", "", "use the type that it is made of"
    if isinstance(hint, list):
        return "a list of types is no type", "", "write `list[nat]`, or `tuple[nat, text]`"
    if hint is None:
        name = "None"
    if type(hint).__name__ == "InitVar":  # An object, unlike the others.
        name = "InitVar"
    if not isinstance(name, str):
        return (
            f"a value of `{type(hint).__name__}` is no type",
            "",
            "use a type of Candid: `nat`, `text`, a `@record` class, ...",
        )
    if hint is list or hint is tuple:
        return (
            f"`{name}` says nothing about what it holds",
            "",
            f"write `{name}[nat, ...]`" if (hint is tuple) else "write `list[nat]`",
        )
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return f"`{name}` is not a Candid type", "", "use a union of `@variant` classes"
    if hint is Service:
        return (
            "`Service` is not a Candid type by itself",
            "a reference to a canister has the type of its methods",
            "name a class that inherits from `Service`, or use `Principal`",
        )
    if stable_class(hint) is not None:
        return (
            f"a `{name}` is no value",
            "it stays in stable memory, so only a field of the state can be one, or a value of a"
            " `StableMap` there",
            f"make it a field of the `@state` class by itself: `{_field_example(hint)}`",
        )
    if named is Some:
        return "`Some` is the value of an opt, not its type", "", "write `Opt[T]`"
    default = "use a type of Candid (`nat`, `text`, ...), or mark the class with `@record`"
    return f"`{name}` is not a Candid type", "", _INSTEAD.get(name, default)
