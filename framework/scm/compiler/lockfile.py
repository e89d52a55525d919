"""`scm.lock`: which slot each response handler has, for good.  Read, checked and written here.

TOML: a version and one `[[handler]]` table per entry, in the order of their slots.  Entries are
only ever added; the file is committed with the source, like field numbers of a wire format.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from attrs import frozen

from scm.candid.errors import CandidSyntaxError
from scm.compiler.artefacts import SlotEntry
from scm.compiler.lock_text import CLEANUP_SLOT as CLEANUP_SLOT
from scm.compiler.lock_text import FIRST_HANDLER_SLOT as FIRST_HANDLER_SLOT
from scm.compiler.lock_text import HANDLED_SLOT as HANDLED_SLOT
from scm.compiler.lock_text import ORPHAN_SLOT as ORPHAN_SLOT
from scm.compiler.lock_text import REFUSED_SLOT as REFUSED_SLOT
from scm.compiler.lock_text import SLOT_BASE as SLOT_BASE
from scm.compiler.lock_text import SLOT_LIMIT as SLOT_LIMIT
from scm.compiler.lock_text import LockFormat, LockTable, quoted, replace_file
from scm.compiler.shapes import parse_types

_FORMAT: Final = LockFormat(
    table="handler",
    noun="handler",
    command="scm build",
    header="""\
# The slot of every response handler.  Written by `scm build`; commit it with the source.
# A response that is on its way finds its handler by the slot, so no entry is removed or changed.
""",
    rebuild="scm build --lock-from DEPLOYED.wasm",
)
_TEXT_KEYS: Final = ("name", "context", "response", "reply", "status")


@frozen
class LockFile:
    """The entries of a slot file in the order of their slots, and the line where each begins.

    `reserved` are names and slots that no handler may have any more: the author writes them.
    """

    entries: tuple[SlotEntry, ...] = ()
    lines: tuple[int, ...] = ()
    path: str = "scm.lock"
    reserved: tuple[str | int, ...] = ()

    def line_of(self, name: str) -> int:
        """The line of the entry `name`, from 1; 1 where there is none."""
        for entry, line in zip(self.entries, self.lines, strict=False):
            if entry.name == name:
                return line
        return 1


NO_LOCK: Final = LockFile()


def read_lock(path: Path) -> LockFile:
    """Read a slot file; an absent one has no entries.

    Raises `ConfigurationError`, with the line, if the file is damaged.
    """
    return parse_lock(_FORMAT.read(path), path.name)


def parse_lock(text: str, path: str = "scm.lock") -> LockFile:
    """Read the text of a slot file; raises `ConfigurationError` if it is damaged."""
    tables, reserved = _FORMAT.document(text, path)
    pairs = [(_read_entry(table), table.line) for table in tables]
    _FORMAT.refuse_repetitions([(entry.name, entry.slot, line) for entry, line in pairs], path)
    for entry, line in pairs:
        if entry.status == "active" and not {entry.name, entry.slot}.isdisjoint(reserved):
            what = f"`{entry.name}` is reserved, by its name or slot, and has an active entry"
            raise _FORMAT.damaged(path, what, line)
    pairs.sort(key=lambda pair: pair[0].slot)
    entries, lines = tuple(entry for entry, _ in pairs), tuple(line for _, line in pairs)
    return LockFile(entries, lines, path, reserved)


def format_lock(entries: Sequence[SlotEntry], reserved: Sequence[str | int] = ()) -> str:
    """The text of a slot file, the same for the same entries."""
    return _FORMAT.text(
        [
            f"name = {quoted(entry.name)}\n"
            f"slot = {entry.slot}\n"
            f"context = {quoted(entry.context)}\n"
            f"response = {quoted(entry.response)}\n"
            f"reply = {quoted(entry.reply)}\n"
            f"status = {quoted(entry.status)}\n"
            + _listed("formerly", entry.formerly)
            + (f"answer = {quoted(entry.answer)}\n" if entry.answer else "")
            + _listed("migrations", entry.migrations)
            + ("join = true\n" if entry.is_join else "")
            + ("raw = true\n" if entry.is_raw else "")
            for entry in sorted(entries, key=lambda entry: entry.slot)
        ],
        reserved,
    )


def _listed(key: str, texts: Sequence[str]) -> str:
    return f"{key} = [{', '.join(map(quoted, texts))}]\n" if texts else ""


def write_lock(
    path: Path, entries: Sequence[SlotEntry], reserved: Sequence[str | int] = ()
) -> bool:
    """Write the slot file if its text changes; returns whether it did."""
    if not entries and not reserved and not path.exists():
        return False
    return replace_file(path, format_lock(entries, reserved))


def _read_entry(table: LockTable) -> SlotEntry:
    table.expect_keys(_TEXT_KEYS, ("formerly", "answer", "migrations", "join", "raw"))
    for key in ("context", "response", "reply"):
        try:
            parse_types(table.text(key))
        except CandidSyntaxError as error:
            raise table.damaged(f"{key} is not a Candid type: {error}") from error
    for text in table.names("migrations"):
        try:
            parse_types(text)
        except CandidSyntaxError as error:
            raise table.damaged(f"a migration's type is not a Candid type: {error}") from error
    return SlotEntry(
        name=table.text("name"),
        slot=table.slot(),
        context=table.text("context"),
        response=table.text("response"),
        reply=table.text("reply"),
        status=table.status(),
        formerly=table.names("formerly"),
        answer=table.text("answer") if table.has("answer") else "",
        migrations=table.names("migrations"),
        is_join=table.flag("join"),
        is_raw=table.flag("raw"),
    )
