"""What the management canister tells about canisters and the subnet.

Interface Spec, "IC method canister_status" to "canister_info", "canister_metadata",
"canister_metrics", "fetch_canister_logs", "list_canisters", "subnet_info", "node_metrics_history".
"""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from scm.candid.values import VariantValue
from scm.model import Principal, RejectCode
from scm.replica.history import CHANGES_KEPT
from scm.replica.replica import DEFAULT_CYCLES, Replica
from scm.replica.root_key import SUBNET_ID
from scm.testing.client import RejectError
from scm.testing.management import ask_management, manage
from scm.testing.relay import Relay, relay_module
from scm.testing.wat import Install, WatCanister

ME = Principal.anonymous()
SOMEONE = Principal(b"someone")
SUBNET = Principal(SUBNET_ID)
MODULE = WatCanister().build()
MODULE_HASH = hashlib.sha256(MODULE).digest()


def record(value: object) -> dict[str, Any]:
    assert isinstance(value, dict)
    return value


def identity(number: int) -> Principal:
    return Principal(number.to_bytes(8, "big") + b"\x01\x01")


# canister_status.


def test_status_tells_all_there_is(replica: Replica, install: Install) -> None:
    canister = WatCanister(pages=2)
    canister.update("grow", "(drop (call $stable64_grow (i64.const 3)))" + canister.reply("abc"))
    canister.query("look", canister.reply("abc"))
    canister.raw('(@custom "icp:public x" "12345")')
    canister_id = install(canister)
    replica.update(canister_id, "grow")
    replica.query(canister_id, "look", b"1234567")
    manage(replica, "upload_chunk", canister_id=canister_id, chunk=b"c")
    status = record(manage(replica, "canister_status", canister_id=canister_id))
    assert (status["status"], status["version"]) == (VariantValue("running"), 2)
    assert status["ready_for_migration"] is False
    assert status["module_hash"] == replica.canister(canister_id).module_hash
    assert status["cycles"] == DEFAULT_CYCLES
    metrics = record(status["memory_metrics"])
    assert metrics["wasm_memory_size"] == 2 * 65_536
    assert metrics["stable_memory_size"] == 3 * 65_536
    assert metrics["wasm_binary_size"] == len(canister.build())
    assert metrics["custom_sections_size"] == 5
    # "Each chunk is billed as 1 MiB."
    assert metrics["wasm_chunk_store_size"] == 1024 * 1024
    assert status["memory_size"] == sum(metrics.values())
    stats = record(status["query_stats"])
    assert stats["num_calls_total"] == 1
    assert stats["num_instructions_total"] > 0
    assert (stats["request_payload_bytes_total"], stats["response_payload_bytes_total"]) == (7, 3)


def test_stopped_canister_is_ready_for_migration(replica: Replica) -> None:
    canister_id = replica.create_canister()
    replica.stop(canister_id)
    status = record(ask_management(replica, "canister_status", canister_id=canister_id))
    assert (status["status"], status["ready_for_migration"]) == (VariantValue("stopped"), True)


def test_canister_may_ask_for_its_own_status(replica: Replica, relay: Relay) -> None:
    me = relay.canister_id
    replica.set_controllers(me, [SOMEONE])
    status = record(relay.manage("canister_status", cycles=10**12, canister_id=me))
    # The cycles attached to this very call are not in the balance.
    assert status["cycles"] == DEFAULT_CYCLES - 10**12
    assert record(relay.ask("canister_status", canister_id=me))["cycles"] == DEFAULT_CYCLES


# canister_info.


def test_history_has_every_change_with_its_origin(replica: Replica, relay: Relay) -> None:
    canister_id = replica.create_canister([ME, relay.canister_id])
    fields: dict[str, Any] = {"mode": VariantValue("install"), "wasm_module": MODULE, "arg": b""}
    manage(replica, "install_code", canister_id=canister_id, **fields)
    replica.advance_time(1)
    version = replica.canister(relay.canister_id).version
    relay.manage("uninstall_code", canister_id=canister_id, sender_canister_version=version)
    settings = {"controllers": [SOMEONE]}
    manage(replica, "update_settings", canister_id=canister_id, settings=settings)
    info = record(relay.manage("canister_info", canister_id=canister_id, num_requested_changes=9))
    by_me = VariantValue("from_user", {"user_id": ME})
    by_relay = VariantValue(
        "from_canister", {"canister_id": relay.canister_id, "canister_version": version}
    )
    creation = {"controllers": [ME, relay.canister_id], "environment_variables_hash": None}
    deployment = {"mode": VariantValue("install"), "module_hash": MODULE_HASH}
    changed = {"controllers": [SOMEONE]}
    later = replica.time_ns
    expected = [
        (later - 10**9, 0, by_me, VariantValue("creation", creation)),
        (later - 10**9, 1, by_me, VariantValue("code_deployment", deployment)),
        (later, 2, by_relay, VariantValue("code_uninstall")),
        (later, 3, by_me, VariantValue("controllers_change", changed)),
    ]
    names = ("timestamp_nanos", "canister_version", "origin", "details")
    assert info["recent_changes"] == [dict(zip(names, row, strict=True)) for row in expected]
    assert (info["total_num_changes"], info["module_hash"]) == (4, None)
    assert info["controllers"] == [SOMEONE]


def test_history_keeps_the_last_changes_and_counts_all(replica: Replica, relay: Relay) -> None:
    canister_id = replica.create_canister()
    for _ in range(CHANGES_KEPT + 5):
        replica.set_controllers(canister_id, [ME])
    counts = []
    for wanted in (None, 0, 3, 99):
        info = relay.manage("canister_info", canister_id=canister_id, num_requested_changes=wanted)
        changes = record(info)["recent_changes"]
        assert isinstance(changes, list)
        counts.append(len(changes))
        assert record(info)["total_num_changes"] == CHANGES_KEPT + 6
    assert counts == [0, 0, 3, CHANGES_KEPT]


def test_creation_with_variables_has_their_hash(replica: Replica, relay: Relay) -> None:
    settings = {"environment_variables": [{"name": "n", "value": "v"}]}
    made = manage(replica, "provisional_create_canister_with_cycles", settings=settings)
    info = relay.manage("canister_info", num_requested_changes=1, **record(made))
    changes = record(info)["recent_changes"]
    assert isinstance(changes, list)
    pair = hashlib.sha256(b"n").digest() + hashlib.sha256(b"v").digest()
    expected = hashlib.sha256(pair).digest()
    assert changes[0]["details"].value["environment_variables_hash"] == expected


# canister_metadata.


@pytest.fixture
def described(replica: Replica) -> Principal:
    canister = WatCanister()
    canister.raw('(@custom "icp:public open" "1") (@custom "icp:private shut" "2")')
    canister_id = replica.create_canister([SOMEONE])
    replica.install(canister_id, canister.build())
    return canister_id


def test_metadata_is_public_or_for_controllers(
    replica: Replica, relay: Relay, described: Principal
) -> None:
    def ask(name: str) -> object:
        return relay.manage("canister_metadata", canister_id=described, name=name)

    assert ask("open") == {"value": b"1"}
    with pytest.raises(RejectError, match="not authorized"):
        ask("shut")
    with pytest.raises(RejectError, match="no metadata section with the name none") as caught:
        ask("none")
    assert caught.value.code == RejectCode.CANISTER_REJECT
    replica.set_controllers(described, [relay.canister_id])
    assert ask("shut") == {"value": b"2"}


def test_empty_canister_has_no_metadata(replica: Replica, relay: Relay) -> None:
    with pytest.raises(RejectError, match="has no Wasm module and hence no metadata"):
        relay.manage("canister_metadata", canister_id=replica.create_canister(), name="x")


# canister_metrics.


def test_metrics_tell_what_cycles_went_into(replica: Replica, install: Install) -> None:
    canister = WatCanister()
    burn = "(call $cycles_burn128 (i64.const 0) (i64.const 77) (i32.const 0))"
    canister.update("burn", burn + canister.reply())
    canister_id = install(canister)
    replica.update(canister_id, "burn")
    for call in (manage, ask_management):
        metrics = record(call(replica, "canister_metrics", canister_id=canister_id))
        consumed = record(metrics["cycles_consumed"])
        assert (consumed["burned_cycles"], consumed["memory"]) == (77, 0)


def test_creation_fee_is_in_the_metrics_of_the_child(replica: Replica, relay: Relay) -> None:
    child = record(relay.manage("create_canister", cycles=10**12))["canister_id"]
    metrics = record(relay.ask("canister_metrics", canister_id=child))
    assert record(metrics["cycles_consumed"])["canister_creation"] == 500_000_000_000


# fetch_canister_logs.


def talking() -> WatCanister:
    canister = WatCanister()
    canister.update("say", canister.print("one") + canister.print("two") + canister.reply())
    canister.update("shout", canister.print("x" * 3000) + canister.reply())
    return canister


def test_logs_are_fetched_by_query_only(replica: Replica, install: Install) -> None:
    canister_id = install(talking())
    replica.update(canister_id, "say")
    fetched = record(ask_management(replica, "fetch_canister_logs", canister_id=canister_id))
    assert fetched["canister_log_records"] == [
        {"idx": index, "timestamp_nanos": replica.time_ns, "content": content}
        for index, content in enumerate((b"one", b"two"))
    ]
    with pytest.raises(RejectError, match="only accessible in non-replicated mode") as caught:
        manage(replica, "fetch_canister_logs", canister_id=canister_id)
    assert caught.value.error_code == "IC0406"


def test_at_most_4_kib_of_logs_are_returned(replica: Replica, install: Install) -> None:
    canister_id = install(talking())
    for method in ("say", "shout", "shout", "say"):
        replica.update(canister_id, method)
    fetched = record(ask_management(replica, "fetch_canister_logs", canister_id=canister_id))
    records = fetched["canister_log_records"]
    assert isinstance(records, list)
    assert [item["idx"] for item in records] == [3, 4, 5]


def test_composite_query_fetches_logs(replica: Replica, relay: Relay) -> None:
    canister_id = replica.create_canister([relay.canister_id])
    assert relay.ask("fetch_canister_logs", canister_id=canister_id) == {"canister_log_records": []}


# list_canisters.


def test_admin_lists_canisters_as_ranges(replica: Replica) -> None:
    replica.set_subnet_admins([SOMEONE])
    for number in (3, 1, 2, 7):
        manage(replica, "provisional_create_canister_with_cycles", specified_id=identity(number))
    listed = record(ask_management(replica, "list_canisters", sender=SOMEONE))
    assert listed["canisters"] == [
        {"start": identity(1), "end": identity(3)},
        {"start": identity(7), "end": identity(7)},
    ]
    with pytest.raises(RejectError, match="not authorized") as caught:
        ask_management(replica, "list_canisters")
    assert caught.value.error_code == "IC0406"


# The subnet.


def test_subnet_is_the_one_there_is(relay: Relay) -> None:
    info = record(relay.manage("subnet_info", subnet_id=SUBNET))
    assert info["replica_version"] == "scm-embedded-replica"
    fields: dict[str, Any] = {"subnet_id": SUBNET, "start_at_timestamp_nanos": 0}
    assert relay.manage("node_metrics_history", **fields) == []
    with pytest.raises(RejectError, match="not found") as caught:
        relay.manage("subnet_info", subnet_id=SOMEONE)
    assert caught.value.code == RejectCode.CANISTER_REJECT


def test_composite_query_may_ask_for_status_metrics_and_logs_only(relay: Relay) -> None:
    with pytest.raises(RejectError, match="Query method raw_rand not found"):
        relay.ask("raw_rand")


def test_relay_module_is_the_same_each_time() -> None:
    assert relay_module() == relay_module()
