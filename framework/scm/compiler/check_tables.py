"""The upgrade check for modules of any toolchain: which functions moved in the function table?

Pure: two modules in, findings out.  A call in flight made through an index that moved reaches
another function.  What `env` refers to, what callbacks expect, and the state are not in a module,
so this check never says that an upgrade is safe, only that it is not, or that nothing moved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Final

from attrs import evolve, frozen

from scm.compiler.artefacts import Finding
from scm.compiler.table_evidence import KnownFunction, TableEvidence

_HELP: Final = (
    "pin the callbacks with `scm pin`, in both versions; or upgrade while no call is in flight, and"
    " say so with `--idle`"
)
_SHOWN_MAX: Final = 4


class Fate(Enum):
    """What became of the function at an index of the old table."""

    STAYS = "stay"
    ALIKE = "stay as far as bodies tell"
    MOVED = "hold another function"
    VANISHED = "hold none any more"
    UNKNOWN = "can't be told"
    APPEARED = "are new"


_UNTOUCHED: Final = (Fate.STAYS, Fate.ALIKE)


@frozen
class TableComparison:
    """What was found, and how many indices had which fate."""

    findings: tuple[Finding, ...]
    counts: Mapping[Fate, int]

    def __str__(self) -> str:
        told = [f"{count} {fate.value}" for fate, count in self.counts.items() if count]
        indices = "index" if sum(self.counts.values()) == 1 else "indices"
        return (
            f"{sum(self.counts.values())} table {indices} that the system can call: "
            f"{', '.join(told) or 'none'}"
        )


def compare_tables(
    old: TableEvidence, new: TableEvidence, pending: Mapping[str, int] | None = None
) -> TableComparison:
    """Compare what the system can call by number in two modules.

    `pending`: how many calls wait for each callback, by name, absent ones none; None if that is not
    known.
    """
    if old.callback_type != new.callback_type:
        return TableComparison((_other_memory(old, new),), {})
    fates = {index: _fate(index, old, new) for index in sorted(old.slots)}
    appeared = sorted(index for index in new.slots if index not in old.slots)
    counts = {fate: sum(1 for found, _ in fates.values() if found is fate) for fate in Fate}
    counts[Fate.APPEARED] = len(appeared)
    # A pinned module says which of the functions are callbacks; the others it calls itself.
    own = [] if old.pinned is None else [index for index in fates if index not in old.pinned]
    findings = [
        _finding(index, old.slots[index], reason, pending)
        for index, (fate, reason) in fates.items()
        if fate not in _UNTOUCHED and index not in own
    ]
    findings = list(_with_one_help(findings))
    by_fate = {fate: [i for i in fates if fates[i][0] is fate and i not in own] for fate in Fate}
    findings += _untouched(by_fate[Fate.STAYS], by_fate[Fate.ALIKE], old)
    findings += _own(own, fates)
    if appeared:
        findings.append(Finding("safe", _subject(appeared), f"new: {_listed(appeared, new)}"))
    return TableComparison(tuple(findings), counts)


def callback_names(evidence: TableEvidence) -> frozenset[str]:
    """The names by which `--pending` may mean callbacks."""
    return evidence.retired.union(*(function.names for function in evidence.slots.values()))


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


def _fate(index: int, old: TableEvidence, new: TableEvidence) -> tuple[Fate, str]:
    before = old.slots[index]
    after = new.slots.get(index)
    location = _locate(before, old, new)
    if before.names & new.retired and not location.is_by_name:
        return Fate.VANISHED, (
            f"{before.label} is retired: the response of a call in flight finds the function for"
            " retired callbacks there"
        )
    if after is None:
        return Fate.VANISHED, (
            f"{before.label} stood there, now no callback does: the response of a call in flight"
            f" that was made through it traps{_now_at(before, location, new)}"
        )
    if after.index in location.found:
        # Functions that are alike, all at the places of functions that are alike.
        same_places = old.indices_of(location.peers) == new.indices_of(location.found)
        if location.is_certain or same_places:
            return Fate.STAYS if location.is_by_name else Fate.ALIKE, ""
    if after.index in location.found or _are_namesakes(before, after):
        return Fate.UNKNOWN, (
            f"{before.label} stood there; whether the function that stands there now is the same"
            " one can't be told, as others are like it"
        )
    if not location.found and not _are_told_apart(before, after):
        return Fate.UNKNOWN, (
            f"{before.label} stood there, {after.label} stands there now: an edited function or"
            " another one, which can't be told"
        )
    return Fate.MOVED, (
        f"{before.label} stood there, {after.label} stands there now: a call in flight that was"
        f" made through it reaches another function{_now_at(before, location, new)}"
    )


def _locate(function: KnownFunction, old: TableEvidence, new: TableEvidence) -> _Location:
    """By exported names, else by the name section, else by fingerprint among those in the table.

    A name that is gone may have been given by a compiler that numbers what has no name, so the
    fingerprint has the last word.
    """
    by_export = _having(new, lambda other: bool(function.names & other.names))
    if by_export:
        return _Location(by_export, frozenset((function.index,)), is_by_name=True)
    by_name = _having(new, lambda other: function.name != "" and other.name == function.name)
    namesakes = _having(old, lambda other: other.name == function.name)
    if len(by_name) == len(namesakes) == 1:
        return _Location(by_name, namesakes, is_by_name=True)
    by_body = _having(new, lambda other: other.fingerprint == function.fingerprint)
    alike = _having(old, lambda other: other.fingerprint == function.fingerprint)
    if by_name:
        return _Location(by_name & by_body, namesakes & alike, is_by_name=True)
    return _Location(by_body, alike)


def _having(evidence: TableEvidence, is_meant: Callable[[KnownFunction], bool]) -> frozenset[int]:
    return frozenset(index for index, known in evidence.functions.items() if is_meant(known))


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
    return f"; {what} is at {_numbers(places)} now"


def _finding(
    index: int, function: KnownFunction, reason: str, pending: Mapping[str, int] | None
) -> Finding:
    if pending is not None and not any(pending.get(name, 0) for name in function.names):
        return Finding("safe", _subject([index]), f"{reason}; but no call waits for it")
    return Finding("unsafe", _subject([index]), reason)


def _untouched(stay: Sequence[int], alike: Sequence[int], old: TableEvidence) -> Iterator[Finding]:
    if stay:
        yield Finding("safe", _subject(stay), f"as before: {_listed(stay, old)}")
    if alike:
        yield Finding(
            "warning",
            _subject(alike),
            f"as before, as far as bodies tell without constants: {_listed(alike, old)}",
            "keep the name section in both versions, or pin the callbacks with `scm pin`",
        )


def _own(own: Sequence[int], fates: Mapping[int, tuple[Fate, str]]) -> Iterator[Finding]:
    """The functions of callback type that a pinned module has besides its callbacks."""
    touched = [index for index in own if fates[index][0] not in _UNTOUCHED]
    if touched:
        yield Finding(
            "warning",
            _subject(touched),
            "other functions than before; the callbacks are elsewhere, so only a call that was made"
            " through a function's address, instead of its slot, is led astray",
        )
    kept = [index for index in own if index not in touched]
    if kept:
        yield Finding("safe", _subject(kept), "as before, and no callbacks")


def _with_one_help(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The same help for all of them is given once, at the first."""
    is_first = True
    for finding in findings:
        helps = is_first and finding.severity == "unsafe"
        yield evolve(finding, help=_HELP) if helps else finding
        is_first = is_first and not helps


def _other_memory(old: TableEvidence, new: TableEvidence) -> Finding:
    return Finding(
        "unsafe",
        "memory",
        f"callbacks had type `{old.callback_type}` and have `{new.callback_type}`: the response of"
        " a call in flight traps",
        "keep the memory as it was, of 32 or of 64 bits",
    )


def _subject(indices: Sequence[int]) -> str:
    return f"table {'index' if len(indices) == 1 else 'indices'} {_numbers(indices)}"


def _listed(indices: Sequence[int], evidence: TableEvidence) -> str:
    functions = [evidence.slots[index] for index in indices]
    named = list(dict.fromkeys(known.label for known in functions if known.has_name))
    nameless = sum(1 for known in functions if not known.has_name)
    more = len(named) - _SHOWN_MAX
    parts = [*named[:_SHOWN_MAX], *([f"{more} more by name"] if more > 0 else [])]
    if nameless:
        parts.append("1 without a name" if nameless == 1 else f"{nameless} without a name")
    return ", ".join(parts)


def _numbers(indices: Sequence[int]) -> str:
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
