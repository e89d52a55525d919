"""The journal: rounds on disk, and what a crash leaves of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scm.errors import ConfigurationError
from scm.model import Principal
from scm.network.journal import Journal, Round, UserCall, read_journal

CALL = UserCall(b"\1" * 32, Principal.anonymous(), 7, Principal(b"\5"), "pay", b"DIDL\0\0")
ROUNDS = [Round(5), Round(6, (CALL, CALL)), Round(1 << 60, (), True), Round(9, (CALL,))]


def written(path: Path) -> list[int]:
    """The sizes of the journal after each round."""
    journal = Journal(path, 0)
    sizes = [journal.size_bytes]
    for item in ROUNDS:
        journal.append(item)
        sizes.append(journal.size_bytes)
    journal.close()
    return sizes


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    sizes = written(path)
    assert read_journal(path) == (ROUNDS, sizes[-1])
    assert path.stat().st_mode & 0o777 == 0o600


def test_torn_end_is_left_out_wherever_it_is_torn(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    sizes = written(path)
    contents = path.read_bytes()
    for size in range(len(contents)):
        path.write_bytes(contents[:size])
        whole = sum(end <= size for end in sizes[1:])
        assert read_journal(path) == (ROUNDS[:whole], 0 if size < sizes[0] else sizes[whole])


@pytest.mark.parametrize("cut", [1, 3, 15, 40])
def test_a_torn_end_before_another_journal_is_damage(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "journal"
    sizes = written(path)
    assert read_journal(path, is_last=False) == (ROUNDS, sizes[-1])
    os.truncate(path, path.stat().st_size - cut)
    with pytest.raises(ConfigurationError, match="damaged at byte"):
        read_journal(path, is_last=False)


def test_writing_goes_on_after_a_torn_end(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    written(path)
    os.truncate(path, path.stat().st_size - 3)
    rounds, size = read_journal(path)
    journal = Journal(path, size)
    journal.append(Round(77))
    journal.close()
    assert read_journal(path)[0] == [*rounds, Round(77)]


def test_last_record_with_wrong_contents_is_torn(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    sizes = written(path)
    contents = bytearray(path.read_bytes())
    contents[-1] ^= 1
    path.write_bytes(contents)
    assert read_journal(path) == (ROUNDS[:-1], sizes[-2])


@pytest.mark.parametrize("at", [0, 20, 30])
def test_damage_in_the_middle_is_told(tmp_path: Path, at: int) -> None:
    path = tmp_path / "journal"
    written(path)
    contents = bytearray(path.read_bytes())
    contents[at] ^= 1
    path.write_bytes(contents)
    with pytest.raises(ConfigurationError, match="damaged at byte"):
        read_journal(path)


def test_round_that_cannot_be_written_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal"
    journal = Journal(path, 0)
    journal.append(ROUNDS[0])
    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", full_disk)
        with pytest.raises(OSError, match="full"):
            journal.append(ROUNDS[1])
        with pytest.raises(OSError, match="full"):
            journal.check_space()
    size_bytes = path.stat().st_size
    journal.check_space()
    assert path.stat().st_size == size_bytes
    journal.append(ROUNDS[2])
    journal.close()
    assert read_journal(path)[0] == [ROUNDS[0], ROUNDS[2]]


def test_journal_that_cannot_be_begun_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Else the one before it would seem to have another behind it, and to have to be whole.
    path = tmp_path / "journal"
    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", full_disk)
        with pytest.raises(OSError, match="full"):
            Journal(path, 0)
    assert not path.exists()


def full_disk(_file: int) -> None:
    raise OSError("the disk is full")
