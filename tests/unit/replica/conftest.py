"""Fixtures for tests of the replica."""

from __future__ import annotations

import pytest

from scm.model import Principal
from scm.replica.replica import Replica
from scm.testing.management import manage
from scm.testing.relay import Relay
from scm.testing.wat import Install, WatCanister


@pytest.fixture
def replica() -> Replica:
    return Replica(seed=1)


@pytest.fixture
def install(replica: Replica) -> Install:
    """Create a canister controlled by the anonymous user and install code on it."""

    def create_and_install(canister: WatCanister) -> Principal:
        canister_id = replica.create_canister()
        replica.install(canister_id, canister.build())
        return canister_id

    return create_and_install


@pytest.fixture
def echo(install: Install) -> Principal:
    """A callee: `echo` replies with its argument, `refuse` rejects, `fail` traps, `silent` ends."""
    canister = WatCanister()
    canister.update("echo", "(call $append_argument) (call $msg_reply)")
    canister.update("refuse", canister.reject("not today"))
    canister.update("fail", canister.trap("broken"))
    canister.update("silent", "")
    return install(canister)


@pytest.fixture
def relay(replica: Replica) -> Relay:
    """A canister that calls the management canister for us."""
    return Relay(replica)


@pytest.fixture
def keeper_module() -> bytes:
    """`set` puts its argument's first byte everywhere that a snapshot covers, and grows."""
    canister = WatCanister()
    canister.raw("(global $small (mut f32) (f32.const 1.5))")
    canister.update(
        "set",
        "(call $msg_arg_data_copy (i32.const 0) (i32.const 0) (i32.const 1))"
        "(global.set $a (i64.load8_u (i32.const 0)))"
        "(drop (memory.grow (i32.const 1)))"
        "(i32.store8 (i32.const 65536) (i32.load8_u (i32.const 0)))"
        "(drop (call $stable64_grow (i64.const 1)))"
        "(call $stable64_write (i64.const 3) (i64.const 0) (i64.const 1))"
        "(call $certified_data_set (i32.const 0) (i32.const 1))" + canister.reply(),
    )
    canister.update(
        "read",
        "(call $stable64_read (i64.const 65537) (i64.const 3) (i64.const 1))"
        "(i32.store8 (i32.const 65538) (i32.wrap_i64 (global.get $a)))"
        "(call $msg_reply_data_append (i32.const 65536) (i32.const 3)) (call $msg_reply)",
    )
    canister.update("arm", "(drop (call $global_timer_set (i64.const 9)))" + canister.reply())
    return canister.build()


@pytest.fixture
def keeper(replica: Replica, keeper_module: bytes) -> Principal:
    """A canister with 5 everywhere, and a chunk in its store."""
    canister_id = replica.create_canister()
    replica.install(canister_id, keeper_module)
    manage(replica, "upload_chunk", canister_id=canister_id, chunk=b"kept")
    replica.update(canister_id, "set", b"\x05")
    return canister_id
