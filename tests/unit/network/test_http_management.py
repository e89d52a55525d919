"""The management canister over HTTP, and effective canister ids.  IC facts 5.4, 6.12."""

from __future__ import annotations

import pytest
from tests.unit.network.scene import (
    ANONYMOUS,
    EMPTY,
    MANAGEMENT,
    Scene,
    caller_module,
    counter_module,
    number,
)
from tests.unit.wire.signers import SIGNERS, principal_of

from scm.candid.values import VariantValue
from scm.model import Principal
from scm.replica.management_types import encode_argument
from scm.wire.envelopes import QueryContent, request_id_of, sign_envelope

USER = SIGNERS["ed25519"]


def test_canister_is_created_installed_and_stopped(scene: Scene) -> None:
    canister = scene.manage("provisional_create_canister_with_cycles")["canister_id"]
    scene.manage(
        "install_code",
        canister,
        mode=VariantValue("install"),
        wasm_module=counter_module(),
        arg=EMPTY,
    )
    assert scene.call(canister, "add")["reply"] == number(1)
    scene.manage("stop_canister", canister)
    assert scene.manage("canister_status", canister)["status"] == VariantValue("stopped")
    scene.manage("start_canister", canister)
    assert scene.call(canister, "add")["reply"] == number(2)


@pytest.mark.parametrize(
    ("method", "error_code", "reject_code"),
    [("raw_rand", "IC0406", 4), ("no_such", "IC0407", 4), ("start_canister", "IC0408", 4)],
)
def test_management_calls_that_cannot_succeed(
    scene: Scene, counter: Principal, method: str, error_code: str, reject_code: int
) -> None:
    argument = b"DIDL" if method == "start_canister" else EMPTY
    answer = scene.send(scene.content(MANAGEMENT, method, argument), effective_id=counter)
    assert answer.fields["status"] == "non_replicated_rejection"
    assert answer.fields["error_code"] == error_code
    assert answer.fields["reject_code"] == reject_code


def test_only_controllers_manage(scene: Scene) -> None:
    canister = scene.install(counter_module(), principal_of(USER))
    argument = encode_argument("stop_canister", {"canister_id": canister})
    answer = scene.send(scene.content(MANAGEMENT, "stop_canister", argument), effective_id=canister)
    assert answer.fields["error_code"] == "IC0512"
    assert answer.fields["reject_code"] == 5
    missing = Principal(canister.raw[:-3] + b"\x77\x01\x01")
    argument = encode_argument("stop_canister", {"canister_id": missing})
    answer = scene.send(scene.content(MANAGEMENT, "stop_canister", argument), effective_id=missing)
    assert answer.fields["error_code"] == "IC0301"


def test_effective_canister_id(scene: Scene, counter: Principal) -> None:
    other = scene.install(counter_module())
    content = scene.content(counter, "add")
    assert scene.send(content, effective_id=other).status == 400
    argument = encode_argument("start_canister", {"canister_id": counter})
    content = scene.content(MANAGEMENT, "start_canister", argument)
    assert scene.send(content, effective_id=other).status == 400
    assert scene.send(content, effective_id=counter).status == 200
    content = scene.content(MANAGEMENT, "provisional_create_canister_with_cycles", EMPTY)
    refused = scene.send(content, effective_id=MANAGEMENT)
    assert refused.fields["error_code"] == "IC0408"  # An empty argument lacks the record.
    argument = encode_argument("provisional_create_canister_with_cycles", {})
    for target in (MANAGEMENT, counter):
        content = scene.content(MANAGEMENT, "provisional_create_canister_with_cycles", argument)
        assert scene.send(content, effective_id=target).fields["status"] == "replied"
    assert scene.query(counter, "read", effective_id=other).status == 400


def test_stopping_blocks_nobody(scene: Scene, counter: Principal) -> None:
    silent = scene.install(counter_module())
    caller = scene.install(caller_module(silent, "later"))
    # The callee waits for no one, so hold what it would answer.
    hold = scene.worker.run(
        lambda core: core.replica.hold(lambda delivery: delivery.method == "later")
    )
    scene.send(scene.content(caller, "go"), version="v2")
    argument = encode_argument("stop_canister", {"canister_id": caller})
    stop = scene.content(MANAGEMENT, "stop_canister", argument)
    assert scene.send(stop, version="v2", effective_id=caller).status == 202
    assert scene.call(counter, "add")["reply"] == number(1)
    path = (b"request_status", request_id_of(stop), b"status")
    assert scene.certificate(scene.read(caller, path)).lookup(*path) == b"processing"
    scene.worker.run(lambda core: hold.close())
    scene.clock.now_ns += 10**9
    scene.call(counter, "add")
    assert scene.certificate(scene.read(caller, path)).lookup(*path) == b"replied"


def test_status_queries_of_management(scene: Scene, counter: Principal) -> None:
    argument = encode_argument("canister_status", {"canister_id": counter})
    answer = scene.query(MANAGEMENT, "canister_status", argument=argument, effective_id=counter)
    assert answer.fields["status"] == "replied"


def test_calls_by_the_subnets_id(scene: Scene) -> None:
    subnet = Principal(scene.core.keys.root.subnet_id)
    argument = encode_argument("provisional_create_canister_with_cycles", {})
    content = scene.content(MANAGEMENT, "provisional_create_canister_with_cycles", argument)
    body = sign_envelope(content, None)
    assert scene.post(f"/api/v4/subnet/{subnet}/call", body).fields["status"] == "replied"
    assert scene.post(f"/api/v4/subnet/{MANAGEMENT}/call", body).status == 400
    content = scene.content(MANAGEMENT, "stop_canister", argument)
    assert scene.post(f"/api/v4/subnet/{subnet}/call", sign_envelope(content, None)).status == 400
    query = QueryContent(ANONYMOUS, 0, MANAGEMENT, "list_canisters", EMPTY)
    answer = scene.post(f"/api/v3/subnet/{subnet}/query", sign_envelope(query, None))
    assert answer.fields["status"] == "rejected"  # Only administrators of the subnet may.
