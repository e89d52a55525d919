"""Why a Python type is no type of Candid, and what to write instead: texts for `classify.py`."""

from __future__ import annotations

import enum
import typing
from collections.abc import Mapping
from typing import Final

from scm.authoring.calls import Service
from scm.candid.values import Some

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
}


class AnnotationError(Exception):
    """An annotation that stands for no Candid type: why, and what to write instead."""

    def __init__(self, message: str, note: str = "", help: str = "", code: str = "") -> None:
        self.message = message
        self.note = note
        self.help = help
        self.code = code or "unknown-type"
        super().__init__(message)


def explain_refusal(hint: object) -> tuple[str, str, str]:
    """The message, a note on the rule (or ""), and the edit to make."""
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
    if hint is Service:
        return (
            "`Service` is not a Candid type by itself",
            "a reference to a canister has the type of its methods",
            "name a class that inherits from `Service`, or use `Principal`",
        )
    if named is Some:
        return "`Some` is the value of an opt, not its type", "", "write `Opt[T]`"
    default = "use a type of Candid (`nat`, `text`, ...), or mark the class with `@record`"
    return f"`{name}` is not a Candid type", "", _INSTEAD.get(str(name), default)
