"""Forks and checkpoints of the whole state."""

from __future__ import annotations

import pytest

from scm.model import Principal
from scm.replica.errors import ReplicaUsageError
from scm.replica.replica import Replica
from scm.replica.state import DeliveryKind, Pending, Replied
from scm.testing.wat import Install, WatCanister, number

COUNT = "(i64.store (i32.const 0) (i64.add (i64.load (i32.const 0)) (i64.const 1)))"
STABLE = (
    "(if (i64.eqz (call $stable64_size)) (then (drop (call $stable64_grow (i64.const 1)))))"
    "(call $stable64_write (i64.const 0) (i64.const 0) (i64.const 8))"
)
READ = "(call $reply_i64 (i64.load (i32.const 0)))"
READ_STABLE = (
    "(call $stable64_read (i64.const 64) (i64.const 0) (i64.const 8))"
    "(call $reply_i64 (i64.load (i32.const 64)))"
)


@pytest.fixture
def counter(install: Install) -> Principal:
    canister = WatCanister()
    canister.update("count", COUNT + STABLE + canister.print("counted") + READ)
    canister.query("read", READ)
    canister.query("read_stable", READ_STABLE)
    return install(canister)


def values(replica: Replica, canister: Principal) -> list[object]:
    return [replica.query(canister, method) for method in ("read", "read_stable")]


def test_forks_go_their_own_ways(replica: Replica, counter: Principal) -> None:
    replica.update(counter, "count")
    twin = replica.fork()
    replica.update(counter, "count")
    other = twin.fork()
    for _ in range(3):
        twin.update(counter, "count")
    assert values(replica, counter) == [number(2)] * 2
    assert values(twin, counter) == [number(4)] * 2
    assert values(other, counter) == [number(1)] * 2
    assert len(twin.canister(counter).logs) == 4
    assert len(other.canister(counter).logs) == 1


def test_fork_has_its_own_time_canisters_and_randomness(replica: Replica) -> None:
    twin = replica.fork()
    twin.advance_time(5)
    assert twin.time_ns - replica.time_ns == 5_000_000_000
    created = twin.create_canister()
    with pytest.raises(ReplicaUsageError, match="there is no canister"):
        replica.canister(created)
    assert replica.create_canister() == created
    drawn = [item._state.random.randbytes(8) for item in (replica, twin)]
    assert drawn[0] == drawn[1]


def test_checkpoint_can_be_restored_again_and_again(replica: Replica, counter: Principal) -> None:
    replica.update(counter, "count")
    before = replica.checkpoint()
    events = len(replica.trace)
    for _ in range(3):
        replica.advance_time(1)
        assert replica.update(counter, "count") == number(2)
        assert replica.update(counter, "count") == number(3)
        replica.restore(before)
        assert values(replica, counter) == [number(1)] * 2
        # The two queries above are in the trace too.
        assert len(replica.trace) == events + 2


def test_calls_in_flight_are_in_both(replica: Replica, install: Install) -> None:
    callee = WatCanister()
    callee.update("answer", callee.reply("yes"))
    callee_id = install(callee)
    caller = WatCanister()
    done = caller.callback(caller.reply("done"))
    caller.update("ask", caller.call(callee_id, "answer", on_reply=done, on_reject=done))
    caller_id = install(caller)
    hold = replica.hold(lambda delivery: delivery.kind is DeliveryKind.RESPONSE)
    call = replica.submit(caller_id, "ask")
    replica.run_until_idle()
    before = replica.checkpoint()
    twin = replica.fork()

    assert isinstance(twin.status(call), Pending)
    (twin_hold,) = twin.holds
    twin_hold.close()
    assert twin.wait(call) == Replied(b"done")
    assert len(hold.parked) == 1

    for _ in range(2):
        hold.close()
        assert replica.wait(call) == Replied(b"done")
        replica.restore(before)
        assert isinstance(replica.status(call), Pending)
        assert len(hold.parked) == 1


def test_hold_made_after_the_checkpoint_is_unknown_before_it(replica: Replica) -> None:
    before = replica.checkpoint()
    hold = replica.hold(lambda _delivery: True)
    replica.restore(before)
    other = replica.hold(lambda _delivery: True)
    with pytest.raises(ReplicaUsageError, match="after the restored checkpoint"):
        _ = hold.parked
    hold.close()
    assert other.parked == []


def test_upgrade_in_a_fork_leaves_the_original(replica: Replica, counter: Principal) -> None:
    replica.update(counter, "count")
    twin = replica.fork()
    other = WatCanister()
    other.query("read", other.reply("new"))
    twin.install(counter, other.build(), mode="upgrade")
    assert twin.query(counter, "read") == Replied(b"new")
    assert replica.query(counter, "read") == number(1)
