"""Where two types of a handler or field part: every clash, with a path such as `context.amount`.

Pure.  The types are texts of `scm.lock` and of the manifest.  The steps of the subtype check, as in
"record field `amount`: value of opt", become a path of names, for programs and for eyes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from attrs import frozen

from scm.candid.subtype import SubtypeChecker
from scm.candid.table import table_from_types
from scm.compiler.shapes import parse_types

_STEP: Final = re.compile(
    r"(?:record field|variant tag|method) `(?P<name>[^`]*)`|(?P<many>element of vec)"
    r"|(?P<side>argument|result) (?P<number>\d+)|value of opt"
)
_LACK: Final = re.compile(
    r"record field `(?P<field>[^`]*)` of type .* is missing"
    r"|variant tag `(?P<tag>[^`]*)` is not expected|method `(?P<method>[^`]*)` is missing",
    re.DOTALL,
)


@frozen
class TypeClash:
    """A place where values of one type don't fit another, and why."""

    path: str
    reason: str


def find_type_clashes(sub: str, super: str, root: str) -> list[TypeClash]:
    """Every reason why values of the types `sub` don't fit the types `super`.

    Two types that clash are listed once, where they first meet.  `root` is the name that paths
    start with.  Strict: no value may turn into null.  Raises
    `CandidSyntaxError` if a text is none of ours.
    """
    checker = SubtypeChecker(
        table_from_types(*parse_types(sub)), table_from_types(*parse_types(super)), strict=True
    )
    subs, supers = checker.sub.args, checker.super.args
    clashes: list[TypeClash] = []
    for index, ref in enumerate(supers):
        # A message of one value is that value.
        at = root if len(supers) == 1 else f"{root}({index})"
        prefix = "" if index == 0 else f"argument {index}: "
        if index < len(subs):
            for steps, reason in checker.find_all(subs[index], ref):
                told = f"{prefix}{steps}: {reason}" if steps else f"{prefix}{reason}"
                clashes.append(TypeClash(path_of(at, steps, reason), told))
        elif not checker.super.is_optional(ref):
            wanted = checker.super.describe(ref)
            clashes.append(TypeClash(at, f"argument {index} of type `{wanted}` is missing"))
    return clashes


def path_of(root: str, steps: str, reason: str) -> str:
    """The path to a clash, from the subtype check's steps; what is missing there is its end."""
    return "".join([root, *_names(steps, reason)])


def _names(steps: str, reason: str) -> Iterator[str]:
    for step in _STEP.finditer(steps):
        if step["name"] is not None:
            yield f".{step['name']}"
        elif step["many"]:
            yield "[]"
        elif step["side"]:
            yield f".{step['side']}({step['number']})"
    lack = _LACK.fullmatch(reason)
    if lack is not None:
        yield f".{lack['field'] or lack['tag'] or lack['method']}"
