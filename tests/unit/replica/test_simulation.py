"""Random histories: cycles are conserved and every call is answered exactly once.

Messages are held and released in random order, callees trap, callers are upgraded and stopped.
"""

from __future__ import annotations

import random

import pytest

from scm.model import Principal
from scm.replica.holds import Hold
from scm.replica.replica import DEFAULT_CYCLES, Replica
from scm.replica.state import IngressId, Pending
from scm.testing.wat import WatCanister

CANISTER_COUNT = 3
IDS = [Principal(index.to_bytes(8, "big") + b"\x01\x01") for index in range(CANISTER_COUNT)]


def peer() -> bytes:
    """Calls any other canister, with cycles; callbacks reply, trap or say nothing."""
    canister = WatCanister()
    reply = canister.callback(canister.reply("ok"))
    trap = canister.callback("unreachable")
    silent = canister.callback("")
    accept = "(call $msg_cycles_accept128 (i64.const 0) (i64.const 7) (i32.const 0))"
    canister.update("give", accept + canister.reply())
    canister.update("fail", accept + "unreachable")
    canister.update("silent", accept)
    for index, callee in enumerate(IDS):
        for method in ("give", "fail", "silent"):
            for name, closure in (("reply", reply), ("trap", trap), ("silent", silent)):
                call = canister.call(
                    callee,
                    method,
                    on_reply=closure,
                    on_reject=closure,
                    on_cleanup=silent,
                    cycles=50,
                )
                canister.update(f"{index}-{method}-{name}", call)
    return canister.build()


def act(replica: Replica, chance: random.Random, hold: Hold, calls: list[IngressId]) -> None:
    """Do one random thing."""
    canister_id = chance.choice(IDS)
    match chance.randrange(6):
        case 0 | 1:
            callee = chance.randrange(CANISTER_COUNT)
            method = chance.choice(["give", "fail", "silent"])
            closure = chance.choice(["reply", "trap", "silent"])
            calls.append(replica.submit(canister_id, f"{callee}-{method}-{closure}"))
        case 2:
            for _ in range(chance.randrange(10)):
                replica.step()
        case 3 if hold.parked:
            hold.release_one(chance.randrange(len(hold.parked)))
        case 4:
            replica.install(canister_id, peer(), mode="upgrade")
        case _:
            if replica.canister(canister_id).status == "running":
                calls.append(replica.submit_stop(canister_id))
            else:
                replica.start(canister_id)


@pytest.mark.parametrize("seed", range(8))
def test_cycles_are_conserved_and_every_call_is_answered(seed: int) -> None:
    replica = Replica(seed)
    chance = random.Random(seed)
    for canister_id in IDS:
        assert replica.create_canister() == canister_id
        replica.install(canister_id, peer())
    calls: list[IngressId] = []
    with replica.hold(lambda delivery: chance.random() < 0.5) as hold:
        for _ in range(150):
            act(replica, chance, hold, calls)
    replica.run_until_idle()
    views = [replica.canister(canister_id) for canister_id in IDS]
    assert not any(isinstance(replica.status(call), Pending) for call in calls)
    assert sum(view.cycles for view in views) == CANISTER_COUNT * DEFAULT_CYCLES
    assert [view.open_call_contexts for view in views] == [()] * CANISTER_COUNT
    assert [view.outstanding_callbacks for view in views] == [()] * CANISTER_COUNT
