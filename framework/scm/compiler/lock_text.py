"""What the slot files have in common: TOML with one table per entry, in the order of their slots.

`lockfile.py` has the entries of `scm build`, `callback_lock.py` those of `scm pin`.  Such a file is
committed and merged by hand, so every mistake in it is told with its line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from attrs import frozen

from scm.compiler.artefacts import Slot
from scm.errors import ConfigurationError

LOCK_VERSION: Final = 1

SLOT_BASE: Final = 65_536
"""The first slot: far above what any toolchain fills, below the platform's 1,000,000 elements."""

CLEANUP_SLOT: Final = Slot(SLOT_BASE)
ORPHAN_SLOT: Final = Slot(SLOT_BASE + 1)
HANDLED_SLOT: Final = Slot(SLOT_BASE + 3)
REFUSED_SLOT: Final = Slot(SLOT_BASE + 4)
FIRST_HANDLER_SLOT: Final = Slot(SLOT_BASE + 16)  # Some are left for what scm may need itself.
SLOT_LIMIT: Final = 1_000_000  # Interface Spec, "WebAssembly module requirements": table elements.

_CONFLICT: Final = re.compile(r"^(<{7}|={7}|>{7}|\|{7})( |$)")

Status = Literal["active", "retired"]


@frozen
class LockFormat:
    """A kind of slot file: what its tables are called, which command writes it, its first lines."""

    table: str
    noun: str
    command: str
    header: str
    rebuild: str = ""
    """What makes the file anew from a deployed module, where there is such a command."""

    def read(self, path: Path) -> str:
        """The text of the file; that of one without entries if there is none.

        Raises `ConfigurationError` if it can't be read.
        """
        try:
            return path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return self.text([])
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"can't read `{path.name}`: {error}", "restore the file from version control"
            ) from error

    def tables(self, text: str, path: str) -> list[LockTable]:
        """The tables as they stand in the text; raises `ConfigurationError` if it is damaged."""
        tables, reserved = self.document(text, path)
        if reserved:
            raise self.damaged(path, "unknown key `reserved`")
        return tables

    def document(self, text: str, path: str) -> tuple[list[LockTable], tuple[str | int, ...]]:
        """The same, and the names and slots that must never be given."""
        self._refuse_conflicts(text, path)
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise self.damaged(path, str(error)) from error
        version = document.get("version")
        if version != LOCK_VERSION or isinstance(version, bool):
            raise ConfigurationError(
                f"`{path}` has version `{version}`, expected `{LOCK_VERSION}`",
                "use the version of scm that wrote it, or restore the file from version control",
            )
        found = document.get(self.table, [])
        unknown = sorted(set(document) - {"version", "reserved", self.table})
        if unknown or not isinstance(found, list):
            raise self.damaged(path, f"unknown key `{unknown[0] if unknown else self.table}`")
        lines = self._lines(text, len(found))
        tables = [
            LockTable(self, path, line, table) for table, line in zip(found, lines, strict=True)
        ]
        return tables, self._reserved(document.get("reserved", []), path)

    def text(self, blocks: Sequence[str], reserved: Sequence[str | int] = ()) -> str:
        """The text of a file with these tables, and with what is reserved."""
        shown = ", ".join(quoted(item) if isinstance(item, str) else str(item) for item in reserved)
        head = f"reserved = [{shown}]\n" if reserved else ""
        tables = [f"[[{self.table}]]\n{block}" for block in blocks]
        return "\n".join([f"{self.header}version = {LOCK_VERSION}\n{head}", *tables])

    def refuse_repetitions(self, entries: Iterable[tuple[str, int, int]], path: str) -> None:
        """Raise `ConfigurationError` if a name or a slot is in two of (name, slot, line)."""
        seen: dict[str | int, str] = {}
        for name, slot, line in entries:
            if name in seen:
                raise self.damaged(path, f"{self.noun} `{name}` has two entries", line)
            if slot in seen:
                problem = f"`{seen[slot]}` and `{name}` have the same slot {slot:,}"
                raise ConfigurationError(
                    f"`{path}` is damaged, at line {line}: {problem}",
                    "after a merge, keep the entry of the one that is deployed and remove the"
                    f" other: the next `{self.command}` gives it a new slot",
                )
            seen[name] = name
            seen[slot] = name

    def damaged(self, path: str, what: str, line: int = 0) -> ConfigurationError:
        """The error for a file that this format's command did not write like this."""
        place = f", at line {line}" if line else ""
        rebuild = f", or rebuild it with `{self.rebuild}`" if self.rebuild else ""
        return ConfigurationError(
            f"`{path}` is damaged{place}: {what}",
            f"restore the file from version control{rebuild}; it is written by `{self.command}`"
            " alone",
        )

    def _reserved(self, found: object, path: str) -> tuple[str | int, ...]:
        items = found if isinstance(found, list) else [None]
        for item in items:
            is_slot = isinstance(item, int) and not isinstance(item, bool)
            if not is_slot and not (isinstance(item, str) and item):
                raise self.damaged(path, "reserved must be a list of names and slots")
        return tuple(items)

    def _refuse_conflicts(self, text: str, path: str) -> None:
        for number, line in enumerate(text.splitlines(), 1):
            if _CONFLICT.match(line):
                rebuild = f"; `{self.rebuild}` tells which those are" if self.rebuild else ""
                raise ConfigurationError(
                    f"`{path}` has merge conflict markers, at line {number}",
                    "keep the entries of both sides; where both sides gave one slot to different"
                    f" {self.noun}s, keep the deployed one and remove the other: the next build"
                    f" gives it a new slot{rebuild}",
                )

    def _lines(self, text: str, count: int) -> list[int]:
        found = [
            number
            for number, line in enumerate(text.splitlines(), 1)
            if re.match(rf"\s*\[\[\s*{self.table}\s*\]\]", line)
        ]
        return found if len(found) == count else [1] * count


@frozen
class LockTable:
    """One table of a slot file, and the line where it begins; wrong values are refused."""

    format: LockFormat
    path: str
    line: int
    values: object

    def expect_keys(self, texts: Sequence[str], optional: Sequence[str] = ()) -> None:
        """Raise unless the keys are `texts` and `slot`, and maybe some of `optional`."""
        if not isinstance(self.values, dict) or set(self.values) - {*optional} != {*texts, "slot"}:
            raise self.damaged(f"the entry must have {', '.join(texts)} and slot")

    def has(self, key: str) -> bool:
        """Whether an optional key is there."""
        return key in self._values

    def flag(self, key: str) -> bool:
        """An optional key that is true where it matters."""
        value = self._values.get(key, False)
        if not isinstance(value, bool):
            raise self.damaged(f"{key} must be true or false")
        return value

    def names(self, key: str) -> tuple[str, ...]:
        """An optional list of names."""
        value = self._values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self.damaged(f"{key} must be a list of names")
        return tuple(value)

    def text(self, key: str) -> str:
        value = self._values[key]
        if not isinstance(value, str) or not value:
            raise self.damaged(f"{key} must be a text")
        return value

    def slot(self) -> Slot:
        value = self._values["slot"]
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.damaged("slot must be a number")
        if not FIRST_HANDLER_SLOT <= value < SLOT_LIMIT:
            wanted = f"from {FIRST_HANDLER_SLOT:,} to {SLOT_LIMIT - 1:,}"
            raise self.damaged(f"slot {value:,} is not one {wanted}")
        return Slot(value)

    def status(self) -> Status:
        match self.text("status"):
            case "active":
                return "active"
            case "retired":
                return "retired"
            case status:
                raise self.damaged(f"status `{status}` is neither `active` nor `retired`")

    def damaged(self, what: str) -> ConfigurationError:
        """The error for this table."""
        return self.format.damaged(self.path, what, self.line)

    @property
    def _values(self) -> Mapping[str, Any]:
        assert isinstance(self.values, dict)  # `expect_keys` has seen to it.
        return self.values


def replace_file(path: Path, text: str) -> bool:
    """Write the file if its text changes; returns whether it did."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    # The file is replaced as a whole, so that no crash can leave half of it.
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    temporary.replace(path)
    return True


def quoted(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    plain = [
        letter if letter >= " " and letter != "\x7f" else f"\\u{ord(letter):04x}"
        for letter in escaped
    ]
    return f'"{"".join(plain)}"'
