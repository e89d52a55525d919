"""No bound is declared anywhere: large keys and values, many collections, and back to nothing."""

from __future__ import annotations

import pytest

from scm.candid.decode import decode
from scm.candid.encode import encode
from scm.candid.types import NAT8, NAT64, Vec
from scm.replica.replica import Replica
from scm.replica.state import Rejected
from scm.storage.problems import FREE
from scm.testing.building import CanisterBuilder, install_canister
from scm.testing.client import CanisterHandle
from scm.testing.state import check_state

pytestmark = pytest.mark.toolchain
COMPILER = "optimizing"

CASE = "tests/cases/canisters/large"
MEGABYTES = 100


@pytest.fixture
def large(build_canister: CanisterBuilder, replica: Replica) -> CanisterHandle:
    return install_canister(replica, build_canister(CASE))


def upgrade(
    replica: Replica, canister: CanisterHandle, build_canister: CanisterBuilder
) -> CanisterHandle:
    replica.install(canister.canister_id, build_canister(CASE), mode="upgrade")
    check_state(replica, canister.canister_id)
    return canister


def test_ints_have_any_size(large, replica, build_canister) -> None:
    values = [0, 1, -1, 2**64, -(2**64), 2**200, -(2**200), 2**10_000, -(2**10_000)]
    for value in values:
        large.put_number(value, -value)
    upgrade(replica, large, build_canister)
    assert large.numbers() == [(value, -value) for value in sorted(values)]


@pytest.mark.parametrize("is_backwards", [False, True])
def test_leaves_that_split_while_values_are_read(large, is_backwards: bool) -> None:
    order = range(999, -1, -1) if is_backwards else range(1000)
    assert large.grow_while_reading(1000, is_backwards) == list(order)


def test_keys_of_1_mb_that_differ_in_their_last_byte(large, replica, build_canister) -> None:
    for letter in "cab":
        large.put_text(letter, 1_000_000, letter, 1_000_000)
    upgrade(replica, large, build_canister)
    for letter in "abc":
        assert large.text_at(letter, 1_000_000) == letter * 10
    large.remove_text("b", 1_000_000)
    assert large.text_sizes() == [("kkka", 1_000_000), ("kkkc", 1_000_000)]
    check_state(replica, large.canister_id)


def test_a_hundred_keys_that_differ_behind_a_long_start(large, replica) -> None:
    for number in range(100):
        large.put_text(f"{number:03}", 990, "v", number)
    assert large.text_sizes() == [(f"k{number:03}", number) for number in range(100)]
    for number in range(0, 100, 2):
        large.remove_text(f"{number:03}", 990)
    assert [size for _, size in large.text_sizes()] == list(range(1, 100, 2))
    check_state(replica, large.canister_id)


def test_a_blob_of_100_mb(large, replica, build_canister) -> None:
    for first in range(0, MEGABYTES, 10):
        large.fill(first, 10)
    upgrade(replica, large, build_canister)
    for megabyte in (0, 1, 57, 99):
        assert large.read(megabyte * 1_000_000 + 999_990, 10) == bytes([megabyte % 251]) * 10


def test_a_blob_beyond_4_gib_takes_what_is_written(large, replica, build_canister) -> None:
    far = 5 * 2**30
    assert large.reach(far, b"end") == far + 6
    upgrade(replica, large, build_canister)
    assert large.read(far - 2, 8) == b"\0\0endend"
    assert large.read(2**31, 3) == bytes(3)
    assert check_state(replica, large.canister_id).page_count < 30


def test_a_thousand_maps_in_a_map(large, replica, build_canister) -> None:
    for first in range(0, 1_000, 250):
        large.box(first, 250)
    upgrade(replica, large, build_canister)
    found = large.boxes()
    assert [number for number, _ in found] == list(range(1_000))
    assert found[777][1] == [(key, f"777.{key}") for key in range(3)]
    assert large.deepest() == 1_000


def test_what_is_given_up_is_free_after_some_messages(large, replica) -> None:
    large.put_number(2**2000, 1)
    large.put_text("x", 5_000, "y", 50_000)
    large.fill(0, 3)
    large.box(0, 50)
    used = check_state(replica, large.canister_id)
    large.clear()
    for _ in range(60):
        large.touch()
    left = check_state(replica, large.canister_id)
    assert left.page_count == used.page_count
    assert left.account(FREE).pages["free"] > left.page_count - 15


def test_a_backup_in_chunks_is_the_stable_memory(large, replica) -> None:
    large.put_text("x", 10, "y", 300_000)
    controller = replica.canister(large.canister_id).controllers[0]
    backup = b""
    while True:
        arguments = encode([NAT64, NAT64], [len(backup), 100_000])
        outcome = replica.query(large.canister_id, "scm_stable_read", arguments, controller)
        assert not isinstance(outcome, Rejected)
        (chunk,) = decode(outcome.data, [Vec(NAT8)])
        assert isinstance(chunk, bytes)
        if not chunk:
            break
        backup += chunk
    assert backup == bytes(replica.canister(large.canister_id).stable_memory)
