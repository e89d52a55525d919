"""The classes of durable collections as the compiler knows them: kinds, parameters, examples.

A class is told by its name and by where it comes from, so that nothing of them is imported here.
"""

from __future__ import annotations

import collections
import typing
from collections.abc import Mapping
from typing import Final

from attrs import frozen

from scm.compiler.artefacts import CollectionKind


@frozen
class StableClass:
    """One of the classes: the engine's kind, and what it takes in brackets."""

    name: str
    kind: CollectionKind
    has_key: bool
    has_value: bool
    example: str

    @property
    def takes(self) -> str:
        """What stands in its brackets, for messages."""
        match self.has_key, self.has_value:
            case True, True:
                return "two types"
            case False, False:
                return "nothing"
            case _:
                return "one type"


STABLE_CLASSES: Final[Mapping[str, StableClass]] = {
    item.name: item
    for item in (
        StableClass("StableMap", "map", True, True, "StableMap[text, nat]"),
        StableClass("StableSet", "set", True, False, "StableSet[text]"),
        StableClass("StableList", "list", False, True, "StableList[nat]"),
        StableClass("StableDeque", "list", False, True, "StableDeque[nat]"),
        StableClass("StableQueue", "list", False, True, "StableQueue[nat]"),
        StableClass("StableLog", "list", False, True, "StableLog[text]"),
        StableClass("StableCell", "cell", False, True, "StableCell[nat]"),
        StableClass("StableHeap", "heap", True, True, "StableHeap[nat, text]"),
        StableClass("StableBlob", "bytes", False, False, "StableBlob"),
    )
}

_INSTEAD: Final[Mapping[object, str]] = {
    dict: "StableMap[K, V]",
    collections.abc.Mapping: "StableMap[K, V]",
    collections.abc.MutableMapping: "StableMap[K, V]",
    collections.OrderedDict: "StableMap[K, V]",
    collections.defaultdict: "StableMap[K, V]",
    collections.Counter: "StableMap[K, nat]",
    collections.ChainMap: "StableMap[K, V]",
    set: "StableSet[T]",
    frozenset: "StableSet[T]",
    collections.abc.Set: "StableSet[T]",
    collections.abc.MutableSet: "StableSet[T]",
    list: "StableList[T]",
    collections.abc.Sequence: "StableList[T]",
    collections.abc.MutableSequence: "StableList[T]",
    collections.deque: "StableDeque[T]",
    bytearray: "StableBlob",
}
"""Containers of Python, and what does their work in stable memory."""


def stable_class(hint: object) -> StableClass | None:
    """The class of durable collections that a type is, or is made of."""
    cls = typing.get_origin(hint) or hint
    if not isinstance(cls, type) or not cls.__module__.startswith("scm.collections"):
        return None
    return STABLE_CLASSES.get(cls.__name__)


def stable_instead(hint: object) -> str:
    """What to write in the state instead of a container of Python's; "" for any other type."""
    origin = typing.get_origin(hint) or hint
    return _INSTEAD.get(origin, "") if isinstance(origin, type) else ""
