"""The upgrade check for modules of any toolchain: which functions moved in the function table?

Pure: two modules in, findings out.  A call in flight made through an index that moved reaches
another function.  What `env` refers to, what callbacks expect, and the state are not in a module,
so this check never says that an upgrade is safe, only that it is not, or that nothing moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from attrs import evolve, frozen

from scm.compiler.findings import Finding
from scm.compiler.table_evidence import KnownFunction, TableEvidence
from scm.compiler.table_fates import Fate, Told, format_indices, tell_fate

_HELP: Final = (
    "pin the callbacks with `scm pin`, in both versions; or upgrade while no call is in flight, and"
    " say so with `--idle`"
)
_SHOWN_MAX: Final = 4
_TOGETHER_MIN: Final = 4
"""So many neighbours that went the same way are told in one finding."""

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
        return TableComparison((_other_memory(old, new, pending),), {})
    fates = {index: tell_fate(index, old, new) for index in sorted(old.slots)}
    appeared = sorted(index for index in new.slots if index not in old.slots)
    counts = {fate: sum(1 for told in fates.values() if told.fate is fate) for fate in Fate}
    counts[Fate.APPEARED] = len(appeared)
    # A pinned module says which of the functions are callbacks; the others it calls itself.
    own = [] if old.pinned is None else [index for index in fates if index not in old.pinned]
    meant = {index: told for index, told in fates.items() if index not in own}
    touched = {index: told for index, told in meant.items() if told.fate not in _UNTOUCHED}
    findings = list(_with_one_help(_touched(touched, old, pending)))
    findings += _untouched(meant, old)
    findings += _own([index for index in own if fates[index].fate not in _UNTOUCHED], own)
    if appeared:
        findings.append(Finding("safe", _subject(appeared), f"new: {_listed(appeared, new)}"))
    return TableComparison(tuple(findings), counts)


def callback_names(evidence: TableEvidence) -> frozenset[str]:
    """The names by which `--pending` may mean callbacks."""
    return evidence.retired.union(*(function.names for function in evidence.slots.values()))


def _touched(
    fates: Mapping[int, Told], old: TableEvidence, pending: Mapping[str, int] | None
) -> Iterator[Finding]:
    """A finding for each index, but one for neighbours that all went the same way."""
    awaited = [index for index in fates if _is_awaited(old.slots[index], pending)]

    def way(index: int) -> int | None:
        return None if old.slots[index].names else fates[index].shift

    for shift, run in groupby(awaited, way):
        indices = list(run)
        if shift is not None and len(indices) >= _TOGETHER_MIN:
            yield Finding("unsafe", _subject(indices), _together(indices, shift, old))
            continue
        for index in indices:
            yield Finding("unsafe", _subject([index]), fates[index].reason)
    for index in fates:
        if index not in awaited:
            reason = f"{fates[index].reason}; but no call waits for it"
            yield Finding("safe", _subject([index]), reason)


def _is_awaited(function: KnownFunction, pending: Mapping[str, int] | None) -> bool:
    return pending is None or any(pending.get(name, 0) for name in function.names)


def _together(indices: Sequence[int], shift: int, old: TableEvidence) -> str:
    where = f"{abs(shift):,} {'further on' if shift > 0 else 'further back'}"
    return (
        f"{len(indices):,} functions stood there ({_listed(indices, old)}) and stand {where} now: a"
        " call in flight that was made through one of them reaches another function, or traps"
    )


def _untouched(fates: Mapping[int, Told], old: TableEvidence) -> Iterator[Finding]:
    stay = [index for index, told in fates.items() if told.fate is Fate.STAYS]
    alike = [index for index, told in fates.items() if told.fate is Fate.ALIKE]
    if stay:
        yield Finding("safe", _subject(stay), f"as before: {_listed(stay, old)}")
    if alike:
        yield Finding(
            "warning",
            _subject(alike),
            f"as before, as far as bodies tell without constants: {_listed(alike, old)}",
            "keep the name section in both versions, or pin the callbacks with `scm pin`",
        )


def _own(touched: Sequence[int], own: Sequence[int]) -> Iterator[Finding]:
    """The functions of callback type that a pinned module has besides its callbacks."""
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


def _other_memory(
    old: TableEvidence, new: TableEvidence, pending: Mapping[str, int] | None
) -> Finding:
    reason = f"callbacks had type `{old.callback_type}` and have `{new.callback_type}`"
    if pending is not None and not any(pending.values()):
        return Finding("safe", "memory", f"{reason}; but no call waits")
    return Finding(
        "unsafe",
        "memory",
        f"{reason}: the response of a call in flight traps",
        "keep the memory as it was, of 32 or of 64 bits",
    )


def _subject(indices: Sequence[int]) -> str:
    return f"table {'index' if len(indices) == 1 else 'indices'} {format_indices(indices)}"


def _listed(indices: Sequence[int], evidence: TableEvidence) -> str:
    functions = [evidence.slots[index] for index in indices]
    named = list(dict.fromkeys(known.label for known in functions if known.has_name))
    nameless = sum(1 for known in functions if not known.has_name)
    more = len(named) - _SHOWN_MAX
    parts = [*named[:_SHOWN_MAX], *([f"{more} more by name"] if more > 0 else [])]
    if nameless:
        parts.append("1 without a name" if nameless == 1 else f"{nameless} without a name")
    return ", ".join(parts)
