"""Pytest fixtures for canisters: a replica, and builds of real Wasm.

    def test_counter_counts(build_canister, replica):
        counter = install_canister(replica, build_canister("examples/counter"))
        assert counter.increment(2) == 2

Loaded with every run of pytest, so everything heavy is imported where it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from scm.replica.replica import Replica
    from scm.testing.building import CanisterBuilder


@pytest.fixture
def replica() -> Replica:
    """A fresh Internet Computer in this process; compiled modules are kept between runs."""
    from scm.replica.replica import Replica
    from scm.testing.building import compiled_modules_folder

    return Replica(cache_directory=compiled_modules_folder())


@pytest.fixture(scope="session")
def build_canister(tmp_path_factory: pytest.TempPathFactory) -> CanisterBuilder:
    """Build a project, once in a session: `build_canister(path)` is the module's bytes."""
    from scm.testing.building import CanisterBuilder

    return CanisterBuilder(tmp_path_factory.mktemp("canisters"))
