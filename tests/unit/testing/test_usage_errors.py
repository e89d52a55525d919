"""What the tools for tests say when a test asks for what can't be."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scm.authoring.calls import Method, Service
from scm.authoring.types import nat
from scm.candid.errors import EncodeError
from scm.errors import ToolchainError
from scm.model import Principal
from scm.replica.errors import ReplicaUsageError
from scm.replica.ingress import INGRESS_BYTES_MAX, envelope_bytes
from scm.replica.queries import QueryCall
from scm.replica.replica import Replica
from scm.replica.state import Replied
from scm.testing.building import CanisterBuilder
from scm.testing.client import CanisterHandle
from scm.testing.management import ask_management, manage
from scm.testing.wat import WatCanister


class Counter(Service):
    add: Method[[nat], nat]


@pytest.fixture
def canister_id(replica: Replica) -> Principal:
    return replica.create_canister()


def test_unknown_method_of_the_management_canister_names_the_known_ones(replica: Replica) -> None:
    for call in (manage, ask_management):
        with pytest.raises(ReplicaUsageError, match=r"no method `nope`; it has: .*canister_status"):
            call(replica, "nope")


def test_unknown_field_of_a_management_call_is_told(replica: Replica) -> None:
    message = "`canister_status` has no field `canisterid`; it has: `canister_id`"
    with pytest.raises(EncodeError, match=message):
        manage(replica, "canister_status", canisterid=Principal.anonymous())
    with pytest.raises(EncodeError, match="`raw_rand` has no field `size`; it has: none"):
        manage(replica, "raw_rand", size=32)


def test_unknown_mode_of_an_install_names_the_known_ones(
    replica: Replica, canister_id: Principal
) -> None:
    message = "`mode` is one of `install`, `reinstall`, `upgrade`, not `xx`"
    with pytest.raises(ReplicaUsageError, match=message):
        replica.install(canister_id, b"", mode="xx")


def test_unknown_memory_persistence_names_the_known_ones(
    replica: Replica, canister_id: Principal
) -> None:
    message = "`memory_persistence` is one of `keep`, `replace`, not `xx`"
    with pytest.raises(ReplicaUsageError, match=message):
        replica.install(canister_id, b"", mode="upgrade", memory_persistence="xx")


def test_less_than_nothing_is_not_released(replica: Replica) -> None:
    hold = replica.hold(lambda _: True)
    hold.release(0)
    with pytest.raises(ReplicaUsageError, match="cannot release -1 messages: a count is 0 or more"):
        hold.release(-1)


def test_retired_handlers_are_a_set_of_names(tmp_path: Path) -> None:
    with pytest.raises(ReplicaUsageError, match=r"`retire` is a set of names: write `\{'paid'\}`"):
        CanisterBuilder(tmp_path)(tmp_path, retire="paid")


def test_arguments_of_methods_have_no_names(replica: Replica, canister_id: Principal) -> None:
    handle = CanisterHandle(replica, canister_id)
    for callee in (handle, handle.as_service(Counter)):
        with pytest.raises(ReplicaUsageError, match="`add` takes its arguments by position"):
            callee.add(n=1)


def test_a_call_may_be_as_large_as_a_node_takes(replica: Replica, canister_id: Principal) -> None:
    canister = WatCanister()
    canister.update("take", canister.reply(b"done"))
    replica.install(canister_id, canister.build())
    empty = envelope_bytes(QueryCall(canister_id, "take", bytes(65_536), Principal.anonymous()))
    most = bytes(INGRESS_BYTES_MAX - (empty - 65_536))

    assert replica.update(canister_id, "take", most) == Replied(b"done")
    with pytest.raises(ReplicaUsageError, match=r"it takes 2,097,153 bytes .* up to 2,097,152"):
        replica.update(canister_id, "take", most + b"x")


@pytest.mark.parametrize("cycles", [-(10**30), 1.5, True, 2**128, "5"])
def test_cycles_are_a_number_that_a_balance_can_have(
    replica: Replica, canister_id: Principal, cycles: int
) -> None:
    with pytest.raises(ReplicaUsageError, match=r"cycles are an int from 0 to 2\^128 - 1, not"):
        replica.create_canister(cycles=cycles)
    with pytest.raises(ReplicaUsageError, match=r"cycles are an int from 0 to \d+ \(a balance"):
        replica.add_cycles(canister_id, cycles)


def test_balance_may_be_as_large_as_the_system_api_can_tell(replica: Replica) -> None:
    canister_id = replica.create_canister(cycles=2**128 - 6)
    replica.add_cycles(canister_id, 5)
    with pytest.raises(ReplicaUsageError, match=r"from 0 to 0 \(a balance ends at 2\^128 - 1\)"):
        replica.add_cycles(canister_id, 1)
    assert replica.canister(canister_id).cycles == 2**128 - 1


def test_canister_has_at_most_ten_controllers(replica: Replica, canister_id: Principal) -> None:
    many = [Principal(bytes([number])) for number in range(11)]
    for act in (
        lambda: replica.create_canister(many),
        lambda: replica.set_controllers(canister_id, many),
    ):
        with pytest.raises(ReplicaUsageError, match="at most 10 controllers, not 11"):
            act()
    replica.set_controllers(canister_id, [*many[:10], many[0]])
    assert replica.canister(canister_id).controllers == tuple(many[:10])


def test_controllers_are_principals(replica: Replica) -> None:
    text: Any = "aaaaa-aa"
    one: Any = Principal.anonymous()
    with pytest.raises(ReplicaUsageError, match=r"not 'a': .* `Principal\.from_text`"):
        replica.create_canister(text)
    with pytest.raises(ReplicaUsageError, match="write a list of them"):
        replica.create_canister(one)


def test_nobody_installs_on_a_canister_without_controllers(
    replica: Replica, canister_id: Principal
) -> None:
    replica.set_controllers(canister_id, [])
    with pytest.raises(ReplicaUsageError, match="has no controllers, so nobody can install"):
        replica.install(canister_id, b"")


def test_hold_takes_a_function(replica: Replica) -> None:
    number: Any = 3
    with pytest.raises(ReplicaUsageError, match="whether to park it, not 3"):
        replica.hold(number)


@pytest.mark.parametrize("reference", [5, "5", [5]])
def test_only_calls_that_were_submitted_have_an_answer(replica: Replica, reference: Any) -> None:
    for ask in (replica.wait, replica.status, replica.fuel):
        with pytest.raises(ReplicaUsageError, match=r"no call .* was submitted here"):
            ask(reference)


@pytest.mark.parametrize(
    "seconds", [float("nan"), float("inf"), 1e300, pytest.param(10**5000, id="huge"), "5"]
)
def test_clock_moves_by_seconds_that_it_can_tell(replica: Replica, seconds: float) -> None:
    before = replica.time_ns
    with pytest.raises(ReplicaUsageError, match="by a number of seconds, at most"):
        replica.advance_time(seconds)
    assert replica.time_ns == before


def test_sender_is_a_principal(replica: Replica, canister_id: Principal) -> None:
    text: Any = "aaaaa-aa"
    with pytest.raises(ReplicaUsageError, match="a sender is a `Principal`, not 'aaaaa-aa'"):
        CanisterHandle(replica, canister_id).as_sender(text)


@pytest.mark.parametrize("capacity", [-1, 1.5, None])
def test_capacity_of_queues_is_a_count(capacity: int) -> None:
    with pytest.raises(ReplicaUsageError, match="`request_queue_capacity` is an int from 0 up"):
        Replica(request_queue_capacity=capacity)


def test_folder_for_compiled_modules_may_be_a_text(tmp_path: Path) -> None:
    replica = Replica(cache_directory=str(tmp_path))
    canister = WatCanister()
    canister.update("ask", canister.reply(b"done"))
    canister_id = replica.create_canister()
    replica.install(canister_id, canister.build())
    assert list(tmp_path.iterdir())
    replica.save(str(tmp_path / "saved"))
    assert Replica.load(tmp_path / "saved", cache_directory=str(tmp_path)).update(
        canister_id, "ask"
    ) == Replied(b"done")


def test_checkpoints_are_of_a_replica_and_its_forks(replica: Replica) -> None:
    replica.restore(replica.fork().checkpoint())
    replica.fork().restore(replica.checkpoint())
    with pytest.raises(ReplicaUsageError, match="this checkpoint is of another replica"):
        replica.restore(Replica().checkpoint())


def test_one_open_hold_is_told_as_one(replica: Replica, tmp_path: Path) -> None:
    with replica.hold(lambda _: True), pytest.raises(ReplicaUsageError, match=r"^1 hold is open"):
        replica.save(tmp_path / "saved")


WRONG = """\
from scm import nat, query, state

@state
class Kept:
    total: nat = -1

@query
def total(kept: Kept) -> complex:
    return kept.total
"""
FAILING_TEST = """\
from pathlib import Path

def test_it_builds(build_canister):
    build_canister(Path(__file__).parent / "canister.py")
"""


def test_mistakes_in_a_canister_are_shown_without_the_compilers_frames(tmp_path: Path) -> None:
    (tmp_path / "canister.py").write_text(WRONG)
    (tmp_path / "test_it.py").write_text(FAILING_TEST)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    shown = done.stdout
    assert done.returncode == 1, shown
    assert "canister.py:8:26: `complex` is not a Candid type  [unknown-type]" in shown
    assert "canister.py:5:18: the default of `total`" in shown
    assert "   |     total: nat = -1" in shown
    assert "   = note: " in shown
    assert "building.py" not in shown
    assert "pipeline.py" not in shown


def test_failing_tool_is_shown_with_its_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise ToolchainError("zig cc", ["zig", "cc", "-x y"], 1, "first\nlast\n", "mend it")

    (tmp_path / "canister.py").write_text("")
    monkeypatch.setattr("scm.testing.building.build", fail)
    with pytest.raises(ToolchainError) as caught:
        CanisterBuilder(tmp_path / "built")(tmp_path)
    notes = ["  + zig cc '-x y'", "  < first", "  < last", "   = help: mend it"]
    assert caught.value.__notes__ == notes
