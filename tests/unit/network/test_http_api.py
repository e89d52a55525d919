"""The IC's HTTP interface.  Interface Spec, "HTTPS interface"; IC facts 6."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from attrs import evolve
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from tests.unit.network.scene import (
    ANONYMOUS,
    CBOR,
    EMPTY,
    MINUTE_NS,
    START_NS,
    Scene,
    ask,
    counter_module,
    number,
)
from tests.unit.wire.signers import SIGNERS, Delegated, Ed25519Signer, delegate, principal_of

from scm.leb128 import read_unsigned
from scm.model import Principal
from scm.wire.certificates import verify_certificate
from scm.wire.envelopes import QueryContent, request_id_of, sign_envelope
from scm.wire.public_keys import ED25519_PREFIX, self_authenticating
from scm.wire.query_signatures import rejected_fields, replied_fields, signed_response

USER = SIGNERS["ed25519"]
OTHER = Ed25519Signer("other")


def test_status(scene: Scene) -> None:
    answer = scene.ask("GET", "/api/v2/status")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/cbor"
    assert answer.body.startswith(b"\xd9\xd9\xf7")
    assert answer.fields["replica_health_status"] == "healthy"
    assert answer.fields["root_key"] == scene.root_key


@pytest.mark.parametrize("version", ["v3", "v4"])
def test_synchronous_call_is_certified(scene: Scene, counter: Principal, version: str) -> None:
    content = scene.content(counter, "add")
    answer = scene.send(content, version=version)
    assert answer.status == 200
    assert answer.fields["status"] == "replied"
    certificate = verify_certificate(answer.fields["certificate"], scene.root_key)
    assert abs(certificate.time_ns - scene.clock()) < MINUTE_NS
    status = scene.status_in(answer.fields["certificate"], request_id_of(content))
    assert status == {"status": b"replied", "reply": number(1)}


def test_asynchronous_call_is_accepted_and_its_status_read(
    scene: Scene, counter: Principal
) -> None:
    content = scene.content(counter, "add")
    answer = scene.send(content, version="v2")
    assert (answer.status, answer.body) == (202, b"")
    request_id = request_id_of(content)
    found = scene.read(counter, (b"request_status", request_id), version="v2")
    status = scene.status_in(found.fields["certificate"], request_id)
    assert status == {"status": b"replied", "reply": number(1)}


@pytest.mark.parametrize(
    ("method", "code", "text"),
    [("refuse", 4, "not today"), ("fail", 5, "broken"), ("no", 5, "no update method")],
)
def test_rejects_are_certified(
    scene: Scene, counter: Principal, method: str, code: int, text: str
) -> None:
    status = scene.call(counter, method)
    assert status["status"] == b"rejected"
    assert read_unsigned(status["reject_code"], 0)[0] == code
    assert text in status["reject_message"].decode()
    assert status["error_code"].startswith(b"IC0")


def test_what_is_not_let_in_is_refused_without_a_certificate(
    scene: Scene, counter: Principal
) -> None:
    expected = {"reject_code": 4, "error_code": "IC0406"}
    synchronous = scene.send(scene.content(counter, "secret"))
    assert synchronous.fields["status"] == "non_replicated_rejection"
    assert expected.items() <= synchronous.fields.items()
    asynchronous = scene.send(scene.content(counter, "secret"), version="v2")
    assert asynchronous.status == 200
    assert "status" not in asynchronous.fields
    assert expected.items() <= asynchronous.fields.items()


@pytest.mark.parametrize("name", SIGNERS)
def test_signed_calls_come_from_their_sender(scene: Scene, counter: Principal, name: str) -> None:
    signer = SIGNERS[name]
    status = scene.call(counter, "whoami", signer=signer)
    assert status["reply"] == principal_of(signer).raw
    answer = scene.query(counter, "who", signer)
    assert answer.fields["reply"]["arg"] == principal_of(signer).raw


def test_delegation_is_its_givers(scene: Scene, counter: Principal) -> None:
    link = delegate(USER, OTHER, START_NS + MINUTE_NS, (counter,))
    signer = Delegated(USER, OTHER, (link,))
    content = evolve(scene.content(counter, "whoami"), sender=principal_of(USER))
    answer = scene.send(content, signer)
    status = scene.status_in(answer.fields["certificate"], request_id_of(content))
    assert status["reply"] == principal_of(USER).raw
    another = evolve(
        scene.content(scene.install(counter_module()), "whoami"), sender=content.sender
    )
    refused = scene.send(another, signer)
    assert refused.status == 400
    assert "delegation targets" in refused.text


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_query_is_signed_by_the_node(scene: Scene, counter: Principal, version: str) -> None:
    scene.call(counter, "add")
    answer = scene.query(counter, "read", version=version)
    assert answer.fields["reply"]["arg"] == number(1)
    content = QueryContent(ANONYMOUS, scene.clock() + MINUTE_NS, counter, "read", EMPTY)
    check_node_signature(scene, answer.fields, replied_fields(number(1)), request_id_of(content))


def test_rejected_query_is_signed_too(scene: Scene, counter: Principal) -> None:
    answer = scene.query(counter, "nothing")
    fields = answer.fields
    assert fields["status"] == "rejected"
    assert fields["reject_code"] == 5
    content = QueryContent(ANONYMOUS, scene.clock() + MINUTE_NS, counter, "nothing", EMPTY)
    expected = rejected_fields(5, fields["reject_message"], fields["error_code"])
    check_node_signature(scene, fields, expected, request_id_of(content))


def check_node_signature(
    scene: Scene, fields: dict[str, Any], expected: dict[str, Any], request_id: bytes
) -> None:
    (signature,) = fields["signatures"]
    subnet = scene.core.keys.root.subnet_id
    certificate = scene.certificate(scene.read(Principal(b"\0" * 8 + b"\1\1"), (b"subnet",)))
    node_key = certificate.lookup(b"subnet", subnet, b"node", signature["identity"], b"public_key")
    assert isinstance(node_key, bytes)
    assert node_key.startswith(ED25519_PREFIX)
    assert self_authenticating(node_key).raw == signature["identity"]
    message = signed_response(expected, request_id, signature["timestamp"])
    Ed25519PublicKey.from_public_bytes(node_key[12:]).verify(signature["signature"], message)


def test_certified_data_proves_itself(scene: Scene, counter: Principal) -> None:
    encoded = scene.query(counter, "certified").fields["reply"]["arg"]
    certificate = verify_certificate(encoded, scene.root_key, counter)
    assert certificate.lookup(b"canister", counter.raw, b"certified_data") == b""


def test_same_request_is_one_call(scene: Scene, counter: Principal) -> None:
    content = scene.content(counter, "add")
    first, second = scene.send(content), scene.send(content)
    third = scene.send(content, version="v2")
    assert third.status == 202
    for answer in (first, second):
        status = scene.status_in(answer.fields["certificate"], request_id_of(content))
        assert status["reply"] == number(1)
    assert scene.query(counter, "read").fields["reply"]["arg"] == number(1)


def test_same_request_from_many_at_once_is_one_call(scene: Scene, counter: Principal) -> None:
    content = scene.content(counter, "add")

    async def all_at_once() -> list[int]:
        body = sign_envelope(content, None)
        headers = [CBOR, (b"host", b"localhost")]
        path = f"/api/v3/canister/{counter}/call"
        answers = await asyncio.gather(
            *(ask(scene.app, "POST", path, body, headers) for _ in range(10))
        )
        return [answer.status for answer in answers]

    assert scene.runner.run(all_at_once()) == [200] * 10
    assert scene.query(counter, "read").fields["reply"]["arg"] == number(1)


# Expiry.


@pytest.mark.parametrize("seconds", [-1, 331, 10**6])
def test_expired_requests_are_refused(scene: Scene, counter: Principal, seconds: int) -> None:
    content = evolve(
        scene.content(counter, "add"), ingress_expiry_ns=scene.clock() + seconds * 10**9
    )
    answer = scene.send(content)
    assert answer.status == 400
    assert answer.text.startswith("Invalid request expiry: Specified ingress_expiry not within")


@pytest.mark.parametrize("seconds", [0, 1, 330])
def test_requests_in_time_are_taken(scene: Scene, counter: Principal, seconds: int) -> None:
    content = evolve(
        scene.content(counter, "add"), ingress_expiry_ns=scene.clock() + seconds * 10**9
    )
    assert scene.send(content).status == 200


def test_anonymous_queries_may_expire_at_any_time(scene: Scene, counter: Principal) -> None:
    body = sign_envelope(QueryContent(ANONYMOUS, 0, counter, "read", EMPTY), None)
    assert scene.post(f"/api/v3/canister/{counter}/query", body).status == 200
    content = QueryContent(principal_of(USER), 0, counter, "read", EMPTY)
    body = sign_envelope(content, USER)
    assert scene.post(f"/api/v3/canister/{counter}/query", body).status == 400
