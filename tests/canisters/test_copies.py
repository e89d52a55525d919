"""`copy` and `pickle` do in a canister what they do on the host, whatever kind of class it is."""

from __future__ import annotations

import shutil
import sys
from importlib import import_module
from pathlib import Path

import pytest

from scm.replica.replica import Replica
from scm.testing.building import compiled_modules_folder, install_canister

pytestmark = pytest.mark.toolchain

PROJECT = Path(__file__).parents[1] / "cases" / "canisters" / "copies"


@pytest.fixture(scope="module", params=["compiled", "bytecode"])
def canister(request, tmp_path_factory, build_canister):
    folder = tmp_path_factory.mktemp("copies") / "copies"
    shutil.copytree(PROJECT, folder)
    if request.param == "bytecode":
        (folder / "pyproject.toml").write_text(
            '[tool.scm]\nname = "copies"\nbytecode = ["shapes"]\n'
        )
    wasm = build_canister(folder)
    return install_canister(Replica(cache_directory=compiled_modules_folder()), wasm)


@pytest.fixture(scope="module")
def on_the_host():
    sys.path.insert(0, str(PROJECT))
    try:
        return import_module("copying").run()
    finally:
        sys.path.remove(str(PROJECT))
        del sys.modules["copying"], sys.modules["shapes"]


def test_instances_are_copied_as_on_the_host(canister, on_the_host):
    assert canister.run() == on_the_host


def test_records_and_other_values_are_copied(canister):
    *values, equal = canister.values()
    count = len(values) // 3
    assert values[:count] == values[count : 2 * count] == values[2 * count :]
    assert values[0].startswith("Person(name='Ann', friends=('Bob',)")
    assert equal == "True"


def test_copy_of_a_stored_record_can_be_stored(canister):
    assert canister.keep_pickle() == 2


def test_what_has_no_copy_says_so(canister):
    said = "cannot copy or pickle '{}' object"
    collection, generator, *fixed = canister.refused()
    assert collection == said.format("StableMap")
    assert generator.startswith("cannot ")
    # Of a compiled class; an interpreted one is copied.
    assert fixed in ([], ["attribute 'first' of 'FixedPair' objects is not writable"])
