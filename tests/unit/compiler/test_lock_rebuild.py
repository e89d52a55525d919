"""A slot file from a deployed module: what is lost comes back, what can be read stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from scm.compiler.artefacts import Slot, SlotEntry
from scm.compiler.lock_rebuild import open_lock
from scm.compiler.lockfile import FIRST_HANDLER_SLOT, read_lock, write_lock
from scm.compiler.manifest import SECTION_NAME, AbiManifest, encode_manifest
from scm.compiler.metadata import MetadataSection, write_metadata
from scm.errors import ConfigurationError

EMPTY_MODULE = b"\x00asm\x01\x00\x00\x00"
PAID = SlotEntry("paid", FIRST_HANDLER_SLOT, "(nat)", "(text)", "()", "active")
GONE = SlotEntry("gone", Slot(FIRST_HANDLER_SLOT + 4), "()", "()", "(nat)", "retired", (), "closed")
NEW = evolve(PAID, name="new", slot=Slot(FIRST_HANDLER_SLOT + 5))


@pytest.fixture
def deployed(tmp_path: Path) -> Path:
    """A module that was built with entries for `paid` and `gone`."""
    abi = AbiManifest("vault", "wasm32", Slot(65_536), Slot(65_537), (PAID, GONE), (), ())
    path = tmp_path / "deployed.wasm"
    section = MetadataSection(SECTION_NAME, encode_manifest(abi))
    path.write_bytes(write_metadata(EMPTY_MODULE, [section]))
    return path


@pytest.mark.parametrize("damage", [None, "", "<<<<<<< HEAD\n", "[[handler]]\n", "version = 7\n"])
def test_lost_or_damaged_file_is_rebuilt(deployed: Path, damage: str | None) -> None:
    path = deployed.with_name("scm.lock")
    if damage is not None:
        path.write_text(damage)
    assert open_lock(path, deployed).entries == (PAID, GONE)


def test_file_that_has_all_that_is_deployed_stays(deployed: Path) -> None:
    path = deployed.with_name("scm.lock")
    write_lock(path, [evolve(PAID, context="(int)"), GONE, NEW], ["old"])
    assert open_lock(path, deployed) == read_lock(path)


def test_every_difference_is_told(deployed: Path) -> None:
    path = deployed.with_name("scm.lock")
    write_lock(path, [evolve(PAID, slot=Slot(NEW.slot)), evolve(NEW, slot=GONE.slot)])
    with pytest.raises(ConfigurationError) as caught:
        open_lock(path, deployed)
    assert "`paid` has slot 65,557 in the file and 65,552 in the module" in caught.value.message
    assert "`gone` is missing in the file, and its slot 65,556 is that of `new`" in (
        caught.value.message
    )


def test_entry_that_was_taken_out_on_purpose_is_not_missed(deployed: Path) -> None:
    path = deployed.with_name("scm.lock")
    write_lock(path, [PAID], ["gone"])
    assert open_lock(path, deployed).entries == (PAID,)


def test_renamed_handler_is_found_by_its_older_name(deployed: Path) -> None:
    path = deployed.with_name("scm.lock")
    write_lock(path, [evolve(PAID, name="settled", formerly=("paid",)), GONE])
    assert [entry.name for entry in open_lock(path, deployed).entries] == ["settled", "gone"]


def test_module_of_others_is_refused(deployed: Path) -> None:
    deployed.write_bytes(EMPTY_MODULE)
    with pytest.raises(ConfigurationError, match="was not built by scm"):
        open_lock(deployed.with_name("scm.lock"), deployed)
