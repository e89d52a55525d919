"""The folder of a local network: who may use it, and what is in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from scm.errors import ConfigurationError
from scm.network.state_directory import StateDirectory


def test_one_network_at_a_time(tmp_path: Path) -> None:
    first = StateDirectory(tmp_path / "state")
    with pytest.raises(ConfigurationError, match=r"runs with the state in .* process \d+"):
        StateDirectory(tmp_path / "state")
    first.close()
    StateDirectory(tmp_path / "state").close()


def test_only_its_owner_may_look(tmp_path: Path) -> None:
    directory = StateDirectory(tmp_path / "state")
    directory.keys()
    directory.close()
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    for path in (tmp_path / "state").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path


def test_state_of_another_version_is_not_touched(tmp_path: Path) -> None:
    StateDirectory(tmp_path).close()
    (tmp_path / "format").write_text("scm network 0\n")
    with pytest.raises(ConfigurationError, match="written by another version of scm") as caught:
        StateDirectory(tmp_path)
    assert "--clean" in caught.value.help
    StateDirectory(tmp_path, clean=True).close()
    StateDirectory(tmp_path).close()


@pytest.mark.parametrize("clean", [False, True])
def test_folder_with_something_else_is_refused(tmp_path: Path, clean: bool) -> None:
    (tmp_path / "thesis.tex").write_text("dear")
    with pytest.raises(ConfigurationError, match="something else in it"):
        StateDirectory(tmp_path, clean=clean)
    assert (tmp_path / "thesis.tex").read_text() == "dear"


def test_clean_deletes_only_what_is_the_networks(tmp_path: Path) -> None:
    directory = StateDirectory(tmp_path)
    keys = directory.keys()
    directory.new_journal(0).close()
    directory.close()
    (tmp_path / "notes").write_text("mine")
    directory = StateDirectory(tmp_path, clean=True)
    assert directory.keys().root != keys.root
    directory.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("format", "keys.json", "lock", "notes"),
    ]


def test_keys_stay(tmp_path: Path) -> None:
    first = StateDirectory(tmp_path)
    keys = first.keys()
    first.close()
    second = StateDirectory(tmp_path)
    assert second.keys().root == keys.root
    assert second.keys().node_id == keys.node_id
    second.close()


def test_damaged_keys_are_told(tmp_path: Path) -> None:
    directory = StateDirectory(tmp_path)
    (tmp_path / "keys.json").write_text("{}")
    with pytest.raises(ConfigurationError, match="does not hold the keys"):
        directory.keys()
    directory.close()


def test_missing_journal_is_told(tmp_path: Path) -> None:
    directory = StateDirectory(tmp_path)
    directory.new_journal(2).close()
    with pytest.raises(ConfigurationError, match="lacks a journal"):
        directory.rounds_since(1)
    directory.close()
