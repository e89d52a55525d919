"""The slot file of `scm pin`, `slots.lock`: which slot each callback has, for good.

In: the names of the callbacks, by whatever toolchain.  Out: their entries; only ever added.  What
they take and reply, scm does not know of a module that it did not build.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from attrs import evolve, frozen

from scm.compiler.artefacts import Slot
from scm.compiler.lock_text import (
    FIRST_HANDLER_SLOT,
    SLOT_LIMIT,
    LockFormat,
    LockTable,
    Status,
    quoted,
    replace_file,
)
from scm.errors import ConfigurationError, LimitError, SourceSpan

_FORMAT: Final = LockFormat(
    table="callback",
    noun="callback",
    command="scm pin",
    header="""\
# The slot of every callback.  Written by `scm pin`; commit it with the source.
# A response that is on its way finds its callback by the slot, so no entry is removed or changed.
""",
)


@frozen
class CallbackEntry:
    """One line of the slot file: a callback's name and the slot that no other ever gets."""

    name: str
    slot: Slot
    status: Status = "active"


@frozen
class CallbackLock:
    """The entries in the order of their slots, and the line where each begins."""

    entries: tuple[CallbackEntry, ...] = ()
    lines: tuple[int, ...] = ()
    path: str = "slots.lock"

    def span_of(self, name: str) -> SourceSpan:
        """The place of an entry in the file."""
        names = [entry.name for entry in self.entries]
        line = self.lines[names.index(name)]
        return SourceSpan(self.path, line, 1, line, 1)


def read_callback_lock(path: Path) -> CallbackLock:
    """Read the slot file; an absent one has no entries.

    Raises `ConfigurationError`, with the line, if the file is damaged.
    """
    return parse_callback_lock(_FORMAT.read(path), str(path))


def parse_callback_lock(text: str, path: str = "slots.lock") -> CallbackLock:
    """Read the text of a slot file; raises `ConfigurationError` if it is damaged."""
    pairs = [(_read_entry(table), table.line) for table in _FORMAT.tables(text, path)]
    _FORMAT.refuse_repetitions([(entry.name, entry.slot, line) for entry, line in pairs], path)
    pairs.sort(key=lambda pair: pair[0].slot)
    return CallbackLock(tuple(entry for entry, _ in pairs), tuple(line for _, line in pairs), path)


def format_callback_lock(entries: Sequence[CallbackEntry]) -> str:
    """The text of a slot file, the same for the same entries."""
    return _FORMAT.text(
        [
            f"name = {quoted(entry.name)}\nslot = {entry.slot}\nstatus = {quoted(entry.status)}\n"
            for entry in sorted(entries, key=lambda entry: entry.slot)
        ]
    )


def write_callback_lock(path: Path, entries: Sequence[CallbackEntry]) -> bool:
    """Write the slot file if its text changes; returns whether it did."""
    return replace_file(path, format_callback_lock(entries))


def plan_callbacks(
    lock: CallbackLock, names: Iterable[str], retire: frozenset[str] = frozenset()
) -> tuple[CallbackEntry, ...]:
    """Give each of `names` its slot: a known one keeps it, a new one gets the next.

    Entries of other names stay as they are; `retire` gives theirs up.  Raises `ConfigurationError`
    if that names no such entry, `LimitError` if no slot is left.
    """
    wanted = list(dict.fromkeys(names))
    known = {entry.name for entry in lock.entries}
    _check_retired(lock, retire, frozenset(wanted))
    planned = [
        evolve(entry, status=_status(entry, frozenset(wanted), retire)) for entry in lock.entries
    ]
    next_slot = max((entry.slot + 1 for entry in planned), default=int(FIRST_HANDLER_SLOT))
    added = [name for name in wanted if name not in known]
    if next_slot + len(added) > SLOT_LIMIT:
        raise LimitError("callback slots", next_slot + len(added), SLOT_LIMIT)
    planned += [CallbackEntry(name, Slot(slot)) for slot, name in enumerate(added, next_slot)]
    return tuple(planned)


def _status(entry: CallbackEntry, wanted: frozenset[str], retire: frozenset[str]) -> Status:
    if entry.name in wanted:
        return "active"
    return "retired" if entry.name in retire else entry.status


def _check_retired(lock: CallbackLock, retire: frozenset[str], wanted: frozenset[str]) -> None:
    known = {entry.name for entry in lock.entries}
    for name in sorted(retire):
        if name in wanted:
            raise ConfigurationError(
                f"callback `{name}` can't be retired: the module still has it",
                f"remove `{name}` from the source first",
            )
        if name not in known:
            raise ConfigurationError(
                f"callback `{name}` can't be retired: `{lock.path}` has no such entry",
                f"the entries are listed in `{lock.path}`",
            )


def _read_entry(table: LockTable) -> CallbackEntry:
    table.expect_keys(("name", "status"))
    return CallbackEntry(table.text("name"), table.slot(), table.status())
