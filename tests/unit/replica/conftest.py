"""Fixtures for tests of the replica."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scm.model import Principal
from scm.replica.replica import Replica
from scm.testing.relay import Relay
from scm.testing.wat import WatCanister

Install = Callable[[WatCanister], Principal]


@pytest.fixture
def replica() -> Replica:
    return Replica(seed=1)


@pytest.fixture
def install(replica: Replica) -> Install:
    """Create a canister controlled by the anonymous user and install code on it."""

    def create_and_install(canister: WatCanister) -> Principal:
        canister_id = replica.create_canister()
        replica.install(canister_id, canister.build())
        return canister_id

    return create_and_install


@pytest.fixture
def echo(install: Install) -> Principal:
    """A callee: `echo` replies with its argument, `refuse` rejects, `fail` traps, `silent` ends."""
    canister = WatCanister()
    canister.update("echo", "(call $append_argument) (call $msg_reply)")
    canister.update("refuse", canister.reject("not today"))
    canister.update("fail", canister.trap("broken"))
    canister.update("silent", "")
    return install(canister)


@pytest.fixture
def relay(replica: Replica) -> Relay:
    """A canister that calls the management canister for us."""
    return Relay(replica)
