"""The management canister: whole canisters, cycles, and calls that are refused.

Interface Spec, "The IC management canister".
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scm.candid.values import VariantValue
from scm.model import Principal, RejectCode
from scm.replica.fees import CREATE_CANISTER_CYCLES
from scm.replica.management import management_methods
from scm.replica.management_types import encode_argument, management_interface
from scm.replica.replica import DEFAULT_CYCLES, Replica
from scm.replica.state import Pending, Rejected, Replied
from scm.testing.client import RejectError
from scm.testing.management import manage
from scm.testing.relay import Relay
from scm.testing.wat import Install, WatCanister

MANAGEMENT = Principal.management_canister()
VOID = Replied(b"DIDL\x00\x00")
EMPTY_MODULE = WatCanister().build()
SOMEONE = Principal(b"someone")


def identity(number: int) -> Principal:
    return Principal(number.to_bytes(8, "big") + b"\x01\x01")


# By canisters.


def test_canister_creates_a_canister_with_what_exceeds_the_fee(
    replica: Replica, relay: Relay
) -> None:
    result = relay.manage("create_canister", cycles=10**12)
    assert isinstance(result, dict)
    child = replica.canister(result["canister_id"])
    assert child.controllers == (relay.canister_id,)
    assert child.cycles == 10**12 - CREATE_CANISTER_CYCLES
    assert replica.canister(relay.canister_id).cycles == DEFAULT_CYCLES - 10**12


def test_creation_needs_the_fee(replica: Replica, relay: Relay) -> None:
    with pytest.raises(RejectError) as caught:
        relay.manage("create_canister", cycles=CREATE_CANISTER_CYCLES - 1)
    assert caught.value.code == RejectCode.CANISTER_REJECT
    assert "Creating a canister requires a fee of 500000000000" in caught.value.message
    # "Unused cycles attached to management calls are refunded."
    assert replica.canister(relay.canister_id).cycles == DEFAULT_CYCLES


def test_deposit_moves_the_attached_cycles(replica: Replica, relay: Relay) -> None:
    taker = replica.create_canister(cycles=0)
    assert relay.manage("deposit_cycles", cycles=10**12, canister_id=taker) is None
    assert replica.canister(taker).cycles == 10**12
    assert replica.canister(relay.canister_id).cycles == DEFAULT_CYCLES - 10**12


def test_random_bytes_come_from_the_seed() -> None:
    drawn = [Relay(Replica(seed)).manage("raw_rand") for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert isinstance(drawn[0], bytes)
    assert len(drawn[0]) == 32


def test_stop_by_a_canister_gives_its_cycles_back(replica: Replica, relay: Relay) -> None:
    other = replica.create_canister([relay.canister_id])
    relay.manage("stop_canister", cycles=7, canister_id=other)
    assert replica.canister(other).status == "stopped"
    assert replica.canister(relay.canister_id).cycles == DEFAULT_CYCLES


def test_sender_canister_version_must_be_that_of_the_call(replica: Replica, relay: Relay) -> None:
    # "sender_canister_version ... must be equal to the canister's version", as it was at the call.
    version = replica.canister(relay.canister_id).version
    relay.manage("create_canister", cycles=10**12, sender_canister_version=version)
    with pytest.raises(RejectError, match="sender_canister_version is 99") as caught:
        relay.manage("create_canister", cycles=10**12, sender_canister_version=99)
    assert caught.value.code == RejectCode.CANISTER_REJECT


# By users.


def test_user_installs_and_uninstalls(replica: Replica) -> None:
    canister_id = replica.create_canister()
    manage(
        replica,
        "install_code",
        mode=VariantValue("install"),
        canister_id=canister_id,
        wasm_module=EMPTY_MODULE,
        arg=b"",
    )
    assert replica.canister(canister_id).module_hash is not None
    manage(replica, "uninstall_code", canister_id=canister_id)
    assert replica.canister(canister_id).module_hash is None


def test_user_stops_and_starts(replica: Replica) -> None:
    canister_id = replica.create_canister()
    manage(replica, "stop_canister", canister_id=canister_id)
    assert replica.canister(canister_id).status == "stopped"
    manage(replica, "start_canister", canister_id=canister_id)
    assert replica.canister(canister_id).status == "running"


def test_void_methods_reply_with_an_empty_message(replica: Replica) -> None:
    argument = encode_argument("start_canister", {"canister_id": replica.create_canister()})
    assert replica.update(MANAGEMENT, "start_canister", argument) == VOID


def test_stop_waits_for_open_contexts(replica: Replica, install: Install, echo: Principal) -> None:
    canister = WatCanister()
    on_reply = canister.callback(canister.reply())
    canister.update("go", canister.call(echo, "echo", on_reply=on_reply))
    canister_id = install(canister)
    argument = encode_argument("stop_canister", {"canister_id": canister_id})
    with replica.hold(lambda delivery: delivery.kind == "response"):
        replica.submit(canister_id, "go")
        replica.run_until_idle()
        stop = replica.submit(MANAGEMENT, "stop_canister", argument)
        replica.run_until_idle()
        assert replica.status(stop) == Pending()
    assert replica.wait(stop) == VOID


# Deleting.


def test_stopped_canister_is_deleted_for_good(replica: Replica) -> None:
    canister_id = replica.create_canister()
    replica.stop(canister_id)
    manage(replica, "delete_canister", canister_id=canister_id)
    outcome = replica.update(canister_id, "anything")
    assert isinstance(outcome, Rejected)
    assert outcome.error_code == "IC0301"
    # "The id is never reused."
    with pytest.raises(RejectError) as caught:
        manage(replica, "provisional_create_canister_with_cycles", specified_id=canister_id)
    assert caught.value.error_code == "IC0205"


def test_running_canister_is_not_deleted(replica: Replica) -> None:
    with pytest.raises(RejectError, match="must be stopped before it is deleted") as caught:
        manage(replica, "delete_canister", canister_id=replica.create_canister())
    assert (caught.value.code, caught.value.error_code) == (RejectCode.CANISTER_ERROR, "IC0510")


def test_canister_with_messages_is_not_deleted(replica: Replica, install: Install) -> None:
    canister = WatCanister()
    canister.update("go", canister.reply())
    canister_id = install(canister)
    with replica.hold(lambda delivery: delivery.receiver == canister_id):
        replica.submit(canister_id, "go")
        replica.run_until_idle()
        replica.stop(canister_id)
        with pytest.raises(RejectError, match="has messages in its queues") as caught:
            manage(replica, "delete_canister", canister_id=canister_id)
    assert (caught.value.code, caught.value.error_code) == (RejectCode.SYS_TRANSIENT, "IC0203")


def test_canister_does_not_delete_itself(replica: Replica, relay: Relay) -> None:
    replica.set_controllers(relay.canister_id, [relay.canister_id])
    with pytest.raises(RejectError, match="cannot delete itself"):
        relay.manage("delete_canister", canister_id=relay.canister_id)


# Development instances.


def test_provisional_canister_has_the_cycles_that_were_asked_for(replica: Replica) -> None:
    for amount, cycles in ((None, 100_000_000_000_000), (5, 5), (0, 0)):
        result = manage(
            replica, "provisional_create_canister_with_cycles", sender=SOMEONE, amount=amount
        )
        assert isinstance(result, dict)
        view = replica.canister(result["canister_id"])
        assert (view.cycles, view.controllers) == (cycles, (SOMEONE,))


def test_provisional_canister_has_the_id_that_was_asked_for(replica: Replica) -> None:
    wanted = identity(2)
    result = manage(replica, "provisional_create_canister_with_cycles", specified_id=wanted)
    assert result == {"canister_id": wanted}
    # Ids that are handed out later leave it out.
    assert [replica.create_canister() for _ in range(3)] == [identity(0), identity(1), identity(3)]


@pytest.mark.parametrize(("number", "error_code"), [(0, "IC0205"), (None, "IC0405")])
def test_specified_id_must_be_free_and_a_canisters(
    replica: Replica, number: int | None, error_code: str
) -> None:
    replica.create_canister()
    wanted = SOMEONE if number is None else identity(number)
    with pytest.raises(RejectError) as caught:
        manage(replica, "provisional_create_canister_with_cycles", specified_id=wanted)
    assert caught.value.error_code == error_code


def test_provisional_top_up_needs_no_controller(replica: Replica) -> None:
    canister_id = replica.create_canister(cycles=1)
    manage(
        replica, "provisional_top_up_canister", sender=SOMEONE, canister_id=canister_id, amount=9
    )
    assert replica.canister(canister_id).cycles == 10


# Administrators of the subnet.


def test_admin_may_stop_uninstall_and_delete_any_canister(replica: Replica) -> None:
    canister_id = replica.create_canister()
    replica.set_subnet_admins([SOMEONE])
    for method in ("stop_canister", "start_canister", "uninstall_code", "stop_canister"):
        manage(replica, method, sender=SOMEONE, canister_id=canister_id)
    manage(replica, "delete_canister", sender=SOMEONE, canister_id=canister_id)
    result = manage(replica, "create_canister", sender=SOMEONE)
    assert isinstance(result, dict)
    assert replica.canister(result["canister_id"]).controllers == (SOMEONE,)


# Refused.


@pytest.mark.parametrize(
    "method",
    [
        "start_canister",
        "stop_canister",
        "uninstall_code",
        "delete_canister",
        "canister_status",
        "canister_metrics",
        "stored_chunks",
        "clear_chunk_store",
        "update_settings",
        "upload_chunk",
    ],
)
def test_only_controllers_may_call(replica: Replica, method: str) -> None:
    canister_id = replica.create_canister([SOMEONE])
    more: dict[str, dict[str, object]] = {
        "update_settings": {"settings": {}},
        "upload_chunk": {"chunk": b""},
    }
    argument = encode_argument(method, {"canister_id": canister_id, **more.get(method, {})})
    outcome = replica.update(MANAGEMENT, method, argument)
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.error_code) == (RejectCode.CANISTER_ERROR, "IC0512")
    assert "Only the controllers of the canister" in outcome.message


@pytest.mark.parametrize(
    ("method", "argument", "error_code"),
    [
        ("raw_rand", b"DIDL\x00\x00", "IC0406"),
        ("create_canister", b"DIDL\x00\x00", "IC0408"),
        ("create_canister", encode_argument("create_canister", {}), "IC0406"),
        ("deposit_cycles", b"DIDL\x00\x00", "IC0406"),
        ("start_canister", b"junk", "IC0408"),
        ("nothing", b"DIDL\x00\x00", "IC0407"),
        ("bitcoin_get_balance", b"DIDL\x00\x00", "IC0407"),
        ("canister_info", b"DIDL\x00\x00", "IC0406"),
        ("canister_metadata", b"DIDL\x00\x00", "IC0406"),
        ("node_metrics_history", b"DIDL\x00\x00", "IC0406"),
        ("subnet_info", b"DIDL\x00\x00", "IC0406"),
        ("list_canisters", b"DIDL\x00\x00", "IC0406"),
        ("start_canister", encode_argument("start_canister", {"canister_id": SOMEONE}), "IC0301"),
    ],
)
def test_bad_management_calls_are_rejected(
    replica: Replica, method: str, argument: bytes, error_code: str
) -> None:
    outcome = replica.update(MANAGEMENT, method, argument)
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.error_code) == (int(error_code[3]), error_code)


def test_every_method_of_the_interface_is_there_or_refused_by_name() -> None:
    declared = {method.name for method in management_interface().resolved().methods}
    missing = declared - set(management_methods())
    assert all(name.startswith("bitcoin_") for name in missing)
    assert set(management_methods()) <= declared


def test_every_method_is_in_the_documentation() -> None:
    page = Path(__file__).parents[3] / "docs" / "reference" / "replica.md"
    text = page.read_text(encoding="utf-8")
    declared = [method.name for method in management_interface().resolved().methods]
    assert [name for name in declared if f"`{name}`" not in text] == []


def test_key_libraries_are_imported_when_a_key_is_used() -> None:
    # `import scm.replica.replica` must stay quick.
    libraries = ("coincurve", "nacl", "py_arkworks_bls12381")
    code = f"import sys, scm.replica.replica; print([m for m in {libraries} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_unknown_query_is_rejected(replica: Replica) -> None:
    outcome = replica.query(MANAGEMENT, "start_canister")
    assert isinstance(outcome, Rejected)
    assert outcome.error_code == "IC0536"


def test_refused_call_refunds_its_cycles(replica: Replica, relay: Relay) -> None:
    with pytest.raises(RejectError, match="the embedded replica has no Bitcoin network"):
        relay.manage("bitcoin_get_block_headers", cycles=5, **BITCOIN)
    assert replica.canister(relay.canister_id).cycles == DEFAULT_CYCLES


BITCOIN = {"start_height": 0, "network": VariantValue("testnet")}
