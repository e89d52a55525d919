"""Settings of canisters, and what they bring about.

Interface Spec, "IC method update_settings".
"""

from __future__ import annotations

import pytest

from scm.candid.values import VariantValue
from scm.model import Principal, RejectCode
from scm.replica.errors import InstallError
from scm.replica.replica import Replica
from scm.replica.settings import CONTROLLERS_MAX, VARIABLES_MAX, VIEWERS_MAX
from scm.replica.state import Rejected, Replied
from scm.testing.client import RejectError
from scm.testing.management import ask_management, manage
from scm.testing.wat import READ_A, Install, WatCanister, number

SOMEONE, OTHER = Principal(b"someone"), Principal(b"other")
PAGE = 65_536
GROW = "(drop (memory.grow (i32.const 1)))"

DEFAULTS = {
    "controllers": [Principal.anonymous()],
    "compute_allocation": 0,
    "memory_allocation": 0,
    "freezing_threshold": 2_592_000,
    "reserved_cycles_limit": 5_000_000_000_000,
    "minimum_incoming_canister_call_cycles": 0,
    "log_visibility": VariantValue("controllers"),
    "snapshot_visibility": VariantValue("controllers"),
    "status_visibility": VariantValue("controllers"),
    "wasm_memory_limit": 0,
    "wasm_memory_threshold": 0,
    "environment_variables": [],
}


def settings_of(replica: Replica, canister_id: Principal) -> dict[str, object]:
    status = manage(replica, "canister_status", canister_id=canister_id)
    assert isinstance(status, dict)
    settings: dict[str, object] = status["settings"]
    return settings


def change(replica: Replica, canister_id: Principal, **settings: object) -> None:
    manage(replica, "update_settings", canister_id=canister_id, settings=settings)


def variables(count: int) -> list[dict[str, str]]:
    return [{"name": f"N{number:02}", "value": str(number)} for number in range(count)]


def test_new_canister_has_the_defaults(replica: Replica) -> None:
    assert settings_of(replica, replica.create_canister()) == DEFAULTS


def test_all_settings_can_be_given_at_creation_and_changed(replica: Replica) -> None:
    wanted = {
        "controllers": [Principal.anonymous(), SOMEONE],
        "compute_allocation": 100,
        "memory_allocation": 2**64 - 1,
        "freezing_threshold": 2**64 - 1,
        "reserved_cycles_limit": 2**128 - 1,
        "minimum_incoming_canister_call_cycles": 2**128 - 1,
        "log_visibility": VariantValue("public"),
        "snapshot_visibility": VariantValue("allowed_viewers", [SOMEONE, OTHER]),
        "status_visibility": VariantValue("allowed_viewers", []),
        "wasm_memory_limit": 2**48,
        "wasm_memory_threshold": 2**48,
        "environment_variables": variables(VARIABLES_MAX),
    }
    created = manage(replica, "provisional_create_canister_with_cycles", settings=wanted)
    assert isinstance(created, dict)
    assert settings_of(replica, created["canister_id"]) == wanted
    changed = replica.create_canister()
    change(replica, changed, **wanted)
    assert settings_of(replica, changed) == wanted


def test_settings_that_are_left_out_stay(replica: Replica) -> None:
    canister_id = replica.create_canister()
    change(replica, canister_id, freezing_threshold=5)
    change(replica, canister_id, compute_allocation=1)
    expected = DEFAULTS | {"freezing_threshold": 5, "compute_allocation": 1}
    assert settings_of(replica, canister_id) == expected


def test_update_counts_as_one_change_of_the_canister(replica: Replica) -> None:
    # "Canister version": one more for each update_settings.
    canister_id = replica.create_canister()
    change(replica, canister_id, freezing_threshold=5, controllers=[Principal.anonymous()])
    assert replica.canister(canister_id).version == 1


def test_controllers_can_be_replaced_by_none(replica: Replica) -> None:
    canister_id = replica.create_canister()
    change(replica, canister_id, controllers=[])
    assert replica.canister(canister_id).controllers == ()
    with pytest.raises(RejectError) as caught:
        change(replica, canister_id)
    assert caught.value.error_code == "IC0512"


def many(count: int) -> list[Principal]:
    return [Principal(bytes([number])) for number in range(count)]


@pytest.mark.parametrize(
    ("name", "value", "error_code", "message"),
    [
        ("compute_allocation", 101, "IC0504", "ComputeAllocation expected to be in the range"),
        ("memory_allocation", 2**64, "IC0504", "MemoryAllocation expected to be in the range"),
        ("freezing_threshold", 2**64, "IC0504", "Freezing threshold expected to be in the range"),
        ("reserved_cycles_limit", 2**128, "IC0504", "Reserved cycles limit expected"),
        ("minimum_incoming_canister_call_cycles", 2**128, "IC0504", "Minimum incoming"),
        ("wasm_memory_limit", 2**48 + 1, "IC0504", "Wasm memory limit expected"),
        ("wasm_memory_threshold", 2**48 + 1, "IC0504", "Wasm memory threshold expected"),
        ("controllers", many(CONTROLLERS_MAX + 1), "IC0408", "exceeds maximum allowed 10"),
        (
            "log_visibility",
            VariantValue("allowed_viewers", many(VIEWERS_MAX + 1)),
            "IC0408",
            "exceeds maximum allowed 10",
        ),
        (
            "environment_variables",
            variables(VARIABLES_MAX + 1),
            "IC0408",
            "Too many environment variables: 21 (max: 20)",
        ),
        ("environment_variables", variables(1) * 2, "IC0408", "Duplicate environment variables"),
        (
            "environment_variables",
            [{"name": "é" * 65, "value": ""}],
            "IC0408",
            "exceeds the maximum allowed length of 128",
        ),
        (
            "environment_variables",
            [{"name": "n", "value": "v" * 129}],
            "IC0408",
            "Environment variable value",
        ),
    ],
)
def test_settings_out_of_bounds_change_nothing(
    replica: Replica, name: str, value: object, error_code: str, message: str
) -> None:
    canister_id = replica.create_canister()
    with pytest.raises(RejectError) as caught:
        change(replica, canister_id, **({"freezing_threshold": 5} | {name: value}))
    assert caught.value.error_code == error_code
    assert message in caught.value.message
    assert settings_of(replica, canister_id) == DEFAULTS


# Visibility.


@pytest.mark.parametrize(
    ("visibility", "is_visible"),
    [
        (VariantValue("controllers"), False),
        (VariantValue("public"), True),
        (VariantValue("allowed_viewers", [OTHER]), False),
        (VariantValue("allowed_viewers", [OTHER, SOMEONE]), True),
    ],
)
@pytest.mark.parametrize("what", ["log", "status", "snapshot"])
def test_visibility_decides_who_sees_something(
    replica: Replica, what: str, visibility: VariantValue, is_visible: bool
) -> None:
    canister_id = replica.create_canister()
    change(replica, canister_id, **{f"{what}_visibility": visibility})
    call, method, error_code = {
        "log": (ask_management, "fetch_canister_logs", "IC0406"),
        "status": (ask_management, "canister_status", "IC0512"),
        "snapshot": (manage, "list_canister_snapshots", "IC0512"),
    }[what]
    call(replica, method, canister_id=canister_id)  # The controller always does.
    if is_visible:
        call(replica, method, sender=SOMEONE, canister_id=canister_id)
    else:
        with pytest.raises(RejectError) as caught:
            call(replica, method, sender=SOMEONE, canister_id=canister_id)
        assert caught.value.error_code == error_code


# Environment variables.


def reader() -> WatCanister:
    """`at` tells the name at the index in its argument, `value` the value of the name in it."""
    canister = WatCanister()
    take = "(call $msg_arg_data_copy (i32.const 0) (i32.const 0) (call $msg_arg_data_size))"
    name = "(i32.const 0) (call $msg_arg_data_size)"
    canister.query("count", "(call $reply_i64 (i64.extend_i32_u (call $env_var_count)))")
    canister.query(
        "at",
        f"(local $index i32) (local $size i32) {take}"
        "(local.set $index (i32.load8_u (i32.const 0)))"
        "(local.set $size (call $env_var_name_size (local.get $index)))"
        "(call $env_var_name_copy (local.get $index) (i32.const 9) (i32.const 0) (local.get $size))"
        "(call $msg_reply_data_append (i32.const 9) (local.get $size)) (call $msg_reply)",
    )
    canister.query(
        "value",
        f"(local $size i32) {take} (local.set $size (call $env_var_value_size {name}))"
        f"(call $env_var_value_copy {name} (i32.const 300) (i32.const 0) (local.get $size))"
        "(call $msg_reply_data_append (i32.const 300) (local.get $size)) (call $msg_reply)",
    )
    canister.query(
        "exists", f"{take} (call $reply_i64 (i64.extend_i32_u (call $env_var_name_exists {name})))"
    )
    return canister


@pytest.fixture
def reading(replica: Replica, install: Install) -> Principal:
    canister_id = install(reader())
    given = [{"name": "ZED", "value": ""}, {"name": "ABC", "value": "välue"}]
    change(replica, canister_id, environment_variables=given)
    return canister_id


def test_variables_are_in_the_order_of_their_names(replica: Replica, reading: Principal) -> None:
    # "Environment variables": the index is the position in lexicographic order.
    assert replica.query(reading, "count") == number(2)
    assert replica.query(reading, "at", b"\x00") == Replied(b"ABC")
    assert replica.query(reading, "at", b"\x01") == Replied(b"ZED")


def test_variables_are_found_by_name(replica: Replica, reading: Principal) -> None:
    assert replica.query(reading, "value", b"ABC") == Replied("välue".encode())
    assert replica.query(reading, "value", b"ZED") == Replied(b"")
    assert replica.query(reading, "exists", b"ABC") == number(1)
    assert replica.query(reading, "exists", b"abc") == number(0)


@pytest.mark.parametrize(
    ("method", "argument", "message"),
    [
        ("at", b"\x02", "no environment variable with index 2"),
        ("value", b"abc", "no environment variable with name `abc`"),
        ("exists", b"\xff", "not valid UTF-8"),
        ("exists", b"a" * 129, "at most 128 bytes"),
    ],
)
def test_bad_variable_is_a_contract_violation(
    replica: Replica, reading: Principal, method: str, argument: bytes, message: str
) -> None:
    outcome = replica.query(reading, method, argument)
    assert isinstance(outcome, Rejected)
    assert outcome.error_code == "IC0504"
    assert message in outcome.message


# minimum_incoming_canister_call_cycles.


def test_calls_of_other_canisters_must_bring_cycles(
    replica: Replica, install: Install, echo: Principal
) -> None:
    # "Calls with fewer cycles are rejected with CANISTER_ERROR": not users' and not one's own.
    change(replica, echo, minimum_incoming_canister_call_cycles=100)
    outcomes = []
    for cycles in (99, 100):
        canister = WatCanister()
        done = canister.callback(canister.reply("done"))
        failed = canister.callback(
            "(call $append_i64 (i64.extend_i32_u (call $msg_reject_code)))"
            "(call $append_reject_message) (call $msg_reply)"
        )
        calling = canister.call(echo, "echo", on_reply=done, on_reject=failed, cycles=cycles)
        canister.update("go", calling)
        outcome = replica.update(install(canister), "go")
        assert isinstance(outcome, Replied)
        outcomes.append(outcome.data)
    assert outcomes[0][0] == RejectCode.CANISTER_ERROR
    assert b"requires at least 100 transferred cycles, but only 99" in outcomes[0]
    assert outcomes[1] == b"done"
    assert replica.update(echo, "echo", b"hi") == Replied(b"hi")


# wasm_memory_limit and wasm_memory_threshold.


def growing() -> WatCanister:
    canister = WatCanister()
    canister.update("grow", GROW + canister.reply())
    canister.query("look", GROW + canister.reply())
    canister.entry("canister_heartbeat", GROW)
    return canister


def test_memory_limit_binds_updates_only(replica: Replica, install: Install) -> None:
    # "wasm_memory_limit": not queries, callbacks or heartbeats.
    canister_id = install(growing())
    change(replica, canister_id, wasm_memory_limit=2 * PAGE)
    assert replica.update(canister_id, "grow") == Replied(b"")
    outcome = replica.update(canister_id, "grow")
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.error_code) == (RejectCode.CANISTER_ERROR, "IC0539")
    assert replica.canister(canister_id).heap_size_bytes == 2 * PAGE
    assert replica.query(canister_id, "look") == Replied(b"")
    replica.run_heartbeats()
    assert replica.canister(canister_id).heap_size_bytes == 3 * PAGE


@pytest.mark.parametrize("entry", ["canister_init", "canister_post_upgrade", None])
def test_memory_limit_binds_installing(replica: Replica, entry: str | None) -> None:
    canister = WatCanister()
    if entry is None:
        canister.raw(f"(func $begin {GROW}) (start $begin)")
    else:
        canister.entry(entry, GROW)
    canister_id = replica.create_canister()
    change(replica, canister_id, wasm_memory_limit=PAGE)
    mode = "install"
    if entry == "canister_post_upgrade":
        replica.install(canister_id, WatCanister().build())
        mode = "upgrade"
    with pytest.raises(InstallError) as caught:
        replica.install(canister_id, canister.build(), mode=mode)
    assert caught.value.error_code == "IC0539"


def test_low_memory_hook_runs_once_until_the_condition_ends(
    replica: Replica, install: Install
) -> None:
    # "On Low Wasm Memory hook": not satisfied, ready, executed.
    canister = growing()
    canister.entry(
        "canister_on_low_wasm_memory", "(global.set $a (i64.add (global.get $a) (i64.const 1)))"
    )
    canister.update("read", READ_A)
    canister_id = install(canister)
    change(replica, canister_id, wasm_memory_limit=4 * PAGE, wasm_memory_threshold=2 * PAGE)
    replica.update(canister_id, "grow")
    assert replica.update(canister_id, "read") == number(0)
    replica.update(canister_id, "grow")
    replica.update(canister_id, "grow")
    assert replica.update(canister_id, "read") == number(1)
    change(replica, canister_id, wasm_memory_threshold=0)
    change(replica, canister_id, wasm_memory_threshold=2 * PAGE)
    assert replica.update(canister_id, "read") == number(2)
