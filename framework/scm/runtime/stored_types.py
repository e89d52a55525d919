"""Whether what is stored under one type can be read as another, by Candid's strict subtyping."""

from __future__ import annotations

from scm.candid.subtype import explain_headers
from scm.runtime import stable


class UpgradeError(Exception):
    """The new code can't take over a call in flight or the state."""


def refuse(reasons: list[str]) -> None:
    """Raise `UpgradeError` with all reasons, if there are any."""
    if reasons:
        raise UpgradeError(f"{'; '.join(reasons)}; the old code goes on")


def explain_type(owner: str, sub: bytes, super: bytes, names: tuple[str, ...]) -> str | None:
    """Why values of the type with header `sub` don't fit that of `super`; None if they do.

    One of them is stored, so one that can't be read is damage: `StableMemoryError` names `owner`.
    """
    if sub == super:
        return None
    try:
        problem = explain_headers(sub, super, strict=True, names=names)
    except ValueError as error:
        raise stable.StableMemoryError(f"stable memory is damaged: {owner}: {error}") from error
    # A message of ours has one value at most: which argument it is says nothing.
    return None if problem is None else problem.removeprefix("argument 0: ")
