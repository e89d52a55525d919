"""Durable collections in real canisters: every kind, and upgrades."""

from __future__ import annotations

import pytest

from scm.replica.errors import InstallError
from scm.testing.building import encode_init, install_canister
from scm.testing.client import RejectError

pytestmark = pytest.mark.toolchain

KINDS = """\
from scm import (StableBlob, StableCell, StableDeque, StableHeap, StableList, StableLog, StableMap,
    StableQueue, StableSet, blob, init, int_, nat, nat64, query, record, state, text, update)

Texts = tuple[text, ...]


@record
class Sale:
    item: text
    price: nat


@state
class Shop:
    owner: text
    prices: StableMap[text, nat] = StableMap()
    sales: StableMap[nat, Sale] = StableMap()
    groups: StableMap[int_, StableMap[text, StableSet[nat]]] = StableMap()
    names: StableSet[text] = StableSet()
    rows: StableList[Sale] = StableList()
    line: StableDeque[nat] = StableDeque()
    queue: StableQueue[text] = StableQueue()
    log: StableLog[text] = StableLog()
    tasks: StableHeap[tuple[nat64, text], blob] = StableHeap()
    raw: StableBlob = StableBlob()
    rate: StableCell[nat] = StableCell()
    spare: StableMap[text, nat] = StableMap()


@init
def setup(owner: text) -> Shop:
    shop = Shop(owner, prices=StableMap())
    shop.prices["tea"] = 3
    shop.log.append("opened")
    return shop


@update
def fill(shop: Shop) -> None:
    shop.prices["cake"] = 5
    for number in range(100):
        shop.sales[number] = Sale(f"item {number}", number)
        shop.rows.append(Sale("row", number))
    shop.groups.setdefault(-1).setdefault("b").update([3, 1, 2])
    shop.groups.setdefault(-20).setdefault("a").add(7)
    shop.names |= {"y", "x"}
    shop.line.extend([1, 2])
    shop.line.appendleft(0)
    shop.queue.put("first")
    shop.queue.put("second")
    shop.log.append("filled")
    shop.tasks.push((2, "late"), b"2")
    shop.tasks.push((1, "z"), b"1z")
    shop.tasks.push((1, "a"), b"1a")
    shop.raw.write(3, b"abc")
    shop.rate.set(4)


@query
def prices(shop: Shop) -> tuple[tuple[text, nat], ...]:
    return tuple([(name, price) for name, price in shop.prices.items()])


@query
def sale(shop: Shop, number: nat) -> Sale | None:
    return shop.sales.get(number)


@query
def groups(shop: Shop) -> tuple[tuple[int_, text, tuple[nat, ...]], ...]:
    return tuple([
        (group, name, tuple(numbers))
        for group, inner in shop.groups.items() for name, numbers in inner.items()
    ])


@query
def row(shop: Shop, index: nat) -> Sale:
    return shop.rows[index]


@query
def rest(shop: Shop) -> tuple[Texts, tuple[nat, ...], Texts, Texts]:
    return tuple(shop.names), tuple(shop.line), tuple(shop.queue), tuple(shop.log)


@query
def tasks(shop: Shop) -> tuple[blob, ...]:
    return tuple([item for _, item in shop.tasks])


@query
def raw(shop: Shop) -> blob:
    return bytes(shop.raw)


@query
def rate(shop: Shop) -> nat:
    return shop.rate.value


@update
def exchange(shop: Shop) -> None:
    same = shop
    same.prices = same.spare
"""

SALE = "    item: text\n    price: nat\n"
WIDER = SALE.replace("nat", "int_") + "    note: text | None = None\n"


@pytest.fixture(scope="module")
def kinds(write_project, build_canister):
    return build_canister(write_project(KINDS, name="shop"))


@pytest.fixture
def shop(replica, kinds):
    shop = install_canister(replica, kinds, "ann")
    shop.fill()
    return shop


def expect_filled(shop) -> None:
    assert shop.prices() == [("cake", 5), ("tea", 3)]
    assert shop.sale(99)["item"] == "item 99"
    assert shop.sale(100) is None
    assert shop.groups() == [(-20, "a", [7]), (-1, "b", [1, 2, 3])]
    assert shop.row(42)["price"] == 42
    assert shop.rest() == (["x", "y"], [0, 1, 2], ["first", "second"], ["opened", "filled"])
    assert shop.tasks() == [b"1a", b"1z", b"2"]
    assert shop.raw() == b"\0\0\0abc"
    assert shop.rate() == 4


def test_init_may_fill_collections(replica, kinds):
    shop = install_canister(replica, kinds, "ann")
    assert shop.prices() == [("tea", 3)]
    assert shop.rest() == ([], [], [], ["opened"])


def test_every_kind_keeps_what_it_got(shop):
    expect_filled(shop)


def test_collections_survive_an_upgrade(shop, replica, kinds):
    replica.install(shop.canister_id, kinds, mode="upgrade")
    expect_filled(shop)
    replica.install(shop.canister_id, kinds, mode="upgrade")
    expect_filled(shop)


def test_reinstall_begins_anew(shop, replica, kinds):
    replica.install(shop.canister_id, kinds, encode_init(kinds, "ben"), mode="reinstall")
    assert shop.prices() == [("tea", 3)]


def test_collection_that_was_replaced_is_told_at_the_end_of_the_message(shop):
    with pytest.raises(RejectError, match=r"`prices` of the state was replaced .* `\.clear\(\)`"):
        shop.exchange()
    expect_filled(shop)


def test_values_of_an_older_type_are_read_as_the_new_one(
    shop, replica, kinds, write_project, build_canister
):
    wider = build_canister(write_project(KINDS.replace(SALE, WIDER), name="shop"))
    replica.install(shop.canister_id, wider, mode="upgrade")
    assert shop.sale(7) == {"item": "item 7", "price": 7, "note": None}
    assert shop.row(8) == {"item": "row", "price": 8, "note": None}
    shop.fill()
    replica.install(shop.canister_id, wider, mode="upgrade")
    assert shop.sale(7) == {"item": "item 7", "price": 7, "note": None}
    with pytest.raises(InstallError, match="the type of the values of state field `sales`"):
        replica.install(shop.canister_id, kinds, mode="upgrade")
    assert shop.sale(7) == {"item": "item 7", "price": 7, "note": None}


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            "names: StableSet[text] = StableSet()",
            "names: StableList[text] = StableList()",
            "type of state field `names` changed: a set is stored, and the new code has a list",
        ),
        (
            "sales: StableMap[nat, Sale]",
            "sales: StableMap[nat64, Sale]",
            "keys of state field `sales` changed: `nat` is stored, and the new code has `nat64`",
        ),
        (
            "StableMap[int_, StableMap[text, StableSet[nat]]]",
            "StableMap[int_, StableMap[text, StableSet[nat64]]]",
            "keys of inner values of state field `groups` changed",
        ),
        (
            "    prices: StableMap[text, nat] = StableMap()",
            "    prices: tuple[tuple[text, nat], ...] = ()",
            "a collection is stored, and the new code has a value",
        ),
        (
            "    owner: text\n",
            "    owner: StableCell[text]\n",
            "a value is stored, and the new code has a collection",
        ),
    ],
    ids=["kind", "key", "nested key", "plain now", "plain before"],
)
def test_upgrade_that_does_not_fit_is_refused(
    shop, replica, write_project, build_canister, before, after, message
):
    assert before in KINDS
    head = KINDS.replace(before, after).partition("@init")[0]
    rest = "@init\ndef setup(owner: text) -> Shop:\n    raise ValueError\n"
    other = build_canister(write_project(head + rest, name="shop"))
    with pytest.raises(InstallError, match=message):
        replica.install(shop.canister_id, other, mode="upgrade")
    expect_filled(shop)


RENAMED = """\
from scm import StableLog, StableMap, nat, query, state, text


@state(renamed={"costs": "prices", "keeper": "owner"}, dropped=("log", "names", "never"))
class Shop:
    keeper: text
    costs: StableMap[text, nat] = StableMap()


@query
def costs(shop: Shop) -> tuple[text, ...]:
    return (shop.keeper, *shop.costs)
"""
INIT = "\n@init\ndef setup() -> Shop:\n    raise ValueError\n"


@pytest.fixture(scope="module")
def renamed_wasm(write_project, build_canister):
    source = RENAMED.replace("nat, query", "init, nat, query") + INIT
    return build_canister(write_project(source, name="shop"))


def test_fields_are_renamed_and_dropped(shop, replica, kinds, renamed_wasm):
    replica.install(shop.canister_id, renamed_wasm, mode="upgrade")
    renamed = shop.with_did("")
    assert renamed.costs() == ["ann", "cake", "tea"]
    # The words may stay: there is nothing left to rename or drop.
    replica.install(shop.canister_id, renamed_wasm, mode="upgrade")
    assert renamed.costs() == ["ann", "cake", "tea"]
    with pytest.raises(InstallError, match="state field `owner` is new and has no default"):
        replica.install(shop.canister_id, kinds, mode="upgrade")


def test_dropped_collections_are_empty_if_they_come_back(
    shop, replica, renamed_wasm, write_project, build_canister
):
    replica.install(shop.canister_id, renamed_wasm, mode="upgrade")
    back = KINDS.replace("@state\n", '@state(renamed={"owner": "keeper", "prices": "costs"})\n')
    replica.install(
        shop.canister_id, build_canister(write_project(back, name="shop")), mode="upgrade"
    )
    assert shop.prices() == [("cake", 5), ("tea", 3)]
    assert shop.rest() == ([], [0, 1, 2], ["first", "second"], [])


def test_name_that_is_stored_already_is_no_new_name(shop, replica, write_project, build_canister):
    both = KINDS.replace("@state\n", '@state(renamed={"spare": "prices"})\n')
    start = both.index("    prices:")
    both = both[:start] + both[both.index("\n", start) + 1 :]
    both = both.partition("@init")[0] + INIT
    other = build_canister(write_project(both, name="shop"))
    with pytest.raises(InstallError, match="`prices` can't be renamed to `spare`: both are stored"):
        replica.install(shop.canister_id, other, mode="upgrade")
    expect_filled(shop)
