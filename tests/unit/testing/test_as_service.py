"""Instances of annotated classes as arguments, and canisters by the interface of a class."""

from __future__ import annotations

from typing import Annotated

import pytest

from scm import (
    Method,
    Name,
    OnewayMethod,
    Principal,
    QueryMethod,
    Results,
    Service,
    nat,
    record,
    text,
    variant,
)
from scm.candid.errors import DecodeError, EncodeError
from scm.candid.values import VariantValue
from scm.errors import ConfigurationError
from scm.faces import encode_as
from scm.replica.replica import Replica
from scm.replica.trace import Executed
from scm.testing.client import CanisterHandle, RejectError, ServiceHandle
from scm.testing.wat import WatCanister

INTERFACE = """type Item = record { name : text; count : opt nat };
type Found = variant { Item : Item; Missing; };
service : {
  find : (Found) -> (Found) query;
  add : (vec Item, Item) -> (vec Item, Item);
  refuse : (principal) -> ();
  "import" : (nat) -> (nat);
  note : (nat) -> () oneway;
}"""


@record
class Item:
    name: text
    count: nat | None = None


@variant("Item")
class FoundItem:
    value: Item


@variant
class Missing:
    pass


Found = FoundItem | Missing


class Shop(Service):
    find: QueryMethod[[Found], Found]
    add: Method[[tuple[Item, ...], Item], Results[tuple[Item, ...], Item]]
    refuse: Method[[Principal], None]
    import_: Annotated[Method[[nat], nat], Name("import")]
    note: OnewayMethod[[nat]]
    gone: Method[[], nat]


@pytest.fixture
def handle() -> CanisterHandle:
    canister = WatCanister()
    for method in ("add", "import", "note"):
        canister.update(method, "(call $append_argument) (call $msg_reply)")
    canister.update("refuse", canister.reject("no"))
    canister.query("find", "(call $append_argument) (call $msg_reply)")
    section = INTERFACE.replace("\n", " ").replace('"', '\\"')
    canister.raw(f'(@custom "icp:public candid:service" "{section}")')
    replica = Replica()
    canister_id = replica.create_canister()
    replica.install(canister_id, canister.build())
    return CanisterHandle(replica, canister_id)


@pytest.fixture
def shop(handle: CanisterHandle) -> ServiceHandle:
    return handle.as_service(Shop)


def test_instances_are_arguments_of_a_handle(handle: CanisterHandle) -> None:
    item = {"name": "tea", "count": 5}

    assert handle.find(FoundItem(Item("tea", 5))) == VariantValue("Item", item)
    assert handle.find(Missing()) == VariantValue("Missing")
    assert handle.add((Item("tea", 5),), Item("milk")) == (
        [item],
        {"name": "milk", "count": None},
    )
    assert handle.submit("add", [Item("tea", 5)], item).result() == ([item], item)


def test_an_instance_that_does_not_fit_is_refused_with_its_path(handle: CanisterHandle) -> None:
    with pytest.raises(EncodeError, match=r"at `arg1\.count`"):
        handle.add([], Item("tea", -1))
    with pytest.raises(EncodeError, match=r"expected `Item`, got `str` 'x' at `arg0\[1\]\.Item`"):
        handle.add([Missing(), FoundItem("x")], 1)  # type: ignore[arg-type]


def test_a_service_takes_and_gives_instances(shop: ServiceHandle) -> None:
    assert shop.find(FoundItem(Item("tea", 5))) == FoundItem(Item("tea", 5))
    assert shop.find(Missing()) == Missing()
    assert shop.note(1) is None
    assert shop.add((Item("tea"),), Item("milk")) == ((Item("tea"),), Item("milk"))


def test_a_method_runs_in_the_mode_that_the_class_declares() -> None:
    replica = Replica()
    canister_id = replica.create_canister()
    canister = WatCanister()
    canister.query("find", "(call $append_argument) (call $msg_reply)")
    canister.update("import", "(call $append_argument) (call $msg_reply)")
    replica.install(canister_id, canister.build())
    shop = CanisterHandle(replica, canister_id).as_service(Shop)

    shop.find(Missing())
    shop.import_(1)
    modes = [event.mode for event in replica.trace if isinstance(event, Executed)]
    assert modes == ["non replicated query", "update"]


def test_a_method_is_called_by_either_name(shop: ServiceHandle) -> None:
    assert shop.import_(3) == 3
    assert shop.call("import", 4) == 4
    ticket = shop.submit("import_", 5)
    assert ticket.is_pending
    assert ticket.result() == 5


def test_a_reject_is_raised(shop: ServiceHandle) -> None:
    with pytest.raises(RejectError, match="no"):
        shop.refuse(Principal.anonymous())


def test_a_service_acts_for_the_sender_of_the_handle(handle: CanisterHandle) -> None:
    sender = Principal(b"me")

    assert handle.as_sender(sender).as_service(Shop).sender == sender


def test_what_does_not_fit_the_class_is_refused(shop: ServiceHandle) -> None:
    with pytest.raises(EncodeError, match=r"expected `FoundItem \| Missing`, got `Item` at"):
        shop.find(Item("tea"))
    with pytest.raises(ConfigurationError, match="`Shop` has no method `sell`"):
        shop.sell()
    with pytest.raises(RejectError, match="gone"):
        shop.gone()


def test_an_answer_of_another_type_is_refused(handle: CanisterHandle) -> None:
    class Wrong(Service):
        find: QueryMethod[[Found], Item]

    with pytest.raises(DecodeError, match="at `arg0`"):
        handle.as_service(Wrong).find(Missing())


def test_a_canister_needs_no_interface_of_its_own_for_that_of_a_class() -> None:
    canister = WatCanister()
    canister.update("import", canister.reply(encode_as([nat], [7])))
    replica = Replica()
    canister_id = replica.create_canister()
    replica.install(canister_id, canister.build())

    assert CanisterHandle(replica, canister_id).as_service(Shop).import_(1) == 7
