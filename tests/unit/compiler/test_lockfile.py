"""The slot file: written the same every time, read back, and refused when damaged."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from scm.compiler.artefacts import Slot, SlotEntry
from scm.compiler.lockfile import (
    FIRST_HANDLER_SLOT,
    LockFile,
    format_lock,
    parse_lock,
    read_lock,
    write_lock,
)
from scm.errors import ConfigurationError

PAID = SlotEntry("paid", FIRST_HANDLER_SLOT, "(nat)", "(text)", "()", "active")
GONE = SlotEntry("gone", Slot(FIRST_HANDLER_SLOT + 1), "()", "()", "(nat)", "retired")

TEXT = """\
# The slot of every response handler.  Written by `scm build`; commit it with the source.
# A response that is on its way finds its handler by the slot, so no entry is removed or changed.
version = 1

[[handler]]
name = "paid"
slot = 65552
context = "(nat)"
response = "(text)"
reply = "()"
status = "active"

[[handler]]
name = "gone"
slot = 65553
context = "()"
response = "()"
reply = "(nat)"
status = "retired"
"""


def test_text_of_two_entries() -> None:
    assert format_lock([GONE, PAID]) == TEXT


def test_file_without_entries_has_a_version() -> None:
    assert parse_lock(format_lock([])).entries == ()


def test_entries_know_their_lines() -> None:
    lock = parse_lock(TEXT)
    assert lock.entries == (PAID, GONE)
    assert (lock.line_of("paid"), lock.line_of("gone"), lock.line_of("other")) == (5, 13, 1)


def test_entries_may_stand_in_any_order() -> None:
    head, first, second = TEXT.split("[[handler]]")
    swapped = parse_lock(f"{head}[[handler]]{second}\n[[handler]]{first}")
    assert swapped.entries == (PAID, GONE)
    assert swapped.lines == (13, 5)


NAMES = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1), unique=True, max_size=5
)


@given(NAMES)
def test_any_names_survive(names: list[str]) -> None:
    entries = tuple(
        evolve(PAID, name=name, slot=Slot(FIRST_HANDLER_SLOT + index))
        for index, name in enumerate(names)
    )
    assert parse_lock(format_lock(entries)).entries == entries


def test_absent_file_has_no_entries(tmp_path: Path) -> None:
    assert read_lock(tmp_path / "scm.lock") == LockFile()


def test_file_is_written_only_if_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "scm.lock"
    assert not write_lock(path, [])
    assert not path.exists()
    assert write_lock(path, [PAID])
    assert not write_lock(path, [PAID])
    assert write_lock(path, [PAID, GONE])
    assert read_lock(path).entries == (PAID, GONE)
    assert [item.name for item in tmp_path.iterdir()] == ["scm.lock"]


def replaced(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (replaced('name = "gone"', 'name = "paid"'), "at line 13: handler `paid` has two entries"),
        (replaced("slot = 65553", "slot = 65551"), "at line 13: slot 65,551 is not one from"),
        (replaced("slot = 65553", "slot = 1000000"), "slot 1,000,000 is not one from"),
        (replaced("slot = 65552", "slot = true"), "at line 5: slot must be a number"),
        (replaced('"(nat)"', '"(nut)"'), "at line 5: context is not a Candid type"),
        (replaced('"retired"', '"gone"'), "status `gone` is neither"),
        (replaced('name = "paid"', "name = 1"), "name must be a text"),
        (replaced('reply = "()"\n', ""), "the entry must have"),
        (replaced('reply = "()"', 'reply = "()"\nmore = 1'), "the entry must have"),
        (replaced("version = 1", "version = 1\nother = 2"), "unknown key `other`"),
        (replaced('"paid"', '"paid'), "line 6"),
        (replaced("[[handler]]", "[handler]"), "is damaged"),
        (replaced("version = 1", "version = 2"), "has version `2`, expected `1`"),
        (replaced("version = 1\n", ""), "has version `None`, expected `1`"),
        (replaced("version = 1\n", "version = 1\nhandler = 3\n"), "is damaged"),
    ],
)
def test_damage_is_told_with_line_and_help(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_lock(text)
    assert message in caught.value.message
    assert "version control" in caught.value.help


@pytest.mark.parametrize("marker", ["<<<<<<< HEAD", "=======", ">>>>>>> other", "||||||| base"])
def test_merge_conflict_is_recognised(marker: str) -> None:
    with pytest.raises(ConfigurationError, match="merge conflict markers, at line 5") as caught:
        parse_lock(replaced("[[handler]]", f"{marker}\n[[handler]]"))
    assert "both sides" in caught.value.help


def test_unreadable_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "scm.lock"
    path.write_bytes(b"\xff")
    with pytest.raises(ConfigurationError, match=r"can't read `scm\.lock`"):
        read_lock(path)


def test_what_is_reserved_stays_in_the_file() -> None:
    text = replaced("version = 1\n", 'version = 1\nreserved = ["old", 65600]\n')
    lock = parse_lock(text)
    assert lock.reserved == ("old", 65_600)
    assert format_lock(lock.entries, lock.reserved) == text


@pytest.mark.parametrize("reserved", ['"old"', "[true]", '[""]', "[1.5]"])
def test_reserved_is_a_list_of_names_and_slots(reserved: str) -> None:
    with pytest.raises(ConfigurationError, match="reserved must be a list of names and slots"):
        parse_lock(replaced("version = 1\n", f"version = 1\nreserved = {reserved}\n"))


@pytest.mark.parametrize("reserved", ['["paid"]', "[65552]"])
def test_active_handler_is_not_reserved(reserved: str) -> None:
    with pytest.raises(ConfigurationError, match=r"`paid` is reserved, by its name or slot"):
        parse_lock(replaced("version = 1\n", f"version = 1\nreserved = {reserved}\n"))


def test_two_handlers_at_one_slot_are_explained_as_after_a_merge() -> None:
    with pytest.raises(ConfigurationError, match="`paid` and `gone` have the same slot") as caught:
        parse_lock(replaced("slot = 65553", "slot = 65552"))
    assert "keep the entry of the one that is deployed" in caught.value.help


def test_handlers_of_joins_say_so() -> None:
    text = format_lock([evolve(PAID, is_join=True)])
    assert text.endswith('status = "active"\njoin = true\n')
    assert parse_lock(text).entries[0].is_join
    with pytest.raises(ConfigurationError, match="join must be true or false"):
        parse_lock(text.replace("join = true", "join = 1"))
