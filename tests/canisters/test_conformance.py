"""Ordinary Python programs give the same text on the host, compiled, and as bytecode."""

from __future__ import annotations

import pytest
from tests.canisters.conformance_programs import read_programs, run_on_host, write_canister

from scm.compiler.builds import BuildOptions
from scm.compiler.pipeline import build
from scm.errors import SourceError
from scm.replica.replica import Replica
from scm.testing.building import compiled_modules_folder, install_canister
from scm.testing.client import RejectError

pytestmark = pytest.mark.toolchain
COMPILER = "optimizing"

PROGRAMS = read_programs()
RUNNING = [program for program in PROGRAMS if not program.refused]
REFUSED = [program for program in PROGRAMS if program.refused]


@pytest.fixture(scope="module", params=["compiled", "bytecode"])
def built(request, tmp_path_factory, build_canister):
    """All programs in one canister."""
    folder = tmp_path_factory.mktemp("conformance") / request.param
    write_canister(folder, RUNNING, as_bytecode=request.param == "bytecode")
    return request.param, build_canister(folder)


@pytest.fixture(scope="module")
def canister(built):
    kind, wasm = built
    return kind, install_canister(Replica(cache_directory=compiled_modules_folder()), wasm)


@pytest.mark.parametrize("program", RUNNING, ids=lambda program: program.name)
def test_program_gives_the_same_text(canister, program):
    kind, handle = canister
    try:
        given = handle.run(program.name)
    except RejectError as error:
        given = str(error)
    if kind == "compiled" and program.differs:
        assert given != run_on_host(program), "it does not differ any more"
    else:
        assert given == run_on_host(program)


@pytest.mark.parametrize("program", REFUSED, ids=lambda program: program.name)
def test_program_is_refused(program, tmp_path):
    folder = write_canister(tmp_path / "refused", [program], as_bytecode=False)
    with pytest.raises(SourceError) as caught:
        build(folder, BuildOptions(), lambda report: None)
    assert {item.code for item in caught.value.diagnostics} == {program.refused}


def test_a_text_that_is_made_by_a_product_takes_no_room(built):
    # `large_constants` has it in a function that nothing has called yet.
    kind, wasm = built
    assert b"-" * 4_097 not in wasm, kind


def test_the_set_is_large():
    assert len([program for program in RUNNING if not program.differs]) >= 200
