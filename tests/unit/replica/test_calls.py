"""Inter-canister calls: reply, reject, traps, one-way calls.  Interface Spec."""

from __future__ import annotations

import pytest

from scm.model import Principal
from scm.replica.replica import Replica
from scm.replica.state import Replied
from scm.testing.wat import WatCanister

ADD_ONE = "(global.set $a (i64.add (global.get $a) (i64.const 1)))"


@pytest.fixture
def replica() -> Replica:
    return Replica(seed=1)


def install(replica: Replica, canister: WatCanister, **options: object) -> Principal:
    canister_id = replica.create_canister()
    replica.install(canister_id, canister.build())
    return canister_id


def echo() -> WatCanister:
    canister = WatCanister()
    canister.update("echo", "(call $append_argument) (call $msg_reply)")
    canister.update("refuse", canister.reject("not today"))
    canister.update("trap", canister.trap("broken"))
    canister.update("silent", "")
    return canister


def test_update_replies_with_what_was_appended(replica: Replica) -> None:
    canister_id = install(replica, echo())
    assert replica.update(canister_id, "echo", b"hello") == Replied(b"hello")


def test_reply_callback_sees_the_reply_and_its_environment(replica: Replica) -> None:
    # "the reply callback ... with its environment as the argument"
    callee = install(replica, echo())
    caller = WatCanister()
    on_reply = caller.callback(
        "(call $append_argument) (call $append_i64 (i64.extend_i32_u (local.get $env)))"
        "(call $msg_reply)"
    )
    caller.update("go", caller.call(callee, "echo", b"abc", on_reply=on_reply, environment=77))
    caller_id = install(replica, caller)
    assert replica.update(caller_id, "go") == Replied(b"abc" + (77).to_bytes(8, "little"))
