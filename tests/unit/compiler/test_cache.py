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


@pytest.mark.parametrize("name", ["content", "inner/more", ".sums"])
@pytest.mark.parametrize("damage", ["flipped", "cut", "emptied", "gone"])
def test_a_damaged_entry_is_made_again(tmp_path: Path, name: str, damage: str) -> None:
    def fill(folder: Path) -> None:
        write_content(folder)
        (folder / "inner").mkdir()
        (folder / "inner" / "more").write_text("more")

    folder, _ = Cache(tmp_path).entry("link", "key", fill)
    path = folder / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    match damage:
        case "flipped":
            path.write_bytes(content)
        case "cut":
            path.write_bytes(path.read_bytes()[:-1])
        case "emptied":
            path.write_bytes(b"")
        case "gone":
            path.unlink()

    again, cached = Cache(tmp_path).entry("link", "key", fill)
    assert not cached
    assert again == folder
    assert (folder / "content").read_text() == "made"
    assert Cache(tmp_path).entry("link", "key", never)[1]
    assert [item.name for item in folder.parent.iterdir()] == [folder.name]


def test_what_may_change_is_not_checked(tmp_path: Path) -> None:
    folder, _ = Cache(tmp_path).entry("link", "key", write_content, is_fixed=False)
    (folder / "content").write_text("changed")
    assert Cache(tmp_path).entry("link", "key", never, is_fixed=False)[1]


def test_hash_sees_where_parts_end() -> None:
    assert hash_parts(["ab", "c"]) != hash_parts(["a", "bc"])
    assert hash_parts(["ab"]) == hash_parts([b"ab"])
