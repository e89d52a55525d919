"""`scm.lock`: which slot each response handler has, for good.  Read, checked and written here.

TOML: a version and one `[[handler]]` table per entry, in the order of their slots.  Entries are
only ever added; the file is committed with the source, like field numbers of a wire format.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from scm.candid.errors import CandidSyntaxError
from scm.compiler.artefacts import Slot, SlotEntry
from scm.compiler.shapes import parse_types
from scm.errors import ConfigurationError

LOCK_VERSION: Final = 1

SLOT_BASE: Final = 65_536
"""The first slot: far above what any toolchain fills, below the platform's 1,000,000 elements."""

CLEANUP_SLOT: Final = Slot(SLOT_BASE)
ORPHAN_SLOT: Final = Slot(SLOT_BASE + 1)
FIRST_HANDLER_SLOT: Final = Slot(SLOT_BASE + 16)  # Some are left for what scm may need itself.
SLOT_LIMIT: Final = 1_000_000  # Interface Spec, "WebAssembly module requirements": table elements.

_HEADER: Final = """\
# The slot of every response handler.  Written by `scm build`; commit it with the source.
# A response that is on its way finds its handler by the slot, so no entry is removed or changed.
"""
_TEXT_KEYS: Final = ("name", "context", "response", "reply", "status")
_CONFLICT: Final = re.compile(r"^(<{7}|={7}|>{7}|\|{7})( |$)")


@frozen
class LockFile:
    """The entries of a slot file in the order of their slots, and the line where each begins."""

    entries: tuple[SlotEntry, ...] = ()
    lines: tuple[int, ...] = ()
    path: str = "scm.lock"

    def line_of(self, name: str) -> int:
        """The line of the entry `name`, from 1; 1 where there is none."""
        for entry, line in zip(self.entries, self.lines, strict=False):
            if entry.name == name:
                return line
        return 1


def read_lock(path: Path) -> LockFile:
    """Read a slot file; an absent one has no entries.

    Raises `ConfigurationError`, with the line, if the file is damaged.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return LockFile(path=path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"can't read `{path.name}`: {error}", "restore the file from version control"
        ) from error
    return parse_lock(text, path.name)


def parse_lock(text: str, path: str = "scm.lock") -> LockFile:
    """Read the text of a slot file; raises `ConfigurationError` if it is damaged."""
    _refuse_conflicts(text, path)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _damaged(path, str(error)) from error
    version = document.get("version")
    if version != LOCK_VERSION or isinstance(version, bool):
        raise ConfigurationError(
            f"`{path}` has version `{version}`, expected `{LOCK_VERSION}`",
            "use the version of scm that wrote it, or restore the file from version control",
        )
    tables = document.get("handler", [])
    unknown = sorted(set(document) - {"version", "handler"})
    if unknown or not isinstance(tables, list):
        raise _damaged(path, f"unknown key `{unknown[0] if unknown else 'handler'}`")
    lines = _entry_lines(text, len(tables))
    entries = [_read_entry(table, path, line) for table, line in zip(tables, lines, strict=True)]
    _refuse_repetitions(entries, lines, path)
    ordered = sorted(zip(entries, lines, strict=True), key=lambda pair: pair[0].slot)
    return LockFile(tuple(entry for entry, _ in ordered), tuple(line for _, line in ordered), path)


def format_lock(entries: Sequence[SlotEntry]) -> str:
    """The text of a slot file, the same for the same entries."""
    blocks = [
        "[[handler]]\n"
        f"name = {_quoted(entry.name)}\n"
        f"slot = {entry.slot}\n"
        f"context = {_quoted(entry.context)}\n"
        f"response = {_quoted(entry.response)}\n"
        f"reply = {_quoted(entry.reply)}\n"
        f"status = {_quoted(entry.status)}\n"
        for entry in sorted(entries, key=lambda entry: entry.slot)
    ]
    return "\n".join([f"{_HEADER}version = {LOCK_VERSION}\n", *blocks])


def write_lock(path: Path, entries: Sequence[SlotEntry]) -> bool:
    """Write the slot file if its text changes; returns whether it did."""
    text = format_lock(entries)
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    if not entries and not path.exists():
        return False
    # The file is replaced as a whole, so that no crash can leave half of it.
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    temporary.replace(path)
    return True


def _refuse_conflicts(text: str, path: str) -> None:
    for number, line in enumerate(text.splitlines(), 1):
        if _CONFLICT.match(line):
            raise ConfigurationError(
                f"`{path}` has merge conflict markers, at line {number}",
                "keep the entries of both sides; where both sides gave one slot to different"
                " handlers, keep the deployed one and remove the other: the next build gives it a"
                " new slot",
            )


def _entry_lines(text: str, count: int) -> list[int]:
    found = [
        number
        for number, line in enumerate(text.splitlines(), 1)
        if re.match(r"\s*\[\[\s*handler\s*\]\]", line)
    ]
    return found if len(found) == count else [1] * count


def _read_entry(table: object, path: str, line: int) -> SlotEntry:
    if not isinstance(table, dict) or set(table) != {*_TEXT_KEYS, "slot"}:
        raise _damaged(path, f"the entry must have {', '.join(_TEXT_KEYS)} and slot", line)
    texts = {key: _text(table, key, path, line) for key in _TEXT_KEYS}
    status = texts["status"]
    if status not in ("active", "retired"):
        raise _damaged(path, f"status `{status}` is neither `active` nor `retired`", line)
    for key in ("context", "response", "reply"):
        try:
            parse_types(texts[key])
        except CandidSyntaxError as error:
            raise _damaged(path, f"{key} is not a Candid type: {error}", line) from error
    return SlotEntry(
        name=texts["name"],
        slot=_slot(table, path, line),
        context=texts["context"],
        response=texts["response"],
        reply=texts["reply"],
        status="active" if status == "active" else "retired",
    )


def _text(table: Mapping[str, Any], key: str, path: str, line: int) -> str:
    value = table[key]
    if not isinstance(value, str) or not value:
        raise _damaged(path, f"{key} must be a text", line)
    return value


def _slot(table: Mapping[str, Any], path: str, line: int) -> Slot:
    value = table["slot"]
    if not isinstance(value, int) or isinstance(value, bool):
        raise _damaged(path, "slot must be a number", line)
    if not FIRST_HANDLER_SLOT <= value < SLOT_LIMIT:
        wanted = f"from {FIRST_HANDLER_SLOT:,} to {SLOT_LIMIT - 1:,}"
        raise _damaged(path, f"slot {value:,} is not one {wanted}", line)
    return Slot(value)


def _refuse_repetitions(entries: Sequence[SlotEntry], lines: Sequence[int], path: str) -> None:
    seen: dict[str | int, str] = {}
    for entry, line in zip(entries, lines, strict=True):
        if entry.name in seen:
            raise _damaged(path, f"handler `{entry.name}` has two entries", line)
        if entry.slot in seen:
            other = seen[entry.slot]
            raise _damaged(
                path, f"`{other}` and `{entry.name}` have the same slot {entry.slot:,}", line
            )
        seen[entry.name] = entry.name
        seen[entry.slot] = entry.name


def _damaged(path: str, what: str, line: int = 0) -> ConfigurationError:
    place = f", at line {line}" if line else ""
    return ConfigurationError(
        f"`{path}` is damaged{place}: {what}",
        "restore the file from version control; it is written by `scm build` alone",
    )


def _quoted(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    plain = [
        letter if letter >= " " and letter != "\x7f" else f"\\u{ord(letter):04x}"
        for letter in escaped
    ]
    return f'"{"".join(plain)}"'
