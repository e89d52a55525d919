"""What is in the build cache, and how it is kept from growing without bound.

After a build, entries that nobody has used for two weeks go, and then, while there is more than the
limit, those that were used longest ago; what was used within the hour stays.  An entry disappears
with one rename, and nothing is removed while a build runs.  Only what a build has made is touched,
whatever folder the user names.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from attrs import frozen

from scm.compiler.cache import Cache
from scm.compiler.cache_sums import SUMS_FILE
from scm.errors import ConfigurationError

STAGES: Final = (
    *("runtime", "runtime-objects", "translate", "pieces", "objects", "link", "snapshot"),
    *("canister", "modules", "zig", "boot-functions", "runtime-modules", "bundle"),
)
"""Folders of the cache: those of the stages; machine code of the replica's; zig's library."""

IDLE_DAYS_MAX: Final = 14
DAY_SECONDS: Final = 86_400
RECENT_SECONDS: Final = 3_600
UPKEEP_SECONDS: Final = 600
"""How long after it was looked at the cache is looked at again: that takes a tenth of a second."""

_KEY: Final = re.compile(r"[0-9a-f]{64}")
_SCRATCH: Final = re.compile(r"\.(new|old)-.*")
_STAMP: Final = "looked-at"
_ZIG_PARTS: Final = ("b", "h", "o", "tmp", "z")
_MODULES: Final = "compiled"


@frozen
class CacheEntry:
    """Something that is kept and removed as a whole; `used`: the time of its last use, as of files.

    `paths` are the files and folders that it consists of.
    """

    stage: str
    paths: tuple[Path, ...]
    size_bytes: int
    used: float
    is_scratch: bool = False


@frozen
class Removed:
    """How much was removed."""

    entry_count: int = 0
    size_bytes: int = 0


def find_entries(folder: Path) -> list[CacheEntry]:
    """Everything in the cache at `folder`, with sizes in bytes."""
    return [entry for stage in STAGES for entry in _entries_of(stage, folder / stage)]


def clear(cache: Cache, stage: str | None = None, idle_seconds: float | None = None) -> Removed:
    """Remove all entries, those of `stage` only, those unused for so long only.

    Raises `ConfigurationError` for an unknown stage, and while a build is running.
    """
    if stage is not None and stage not in STAGES:
        raise ConfigurationError(
            f"the cache has no stage `{stage}`", f"the stages are {', '.join(sorted(STAGES))}"
        )
    if not cache.folder.is_dir():
        return Removed()
    with cache.unused() as is_unused:
        if not is_unused:
            raise ConfigurationError(
                f"the cache in `{cache.folder}` is in use, or can't be written",
                "wait until no build is running",
            )
        now = _now(cache.folder)

        def is_meant(entry: CacheEntry) -> bool:
            is_of_stage = stage is None or entry.stage == stage
            return is_of_stage and (idle_seconds is None or now - entry.used > idle_seconds)

        return _remove(entry for entry in find_entries(cache.folder) if is_meant(entry))


def keep_small(cache: Cache) -> Removed:
    """Remove what has not been used for long, and what is over the limit; called after a build.

    Does nothing if it was done a moment ago, while a build runs, or if the cache can't be written.
    """
    try:
        stamp = cache.folder / _STAMP
        if stamp.is_file() and _now(cache.folder) - stamp.stat().st_mtime < UPKEEP_SECONDS:
            return Removed()
        with cache.unused() as is_unused:
            if not is_unused:
                return Removed()
            stamp.touch()
            entries = find_entries(cache.folder)
            return _remove(superfluous(entries, cache.max_bytes, stamp.stat().st_mtime))
    except OSError:
        return Removed()  # The build itself has succeeded.


def superfluous(entries: Sequence[CacheEntry], max_bytes: int, now: float) -> list[CacheEntry]:
    """Which entries go, by the rule at the top of this file; `now` is as times of files."""
    gone = []
    total = 0
    for entry in sorted(entries, key=lambda entry: entry.used, reverse=True):
        idle = now - entry.used
        total += entry.size_bytes
        is_old = entry.is_scratch or total > max_bytes or idle > IDLE_DAYS_MAX * DAY_SECONDS
        if is_old and idle > RECENT_SECONDS:
            gone.append(entry)
    return gone


def _entries_of(stage: str, folder: Path) -> Iterator[CacheEntry]:
    if stage == "modules":
        yield from _each(stage, folder / _MODULES, lambda path: path.is_file())
        return
    if stage == "zig":
        yield from _zig_entry(folder)
    else:
        yield from _each(stage, folder, lambda path: _KEY.fullmatch(path.name) is not None)
    yield from _each(
        stage, folder, lambda path: _SCRATCH.fullmatch(path.name) is not None, is_scratch=True
    )


def _each(
    stage: str, folder: Path, is_entry: Callable[[Path], bool], *, is_scratch: bool = False
) -> Iterator[CacheEntry]:
    for path in _paths_in(folder):
        if is_entry(path):
            with suppress(FileNotFoundError):  # It may go at this moment.
                yield CacheEntry(stage, (path,), _size_of(path), path.stat().st_mtime, is_scratch)


def _zig_entry(folder: Path) -> Iterator[CacheEntry]:
    """One entry, as only zig knows what belongs together; a build's entry beside says when used."""
    own = tuple(path for path in _paths_in(folder) if _KEY.fullmatch(path.name))
    parts = tuple(folder / name for name in _ZIG_PARTS if (folder / name).is_dir())
    paths = (*own, *parts)
    if paths:
        used = max(path.stat().st_mtime for path in own or parts)
        yield CacheEntry("zig", paths, sum(map(_size_of, paths)), used)


def _paths_in(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _size_of(path: Path) -> int:
    if not path.is_dir():
        return path.stat().st_size
    total = 0
    todo: list[str] = [str(path)]
    while todo:
        with os.scandir(todo.pop()) as found:
            for item in found:
                if item.is_dir(follow_symlinks=False):
                    todo.append(item.path)
                elif item.name != SUMS_FILE:
                    total += item.stat(follow_symlinks=False).st_size
    return total


def _now(folder: Path) -> float:
    """The time by the clock that dates the files in `folder`."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".now-") as file:
        return Path(file.name).stat().st_mtime


def _remove(entries: Iterable[CacheEntry]) -> Removed:
    count = size_bytes = 0
    for entry in entries:
        for path in entry.paths:
            _remove_path(path)
        count += 1
        size_bytes += entry.size_bytes
    return Removed(count, size_bytes)


def _remove_path(path: Path) -> None:
    if not path.is_dir():
        path.unlink(missing_ok=True)
        return
    grave = Path(tempfile.mkdtemp(dir=path.parent, prefix=".old-"))
    try:
        path.rename(grave / path.name)
    finally:
        shutil.rmtree(grave, ignore_errors=True)
