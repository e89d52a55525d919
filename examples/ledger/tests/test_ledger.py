"""Tests of the ledger: records as state, a variant as the result."""

from pathlib import Path

import pytest

from scm import Principal
from scm.candid.values import VariantValue
from scm.testing.building import install_canister
from scm.testing.client import RejectError

pytestmark = pytest.mark.toolchain

PROJECT = Path(__file__).parents[1]
ALICE = Principal.from_text("rrkah-fqaaa-aaaaa-aaaaq-cai")
BOB = Principal.from_text("ryjl3-tyaaa-aaaaa-aaaba-cai")


@pytest.fixture
def ledger(build_canister, replica):
    """A ledger where Alice has 100 tokens."""
    ledger = install_canister(replica, build_canister(PROJECT))
    assert ledger.mint(ALICE, 100) == 1
    return ledger


def test_transfer_moves_tokens_and_returns_the_block(ledger):
    result = ledger.as_sender(ALICE).transfer(BOB, 30)
    assert result == VariantValue("Ok", 3)
    assert (ledger.balance_of(ALICE), ledger.balance_of(BOB)) == (70, 30)


def test_transfer_of_more_than_there_is_changes_nothing(ledger):
    result = ledger.as_sender(BOB).transfer(ALICE, 1)
    assert result == VariantValue("InsufficientFunds", {"balance": 0})
    assert ledger.balance_of(ALICE) == 100


def test_transfer_of_nothing_is_invalid(ledger):
    result = ledger.as_sender(ALICE).transfer(BOB, 0)
    assert result == VariantValue("Invalid", {"reason": "nothing to transfer"})


def test_only_a_controller_mints(ledger):
    with pytest.raises(RejectError, match="is not a controller"):
        ledger.as_sender(ALICE).mint(ALICE, 1_000_000)


def test_accounts_survive_an_upgrade(ledger, replica, build_canister):
    replica.install(ledger.canister_id, build_canister(PROJECT), mode="upgrade")
    assert ledger.balance_of(ALICE) == 100
