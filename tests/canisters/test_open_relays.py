"""A canister that lets anyone choose what it calls: the runtime's own messages stand up to that.

Such a method can call the canister itself, so that who is asked is no proof of anything.
"""

from __future__ import annotations

import pytest
from tests.canisters.conftest import WriteProject

from scm.candid.encode import encode
from scm.candid.types import NAT32, NAT64
from scm.replica.replica import Replica
from scm.replica.state import DeliveryKind
from scm.testing.building import CanisterBuilder, install_canister
from scm.testing.call_counts import CallCounts, read_call_counts
from scm.testing.client import CanisterHandle
from scm.testing.pending_calls import pending_calls
from scm.testing.timers import read_timers

pytestmark = pytest.mark.toolchain

SOURCE = """
from scm import (
    Method, Pending, Principal, RawMessage, Reject, Reply, Response, Service, blob, call_raw, ic,
    nat, on_response, on_timer, query, state, text, update,
)


class Itself(Service):
    rest: Method[[], None]


@state
class Relay:
    ticks: nat = 0
    rests: nat = 0


@update
def relay(self: Relay, method: text, message: blob) -> Pending[text]:
    return call_raw(ic.self_id(), method, message).then(relayed)


@on_response
def relayed(self: Relay, response: Response[RawMessage]) -> text:
    match response:
        case Reject(_, message):
            return message
    return "done"


@update
def start(self: Relay) -> None:
    ic.set_timer(tick, after=1)


@on_timer
def tick(self: Relay) -> Pending[None]:
    self.ticks += 1
    return Itself(ic.self_id()).rest().then(rested)


@update
def rest(self: Relay) -> None:
    pass


@update
def rest_for_sure(self: Relay) -> Pending[text]:
    return Itself(ic.self_id()).rest().then(rested_for_sure)


@on_response(retry=True)
def rested_for_sure(self: Relay, response: Response[None]) -> text:
    self.rests += 1
    return "rested"


@on_response
def rested(self: Relay, response: Response[None]) -> None:
    pass


@query
def counts(self: Relay) -> tuple[nat, nat]:
    return self.ticks, self.rests
"""


@pytest.fixture
def relay(
    replica: Replica, build_canister: CanisterBuilder, write_project: WriteProject
) -> CanisterHandle:
    return install_canister(replica, build_canister(write_project(SOURCE)))


def test_timer_that_waits_for_a_callee_is_not_fired_a_second_time(
    replica: Replica, relay: CanisterHandle
) -> None:
    relay.start()
    with replica.hold(
        lambda delivery: (delivery.kind, delivery.method) == (DeliveryKind.RESPONSE, "rest")
    ):
        replica.advance_time(1)
        replica.run_until_idle()
        (timer,) = read_timers(replica, relay.canister_id)
        calls = pending_calls(replica, relay.canister_id)
        (firing,) = [call for call in calls if call.method == "scm_fire_timer"]
        argument = encode([NAT64, NAT32], [timer.id, firing.id])
        assert relay.relay("scm_fire_timer", argument) == "done"
        assert relay.counts() == (1, 0)
    replica.run_until_idle()
    assert read_timers(replica, relay.canister_id) == []
    assert read_call_counts(replica, relay.canister_id) == CallCounts(0, 0, 0)


def test_response_that_is_kept_is_handled_once(replica: Replica, relay: CanisterHandle) -> None:
    with replica.hold(
        lambda delivery: (delivery.kind, delivery.method) == (DeliveryKind.REQUEST, "scm_handle")
    ) as hold:
        waiting = relay.submit("rest_for_sure")
        replica.run_until_idle()
        (call,) = pending_calls(replica, relay.canister_id)
        hold.close()
        with replica.hold(lambda delivery: delivery.kind is DeliveryKind.RESPONSE):
            replica.run_until_idle()
            assert pending_calls(replica, relay.canister_id) == []
        argument = encode([NAT32], [call.id])
        assert "was dealt with by hand" in str(relay.relay("scm_handle", argument))
    assert waiting.result() == "rested"
    assert relay.counts() == (0, 1)


@pytest.mark.parametrize(
    ("method", "argument"),
    [("scm_discard", encode([NAT32], [0])), ("scm_retry_timer", encode([NAT64], [0]))],
)
def test_methods_of_controllers_are_not_open_to_the_canister_itself(
    relay: CanisterHandle, method: str, argument: bytes
) -> None:
    assert "is for controllers" in str(relay.relay(method, argument))
