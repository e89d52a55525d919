"""All clashes between two types or interfaces at once, for those who compare versions.

The rules are those of `subtype.py`, which a canister asks for the first clash only.  Host only.
Candid spec 0.1.8, "Subtyping" and "Upgrading and Subtyping".
"""

from __future__ import annotations

from attrs import frozen

from scm.candid.did import CandidService
from scm.candid.errors import CandidTypeError
from scm.candid.scan import NO_ROOM
from scm.candid.subtype import SubtypeChecker
from scm.candid.table import table_from_types
from scm.candid.types import NO_NAMES, Func, Type, TypeEnv


@frozen
class Clash:
    """Where two types part, and why: `path` leads there, as in `method \\`pay\\`: argument 0`."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self.path else self.reason


def find_clashes(
    sub: Type,
    super: Type,
    *,
    sub_env: TypeEnv = NO_NAMES,
    super_env: TypeEnv = NO_NAMES,
    strict: bool = False,
) -> tuple[Clash, ...]:
    """Every reason why `sub` is no subtype of `super`; none if it is one.

    Outer clashes come first, fields in the order of their ids, methods by name.  Two types that
    clash are listed once, where they first meet.  `strict`: see `explain_subtype`.  Raises
    `CandidTypeError` on unknown names, and if the comparison takes too much work.
    """
    try:
        checker = SubtypeChecker(
            table_from_types([sub], sub_env), table_from_types([super], super_env), strict=strict
        )
    except RecursionError:
        raise CandidTypeError(NO_ROOM) from None
    found = checker.find_all(checker.sub.args[0], checker.super.args[0])
    return tuple(Clash(path, reason) for path, reason in found)


def find_breaking_changes(
    old: CandidService, new: CandidService, *, strict: bool = False
) -> tuple[Clash, ...]:
    """What callers of the service `old` would miss or misread in `new`, method by method.

    `strict`: nor may a value silently turn into null.
    """
    clashes: list[Clash] = []
    for name, found in compare_methods(old, new, strict=strict).items():
        step = f"method `{name}`"
        clashes += [
            Clash(f"{step}: {clash.path}" if clash.path else step, clash.reason) for clash in found
        ]
    return tuple(clashes)


def compare_methods(
    old: CandidService, new: CandidService, *, strict: bool = False
) -> dict[str, tuple[Clash, ...]]:
    """The clashes of each method of `old`, by its name; paths start inside of the method.

    Each method is compared by itself, so a type that several share is listed for each.
    """
    methods = {method.name: method.type for method in new.resolved().methods}
    compared: dict[str, tuple[Clash, ...]] = {}
    for method in old.resolved().methods:
        if method.name in methods:
            compared[method.name] = find_clashes(
                methods[method.name], method.type, sub_env=new.env, super_env=old.env, strict=strict
            )
        else:
            compared[method.name] = (Clash("", "it is gone"),)
    return compared


def find_init_changes(
    old: CandidService, new: CandidService, *, strict: bool = False
) -> tuple[Clash, ...]:
    """Why init arguments made for `old` would not install `new`; none if one of them has no word.

    This concerns whoever installs the canister anew, never its callers.
    """
    if old.init_args is None or new.init_args is None:
        return ()
    return find_clashes(
        Func(new.init_args, ()),
        Func(old.init_args, ()),
        sub_env=new.env,
        super_env=old.env,
        strict=strict,
    )
