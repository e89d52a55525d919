"""What `scm build` makes: the module that the platform gets, its slots, the same bytes again."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import scm
from scm.compiler.builds import BuildOptions
from scm.compiler.controls import CONTROLS
from scm.compiler.lockfile import (
    CLEANUP_SLOT,
    FIRST_HANDLER_SLOT,
    HANDLED_SLOT,
    ORPHAN_SLOT,
    REFUSED_SLOT,
    read_lock,
)
from scm.compiler.metadata import read_metadata
from scm.compiler.pipeline import build
from scm.compiler.verify import read_pins, verify_module
from scm.errors import SourceError
from scm.wasm.engine import validate
from scm.wasm.module import parse_module
from scm.wasm.sections import read_exports, read_imports

pytestmark = pytest.mark.toolchain

MODULE_BYTES_MAX = 8_000_000
GZIP_BYTES_MAX = 2_600_000

FIXED_PINS = {
    CLEANUP_SLOT: "scm_callback_cleanup",
    ORPHAN_SLOT: "scm_callback_orphan",
    HANDLED_SLOT: "scm_callback_handled",
    REFUSED_SLOT: "scm_callback_refused",
}


@pytest.fixture(scope="session")
def vault_v2_files(tmp_path_factory, write_project, vault_sources):
    """Everything that building the vault writes."""
    output = tmp_path_factory.mktemp("output")
    project = write_project(vault_sources["v2"], vault_sources["v2.lock"])
    build(project, BuildOptions(output=output), lambda report: None)
    return {path.name: path.read_bytes() for path in output.iterdir()}


def exports_of(wasm):
    return {entry.name for entry in read_exports(parse_module(wasm))}


def pins_of(lock):
    return FIXED_PINS | {entry.slot: f"scm_callback {entry.name}" for entry in lock.entries}


def test_module_is_what_the_platform_takes(vault_v2):
    validate(vault_v2)
    verify_module(vault_v2)
    assert {entry.module for entry in read_imports(parse_module(vault_v2))} == {"ic0"}
    assert len(vault_v2) <= MODULE_BYTES_MAX


def test_build_writes_module_compressed_module_and_interface(vault_v2_files, vault_v2):
    assert sorted(vault_v2_files) == ["vault.did", "vault.wasm", "vault.wasm.gz"]
    compressed = vault_v2_files["vault.wasm.gz"]
    same = [vault_v2_files["vault.wasm"] == vault_v2, gzip.decompress(compressed) == vault_v2]
    assert same == [True, True]
    assert len(compressed) <= GZIP_BYTES_MAX


def test_metadata_describes_interface_and_slots(vault_v2, vault_v2_files):
    assert read_metadata(vault_v2, "candid:service") == vault_v2_files["vault.did"]
    assert read_metadata(vault_v2, "candid:args") == b"(principal)"
    abi = json.loads(read_metadata(vault_v2, "scm:abi") or b"{}")
    slots = {handler["name"]: handler["slot"] for handler in abi["handlers"]}
    first = FIRST_HANDLER_SLOT
    assert slots == {"paid": first, "audited": first + 1, "covered": first + 2}


def test_module_exports_entry_points_and_callbacks_only(vault_v2):
    entry_points = {"canister_init", "canister_post_upgrade"}
    entry_points |= {f"canister_{kind} {name}" for kind, name in CONTROLS}
    methods = {"update audit", "update pay_if_covered", "update pay"}
    methods |= {"query total_paid", "query payouts", "query refused"}
    callbacks = {"_cleanup", "_orphan", "_handled", "_refused", " paid", " audited", " covered"}
    assert exports_of(vault_v2) == (
        entry_points
        | {f"canister_{method}" for method in methods}
        | {f"scm_callback{name}" for name in callbacks}
        | {"memory", "__indirect_function_table"} & exports_of(vault_v2)
    )


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_slots_in_the_module_are_those_of_the_slot_file(request, examples, version):
    folder = examples / "vault" / ("versions/v1" if version == "v1" else ".")
    wasm = request.getfixturevalue(f"vault_{version}")
    assert read_pins(wasm) == pins_of(read_lock(folder / "scm.lock"))


def reordered(source):
    """All functions in reverse order."""
    start = source.index("@init")
    functions = re.split(r"\n\n\n", source[start:].strip())
    return source[:start] + "\n\n\n".join(reversed(functions)) + "\n"


def inserted(source):
    """A handler and a function before all others."""
    start = source.index("@init")
    added = (
        "def one() -> int:\n    return 1\n\n\n"
        "@on_response\ndef first(vault: Vault, response: Response[nat]) -> nat:\n"
        "    return one()\n\n\n"
    )
    return source[:start] + added + source[start:]


def renamed(source):
    """Every function but the handlers under another name."""
    for name in ("setup", "audit", "pay_if_covered", "pay", "book", "total_paid"):
        source = re.sub(rf"\b{name}\b(?=\()", f"zz_{name}", source)
    return source


@pytest.mark.parametrize("change", [reordered, inserted, renamed])
def test_slots_stay_whatever_else_changes(build_canister, write_project, vault_sources, change):
    source = change(vault_sources["v2"])
    assert source != vault_sources["v2"]
    project = write_project(source, vault_sources["v2.lock"])
    expected = pins_of(read_lock(project / "scm.lock"))
    if change is inserted:
        expected |= {FIRST_HANDLER_SLOT + 3: "scm_callback first"}
    assert read_pins(build_canister(project)) == expected


def test_new_handlers_are_added_to_the_slot_file(write_project, vault_sources, tmp_path):
    project = write_project(vault_sources["v2"], vault_sources["v1.lock"])
    before = (project / "scm.lock").read_text()
    build(project, BuildOptions(output=tmp_path), lambda report: None)
    after = read_lock(project / "scm.lock")
    assert [entry.name for entry in after.entries] == ["paid", "audited", "covered"]
    assert [entry.slot for entry in after.entries] == [FIRST_HANDLER_SLOT + n for n in range(3)]
    build(project, BuildOptions(output=tmp_path), lambda report: None)
    assert read_lock(project / "scm.lock") == after
    assert before != (project / "scm.lock").read_text()


def test_removed_handler_stops_the_build_and_changes_nothing(
    write_project, vault_sources, tmp_path
):
    project = write_project(vault_sources["v3"], vault_sources["v3.lock"])
    with pytest.raises(SourceError) as caught:
        build(project, BuildOptions(output=tmp_path), lambda report: None)
    assert [item.code for item in caught.value.diagnostics] == ["removed-handler"] * 2
    assert (project / "scm.lock").read_text() == vault_sources["v3.lock"]
    assert list(tmp_path.iterdir()) == []


def test_build_without_pins_leaves_the_table_to_the_linker(build_canister, examples):
    wasm = build_canister(examples / "vault", pin=False)
    verify_module(wasm)
    assert max(read_pins(wasm), default=0) < CLEANUP_SLOT


def test_same_source_gives_the_same_bytes(vault_v2, vault_sources, write_project, tmp_path):
    """From other folders, as another user, by two processes at once, with an empty cache."""
    framework = str(Path(scm.__file__).parents[1])
    common = {"SCM_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": framework}
    someone = {"HOME": str(tmp_path / "home"), "USER": "someone", "LOGNAME": "someone"}
    differences = (
        {"PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "5", **someone},
    )
    runs = []
    for number, changes in enumerate(differences):
        project = write_project(vault_sources["v2"], vault_sources["v2.lock"])
        process = subprocess.Popen(
            [sys.executable, "-m", "scm.cli.main", "build", ".", "-o", f"elsewhere{number}"],
            cwd=project,
            env=os.environ | common | changes,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        runs.append((project / f"elsewhere{number}", process))
    # Hashes, as a difference of megabytes is nothing to read.
    module_hash = hashlib.sha256(vault_v2).hexdigest()
    for output, process in runs:
        out, err = process.communicate()
        assert process.returncode == 0, err
        assert out == f"{output.name}/vault.wasm\n"
        assert hashlib.sha256((output / "vault.wasm").read_bytes()).hexdigest() == module_hash
        assert module_hash in err
