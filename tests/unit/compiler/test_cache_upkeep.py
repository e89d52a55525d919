"""The cache does not grow without bound, and what someone uses stays."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scm.compiler.cache import Cache, default_cache, hash_parts
from scm.compiler.cache_upkeep import (
    DAY_SECONDS,
    CacheEntry,
    clear,
    find_entries,
    keep_small,
    superfluous,
)
from scm.errors import ConfigurationError

HOUR = 3_600
KEY = hash_parts(["key"])


def entry(name: str, size_bytes: int, age: float, *, is_scratch: bool = False) -> CacheEntry:
    return CacheEntry("link", (Path(name),), size_bytes, 1_000 * DAY_SECONDS - age, is_scratch)


@pytest.mark.parametrize(
    ("entries", "gone"),
    [
        ([entry("a", 60, 2 * HOUR), entry("b", 40, 3 * HOUR)], []),
        ([entry("a", 60, 2 * HOUR), entry("b", 41, 3 * HOUR)], ["b"]),
        # Once it is full, all that was used longer ago goes, however small.
        ([entry("a", 90, 2 * HOUR), entry("b", 20, 3 * HOUR), entry("c", 1, 4 * HOUR)], ["b", "c"]),
        # What was used within the hour stays, and counts.
        ([entry("a", 200, 60), entry("b", 300, 90), entry("c", 1, 2 * HOUR)], ["c"]),
        # For two weeks, if there is room.
        ([entry("a", 1, 13.9 * DAY_SECONDS), entry("b", 1, 14.1 * DAY_SECONDS)], ["b"]),
        # What a build that was killed left behind goes as soon as no build can be writing it.
        ([entry("a", 1, 60, is_scratch=True), entry("b", 1, 2 * HOUR, is_scratch=True)], ["b"]),
    ],
)
def test_what_goes(entries: list[CacheEntry], gone: list[str]) -> None:
    found = superfluous(entries, 100, 1_000 * DAY_SECONDS)
    assert [item.paths[0].name for item in found] == gone


def fill(cache: Cache, name: str, *, age_days: float = 0, stage: str = "link") -> Path:
    """An entry of ten bytes, used so many days ago."""
    folder, _ = cache.entry(stage, name, lambda path: put(path / "content"))
    grow_old(folder, age_days)
    return folder


def put(path: Path) -> None:
    path.write_bytes(bytes(10))


def grow_old(path: Path, days: float) -> None:
    when = path.stat().st_mtime - days * DAY_SECONDS
    os.utime(path, (when, when))


def test_use_makes_an_entry_young(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    folder = fill(cache, "old", age_days=20)
    cache.entry("link", "old", put)
    assert keep_small(cache).entry_count == 0
    assert folder.is_dir()


def test_upkeep_removes_what_is_idle_and_looks_again_later_only(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    young, old = fill(cache, "young"), fill(cache, "old", age_days=20)
    removed = keep_small(cache)
    assert (removed.entry_count, removed.size_bytes) == (1, 10)
    assert (young.is_dir(), old.is_dir()) == (True, False)
    fill(cache, "old", age_days=20)
    assert keep_small(cache).entry_count == 0
    grow_old(tmp_path / "looked-at", 1)
    assert keep_small(cache).entry_count == 1


def test_limit_is_kept(tmp_path: Path) -> None:
    cache = Cache(tmp_path, max_bytes=25)
    for name, days in (("a", 1), ("b", 2), ("c", 3)):
        fill(cache, name, age_days=days)
    assert keep_small(cache).entry_count == 1
    assert sum(item.size_bytes for item in find_entries(tmp_path)) == 20


def test_nothing_is_removed_while_a_build_runs(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    fill(cache, "old", age_days=20)
    with cache.in_use():
        assert keep_small(cache).entry_count == 0
        with pytest.raises(ConfigurationError, match="is in use"):
            clear(cache)
        with Cache(tmp_path).in_use():  # Builds don't keep each other waiting.
            pass
    assert keep_small(cache).entry_count == 1


def test_machine_code_and_zigs_library_are_kept_as_long_as_they_are_used(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    compiled = tmp_path / "modules" / "compiled"
    compiled.mkdir(parents=True)
    for name, days in (("used", 1), ("unused", 15)):
        put(compiled / name)
        grow_old(compiled / name, days)
    library, _ = cache.entry_of_recipe("zig", KEY, put_nothing)
    (tmp_path / "zig" / "o").mkdir()
    put(tmp_path / "zig" / "o" / "libc.a")
    grow_old(tmp_path / "zig" / "o", 15)
    assert keep_small(cache).entry_count == 1
    assert [item.name for item in compiled.iterdir()] == ["used"]
    assert (tmp_path / "zig" / "o").is_dir()
    for path in (library, tmp_path / "looked-at"):
        grow_old(path, 15)
    assert keep_small(cache).entry_count == 1
    assert list((tmp_path / "zig").iterdir()) == []


def put_nothing(_folder: Path) -> None:
    pass


def test_clear_removes_what_is_asked_for(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for stage in ("link", "canister"):
        fill(cache, "young", stage=stage)
        fill(cache, "old", stage=stage, age_days=4)
    assert clear(cache, "link", 3 * DAY_SECONDS).entry_count == 1
    assert clear(cache, "link").entry_count == 1
    assert clear(cache, idle_seconds=3 * DAY_SECONDS).entry_count == 1
    assert clear(cache).entry_count == 1
    assert find_entries(tmp_path) == []
    with pytest.raises(ConfigurationError, match="no stage `linc`"):
        clear(cache, "linc")


def test_clear_of_a_cache_that_is_not_there_makes_none(tmp_path: Path) -> None:
    assert clear(Cache(tmp_path / "none")).entry_count == 0
    assert list(tmp_path.iterdir()) == []


def test_only_what_a_build_has_made_is_removed(tmp_path: Path) -> None:
    """The user may have named a folder that has other things in it."""
    theirs = [tmp_path / name for name in ("notes.txt", "link/mine.txt", "zig/main.zig", "o/file")]
    for path in theirs:
        path.parent.mkdir(exist_ok=True)
        put(path)
    fill(Cache(tmp_path), "ours")
    assert clear(Cache(tmp_path)).entry_count == 1
    assert all(path.is_file() for path in theirs)


def test_upkeep_of_a_cache_that_cannot_be_written_is_left_out(tmp_path: Path) -> None:
    tmp_path.joinpath("file").touch()
    assert keep_small(Cache(tmp_path / "file" / "cache")).entry_count == 0


def test_the_limit_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCM_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("SCM_CACHE_MAX_BYTES", "123")
    assert (default_cache().folder, default_cache().max_bytes) == (tmp_path, 123)
    monkeypatch.setenv("SCM_CACHE_MAX_BYTES", "5 GB")
    with pytest.raises(ConfigurationError, match="`5 GB`, which is no number of bytes"):
        default_cache()
