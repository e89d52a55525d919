"""The folder with all that a local network keeps: keys, checkpoints and journals.

`checkpoint-N.zip` has the state before the first round in `journal-N`.  The newest checkpoint and
all journals from its number on give the state of today.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import ExitStack
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from scm.errors import ConfigurationError
from scm.network.durable import OWNER_ONLY, put_in_place, sync_file, write_durably
from scm.network.journal import Journal, Round, read_journal
from scm.network.keys import NetworkKeys, make_keys, read_keys
from scm.replica.archive import FORMAT, load_state, save_state
from scm.replica.state import ReplicaState

_FORMAT_FILE: Final = "format"
_KEYS_FILE: Final = "keys.json"
_LOCK_FILE: Final = "lock"
_NETWORK_FORMAT: Final = "scm network 1"
_OWNER_FOLDER: Final = 0o700
_CHECKPOINT: Final = "checkpoint-{:08}.zip"
_JOURNAL: Final = "journal-{:08}"


class StateDirectory:
    """A folder that this process alone uses, until `close`."""

    def __init__(self, path: Path, *, clean: bool = False) -> None:
        """Take the folder; make it if it is not there; `clean` deletes what was in it.

        Raises `ConfigurationError` if another process has it, if another version of scm wrote it,
        or if it holds something else; `OSError`.
        """
        self.path: Final = path
        path.mkdir(parents=True, exist_ok=True, mode=_OWNER_FOLDER)
        self._check_contents()
        self._lock: Final = _take_lock(path)
        with ExitStack() as undo:
            undo.callback(self.close)
            if clean:
                self._clean()
            self._check_format()
            self._remove_unfinished()
            undo.pop_all()

    def close(self) -> None:
        """Let others have the folder."""
        os.close(self._lock)

    def keys(self) -> NetworkKeys:
        """The keys of the network, made when they are first asked for."""
        path = self.path / _KEYS_FILE
        return read_keys(path) if path.exists() else make_keys(path)

    def load(self, cache_directory: Path | None) -> tuple[ReplicaState, int] | None:
        """The newest checkpoint and its number; None if there is none."""
        numbers = self._numbers(_CHECKPOINT)
        if not numbers:
            return None
        number = numbers[-1]
        return load_state(self._checkpoint(number), cache_directory), number

    def rounds_since(self, number: int) -> tuple[list[list[Round]], Journal]:
        """All rounds since a checkpoint, by journal, and the last journal, to be gone on with."""
        numbers = [found for found in self._numbers(_JOURNAL) if found >= number] or [number]
        if numbers != list(range(number, numbers[-1] + 1)):
            raise ConfigurationError(
                f"`{self.path}` lacks a journal: there are {', '.join(map(str, numbers))}, from"
                f" {number} on",
                "restore the folder from a copy, or start anew with `--clean`",
            )
        rounds: list[list[Round]] = []
        size_bytes = 0
        for found in numbers:
            path = self._journal(found)
            is_last = found == numbers[-1]
            items, size_bytes = read_journal(path, is_last=is_last) if path.exists() else ([], 0)
            rounds.append(items)
        return rounds, Journal(self._journal(numbers[-1]), size_bytes)

    def new_journal(self, number: int) -> Journal:
        """An empty journal."""
        return Journal(self._journal(number), 0)

    def save(self, state: ReplicaState, number: int) -> None:
        """Write a checkpoint; when it is there, what came before it goes."""
        unfinished = self.path / "checkpoint.partial"
        try:
            unfinished.touch(mode=OWNER_ONLY)
            save_state(state, unfinished)
            unfinished.chmod(OWNER_ONLY)
            sync_file(unfinished)
        except OSError:
            unfinished.unlink(missing_ok=True)  # The disk may be full: others need the room.
            raise
        put_in_place(unfinished, self._checkpoint(number))
        for older in self._numbers(_CHECKPOINT):
            if older < number:
                self._checkpoint(older).unlink()
        for older in self._numbers(_JOURNAL):
            if older < number:
                self._journal(older).unlink()

    def _numbers(self, pattern: str) -> list[int]:
        before, _, after = pattern.partition("{:08}")
        names = (path.name for path in self.path.iterdir())
        middles = (
            name[len(before) : len(name) - len(after)]
            for name in names
            if name.startswith(before) and name.endswith(after)
        )
        return sorted(int(middle) for middle in middles if middle.isdecimal())

    def _checkpoint(self, number: int) -> Path:
        return self.path / _CHECKPOINT.format(number)

    def _journal(self, number: int) -> Path:
        return self.path / _JOURNAL.format(number)

    def _check_contents(self) -> None:
        names = [path.name for path in self.path.iterdir()]
        own = {_LOCK_FILE, f"{_FORMAT_FILE}.partial"}  # As a first start that failed leaves it.
        if names and _FORMAT_FILE not in names and set(names) - own:
            raise ConfigurationError(
                f"`{self.path}` has something else in it than the state of a local network",
                "name another folder with `--state`",
            )

    def _check_format(self) -> None:
        path = self.path / _FORMAT_FILE
        if not path.exists():
            write_durably(path, f"{_own_format()}\n".encode())
            return
        found = path.read_text(encoding="utf-8", errors="replace").strip()
        if found != _own_format():
            raise ConfigurationError(
                f"the state in `{self.path}` was written by another version of scm: it is"
                f" `{found[:80]}`, this one reads `{_own_format()}`",
                "go on with that version, or start anew with `--clean`, which deletes all canisters"
                " in it",
            )

    def _clean(self) -> None:
        for number in self._numbers(_CHECKPOINT):
            self._checkpoint(number).unlink()
        for number in self._numbers(_JOURNAL):
            self._journal(number).unlink()
        for name in (_KEYS_FILE, "canister_ids.json", _FORMAT_FILE):
            (self.path / name).unlink(missing_ok=True)

    def _remove_unfinished(self) -> None:
        for path in self.path.glob("*.partial"):
            path.unlink()


def _own_format() -> str:
    try:
        own = version("scm")
    except PackageNotFoundError:
        own = "unknown"
    return f"{_NETWORK_FORMAT}, {FORMAT}, scm {own}"


def _take_lock(path: Path) -> int:
    """The open lock file, which has the number of the process that holds it."""
    lock = os.open(path / _LOCK_FILE, os.O_RDWR | os.O_CREAT, OWNER_ONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(lock, 20, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(lock)
        raise ConfigurationError(
            f"a local network runs with the state in `{path}` already: process {holder}",
            "use that one, stop it with Ctrl-C, or name another folder with `--state`",
        ) from error
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return lock
