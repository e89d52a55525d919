"""Tests of the wallet, with a ledger of the standard interface, on the real modules."""

from pathlib import Path

import pytest

from scm import Principal
from scm.candid.values import VariantValue
from scm.replica.state import DeliveryKind
from scm.testing.building import install_canister
from scm.testing.client import RejectError

pytestmark = pytest.mark.toolchain

PROJECT = Path(__file__).parents[1]
SUPPLY = 1_000_000
FEE = 10
ALICE = {"owner": Principal(b"\x0aalice\x02")}


@pytest.fixture
def ledger(build_canister, replica):
    wasm = build_canister(PROJECT / "ledger.py")
    return install_canister(replica, wasm, Principal.anonymous(), SUPPLY, FEE)


@pytest.fixture
def wallet(build_canister, replica, ledger):
    wallet = install_canister(replica, build_canister(PROJECT), ledger.canister_id)
    ledger.icrc1_transfer({"to": {"owner": wallet.canister_id}, "amount": 1_000})
    return wallet


def test_wallet_pays_and_learns_the_fee(wallet, ledger):
    assert wallet.pay(ALICE, 100) == VariantValue("Paid", {"block": 1, "fee": FEE})
    assert wallet.pay(ALICE, 200) == VariantValue("Paid", {"block": 2, "fee": FEE})
    assert ledger.icrc1_balance_of(ALICE) == 300
    assert ledger.icrc1_balance_of({"owner": wallet.canister_id}) == 1_000 - 300 - 2 * FEE
    assert wallet.paid() == 300


def test_wallet_tells_why_a_payment_was_refused(wallet):
    reason = "the wallet has 1000 left"
    assert wallet.pay(ALICE, 1_000) == VariantValue("Refused", {"reason": reason})
    assert wallet.paid() == 0


def test_only_a_controller_pays(wallet):
    with pytest.raises(RejectError, match="is not a controller"):
        wallet.as_sender(ALICE["owner"]).pay(ALICE, 1)


def test_upgrade_between_the_ledgers_refusal_and_the_second_try(wallet, replica, build_canister):
    with replica.hold(
        lambda delivery: (
            delivery.kind is DeliveryKind.RESPONSE and delivery.receiver == wallet.canister_id
        )
    ):
        payment = wallet.submit("pay", ALICE, 50)
        replica.run_until_idle()
        replica.install(wallet.canister_id, build_canister(PROJECT), mode="upgrade")
    assert payment.result() == VariantValue("Paid", {"block": 1, "fee": FEE})
    assert wallet.paid() == 50
