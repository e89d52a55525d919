"""The live heap goes back to exactly what was committed.  Interface Spec, "Module heap"."""

from __future__ import annotations

import gc
from collections.abc import Callable

from scm.model import Principal
from scm.replica.replica import Replica
from scm.replica.state import Replied
from scm.testing.wat import WatCanister
from scm.wasm.engine import Instance, text_to_wasm

Install = Callable[[WatCanister], Principal]

GROW_HEAP = "(drop (memory.grow (i32.const 2)))"
READ_SIZE = "(call $reply_i64 (i64.extend_i32_u (memory.size)))"


def number(value: int) -> Replied:
    return Replied(value.to_bytes(8, "little"))


def test_memory_that_grew_in_a_trap_shrinks_back(replica: Replica, install: Install) -> None:
    canister = WatCanister()
    canister.update("grow", GROW_HEAP + canister.reply())
    canister.update("write", "(i64.store (i32.const 130000) (i64.const 5))" + canister.reply())
    canister.update("fail", GROW_HEAP + "unreachable")
    canister.query("size", READ_SIZE)
    canister.query("read", "(call $reply_i64 (i64.load (i32.const 130000)))")
    canister_id = install(canister)
    replica.update(canister_id, "grow")
    replica.update(canister_id, "write")
    replica.update(canister_id, "fail")
    assert replica.query(canister_id, "size") == number(3)
    assert replica.query(canister_id, "read") == number(5)


def test_committed_growth_is_kept(replica: Replica, install: Install) -> None:
    canister = WatCanister()
    canister.update("grow", GROW_HEAP + READ_SIZE)
    canister_id = install(canister)
    assert replica.update(canister_id, "grow") == number(3)
    assert replica.update(canister_id, "grow") == number(5)
    assert replica.canister(canister_id).heap_size_bytes == 5 * 65_536


def test_hidden_globals_of_every_type_are_restored(replica: Replica, install: Install) -> None:
    canister = WatCanister()
    canister.raw(
        "(global $i (mut i32) (i32.const -7)) (global $l (mut i64) (i64.const -8))"
        "(global $f (mut f32) (f32.const 1.5)) (global $d (mut f64) (f64.const -2.25))"
    )
    canister.update(
        "fail",
        "(global.set $i (i32.const 1)) (global.set $l (i64.const 1))"
        "(global.set $f (f32.const 1)) (global.set $d (f64.const 1)) unreachable",
    )
    canister.query(
        "read",
        "(i32.store (i32.const 0) (global.get $i)) (i64.store (i32.const 4) (global.get $l))"
        "(f32.store (i32.const 12) (global.get $f)) (f64.store (i32.const 16) (global.get $d))"
        "(call $msg_reply_data_append (i32.const 0) (i32.const 24)) (call $msg_reply)",
    )
    canister_id = install(canister)
    before = replica.query(canister_id, "read")
    replica.update(canister_id, "fail")
    assert replica.query(canister_id, "read") == before


def test_dropped_segments_are_back_in_the_next_message(replica: Replica, install: Install) -> None:
    # The platform makes a fresh instance per message: only heap and globals stay.
    canister = WatCanister()
    canister.raw('(data $passive "abc")')
    canister.update(
        "go",
        "(memory.init $passive (i32.const 0) (i32.const 0) (i32.const 3)) (data.drop $passive)"
        "(call $msg_reply_data_append (i32.const 0) (i32.const 3)) (call $msg_reply)",
    )
    canister_id = install(canister)
    assert replica.update(canister_id, "go") == Replied(b"abc")
    assert replica.update(canister_id, "go") == Replied(b"abc")


def test_64_bit_module_uses_64_bit_pointers(replica: Replica) -> None:
    wasm = text_to_wasm(
        """(module
        (import "ic0" "msg_reply_data_append" (func $append (param i64 i64)))
        (import "ic0" "msg_reply" (func $reply))
        (memory i64 1) (data (i64.const 8) "wide")
        (func (export "canister_update go")
          (call $append (i64.const 8) (i64.const 4)) (call $reply)))"""
    )
    canister_id = replica.create_canister()
    replica.install(canister_id, wasm)
    assert replica.update(canister_id, "go") == Replied(b"wide")


def live_instances() -> int:
    gc.collect()
    return sum(isinstance(candidate, Instance) for candidate in gc.get_objects())


def test_replica_and_its_instances_are_freed() -> None:
    # The engine keeps host functions in a global table: they must not keep a store alive.
    replica = Replica()
    canister = WatCanister()
    canister.update("go", canister.reply())
    canister_id = replica.create_canister()
    replica.install(canister_id, canister.build())
    replica.update(canister_id, "go")
    others = live_instances() - 1
    del replica
    assert live_instances() == others
