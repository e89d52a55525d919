"""Tests of the shop, on the real module in a small Internet Computer."""

from pathlib import Path

import pytest

from scm import Principal
from scm.testing.building import install_canister
from scm.testing.client import RejectError
from scm.testing.state import check_state

pytestmark = pytest.mark.toolchain

PROJECT = Path(__file__).parents[1]
OWNER = Principal(b"owner")
ALICE = Principal(b"alice")


@pytest.fixture
def shop(build_canister, replica):
    shop = install_canister(replica, build_canister(PROJECT), OWNER)
    for article, price in [("pear", 2), ("apricot", 4), ("apple", 3)]:
        shop.as_sender(OWNER).offer(article, price)
    return shop


def test_articles_come_in_order(shop):
    assert shop.articles("") == ["apple", "apricot", "pear"]
    assert shop.articles("ap") == ["apple", "apricot"]
    assert shop.articles("x") == []


def test_only_the_owner_sets_prices(shop):
    with pytest.raises(RejectError, match="does not own the shop"):
        shop.as_sender(ALICE).offer("pear", 0)


def test_orders_are_each_customers_own(shop):
    alice = shop.as_sender(ALICE)
    assert alice.order("apple", 2) == 1
    assert alice.order("pear", 1) == 2
    assert shop.order("pear", 5) == 1
    assert shop.due(ALICE) == 8
    assert shop.due(Principal.anonymous()) == 10
    assert shop.due(OWNER) == 0


def test_an_order_without_a_price_leaves_nothing_behind(shop, replica):
    with pytest.raises(RejectError, match="KeyError: 'plum'"):
        shop.as_sender(ALICE).order("plum", 1)
    assert shop.due(ALICE) == 0
    assert shop.recent(10) == []
    check_state(replica, shop.canister_id)


def test_all_of_it_survives_an_upgrade(shop, replica, build_canister):
    shop.as_sender(ALICE).order("apple", 2)
    shop.order("pear", 5)
    replica.install(shop.canister_id, build_canister(PROJECT), mode="upgrade")
    assert shop.due(ALICE) == 6
    assert shop.recent(1) == ["2vxsx-fae ordered 5 pear"]
    assert shop.as_sender(ALICE).order("pear", 1) == 2


def test_a_customer_is_forgotten(shop, replica):
    shop.as_sender(ALICE).order("apple", 2)
    shop.forget(ALICE)
    assert shop.due(ALICE) == 0
    check_state(replica, shop.canister_id)
