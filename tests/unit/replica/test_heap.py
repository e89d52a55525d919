"""The live heap goes back to exactly what was committed.  Interface Spec, "Module heap"."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest

from scm.model import Principal
from scm.replica.heap import Heap
from scm.replica.pages import _pagemap
from scm.replica.replica import Replica
from scm.replica.state import Replied
from scm.replica.system_api import ExecutionSlot, host_functions
from scm.testing.snapshots import load_snapshot, take_snapshot
from scm.testing.wat import Install, WatCanister, number
from scm.wasm.engine import Instance, text_to_wasm

GROW_HEAP = "(drop (memory.grow (i32.const 2)))"
READ_SIZE = "(call $reply_i64 (i64.extend_i32_u (memory.size)))"


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


def test_signalling_nans_outlive_rollbacks_snapshots_and_files(
    replica: Replica, install: Install, tmp_path: Path
) -> None:
    canister = WatCanister()
    canister.raw(
        "(global $f (mut f32) (f32.const nan:0x200001))"
        "(global $d (mut f64) (f64.const nan:0x4000000000001))"
    )
    canister.update(
        "fail", "(global.set $f (f32.const 1)) (global.set $d (f64.const 1)) unreachable"
    )
    canister.update("clear", "(global.set $f (f32.const 1)) (global.set $d (f64.const 1))")
    canister.query(
        "read",
        "(f32.store (i32.const 0) (global.get $f)) (f64.store (i32.const 4) (global.get $d))"
        "(call $msg_reply_data_append (i32.const 0) (i32.const 12)) (call $msg_reply)",
    )
    canister_id = install(canister)
    expected = Replied(bytes.fromhex("0100a07f 010000000000f47f"))
    replica.update(canister_id, "fail")
    assert replica.query(canister_id, "read") == expected
    snapshot_id = take_snapshot(replica, canister_id)
    replica.update(canister_id, "clear")
    assert replica.query(canister_id, "read") != expected
    load_snapshot(replica, canister_id, snapshot_id)
    assert replica.query(canister_id, "read") == expected
    replica.save(tmp_path / "state")
    assert Replica.load(tmp_path / "state").query(canister_id, "read") == expected


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


PAGES = WatCanister(pages=3)
PAGES.raw('(data (i32.const 4090) "initial contents")')
PAGES.update("write", "(i64.store (i32.const 4096) (i64.const 5))" + PAGES.reply())
PAGES.update("far", "(i64.store (i32.const 190000) (i64.const 6))" + PAGES.reply())
PAGES.update(
    "fail",
    "(i64.store (i32.const 4090) (i64.const 7)) (i64.store (i32.const 100000) (i64.const 7))"
    "(i64.store (i32.const 190000) (i64.const 7)) unreachable",
)
PAGES.query("read", "(call $reply_i64 (i64.load (i32.const 4096)))")
PAGES.query("read_far", "(call $reply_i64 (i64.load (i32.const 190000)))")
PAGES.query("read_between", "(call $reply_i64 (i64.load (i32.const 100000)))")
INITIAL = int.from_bytes(b"l contents"[:8], "little")


@pytest.fixture(params=["told by the kernel", "unknown"])
def pages(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it is known which pages of a memory were written."""
    if request.param == "unknown":
        monkeypatch.setattr("scm.replica.pages._pagemap", lambda: None)
    elif _pagemap() is None:
        pytest.skip("this system does not tell which pages are a process's own")


@pytest.mark.usefixtures("pages")
def test_trap_undoes_written_and_new_pages(replica: Replica, install: Install) -> None:
    canister_id = install(PAGES)
    replica.update(canister_id, "fail")
    assert replica.query(canister_id, "read") == number(INITIAL)
    assert replica.query(canister_id, "read_far") == number(0)
    replica.update(canister_id, "write")
    replica.update(canister_id, "far")
    replica.update(canister_id, "fail")
    assert replica.query(canister_id, "read") == number(5)
    assert replica.query(canister_id, "read_far") == number(6)
    assert replica.query(canister_id, "read_between") == number(0)


def canister_heap(replica: Replica, canister_id: Principal) -> Heap:
    code = replica._state.canisters[canister_id].code
    assert code is not None
    return code.heap


def offset_of(heap: Heap, address: int) -> int:
    return int.from_bytes(heap.instance.read_memory(address, 8), "little")


@pytest.mark.usefixtures("pages")
def test_fork_starts_from_what_was_committed_and_goes_its_own_way(
    replica: Replica, install: Install
) -> None:
    canister_id = install(PAGES)
    replica.update(canister_id, "write")
    heap = canister_heap(replica, canister_id)
    slot = ExecutionSlot()
    heap.instance.write_memory(100_000, b"uncommitted")
    twin = heap.fork(lambda: host_functions(slot, is_memory_64=False))
    heap.roll_back()
    replica.update(canister_id, "far")
    assert [offset_of(twin, at) for at in (4096, 100_000, 190_000)] == [5, 0, 0]
    twin.instance.write_memory(4096, bytes(8))
    twin.commit()
    assert [offset_of(heap, at) for at in (4096, 100_000, 190_000)] == [5, 0, 6]


def test_changed_pages_are_counted(replica: Replica, install: Install) -> None:
    heap = canister_heap(replica, install(PAGES))
    assert heap.changed_page_count() == 0
    heap.instance.write_memory(4095, b"xy")
    heap.instance.write_memory(50_000, b"z")
    assert heap.changed_page_count() == 3
    heap.commit()
    assert heap.changed_page_count() == 0
    # A page next to one that is known, and one that is only read.
    heap.instance.write_memory(53_248, b"a")
    heap.instance.read_memory(150_000, 10)
    assert heap.changed_page_count() == 1


def test_idle_canister_shares_its_memory(replica: Replica, install: Install) -> None:
    if _pagemap() is None:
        pytest.skip("this system does not tell which pages are a process's own")
    canister = WatCanister(pages=100)
    canister.raw('(data (i32.const 0) "x") (data (i32.const 6000000) "y")')
    canister.update("go", canister.reply())
    canister_id = install(canister)
    replica.update(canister_id, "go")
    assert canister_heap(replica, canister_id).own_bytes < 100_000


@pytest.mark.usefixtures("pages")
def test_changes_are_told_from_what_the_module_has(replica: Replica, install: Install) -> None:
    # The page with data of the module's: zeros are a change there, and the same bytes are none.
    canister = WatCanister(pages=3)
    canister.raw('(data (i32.const 70000) "abcdefgh")')
    heap = canister_heap(replica, install(canister))
    heap.instance.write_memory(70_000, b"abcdefgh")
    assert heap.changed_page_count() == 0
    heap.instance.write_memory(70_000, bytes(8))
    assert heap.changed_page_count() == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_process_that_was_forked_knows_its_own_pages(replica: Replica, install: Install) -> None:
    canister_id = install(PAGES)
    replica.update(canister_id, "write")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        replica.update(canister_id, "far")
        replica.update(canister_id, "fail")
        heap = canister_heap(replica, canister_id)
        found = [offset_of(heap, at) for at in (4096, 100_000, 190_000)]
        os.write(writer, repr(found).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 100).decode() == "[5, 0, 6]"
    os.close(reader)
    os.close(writer)
