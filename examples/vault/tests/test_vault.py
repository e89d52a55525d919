"""Tests of the vault: payments, and what an upgrade does to one that is on its way."""

from pathlib import Path

import pytest

from scm import Principal
from scm.replica.errors import InstallError
from scm.replica.state import DeliveryKind
from scm.testing.building import install_canister
from scm.testing.call_counts import read_call_counts

pytestmark = pytest.mark.toolchain

PROJECT = Path(__file__).parents[1]
BOB = Principal.from_text("ryjl3-tyaaa-aaaaa-aaaba-cai")


@pytest.fixture
def ledger(build_canister, replica):
    return install_canister(replica, build_canister(PROJECT.parent / "ledger"))


@pytest.fixture
def install_vault(build_canister, replica, ledger):
    """Install a version of the vault, and give it 100 tokens."""

    def install(folder):
        vault = install_canister(replica, build_canister(folder), ledger.canister_id)
        ledger.mint(vault.canister_id, 100)
        return vault

    return install


def test_payment_reaches_the_ledger(install_vault, ledger):
    vault = install_vault(PROJECT)
    assert vault.pay(BOB, 30) == f"v2: paid 30 to {BOB} in block 3"
    assert ledger.balance_of(BOB) == 30
    assert (vault.payouts(), vault.total_paid()) == (1, 30)


def test_payment_that_the_ledger_refuses_is_counted(install_vault):
    vault = install_vault(PROJECT)
    assert vault.pay(BOB, 101) == "v2: the vault has only 100"
    assert vault.pay(BOB, 0) == "v2: refused: nothing to transfer"
    assert (vault.payouts(), vault.refused()) == (0, 2)


def test_payment_only_if_covered_asks_first(install_vault, ledger):
    vault = install_vault(PROJECT)
    assert vault.pay_if_covered(BOB, 101) == "v2: 101 is not covered"
    assert vault.pay_if_covered(BOB, 100) == f"v2: paid 100 to {BOB} in block 3 (covered)"
    assert ledger.balance_of(BOB) == 100


def test_ledger_that_is_down_is_reported(install_vault, ledger, replica):
    vault = install_vault(PROJECT)
    replica.stop(ledger.canister_id)
    assert vault.pay(BOB, 1).startswith("v2: the ledger rejected the call (5): ")
    assert vault.audit().startswith("the ledger is not to be asked: ")


def test_payment_on_its_way_is_answered_by_the_next_version(
    install_vault, build_canister, replica, ledger
):
    vault = install_vault(PROJECT / "versions" / "v1")
    with replica.hold(lambda delivery: delivery.kind is DeliveryKind.RESPONSE) as hold:
        payment = vault.submit("pay", BOB, 30)
        replica.run_until_idle()
        assert read_call_counts(replica, vault.canister_id).waiting == 1
        replica.install(vault.canister_id, build_canister(PROJECT), mode="upgrade")
        hold.release()
        assert payment.result() == f"v2: paid 30 to {BOB} in block 3"
    assert (vault.payouts(), vault.total_paid()) == (1, 30)
    assert read_call_counts(replica, vault.canister_id).waiting == 0


def test_version_without_the_handler_is_refused_while_a_payment_is_on_its_way(
    install_vault, build_canister, replica
):
    vault = install_vault(PROJECT)
    third = build_canister(PROJECT / "versions" / "v3", retire=frozenset({"paid", "covered"}))
    with replica.hold(lambda delivery: delivery.kind is DeliveryKind.RESPONSE):
        payment = vault.submit("pay", BOB, 30)
        replica.run_until_idle()
        with pytest.raises(InstallError, match="1 call waits for response handler `paid`"):
            replica.install(vault.canister_id, third, mode="upgrade")
    assert payment.result() == f"v2: paid 30 to {BOB} in block 3"
    replica.install(vault.canister_id, third, mode="upgrade")
    assert vault.total_paid() == 30
