"""The slot file of `scm pin`: append only, read back as written, refused when damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from scm.compiler.artefacts import Slot
from scm.compiler.callback_lock import (
    CallbackEntry,
    CallbackLock,
    format_callback_lock,
    parse_callback_lock,
    plan_callbacks,
    read_callback_lock,
    write_callback_lock,
)
from scm.compiler.lock_text import FIRST_HANDLER_SLOT, SLOT_LIMIT
from scm.errors import ConfigurationError, LimitError

DRAWN = CallbackEntry("drawn", FIRST_HANDLER_SLOT)
GONE = CallbackEntry("gone", Slot(FIRST_HANDLER_SLOT + 1), "retired")
LOCK = CallbackLock((DRAWN, GONE), (5, 10))
TEXT = """\
# The slot of every callback.  Written by `scm pin`; commit it with the source.
# A response that is on its way finds its callback by the slot, so no entry is removed or changed.
version = 1

[[callback]]
name = "drawn"
slot = 65552
status = "active"

[[callback]]
name = "gone"
slot = 65553
status = "retired"
"""


def test_text_and_entries_are_each_others() -> None:
    assert format_callback_lock([GONE, DRAWN]) == TEXT
    assert parse_callback_lock(TEXT) == LOCK
    assert LOCK.span_of("gone").line == 10


def test_file_is_written_only_if_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "slots.lock"
    assert read_callback_lock(path).entries == ()
    assert write_callback_lock(path, [DRAWN])
    assert not write_callback_lock(path, [DRAWN])
    assert read_callback_lock(path).entries == (DRAWN,)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"gone"', '"drawn"', "at line 10: callback `drawn` has two entries"),
        ("65553", "65552", "`drawn` and `gone` have the same slot 65,552"),
        ("65553", "1", "slot 1 is not one from 65,552 to 999,999"),
        ('status = "active"\n', "", "the entry must have name, status and slot"),
        ('"active"', '"asleep"', "status `asleep` is neither"),
        ("[[callback]]", "[[handler]]", "unknown key `handler`"),
        ("version = 1", "<<<<<<< ours", "merge conflict markers, at line 3"),
    ],
)
def test_damage_is_told_with_its_place(old: str, new: str, message: str) -> None:
    assert old in TEXT
    with pytest.raises(ConfigurationError, match=message) as caught:
        parse_callback_lock(TEXT.replace(old, new, 1))
    assert caught.value.help


def test_new_names_get_the_slots_behind_all_others() -> None:
    planned = plan_callbacks(LOCK, ["new", "drawn", "newer", "new"])
    assert [(entry.name, entry.slot - FIRST_HANDLER_SLOT) for entry in planned] == [
        ("drawn", 0),
        ("gone", 1),
        ("new", 2),
        ("newer", 3),
    ]


def test_entries_are_kept_whether_they_are_named_or_not() -> None:
    assert plan_callbacks(LOCK, []) == LOCK.entries


def test_retired_name_comes_back_to_its_slot() -> None:
    assert plan_callbacks(LOCK, ["gone"])[1] == CallbackEntry("gone", GONE.slot)


def test_a_name_can_be_given_up() -> None:
    statuses = [entry.status for entry in plan_callbacks(LOCK, [], frozenset({"drawn", "gone"}))]
    assert statuses == ["retired", "retired"]


@pytest.mark.parametrize(
    ("names", "retire", "message"),
    [(["drawn"], "drawn", "the module still has it"), ([], "draw", "`slots.lock` has no such")],
)
def test_only_what_is_gone_can_be_given_up(names: list[str], retire: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        plan_callbacks(LOCK, names, frozenset({retire}))


def test_slots_run_out_at_the_platforms_limit() -> None:
    lock = CallbackLock((CallbackEntry("last", Slot(SLOT_LIMIT - 1)),), (1,))
    with pytest.raises(LimitError):
        plan_callbacks(lock, ["new"])
