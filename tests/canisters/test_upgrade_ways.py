"""Upgrades when nothing waits, and of a stopped canister: with a limit, and told what blocks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scm.replica.replica import Replica
from scm.replica.state import DeliveryKind
from scm.testing.building import CanisterBuilder, install_canister
from scm.testing.call_counts import CallCounts, read_call_counts
from scm.testing.client import CanisterHandle
from scm.testing.upgrade_ways import BlockedUpgradeError, upgrade_stopped, upgrade_when_idle

pytestmark = pytest.mark.toolchain

CASE = "tests/cases/canisters/rescue"
WAYS = pytest.mark.parametrize("upgrade", [upgrade_when_idle, upgrade_stopped])
Upgrade = Callable[..., None]


@pytest.fixture
def wasm(build_canister: CanisterBuilder) -> bytes:
    return build_canister(CASE)


@pytest.fixture
def peer(wasm: bytes, replica: Replica) -> CanisterHandle:
    return install_canister(replica, wasm)


@pytest.fixture
def rescue(wasm: bytes, replica: Replica) -> CanisterHandle:
    return install_canister(replica, wasm)


@WAYS
def test_a_canister_with_nothing_in_flight_is_upgraded(
    rescue: CanisterHandle, peer: CanisterHandle, replica: Replica, wasm: bytes, upgrade: Upgrade
) -> None:
    assert rescue.hurry(peer.canister_id) == 7
    version = replica.canister(rescue.canister_id).version
    upgrade(replica, rescue.canister_id, wasm)
    assert replica.canister(rescue.canister_id).version > version
    assert rescue.hurry(peer.canister_id) == 7


@WAYS
def test_calls_that_end_in_time_do_not_block(
    rescue: CanisterHandle, peer: CanisterHandle, replica: Replica, wasm: bytes, upgrade: Upgrade
) -> None:
    with replica.hold(lambda delivery: delivery.kind is DeliveryKind.RESPONSE):
        ticket = rescue.submit("twice", peer.canister_id)
        replica.run_until_idle()
    upgrade(replica, rescue.canister_id, wasm)
    assert ticket.result() == 7
    assert read_call_counts(replica, rescue.canister_id) == CallCounts(0, 0, 0)


@WAYS
def test_calls_that_do_not_end_are_told_and_the_old_code_goes_on(
    rescue: CanisterHandle, peer: CanisterHandle, replica: Replica, wasm: bytes, upgrade: Upgrade
) -> None:
    with replica.hold(lambda delivery: delivery.kind is DeliveryKind.RESPONSE) as hold:
        tickets = [rescue.submit("hurry", peer.canister_id) for _ in range(7)]
        replica.run_until_idle()
        with pytest.raises(BlockedUpgradeError) as caught:
            upgrade(replica, rescue.canister_id, wasm, within_seconds=20)
        assert len(caught.value.calls) == 7
        lines = str(caught.value).split("\n")
        assert lines[1].endswith(" s")
        assert f"measure of {peer.canister_id}, for `hurried`, since 2" in lines[1]
        assert lines[-1] == "  ... 7 in all"
        tickets.append(rescue.submit("hurry", peer.canister_id))
        replica.run_until_idle()
        hold.release()
    assert [ticket.result() for ticket in tickets] == [7] * 8
