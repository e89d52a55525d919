"""What agents read of the certified state.  Interface Spec, "Request: Read state"; IC facts 6.8."""

from __future__ import annotations

import pytest
from tests.unit.network.scene import (
    MANAGEMENT,
    MINUTE_NS,
    START_NS,
    Scene,
    counter_module,
)
from tests.unit.wire.signers import SIGNERS, Ed25519Signer, principal_of

from scm.leb128 import read_unsigned
from scm.model import Principal
from scm.wire.certificates import canister_ranges, is_in_ranges
from scm.wire.envelopes import request_id_of
from scm.wire.tree_lookup import Missing, children

USER = SIGNERS["ed25519"]
OTHER = Ed25519Signer("other")


def test_state_of_a_canister(scene: Scene, counter: Principal) -> None:
    canister = (b"canister", counter.raw)
    certificate = scene.certificate(
        scene.read(
            counter,
            (*canister, b"module_hash"),
            (*canister, b"controllers"),
            (*canister, b"metadata", b"nothing"),
            (*canister, b"canister_creation_timestamp"),
            (*canister, b"last_install_timestamp"),
        )
    )
    view = scene.core.replica.canister(counter)
    assert certificate.lookup(*canister, b"module_hash") == view.module_hash
    controllers = certificate.lookup(*canister, b"controllers")
    assert controllers == bytes.fromhex("d9d9f7814104")
    assert certificate.lookup(*canister, b"metadata", b"nothing") is Missing.ABSENT
    assert certificate.lookup(*canister, b"certified_data") is Missing.UNKNOWN
    for label in (b"canister_creation_timestamp", b"last_install_timestamp"):
        time = certificate.lookup(*canister, label)
        assert isinstance(time, bytes)
        assert START_NS <= read_unsigned(time, 0)[0] < START_NS + MINUTE_NS


def test_what_is_not_there_is_proven_absent(scene: Scene, counter: Principal) -> None:
    other = Principal(counter.raw[:-3] + b"\x77\x01\x01")
    path = (b"canister", other.raw, b"module_hash")
    assert scene.certificate(scene.read(other, path)).lookup(*path) is Missing.ABSENT
    status = (b"request_status", b"\5" * 32)
    found = scene.certificate(scene.read(counter, status))
    assert found.lookup(*status, b"status") is Missing.ABSENT


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_subnet(scene: Scene, counter: Principal, version: str) -> None:
    subnet = Principal(scene.core.keys.root.subnet_id)
    for answer in (
        scene.read(counter, (b"subnet",), version=version),
        scene.read(subnet, (b"subnet",), version=version, kind="subnet"),
        scene.read(subnet, (b"canister_ranges", subnet.raw), version=version, kind="subnet"),
    ):
        certificate = scene.certificate(answer)
        assert is_in_ranges(counter, canister_ranges(certificate, subnet))
    assert certificate.lookup(b"subnet", subnet.raw, b"type") is Missing.UNKNOWN
    whole = scene.certificate(scene.read(counter, (b"subnet",), version=version))
    assert whole.lookup(b"subnet", subnet.raw, b"type") == b"application"
    assert whole.lookup(b"subnet", subnet.raw, b"public_key") == scene.root_key
    nodes = whole.lookup_tree(b"subnet", subnet.raw, b"node")
    assert not isinstance(nodes, Missing)
    assert len(children(nodes)) == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ((), 404),
        ((b"nothing",), 404),
        ((b"canister",), 404),
        ((b"request_status",), 404),
        ((b"request_status", b"x", b"else"), 404),
        ((b"subnet", b"x", b"else"), 404),
        ((b"canister_ranges", b"x"), 404),
        ((b"time",), 200),
        ((b"api_boundary_nodes",), 200),
    ],
)
def test_paths(scene: Scene, counter: Principal, path: tuple[bytes, ...], status: int) -> None:
    assert scene.read(counter, path).status == status


def test_certified_data_cannot_be_read(scene: Scene, counter: Principal) -> None:
    assert scene.read(counter, (b"canister", counter.raw, b"certified_data")).status == 404
    assert scene.read(counter, (b"canister", counter.raw)).status == 404


def test_other_canisters_and_names_that_are_no_text_are_refused(
    scene: Scene, counter: Principal
) -> None:
    assert scene.read(MANAGEMENT, (b"canister", counter.raw, b"module_hash")).status == 400
    assert scene.read(counter, (b"canister", counter.raw, b"metadata", b"\xff")).status == 400


def test_status_of_a_call_is_its_senders(scene: Scene, counter: Principal) -> None:
    content = scene.content(counter, "add", signer=USER)
    scene.send(content, USER)
    path = (b"request_status", request_id_of(content), b"status")
    assert scene.certificate(scene.read(counter, path, signer=USER)).lookup(*path) == b"replied"
    assert scene.read(counter, path).status == 403
    assert scene.read(counter, path, signer=OTHER).status == 403
    assert scene.read(counter, path, (b"request_status", b"x"), signer=USER).status == 400
    elsewhere = scene.read(scene.install(counter_module()), path, signer=USER)
    assert (elsewhere.status, f"a call of {counter}" in elsewhere.body.decode()) == (400, True)


def test_private_metadata_is_for_controllers(scene: Scene) -> None:
    wasm = counter_module()
    name = b"icp:private notes"
    section = bytes([len(name)]) + name + b"secret"
    wasm += b"\0" + bytes([len(section)]) + section
    canister = scene.install(wasm, principal_of(USER))
    path = (b"canister", canister.raw, b"metadata", b"notes")
    assert scene.certificate(scene.read(canister, path, signer=USER)).lookup(*path) == b"secret"
    assert scene.read(canister, path).status == 403
    other = (b"canister", canister.raw, b"metadata", b"none")
    assert scene.certificate(scene.read(canister, other)).lookup(*other) is Missing.ABSENT
