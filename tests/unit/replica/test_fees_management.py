"""What calls of the management canister cost: developer documentation, "Cycles costs"."""

from __future__ import annotations

from typing import Any, cast

import pytest

from scm.candid.values import VariantValue
from scm.model import Principal
from scm.replica.http_messages import HttpResponse
from scm.replica.ingress import envelope_bytes
from scm.replica.management_types import encode_argument
from scm.replica.queries import QueryCall
from scm.replica.replica import DEFAULT_CYCLES, Replica
from scm.replica.state import Rejected
from scm.replica.trace import Executed
from scm.testing.client import RejectError
from scm.testing.costs import spent
from scm.testing.management import ask_management, manage
from scm.testing.relay import Relay
from scm.testing.snapshots import begin_upload, list_snapshots, read_metadata, upload_part
from scm.testing.wat import WatCanister

MANAGEMENT = Principal.management_canister()


@pytest.fixture
def replica() -> Replica:
    return Replica(metering="exact", fees=True)


@pytest.fixture
def relay(replica: Replica) -> Relay:
    return Relay(replica)


@pytest.fixture
def canister_id(replica: Replica) -> Principal:
    canister_id = replica.create_canister()
    canister = WatCanister()
    canister.update("go", canister.reply())
    replica.install(canister_id, canister.build())
    return canister_id


def fee(method: str, **fields: object) -> int:
    argument = encode_argument(method, fields)
    call = QueryCall(MANAGEMENT, method, argument, Principal.anonymous())
    return 1_200_000 + 2_000 * envelope_bytes(call)


def test_users_calls_are_paid_by_the_canister_that_they_are_about(
    replica: Replica, canister_id: Principal
) -> None:
    cost = spent(
        replica, canister_id, lambda: manage(replica, "stop_canister", canister_id=canister_id)
    )
    assert cost == fee("stop_canister", canister_id=canister_id)


def test_a_call_of_somebody_else_costs_nothing(replica: Replica, canister_id: Principal) -> None:
    def try_it() -> None:
        with pytest.raises(RejectError, match="controllers"):
            manage(replica, "stop_canister", sender=Principal(b"\x07"), canister_id=canister_id)

    assert spent(replica, canister_id, try_it) == 0


def test_small_changes_of_settings_are_paid_for_without_their_envelope(
    replica: Replica, canister_id: Principal
) -> None:
    # `MAX_DELAYED_INGRESS_COST_PAYLOAD_SIZE`: charged afterwards, for name and argument.
    argument = encode_argument(
        "update_settings", {"canister_id": canister_id, "settings": {"compute_allocation": 0}}
    )
    assert len(argument) <= 366
    cost = spent(
        replica, canister_id, lambda: replica.update(MANAGEMENT, "update_settings", argument)
    )
    assert cost == 1_200_000 + 2_000 * (len("update_settings") + len(argument))


def test_large_changes_of_settings_are_paid_for_before(
    replica: Replica, canister_id: Principal
) -> None:
    variables = [{"name": "n" * 100, "value": "v" * 100}, {"name": "m" * 100, "value": "v" * 100}]
    settings = {"environment_variables": variables}
    fields: dict[str, Any] = {"canister_id": canister_id, "settings": settings}
    cost = spent(replica, canister_id, lambda: manage(replica, "update_settings", **fields))
    assert cost == fee("update_settings", **fields)
    manage(
        replica,
        "update_settings",
        canister_id=canister_id,
        settings={"freezing_threshold": 2**64 - 1},
    )
    outcome = replica.update(
        MANAGEMENT, "update_settings", encode_argument("update_settings", fields)
    )
    assert isinstance(outcome, Rejected)
    assert outcome.error_code == "IC0207"


def test_a_chunk_costs_200_million_instructions(replica: Replica, canister_id: Principal) -> None:
    fields: dict[str, Any] = {"canister_id": canister_id, "chunk": b"abc"}
    cost = spent(replica, canister_id, lambda: manage(replica, "upload_chunk", **fields))
    assert cost == fee("upload_chunk", **fields) + 200_000_000


def test_snapshots_cost_2_billion_instructions_and_their_size(
    replica: Replica, canister_id: Principal
) -> None:
    def take() -> None:
        taken = manage(replica, "take_canister_snapshot", canister_id=canister_id)
        snapshots.append(cast("dict[str, object]", taken))

    snapshots: list[dict[str, object]] = []
    cost = spent(replica, canister_id, take)
    size = cast(int, snapshots[0]["total_size"])
    costs = fee("take_canister_snapshot", canister_id=canister_id) + 2_000_000_000
    assert cost == costs + size
    fields: dict[str, Any] = {"canister_id": canister_id, "snapshot_id": snapshots[0]["id"]}
    cost = spent(replica, canister_id, lambda: manage(replica, "load_canister_snapshot", **fields))
    assert cost == fee("load_canister_snapshot", **fields) + 2_000_000_000 + size
    # Reading costs 5 million, and a part of a memory its size.
    method = "read_canister_snapshot_metadata"
    cost = spent(replica, canister_id, lambda: manage(replica, method, **fields))
    assert cost == fee(method, **fields) + 5_000_000


def test_a_chunk_that_cannot_be_paid_for_is_not_stored(
    replica: Replica, relay: Relay, canister_id: Principal
) -> None:
    settings = {"freezing_threshold": 2**64 - 1, "controllers": [relay.canister_id]}
    manage(replica, "update_settings", canister_id=canister_id, settings=settings)
    with pytest.raises(RejectError) as caught:
        relay.manage("upload_chunk", canister_id=canister_id, chunk=b"abc")
    assert caught.value.code == 2
    # Calls about a frozen canister that cost it nothing go through.
    assert relay.manage("stored_chunks", canister_id=canister_id) == []
    relay.manage("deposit_cycles", cycles=1_000, canister_id=canister_id)


ANNOUNCED: dict[str, Any] = {
    "wasm_module_size": 8,
    "globals": [],
    "wasm_memory_size": 0,
    "stable_memory_size": 100 << 30,
    "certified_data": b"",
}


@pytest.mark.parametrize(
    ("days", "method", "fields"),
    [
        # A chunk counts as a MiB, which costs 10,715,625 a day: 107 trillion in so many.
        (10_000_000, "upload_chunk", {"chunk": b"abc"}),
        # A snapshot costs nearly as much as its canister, about 57 trillion in so many days.
        (80_000_000, "take_canister_snapshot", {}),
        # 100 GiB of stable memory, for a snapshot that is only announced.
        (30_000, "upload_canister_snapshot_metadata", ANNOUNCED),
    ],
)
def test_what_is_stored_must_not_freeze(
    replica: Replica, canister_id: Principal, days: int, method: str, fields: dict[str, Any]
) -> None:
    settings = {"freezing_threshold": days * 86_400}
    manage(replica, "update_settings", canister_id=canister_id, settings=settings)
    view = replica.canister(canister_id)
    assert view.freezing_limit < view.cycles - 10**12
    before = view.cycles
    with pytest.raises(RejectError) as caught:
        manage(replica, method, canister_id=canister_id, **fields)
    assert (caught.value.code, caught.value.error_code) == (5, "IC0532")
    # A refused call costs what its message costs, and nothing for what it would have done.
    assert before - view.cycles < 100_000_000


def test_a_chunk_of_a_snapshot_must_not_freeze(replica: Replica, canister_id: Principal) -> None:
    snapshot_id = begin_upload(replica, canister_id)
    # As for a chunk of the canister's own.
    settings = {"freezing_threshold": 10_000_000 * 86_400}
    manage(replica, "update_settings", canister_id=canister_id, settings=settings)

    def try_it() -> None:
        with pytest.raises(RejectError) as caught:
            upload_part(replica, canister_id, snapshot_id, "wasm_chunk", b"abc")
        assert caught.value.error_code == "IC0532"

    assert spent(replica, canister_id, try_it) < 4_000_000
    assert read_metadata(replica, canister_id, snapshot_id)["wasm_chunk_store"] == []


def test_an_announced_snapshot_counts_less_what_it_replaces(
    replica: Replica, canister_id: Principal
) -> None:
    def announce(size: int, replaced: bytes | None = None) -> bytes:
        sizes = {"stable_memory_size": size, "replace_snapshot": replaced}
        return begin_upload(replica, canister_id, **sizes)

    snapshot_id = announce(100 << 30)
    settings = {"freezing_threshold": 60 * 86_400}
    manage(replica, "update_settings", canister_id=canister_id, settings=settings)
    snapshot_id = announce(100 << 30, snapshot_id)
    cycles = replica.canister(canister_id).cycles
    assert replica.canister(canister_id).freezing_limit < cycles
    with pytest.raises(RejectError, match="Canister cannot grow memory"):
        announce(100 << 30)
    assert list_snapshots(replica, canister_id) == [snapshot_id]


def test_what_is_refused_for_its_contents_costs_no_instructions(
    replica: Replica, canister_id: Principal
) -> None:
    def try_it() -> None:
        with pytest.raises(RejectError, match="exceeds the maximum chunk size"):
            manage(replica, "upload_chunk", canister_id=canister_id, chunk=bytes((1 << 20) + 1))

    fields: dict[str, Any] = {"canister_id": canister_id, "chunk": bytes((1 << 20) + 1)}
    assert spent(replica, canister_id, try_it) == fee("upload_chunk", **fields)


def test_canister_that_would_be_frozen_at_once_is_not_created(
    replica: Replica, relay: Relay
) -> None:
    settings = {"compute_allocation": 50}
    before = replica.canister(relay.canister_id).cycles
    with pytest.raises(RejectError, match="Cannot increase compute allocation") as caught:
        relay.manage("create_canister", cycles=600_000_000_000, settings=settings)
    # Relayed, so without its error code; the cycles come back.
    assert caught.value.code == 5
    assert before - replica.canister(relay.canister_id).cycles < 1_000_000_000
    method = "provisional_create_canister_with_cycles"
    with pytest.raises(RejectError, match="Cannot increase compute allocation") as caught:
        manage(replica, method, amount=10**11, settings=settings)
    assert caught.value.error_code == "IC0530"


def test_creating_a_canister_burns_its_price(replica: Replica, relay: Relay) -> None:
    burned, since = replica.cycles_burned, replica.canister(relay.canister_id).cycles
    created = relay.manage("create_canister", cycles=500_000_001_000)
    canister_id = cast("dict[str, Principal]", created)["canister_id"]
    assert replica.canister(canister_id).cycles == 1_000
    taken = since - replica.canister(relay.canister_id).cycles
    # The price, and what the call itself has cost.
    assert replica.cycles_burned - burned == taken - 1_000 > 500_000_000_000


@pytest.mark.parametrize(
    ("method", "fields", "price"),
    [
        # (3,000,000 + 60,000 * 13 + 400 * 17 + 800 * 100) * 13: the URL has 17 bytes.
        (
            "http_request",
            {
                "url": "https://a.example",
                "method": VariantValue("get"),
                "headers": [],
                "max_response_bytes": 100,
            },
            50_268_400,
        ),
        (
            "sign_with_ecdsa",
            {
                "message_hash": bytes(32),
                "derivation_path": [],
                "key_id": {"curve": VariantValue("secp256k1"), "name": "key_1"},
            },
            10_000_000_000,
        ),
    ],
)
def test_outcalls_and_signatures_are_burned(
    replica: Replica, relay: Relay, method: str, fields: dict[str, Any], price: int
) -> None:
    replica.on_http_request(lambda _request: HttpResponse(200, (), b"ok"))
    view = replica.canister(relay.canister_id)
    before, burned, since = view.cycles, replica.cycles_burned, len(replica.trace)
    relay.manage(method, cycles=10**11, **fields)
    taken = before - view.cycles
    assert replica.cycles_burned - burned == taken
    # Beside the price: the user's call, two executions, sending a call and a response.
    used = sum(event.fuel for event in replica.trace[since:] if isinstance(event, Executed))
    others = taken - price - 10_000_000 - used - 260_000 - 1_200_000
    assert 0 < others < 2_000_000
    assert others % 1_000 == 0


def test_what_a_deleted_canister_had_is_burned(replica: Replica, canister_id: Principal) -> None:
    manage(replica, "stop_canister", canister_id=canister_id)
    manage(replica, "delete_canister", canister_id=canister_id)
    assert replica.cycles_burned == DEFAULT_CYCLES


def test_status_tells_what_is_burned_in_a_day_only_where_there_are_fees(
    canister_id: Principal,
) -> None:
    plain = Replica()
    own_id = plain.create_canister()
    status = ask_management(plain, "canister_status", canister_id=own_id)
    assert cast("dict[str, int]", status)["idle_cycles_burned_per_day"] == 0
    assert plain.canister(own_id).freezing_limit == 0
