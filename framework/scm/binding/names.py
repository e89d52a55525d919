"""Python names for what a `.did` file names: the same for the same file, never twice.

Candid names may be anything; the Python ones are identifiers, in the normal form (NFKC) that
Python gives them, that mean nothing else in the module.  Where they differ, the module says the
Candid name as well.
"""

from __future__ import annotations

import keyword
import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

_AMBIGUOUS: Final = frozenset({"l", "I", "O"})  # pycodestyle, E741 and E742

SCM_CLASSES: Final = (
    *("CompositeQueryFunc", "CompositeQueryMethod", "Func", "Method", "Name", "OnewayFunc"),
    *("OnewayMethod", "Opt", "Principal", "QueryFunc", "QueryMethod", "Results", "Service"),
)
SCM_WORDS: Final = (
    *("blob", "empty", "float32", "float64", "int8", "int16", "int32", "int64", "int_"),
    *("nat", "nat8", "nat16", "nat32", "nat64", "null", "record", "reserved", "text", "variant"),
)
"""What a module may import from scm, each kind in the order that import sorters want."""

_TAKEN_CLASSES: Final = frozenset({*SCM_CLASSES, "Annotated", "None", "True", "False"})
_TAKEN_ATTRIBUTES: Final = frozenset(
    {
        # Inside a class, an annotation would mean the attribute of that name.
        *(*SCM_WORDS, *SCM_CLASSES, "Annotated", "bool", "tuple"),
        # Members of records and services themselves.
        *("field_values", "canister_id", "call_method", "self"),
        *_AMBIGUOUS,
    }
)


def normal(name: str) -> str:
    """An identifier as Python reads it: NFKC (Python Language Reference, "Identifiers")."""
    return unicodedata.normalize("NFKC", name)


def is_identifier(name: str) -> bool:
    """Whether a name can stand in a module as it is, and be found by it."""
    return name.isidentifier() and normal(name) == name and not keyword.iskeyword(name)


def camel_case(name: str) -> str:
    """`canister_settings` as `CanisterSettings`; what is in capitals stays so; perhaps empty."""
    return normal("".join([word[0].upper() + word[1:] for word in _parts(name, but="_")]))


def class_name(name: str, prefix: str) -> str:
    """The name of a class for a name of a type or file; `prefix` helps where none is left."""
    found = camel_case(name)
    return found if found.isidentifier() else normal(f"{prefix}{found}")


def constant_name(name: str) -> str:
    """`IcpLedger` as `ICP_LEDGER`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).upper()


def module_name(stem: str) -> str:
    """The name of a Python module for the stem of a file; none that hides another module."""
    name = normal("_".join(_parts(stem, but="_"))) or "canister"
    if not name.isidentifier():
        name = f"did_{name}"
    return f"{name}_" if keyword.iskeyword(name) or hides_module(name) else name


def hides_module(name: str) -> bool:
    """Whether a module of that name would be imported in place of one of Python's, or of scm."""
    return name in sys.stdlib_module_names or name == "scm"


def is_free_for_class(name: str) -> bool:
    """Whether neither scm nor Python uses a name in the modules."""
    return name not in _TAKEN_CLASSES | _TAKEN_ATTRIBUTES


class ClassNames:
    """The names of a module's classes, aliases and constants."""

    def __init__(self, labels: Iterable[str]) -> None:
        # A field that is named like a class could not have its type.
        self._taken: Final = {*_TAKEN_CLASSES, *map(normal, labels)}
        self._claimed: Final[set[str]] = set()

    def is_free(self, name: str) -> bool:
        """Whether nothing of scm or of this module has the name."""
        return name not in _TAKEN_CLASSES and name not in self._claimed

    def claim(self, wanted: str, *, first: bool = False) -> str:
        """`wanted`, or a name like it if that is taken; `first`: whatever fields are called."""
        wanted = normal(wanted)  # What is put together need not be, though its parts are.
        if wanted in _TAKEN_CLASSES or wanted in _AMBIGUOUS:
            wanted = f"{wanted}Type"
        name = wanted
        number = 2
        while name in self._claimed or (not first and name in self._taken):
            name = f"{wanted}{number}"
            number += 1
        self._claimed.add(name)
        return name

    def claimed(self) -> frozenset[str]:
        """All names given so far."""
        return frozenset(self._claimed)


def attribute_names(
    labels: Sequence[tuple[str, int]], taken: frozenset[str], prefix: str
) -> list[str]:
    """Names of attributes of one class, for labels: a name or `''`, and an id that stands for it.

    None is in `taken`.  A label that can stay as it is does so, whatever the others are.
    """
    wanted = [_attribute_name(name, id, taken, prefix) for name, id in labels]
    kept = {name for name, (label, _) in zip(wanted, labels, strict=True) if name == label}
    names: list[str] = []
    for name, (label, _) in zip(wanted, labels, strict=True):
        found = name
        number = 2
        while name != label and (found in kept or found in taken):
            found = f"{name.rstrip('_')}_{number}"
            number += 1
        kept.add(found)
        names.append(found)
    return names


def _attribute_name(label: str, id: int, taken: frozenset[str], prefix: str) -> str:
    name = normal("_".join(_parts(label)))
    if name.startswith("__") or not name.strip("_"):
        name = name.lstrip("_")
    if not name:
        return f"{prefix}_{id}"
    if not name.isidentifier() or name.startswith("scm_"):
        name = f"{prefix}_{name}"
    if keyword.iskeyword(name) or name in _TAKEN_ATTRIBUTES or name in taken:
        name = f"{name}_"
    return name


def _parts(text: str, but: str = "") -> list[str]:
    """The longest pieces of a text that could follow the first letter of an identifier.

    `but`: letters to part at all the same.
    """
    kept = [
        letter if f"a{letter}".isidentifier() and letter not in but else " "
        for letter in normal(text)
    ]
    return "".join(kept).split()
