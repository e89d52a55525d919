"""Messages kept back by hand on a network: released, lost, and as they were after a restart."""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from tests.unit.network.scene import ManualClock, Scene, caller_module, counter_module

from scm.model import Principal
from scm.network.core import Core
from scm.network.hold_orders import HoldOrder, MessageOrder, Order, held_messages, read_order
from scm.replica.errors import ReplicaUsageError
from scm.replica.held_kinds import MessagesOf
from scm.replica.state import Delivery, DeliveryId, DeliveryKind, Pending
from scm.testing.wat import WatCanister
from scm.wire.envelopes import CallContent, request_id_of


@frozen
class Pair:
    """A canister that calls another."""

    scene: Scene
    caller: Principal
    callee: Principal

    @property
    def picks(self) -> MessagesOf:
        return MessagesOf(self.callee, DeliveryKind.RESPONSE)

    def go(self) -> CallContent:
        content = self.scene.content(self.caller, "go")
        assert self.scene.send(content, version="v2").status == 202
        self.scene.settle()
        return content

    def order(self, order: Order) -> None:
        self.run(self.scene.worker.order(order))

    def run(self, todo: Coroutine[Any, Any, Any]) -> Any:
        return self.scene.runner.run(todo)

    def held(self) -> list[Delivery]:
        return self.scene.worker.run(lambda core: list(held_messages(core.state)))


@pytest.fixture
def pair(scene: Scene) -> Pair:
    callee = scene.install(counter_module())
    return Pair(scene, scene.install(caller_module(callee, "add")), callee)


def is_pending(core: Core, content: CallContent) -> bool:
    record = core.find_request(request_id_of(content))
    assert record is not None
    return isinstance(record.status, Pending)


def test_responses_of_a_canister_are_held_until_resumed(pair: Pair) -> None:
    pair.order(HoldOrder("hold", pair.picks))
    content = pair.go()
    assert [(item.kind.value, item.method) for item in pair.held()] == [("response", "add")]
    assert is_pending(pair.scene.core, content)
    pair.order(HoldOrder("resume", pair.picks))
    assert pair.held() == []
    assert not is_pending(pair.scene.core, content)
    assert not is_pending(pair.scene.core, pair.go())


def test_one_message_is_released_and_the_next_is_still_held(pair: Pair) -> None:
    pair.order(HoldOrder("hold", pair.picks))
    first, second = pair.go(), pair.go()
    pair.order(MessageOrder("release", pair.held()[1].delivery_id))
    assert is_pending(pair.scene.core, first)
    assert not is_pending(pair.scene.core, second)
    assert is_pending(pair.scene.core, pair.go())


def test_requests_are_held_before_the_callee_sees_them(pair: Pair) -> None:
    pair.order(HoldOrder("hold", MessagesOf(pair.callee, DeliveryKind.REQUEST)))
    pair.go()
    assert [item.kind.value for item in pair.held()] == ["request"]
    assert pair.scene.query(pair.callee, "read").fields["reply"]["arg"] == bytes(8)


def test_only_messages_of_bounded_calls_are_lost(scene: Scene) -> None:
    callee = scene.install(counter_module())
    canister = WatCanister(table_size=2)
    canister.update("go", canister.call(callee, "add", timeout_seconds=60))
    bounded = Pair(scene, scene.install(canister.build()), callee)
    bounded.order(HoldOrder("hold", bounded.picks))
    content = bounded.go()
    bounded.order(MessageOrder("lose", bounded.held()[0].delivery_id))
    assert bounded.held() == []
    assert not is_pending(scene.core, content)


def test_orders_that_can_not_be_followed_are_refused(pair: Pair) -> None:
    pair.order(HoldOrder("hold", pair.picks))
    pair.go()
    nobody = MessagesOf(Principal.management_canister(), DeliveryKind.RESPONSE)
    for order, reason in (
        (MessageOrder("release", DeliveryId(1)), "not held any more"),
        (MessageOrder("lose", pair.held()[0].delivery_id), "can't be lost"),
        (HoldOrder("hold", nobody), "there is no canister"),
    ):
        with pytest.raises(ReplicaUsageError, match=reason):
            pair.order(order)
    pair.order(HoldOrder("resume", nobody))  # Which is so already.


@pytest.mark.parametrize("is_killed", [True, False])
def test_held_messages_are_held_after_a_restart(tmp_path: Path, is_killed: bool) -> None:
    clock = ManualClock()
    with Scene.start(tmp_path / "state", clock) as scene:
        callee = scene.install(counter_module())
        pair = Pair(scene, scene.install(caller_module(callee, "add")), callee)
        pair.order(HoldOrder("hold", pair.picks))
        content = pair.go()
        held = pair.held()
        if is_killed:
            journal = {path.name: path.read_bytes() for path in scene.directory.path.iterdir()}
        assert scene.core.take_problems() == []
    if is_killed:
        for path in (tmp_path / "state").iterdir():
            path.unlink()
        for name, contents in journal.items():
            (tmp_path / "state" / name).write_bytes(contents)
    clock.now_ns += 10**9
    with Scene.start(tmp_path / "state", clock) as scene:
        pair = Pair(scene, pair.caller, callee)
        assert pair.held() == held
        assert is_pending(scene.core, content)
        pair.order(HoldOrder("resume", pair.picks))
        assert not is_pending(scene.core, content)
        assert scene.core.state.holds == []


def test_a_hold_ends_only_once_however_often_it_is_made(pair: Pair) -> None:
    pair.order(HoldOrder("hold", pair.picks))
    pair.order(HoldOrder("hold", pair.picks))
    assert len(pair.scene.core.state.holds) == 1
    pair.order(HoldOrder("resume", pair.picks))
    assert pair.scene.core.state.holds == []


def test_what_is_no_order_is_not_read() -> None:
    with pytest.raises(ValueError, match="not an order"):
        read_order(["forget", 1])
