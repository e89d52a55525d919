"""What the tools for tests say when a test asks for what can't be."""

from __future__ import annotations

from pathlib import Path

import pytest

from scm.authoring.calls import Method, Service
from scm.authoring.types import nat
from scm.candid.errors import EncodeError
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
    with pytest.raises(EncodeError, match="canister"):
        manage(replica, "canister_status", canister=Principal.anonymous())


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
