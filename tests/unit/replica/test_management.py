"""The management canister.  Interface Spec, "The IC management canister"."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scm.candid.decode import decode
from scm.candid.encode import encode
from scm.candid.types import Type
from scm.candid.values import VariantValue
from scm.model import Principal, RejectCode
from scm.replica import management_types
from scm.replica.replica import DEFAULT_CYCLES, Replica
from scm.replica.state import Pending, Rejected, Replied
from scm.testing.wat import WatCanister

Install = Callable[[WatCanister], Principal]

MANAGEMENT = Principal.management_canister()
VOID = Replied(b"DIDL\x00\x00")
EMPTY_MODULE = WatCanister().build()


def forwarder() -> WatCanister:
    """`METHOD` calls the management canister's method with its own argument and 10^12 cycles."""
    canister = WatCanister()
    on_reply = canister.callback("(call $append_argument) (call $msg_reply)")
    on_reject = canister.callback(
        "(call $msg_reject_msg_copy (i32.const 0) (i32.const 0) (call $msg_reject_msg_size))"
        "(call $msg_reject (i32.const 0) (call $msg_reject_msg_size))"
    )
    for method in ("create_canister", "deposit_cycles", "raw_rand", "canister_status", "sign"):
        canister.update(
            method,
            "(call $msg_arg_data_copy (i32.const 0) (i32.const 0) (call $msg_arg_data_size))"
            f"(call $call_new (i32.const 0) (i32.const 0) {canister.constant(method)}"
            f" (i32.const {on_reply}) (i32.const 0) (i32.const {on_reject}) (i32.const 0))"
            "(call $call_data_append (i32.const 0) (call $msg_arg_data_size))"
            f"(call $call_cycles_add128 (i64.const 0) (i64.const {10**12}))"
            "(drop (call $call_perform))",
        )
    return canister


def call(replica: Replica, method: str, type: Type, **fields: object) -> object:
    return replica.update(MANAGEMENT, method, encode((type,), (fields,)))


def test_canister_creates_a_canister_with_what_exceeds_the_fee(
    replica: Replica, install: Install
) -> None:
    parent = install(forwarder())
    argument = encode(
        (management_types.CREATE_ARGUMENT,), ({"settings": None, "sender_canister_version": None},)
    )
    outcome = replica.update(parent, "create_canister", argument)
    assert isinstance(outcome, Replied)
    [result] = decode(outcome.data, (management_types.CANISTER_ID,))
    assert isinstance(result, dict)
    child = replica.canister(result["canister_id"])
    assert (child.controllers, child.cycles) == ((parent,), 500_000_000_000)
    assert replica.canister(parent).cycles == DEFAULT_CYCLES - 10**12


def test_deposit_moves_the_attached_cycles(replica: Replica, install: Install) -> None:
    giver, taker = install(forwarder()), replica.create_canister(cycles=0)
    argument = encode((management_types.CANISTER_ID,), ({"canister_id": taker},))
    assert replica.update(giver, "deposit_cycles", argument) == VOID
    assert replica.canister(taker).cycles == 10**12
    assert replica.canister(giver).cycles == DEFAULT_CYCLES - 10**12


def test_random_bytes_come_from_the_seed(install: Install) -> None:
    drawn = []
    for seed in (1, 1, 2):
        replica = Replica(seed)
        canister_id = replica.create_canister()
        replica.install(canister_id, forwarder().build())
        outcome = replica.update(canister_id, "raw_rand")
        assert isinstance(outcome, Replied)
        drawn.append(decode(outcome.data, (management_types.RANDOM_RESULT,))[0])
    assert drawn[0] == drawn[1] != drawn[2]
    assert isinstance(drawn[0], bytes)
    assert len(drawn[0]) == 32


def test_unknown_method_rejects_by_name(replica: Replica, install: Install) -> None:
    outcome = replica.update(install(forwarder()), "sign")
    assert isinstance(outcome, Rejected)
    assert "no method 'sign' in the embedded replica" in outcome.message


def test_refused_call_refunds_its_cycles(replica: Replica, install: Install) -> None:
    canister_id = install(forwarder())
    replica.update(canister_id, "sign")
    assert replica.canister(canister_id).cycles == DEFAULT_CYCLES


def test_canister_may_ask_for_its_own_status(replica: Replica, install: Install) -> None:
    canister_id = install(forwarder())
    argument = encode((management_types.CANISTER_ID,), ({"canister_id": canister_id},))
    outcome = replica.update(canister_id, "canister_status", argument)
    assert isinstance(outcome, Replied)
    [status] = decode(outcome.data, (management_types.STATUS_RESULT,))
    assert isinstance(status, dict)
    assert status["status"] == VariantValue("running")
    assert status["module_hash"] == replica.canister(canister_id).module_hash
    # The cycles attached to this very call are not in the balance.
    assert status["cycles"] == DEFAULT_CYCLES - 10**12


# By users.


def install_fields(canister_id: Principal, mode: VariantValue) -> dict[str, object]:
    return {
        "mode": mode,
        "canister_id": canister_id,
        "wasm_module": EMPTY_MODULE,
        "arg": b"",
        "sender_canister_version": None,
    }


def test_user_installs_and_uninstalls(replica: Replica) -> None:
    canister_id = replica.create_canister()
    fields = install_fields(canister_id, VariantValue("install"))
    assert call(replica, "install_code", management_types.INSTALL_ARGUMENT, **fields) == VOID
    assert replica.canister(canister_id).module_hash is not None
    one = management_types.CANISTER_ID
    assert call(replica, "uninstall_code", one, canister_id=canister_id) == VOID
    assert replica.canister(canister_id).module_hash is None


def test_upgrade_option_keep_is_refused_by_name(replica: Replica) -> None:
    canister_id = replica.create_canister()
    options = {"skip_pre_upgrade": None, "wasm_memory_persistence": VariantValue("keep")}
    fields = install_fields(canister_id, VariantValue("upgrade", options))
    outcome = call(replica, "install_code", management_types.INSTALL_ARGUMENT, **fields)
    assert isinstance(outcome, Rejected)
    assert "`keep` is not supported by the embedded replica" in outcome.message


def test_user_stops_and_starts(replica: Replica) -> None:
    canister_id = replica.create_canister()
    one = management_types.CANISTER_ID
    assert call(replica, "stop_canister", one, canister_id=canister_id) == VOID
    assert replica.canister(canister_id).status == "stopped"
    assert call(replica, "start_canister", one, canister_id=canister_id) == VOID
    assert replica.canister(canister_id).status == "running"


def test_stop_by_a_canister_waits_for_open_contexts(
    replica: Replica, install: Install, echo: Principal
) -> None:
    canister = WatCanister()
    on_reply = canister.callback(canister.reply())
    canister.update("go", canister.call(echo, "echo", on_reply=on_reply))
    canister_id = install(canister)
    argument = encode((management_types.CANISTER_ID,), ({"canister_id": canister_id},))
    with replica.hold(lambda delivery: delivery.kind == "response"):
        replica.submit(canister_id, "go")
        replica.run_until_idle()
        stop = replica.submit(MANAGEMENT, "stop_canister", argument)
        replica.run_until_idle()
        assert replica.status(stop) == Pending()
    assert replica.wait(stop) == VOID


def settings_of(**wanted: object) -> dict[str, object]:
    names = [field.name for field in management_types.SETTINGS.fields]
    return {name: wanted.get(name) for name in names}


def test_controllers_can_be_replaced(replica: Replica) -> None:
    canister_id = replica.create_canister()
    fields = {
        "canister_id": canister_id,
        "settings": settings_of(controllers=[Principal(b"new")]),
        "sender_canister_version": None,
    }
    kind = management_types.UPDATE_SETTINGS_ARGUMENT
    assert call(replica, "update_settings", kind, **fields) == VOID
    assert replica.canister(canister_id).controllers == (Principal(b"new"),)
    outcome = call(replica, "update_settings", kind, **fields)
    assert isinstance(outcome, Rejected)
    assert outcome.error_code == "IC0512"


def test_other_settings_are_refused_by_name(replica: Replica) -> None:
    fields = {
        "canister_id": replica.create_canister(),
        "settings": settings_of(freezing_threshold=1),
        "sender_canister_version": None,
    }
    kind = management_types.UPDATE_SETTINGS_ARGUMENT
    outcome = call(replica, "update_settings", kind, **fields)
    assert isinstance(outcome, Rejected)
    assert "setting `freezing_threshold` is not supported" in outcome.message


@pytest.mark.parametrize(
    ("method", "argument", "code", "error_code"),
    [
        ("raw_rand", b"DIDL\x00\x00", RejectCode.CANISTER_REJECT, "IC0406"),
        ("start_canister", b"junk", RejectCode.CANISTER_REJECT, "IC0408"),
        ("nothing", b"DIDL\x00\x00", RejectCode.CANISTER_REJECT, "IC0407"),
        (
            "start_canister",
            encode((management_types.CANISTER_ID,), ({"canister_id": Principal(b"x")},)),
            RejectCode.DESTINATION_INVALID,
            "IC0301",
        ),
    ],
)
def test_bad_management_calls_are_rejected(
    replica: Replica, method: str, argument: bytes, code: int, error_code: str
) -> None:
    outcome = replica.update(MANAGEMENT, method, argument)
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.error_code) == (code, error_code)
