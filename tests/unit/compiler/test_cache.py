"""The store on disk: filled once, never half, never from another compiler."""

from __future__ import annotations

from pathlib import Path

import pytest

from scm.compiler.cache import Cache, hash_parts


def write_content(folder: Path) -> None:
    (folder / "content").write_text("made")


def never(folder: Path) -> None:
    raise AssertionError("it was there already")


def test_entry_is_filled_once(tmp_path: Path) -> None:
    folder, cached = Cache(tmp_path).entry("link", "key", write_content)
    assert not cached
    again, cached = Cache(tmp_path).entry("link", "key", never)
    assert cached
    assert again == folder
    assert (again / "content").read_text() == "made"


def test_failing_stage_leaves_nothing(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        write_content(folder)
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        Cache(tmp_path).entry("link", "key", fail)
    assert list((tmp_path / "link").iterdir()) == []
    assert not Cache(tmp_path).entry("link", "key", write_content)[1]


def test_slower_of_two_builds_takes_what_is_there(tmp_path: Path) -> None:
    def fill_while_another_does(folder: Path) -> None:
        Cache(tmp_path).entry("link", "key", write_content)
        write_content(folder)

    folder, _ = Cache(tmp_path).entry("link", "key", fill_while_another_does)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_other_compiler_has_entries_of_its_own(tmp_path: Path) -> None:
    Cache(tmp_path, "old").entry("link", "key", write_content)
    assert not Cache(tmp_path, "new").entry("link", "key", write_content)[1]


def test_hash_sees_where_parts_end() -> None:
    assert hash_parts(["ab", "c"]) != hash_parts(["a", "bc"])
    assert hash_parts(["ab"]) == hash_parts([b"ab"])
