"""A replica in a file."""

from __future__ import annotations

import json
import random
import zipfile
from pathlib import Path

import pytest

from scm.model import Principal
from scm.replica.code import code_from_image
from scm.replica.errors import ReplicaUsageError
from scm.replica.heap import HeapImage
from scm.replica.replica import Replica
from scm.replica.state import IngressId, Pending, Rejected, Replied
from scm.testing.wat import Install, WatCanister

FIRST = Principal((0).to_bytes(8, "big") + b"\x01\x01")
"""The canister that a replica makes first."""


@pytest.fixture
def busy(replica: Replica, install: Install) -> tuple[Principal, list[IngressId]]:
    """A canister with something of everything, and calls on their way."""
    canister = WatCanister(pages=20)
    canister.raw('(data (i32.const 70000) "initial") (global $f (mut f64) (f64.const -0.1))')
    done = canister.callback(canister.reply("done"))
    canister.update(
        "work",
        "(global.set $f (f64.const 2.5)) (i64.store (i32.const 500000) (i64.const 77))"
        "(drop (memory.grow (i32.const 3))) (i64.store (i32.const 1400000) (i64.const 78))"
        "(drop (call $stable64_grow (i64.const 2)))"
        "(call $stable64_write (i64.const 65536) (i64.const 70000) (i64.const 7))"
        "(drop (call $global_timer_set (i64.const 9000000000000000000)))"
        + canister.print("working")
        + canister.call(FIRST, "answer", on_reply=done, on_reject=done, timeout_seconds=60),
    )
    canister.update("answer", canister.reply("yes"))
    canister.query(
        "read",
        "(i64.store (i32.const 0) (i64.load (i32.const 500000)))"
        "(i64.store (i32.const 8) (i64.load (i32.const 1400000)))"
        "(f64.store (i32.const 16) (global.get $f))"
        "(call $stable64_read (i64.const 24) (i64.const 65536) (i64.const 7))"
        "(call $msg_reply_data_append (i32.const 0) (i32.const 31)) (call $msg_reply)",
    )
    canister_id = install(canister)
    replica.update(canister_id, "missing")
    calls = [replica.submit(canister_id, "work") for _ in range(3)]
    replica.step()
    replica.step()
    return canister_id, calls


def test_saved_replica_goes_on_as_the_original(
    replica: Replica, busy: tuple[Principal, list[IngressId]], tmp_path: Path
) -> None:
    canister, calls = busy
    replica.save(tmp_path / "saved")
    loaded = Replica.load(tmp_path / "saved")
    assert loaded.trace == replica.trace
    assert isinstance(loaded.status(calls[2]), Pending)
    for world in (replica, loaded):
        world.advance_time(1)
        assert [world.wait(call) for call in calls] == [Replied(b"done")] * 3
        assert isinstance(world.update(canister, "missing"), Rejected)
    assert loaded.query(canister, "read") == replica.query(canister, "read")
    assert loaded.trace == replica.trace
    assert loaded.canister(canister).logs == replica.canister(canister).logs
    assert loaded.create_canister() == replica.create_canister()
    assert loaded._state.random.random() == replica._state.random.random()


def test_loaded_heap_rolls_back(
    replica: Replica, install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canister = WatCanister(pages=3)
    canister.raw('(data (i32.const 70000) "initial")')
    canister.update("write", "(i64.store (i32.const 8) (i64.const 5))" + canister.reply())
    canister.update("fail", "(i64.store (i32.const 70000) (i64.const 5)) unreachable")
    canister.query("read", "(call $reply_i64 (i64.load (i32.const 70000)))")
    canister_id = install(canister)
    replica.update(canister_id, "write")
    before = replica.query(canister_id, "read")
    replica.save(tmp_path / "saved")
    # Whether the system knows what was written may differ from where it was saved.
    monkeypatch.setattr("scm.replica.pages._pagemap", lambda: None)
    loaded = Replica.load(tmp_path / "saved")
    assert isinstance(loaded.update(canister_id, "fail"), Rejected)
    assert loaded.query(canister_id, "read") == before


def test_the_same_state_gives_the_same_file(
    replica: Replica, busy: tuple[Principal, list[IngressId]], tmp_path: Path
) -> None:
    replica.save(tmp_path / "one")
    replica.save(tmp_path / "two")
    Replica.load(tmp_path / "one").save(tmp_path / "three")
    contents = {(tmp_path / name).read_bytes() for name in ("one", "two", "three")}
    assert len(contents) == 1


def test_many_calls_are_saved_in_parts(replica: Replica, install: Install, tmp_path: Path) -> None:
    canister = WatCanister()
    canister.update("echo", "(call $append_argument) (call $msg_reply)")
    canister_id = install(canister)
    arguments = [number.to_bytes(2, "big") for number in range(2500)]
    calls = [replica.submit(canister_id, "echo", argument) for argument in arguments]
    replica.run_until_idle()
    replica.save(tmp_path / "saved")
    loaded = Replica.load(tmp_path / "saved")
    assert [loaded.status(call) for call in calls] == [Replied(item) for item in arguments]


def test_open_hold_can_not_be_saved(replica: Replica, tmp_path: Path) -> None:
    hold = replica.hold(lambda _delivery: False)
    with pytest.raises(ReplicaUsageError, match="close them first"):
        replica.save(tmp_path / "saved")
    assert list(tmp_path.iterdir()) == []
    hold.close()
    replica.save(tmp_path / "saved")


def write_zip(path: Path, document: object) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("state.json", json.dumps(document))


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"format": "scm replica 0", "state": None},
        {"format": "scm replica 4"},
        {"format": "scm replica 4", "state": 5},
        {"format": "scm replica 4", "state": {"!": "os:system", "fields": {}}},
        {"format": "scm replica 4", "state": {"!": "scm.replica.archive:save_state"}},
        {"format": "scm replica 4", "state": {"!": "scm.replica.state:Delivery", "fields": {}}},
        {"format": "scm replica 4", "state": {"!": "scm.replica.state:Nothing", "fields": {}}},
        {"format": "scm replica 4", "state": {"!": "scm.replica.nothing:Nothing", "fields": {}}},
        {"format": "scm replica 4", "state": {"!": "scm.replica.archive:Path", "fields": {}}},
        {"format": "scm replica 4", "state": {"!": "\ud800", "fields": {}}},
        {"format": "scm replica 4", "state": {"!": "Random", "state": []}},
    ],
)
def test_other_files_are_refused(tmp_path: Path, document: object) -> None:
    write_zip(tmp_path / "file", document)
    with pytest.raises(ReplicaUsageError, match=r"saved replica|another version"):
        Replica.load(tmp_path / "file")


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\0asm")
    with pytest.raises(ReplicaUsageError, match="no saved replica"):
        Replica.load(tmp_path / "file")
    with pytest.raises(FileNotFoundError):
        Replica.load(tmp_path / "absent")


def test_damaged_file_is_refused(
    replica: Replica, busy: tuple[Principal, list[IngressId]], tmp_path: Path
) -> None:
    replica.save(tmp_path / "saved")
    original = (tmp_path / "saved").read_bytes()
    chance = random.Random(5)
    refused = 0
    for _ in range(60):
        damaged = bytearray(original)
        for _ in range(3):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        (tmp_path / "damaged").write_bytes(damaged)
        try:
            Replica.load(tmp_path / "damaged")
        except ReplicaUsageError:
            refused += 1
    assert refused > 50


def image(
    size_bytes: int = 65_536, start: int = 0, end: int = 1, contents: int = 4096
) -> HeapImage:
    return HeapImage(size_bytes, (((start, end), bytes(contents)),), ())


@pytest.mark.parametrize(
    "bad",
    [
        image(size_bytes=-65_536),
        image(size_bytes=65_537),
        image(size_bytes=1 << 50),
        image(start=-1 << 26),
        image(start=16, end=17),
        image(start=1, end=1, contents=0),
        image(end=2),
        image(size_bytes=131_072, start=15, end=17, contents=8192),
        HeapImage(65_536, (((0, 1), bytes(4096)), ((0, 1), bytes(4096))), ()),
        HeapImage(65_536, (), (("scm:global:9", 1),)),
    ],
)
def test_image_of_no_heap_is_refused(replica: Replica, install: Install, bad: HeapImage) -> None:
    canister = WatCanister()
    canister_id = install(canister)
    code = replica._state.canisters[canister_id].code
    assert code is not None
    good = code.heap.image()
    whole = HeapImage(bad.size_bytes, bad.runs, bad.globals or good.globals)
    with pytest.raises(ValueError, match=r"heap|globals"):
        code_from_image(code.module, whole)


def test_encrypted_file_is_refused(replica: Replica, tmp_path: Path) -> None:
    replica.save(str(tmp_path / "saved"))
    contents = bytearray((tmp_path / "saved").read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        contents[contents.index(signature) + flags] |= 1
    (tmp_path / "saved").write_bytes(contents)
    with pytest.raises(ReplicaUsageError, match="encrypted"):
        Replica.load(str(tmp_path / "saved"))
