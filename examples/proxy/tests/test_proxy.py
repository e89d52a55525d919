"""Tests of the proxy with a shop that pays through it, on the real modules."""

from pathlib import Path

import pytest

from scm import Principal
from scm.replica.state import DeliveryKind
from scm.testing.building import install_canister

pytestmark = pytest.mark.toolchain

PROJECT = Path(__file__).parents[1]
BOB = Principal.from_text("ryjl3-tyaaa-aaaaa-aaaba-cai")


@pytest.fixture
def ledger(build_canister, replica):
    return install_canister(replica, build_canister(PROJECT.parent / "ledger"))


@pytest.fixture
def proxy(build_canister, replica):
    return install_canister(replica, build_canister(PROJECT), [])


@pytest.fixture
def shop(build_canister, replica, ledger, proxy):
    wasm = build_canister(PROJECT / "owner")
    shop = install_canister(replica, wasm, ledger.canister_id, proxy.canister_id)
    proxy.set_owners([shop.canister_id])
    ledger.mint(proxy.canister_id, 100)  # It is the proxy whom the ledger sees.
    return shop


def test_shop_pays_through_the_proxy(shop, ledger, replica):
    assert shop.pay(BOB, 30) == "on its way"
    assert shop.pay(BOB, 90) == "on its way"
    replica.run_until_idle()
    assert shop.book() == ["paid 30 in block 3", "not paid: 70 is not enough"]
    assert ledger.balance_of(BOB) == 30


def test_shop_stops_at_once_while_the_ledger_is_silent(shop, proxy, replica):
    silence = replica.hold(
        lambda delivery: (
            delivery.kind is DeliveryKind.RESPONSE and delivery.receiver == proxy.canister_id
        )
    )
    shop.pay(BOB, 30)
    replica.run_until_idle()
    replica.stop(shop.canister_id)
    assert replica.canister(shop.canister_id).status == "stopped"
    replica.start(shop.canister_id)
    assert [request["status"] for request in proxy.outstanding()] == ["calling"]
    silence.close()
    replica.run_until_idle()
    assert shop.book() == ["paid 30 in block 3"]
    assert proxy.outstanding() == []
