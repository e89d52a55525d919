"""Canisters for the tests in this folder: the ones in `tests/cases/canisters` and the examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from scm.replica.replica import Replica
from scm.testing.building import CanisterBuilder, install_canister
from scm.testing.client import CanisterHandle

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def examples() -> Path:
    """The folder of the examples."""
    return REPOSITORY / "examples"


@pytest.fixture(scope="session")
def workbench_wasm(build_canister: CanisterBuilder) -> bytes:
    return build_canister(REPOSITORY / "tests" / "cases" / "canisters" / "workbench")


@pytest.fixture
def bench(replica: Replica, workbench_wasm: bytes) -> CanisterHandle:
    """A canister with a method for everything; see `tests/cases/canisters/workbench`."""
    return install_canister(replica, workbench_wasm, "bench", None)
