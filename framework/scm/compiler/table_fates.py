"""What became of the function at each index of a table, when another module replaces its module.

Pure: evidence of two modules in, a fate for each index out.  Where names and bodies don't tell, the
fate is `UNKNOWN`: it is never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from attrs import frozen

from scm.compiler.table_evidence import KnownFunction, TableEvidence


class Fate(Enum):
    """What became of the function at an index of the old table."""

    STAYS = "stay"
    ALIKE = "stay as far as bodies tell"
    MOVED = "hold another function"
    VANISHED = "hold none any more"
    UNKNOWN = "can't be told"
    APPEARED = "are new"


@frozen
class Told:
    """What is told of an index; `shift` is how far its function went, where that is sure."""

    fate: Fate
    reason: str = ""
    shift: int | None = None


@frozen
class _Location:
    """Where a function of the old module went: `found` in the new one, by evidence that holds for
    `peers` of the old one alike."""

    found: frozenset[int]
    peers: frozenset[int]
    is_by_name: bool = False

    @property
    def is_certain(self) -> bool:
        return len(self.found) == len(self.peers) == 1


def tell_fate(index: int, old: TableEvidence, new: TableEvidence) -> Told:
    """What became of the function that stands at `index` of the old table."""
    before = old.slots[index]
    after = new.slots.get(index)
    location = _locate(before, old, new)
    if before.names & new.retired and not location.is_by_name:
        return Told(
            Fate.VANISHED,
            f"{before.label} is retired: the response of a call in flight finds the function for"
            " retired callbacks there",
        )
    shift = _shift(index, location, new)
    if after is None:
        return Told(
            Fate.VANISHED,
            f"{before.label} stood there, now no callback does: the response of a call in flight"
            f" that was made through it traps{_now_at(before, location, new)}",
            shift,
        )
    if after.index in location.found:
        # Functions that are alike, all at the places of functions that are alike.
        same_places = old.indices_of(location.peers) == new.indices_of(location.found)
        if location.is_certain or same_places:
            return Told(Fate.STAYS if location.is_by_name else Fate.ALIKE)
    if after.index in location.found or _are_namesakes(before, after):
        return Told(
            Fate.UNKNOWN,
            f"{before.label} stood there; whether the function that stands there now is the same"
            " one can't be told, as others are like it",
        )
    if not location.found and not _are_told_apart(before, after):
        return Told(
            Fate.UNKNOWN,
            f"{before.label} stood there, {after.label} stands there now: an edited function or"
            " another one, which can't be told",
        )
    return Told(
        Fate.MOVED,
        f"{before.label} stood there, {after.label} stands there now: a call in flight that was"
        f" made through it reaches another function{_now_at(before, location, new)}",
        shift,
    )


def _locate(function: KnownFunction, old: TableEvidence, new: TableEvidence) -> _Location:
    """By exported names, else by the name section, else by fingerprint among those in the table.

    A name that is gone may have been given by a compiler that numbers what has no name, so the
    fingerprint has the last word.
    """
    by_export = frozenset[int]().union(*(new.exported(name) for name in function.names))
    if by_export:
        return _Location(by_export, frozenset((function.index,)), is_by_name=True)
    by_name, namesakes = new.named(function.name), old.named(function.name)
    if len(by_name) == len(namesakes) == 1:
        return _Location(by_name, namesakes, is_by_name=True)
    by_body, alike = new.alike(function.fingerprint), old.alike(function.fingerprint)
    if by_name:
        return _Location(by_name & by_body, namesakes & alike, is_by_name=True)
    return _Location(by_body, alike)


def _shift(index: int, location: _Location, new: TableEvidence) -> int | None:
    places = new.indices_of(location.found)
    return places[0] - index if location.is_certain and len(places) == 1 else None


def _are_namesakes(before: KnownFunction, after: KnownFunction) -> bool:
    return before.name != "" and before.name == after.name and not before.names & after.names


def _are_told_apart(before: KnownFunction, after: KnownFunction) -> bool:
    """Whether names show that these are two functions."""
    by_export = bool(before.names) and bool(after.names) and not before.names & after.names
    return by_export or bool(before.name and after.name and before.name != after.name)


def _now_at(function: KnownFunction, location: _Location, new: TableEvidence) -> str:
    if not location.found:
        return ""
    places = new.indices_of(location.found)
    if not places:
        return f"; {function.label} is in the table no more"
    what = function.label if location.is_certain else "what is like it"
    return f"; {what} is at {format_indices(places)} now"


def format_indices(indices: Sequence[int]) -> str:
    """`4, 5, 9 to 12`."""
    runs: list[tuple[int, int]] = []
    for index in indices:
        if runs and runs[-1][1] == index - 1:
            runs[-1] = (runs[-1][0], index)
        else:
            runs.append((index, index))
    return ", ".join(
        f"{first:,} to {last:,}"
        if last > first + 1
        else ", ".join(f"{index:,}" for index in range(first, last + 1))
        for first, last in runs
    )
