"""`scm build --watch`: build again whenever a file of the project changes.

Files are looked at a few times a second, which works on every file system.  A change is followed by
a build when nothing has changed for a moment, so that a burst of saves makes one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from attrs import evolve, frozen

from scm.compiler.project import LOCK_NAME, deployed_setting, load_project
from scm.compiler.settings import SETTINGS_FILE
from scm.errors import ScmError

POLL_SECONDS: Final = 0.15
SETTLE_SECONDS: Final = 0.1

INTERRUPTED: Final = 130  # As shells report SIGINT.

Sleep = Callable[[float], None]


@frozen
class Watched:
    """What a build depends on: `files`, and `lock`, which it also writes."""

    root: Path
    files: tuple[Path, ...]
    lock: Path


@frozen
class Look:
    """How it was at one moment: time and size of files, None for one that is not there.

    `names` are those of all modules in the folder: a new one may be what an import has missed.
    """

    names: frozenset[str]
    files: tuple[tuple[int, int] | None, ...]
    lock: tuple[int, int] | None


def watch(path: Path, build: Callable[[], int], sleep: Sleep) -> int:
    """Call `build` now and after each change, until it returns 130 or `sleep` raises.

    Its other exit codes are what they are: mistakes that the next edit may mend.
    """
    watched = find_watched(path, None)
    while True:
        before = look(watched)
        if (code := build()) == INTERRUPTED:
            return code
        # What the build itself has written is no change; what was edited meanwhile is one.
        before = evolve(before, lock=look(watched).lock)
        watched = _wait(path, watched, before, sleep)


def find_watched(path: Path, former: Watched | None) -> Watched:
    """The files of the project in `path`; of one that can't be read, those it had before."""
    root = path if path.is_dir() else path.parent
    files = [root / SETTINGS_FILE]
    lock = root / LOCK_NAME
    try:
        project = load_project(path)
        files += [root / module.path for module in project.modules]
        lock = project.lock_path
        with suppress(ScmError):
            deployed = deployed_setting(path)
            files += [deployed] if deployed is not None else []
    except (ScmError, OSError):
        files += former.files if former is not None else list(_modules(root))
    return Watched(root, tuple(dict.fromkeys(files)), lock)


def look(watched: Watched) -> Look:
    """How everything is now."""
    names = frozenset(path.as_posix() for path in _modules(watched.root))
    files = tuple(_signature(path) for path in watched.files)
    return Look(names, files, _signature(watched.lock))


def _wait(path: Path, watched: Watched, before: Look, sleep: Sleep) -> Watched:
    """Wait for a change that matters; returns what is to be watched from then on."""
    while True:
        sleep(POLL_SECONDS)
        found, before = look_again(path, watched, before, sleep)
        if found is not None:
            return found


def look_again(
    path: Path, watched: Watched, before: Look, sleep: Sleep
) -> tuple[Watched | None, Look]:
    """How it is now, and what is to be watched from then on, if something matters that changed."""
    now = look(watched)
    if now == before:
        return None, before
    while True:
        sleep(SETTLE_SECONDS)
        settled = look(watched)
        if settled == now:
            break
        now = settled
    found = find_watched(path, watched)
    if found != watched or evolve(now, names=before.names) != before:
        return found, now
    return None, now  # A module came or went that the canister does not import.


def _modules(root: Path) -> Iterator[Path]:
    """The modules in a folder and in the packages in it."""
    with suppress(OSError):
        for path in sorted(root.iterdir()):
            if path.suffix == ".py":
                yield path
            elif (path / "__init__.py").is_file():
                yield from _modules(path)


def _signature(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
