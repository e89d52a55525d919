"""Durable collections in a real canister against Python's own, with cuts and upgrades between."""

from __future__ import annotations

import random

import pytest
from tests.canisters.collection_models import Models, Step, random_step

from scm.replica.replica import Replica
from scm.testing.building import CanisterBuilder, install_canister
from scm.testing.client import CanisterHandle, RejectError
from scm.testing.state import check_state

pytestmark = pytest.mark.toolchain

CASE = "tests/cases/canisters/collections"
STEPS = 20_000
BATCH = 40


@pytest.fixture
def wasm(build_canister: CanisterBuilder) -> bytes:
    return build_canister(CASE)


@pytest.mark.parametrize("seed", range(2))
def test_collections_behave_like_pythons_own(wasm: bytes, replica: Replica, seed: int) -> None:
    chance = random.Random(seed)
    canister = install_canister(replica, wasm)
    models = Models()
    cuts = 0
    for batch in range(STEPS // 2 // BATCH):
        steps = [random_step(chance) for _ in range(chance.randrange(2 * BATCH))]
        if chance.random() < 0.5:
            cuts += cut_somewhere(replica, canister, steps, chance)
        assert canister.run(steps) == models.run(steps), f"seed {seed}, batch {batch}"
        if batch % 10 == 9:
            assert canister.all_of() == models.everything(), f"seed {seed}, batch {batch}"
        if batch % 25 == 24:
            replica.install(canister.canister_id, wasm, mode="upgrade")
            assert canister.all_of() == models.everything(), f"seed {seed}, after an upgrade"
            check_state(replica, canister.canister_id)
    assert cuts > 50
    check_that_no_page_is_lost(replica, canister)


def check_that_no_page_is_lost(replica: Replica, canister: CanisterHandle) -> None:
    """All that is cleared becomes free pages, some with each message."""
    filled = check_state(replica, canister.canister_id)
    canister.clear()
    rest = {"log", "blocks", "catalogue", "free pages"}
    for _ in range(filled.page_count):
        canister.run([{"target": "rest", "action": "log", "key": 0, "word": "", "data": b""}])
        report = check_state(replica, canister.canister_id)
        if {name for name, account in report.accounts.items() if account.page_count} <= rest:
            break
    else:
        pytest.fail(f"pages are not given back: {report.accounts}")
    taken = sum(account.page_count for account in report.accounts.values())
    assert taken + 1 == report.page_count
    assert report.account("free pages").page_count > filled.page_count // 2


def cut_somewhere(
    replica: Replica, canister: CanisterHandle, steps: list[Step], chance: random.Random
) -> bool:
    """Have the canister run out of instructions somewhere in the steps; whether it did."""
    with replica.cut_executions(after=int(2 ** chance.uniform(12, 22))):
        fork = replica.fork()
        try:
            CanisterHandle(fork, canister.canister_id).run(steps)
        except RejectError:
            with pytest.raises(RejectError, match=r"instructions|fuel"):
                canister.run(steps)
            return True
    return False
