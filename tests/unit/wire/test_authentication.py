"""Who has sent a request.  Interface Spec, "Authentication"."""

from __future__ import annotations

import cbor2
import pytest
from attrs import evolve
from tests.unit.wire.signers import SIGNERS, Delegated, Ed25519Signer, delegate, principal_of

from scm.model import Principal
from scm.replica.root_key import ROOT_KEY
from scm.wire.authentication import authenticate
from scm.wire.delegations import SignedDelegation
from scm.wire.envelopes import (
    SIGNATURE_BYTES_MAX,
    CallContent,
    Content,
    QueryContent,
    ReadStateContent,
    Signer,
    decode_envelope,
    sign_envelope,
)
from scm.wire.errors import AuthenticationError, MalformedError, WireError

NOW_NS = 1_800_000_000 * 10**9
CANISTER = Principal(b"\0" * 7 + b"\x05\x01\x01")
OTHER = Principal(b"\0" * 7 + b"\x06\x01\x01")
USER = SIGNERS["ed25519"]
SESSION = Ed25519Signer("session")
THIRD = Ed25519Signer("third")


def call(sender: Principal) -> CallContent:
    return CallContent(sender, NOW_NS, CANISTER, "go", b"DIDL\0\0", nonce=b"n")


def check(content: Content, signer: Signer | None) -> Principal:
    envelope = decode_envelope(sign_envelope(content, signer))
    return authenticate(envelope, NOW_NS, ROOT_KEY).sender


@pytest.mark.parametrize("name", SIGNERS)
def test_every_kind_of_key(name: str) -> None:
    signer = SIGNERS[name]
    content = call(principal_of(signer))
    assert check(content, signer) == principal_of(signer)
    envelope = decode_envelope(sign_envelope(content, signer))
    assert envelope.sender_signature is not None
    damaged = bytearray(envelope.sender_signature)
    damaged[-1] ^= 1
    for signature in (bytes(damaged), b"", b"\0" * 64, SIGNERS["p256"].sign(b"other")):
        with pytest.raises(AuthenticationError, match="Invalid signature"):
            authenticate(evolve(envelope, sender_signature=signature), NOW_NS, ROOT_KEY)
    other = decode_envelope(sign_envelope(evolve(content, argument=b"DIDL\0\x01"), signer))
    with pytest.raises(AuthenticationError, match="Invalid signature"):
        authenticate(evolve(other, sender_signature=envelope.sender_signature), NOW_NS, ROOT_KEY)


def test_anonymous_sender_needs_no_signature() -> None:
    assert check(call(Principal.anonymous()), None) == Principal.anonymous()


def test_nobody_else_goes_without() -> None:
    with pytest.raises(AuthenticationError, match="Missing signature"):
        check(call(principal_of(USER)), None)


def test_anonymous_sender_has_no_signature() -> None:
    with pytest.raises(AuthenticationError, match="anonymous"):
        check(call(Principal.anonymous()), USER)


def test_key_must_be_the_senders() -> None:
    with pytest.raises(AuthenticationError, match="does not match"):
        check(call(principal_of(SESSION)), USER)


def chain(*links: SignedDelegation, last: Ed25519Signer = SESSION) -> Delegated:
    return Delegated(USER, last, links)


def test_delegation() -> None:
    signer = chain(delegate(USER, SESSION, NOW_NS))
    assert check(call(principal_of(USER)), signer) == principal_of(USER)


def test_chain_of_delegations() -> None:
    signer = chain(delegate(USER, SESSION, NOW_NS), delegate(SESSION, THIRD, NOW_NS), last=THIRD)
    assert check(call(principal_of(USER)), signer) == principal_of(USER)


@pytest.mark.parametrize(
    ("signer", "reason"),
    [
        (chain(delegate(USER, SESSION, NOW_NS - 1)), "Invalid delegation expiry"),
        (chain(delegate(SESSION, THIRD, NOW_NS), last=THIRD), "signature does not hold"),
        (chain(delegate(USER, THIRD, NOW_NS)), "Invalid signature"),
        (chain(delegate(USER, SESSION, NOW_NS, (OTHER,))), "not one of the delegation targets"),
        (chain(delegate(USER, SESSION, NOW_NS, ())), "not one of the delegation targets"),
        (chain(delegate(USER, SESSION, NOW_NS, permissions="queries")), "queries only"),
        (chain(delegate(USER, SESSION, NOW_NS, permissions="some")), "unknown permissions"),
        (
            chain(delegate(USER, SESSION, NOW_NS), delegate(SESSION, USER, NOW_NS)),
            "twice",
        ),
        (
            chain(
                delegate(USER, SESSION, NOW_NS, (CANISTER,)),
                delegate(SESSION, THIRD, NOW_NS, (OTHER,)),
                last=THIRD,
            ),
            "not one of the delegation targets",
        ),
        (chain(*[delegate(USER, SESSION, NOW_NS)] * 21), "a chain of 21"),
    ],
)
def test_delegations_that_do_not_hold(signer: Delegated, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        check(call(principal_of(USER)), signer)


def test_delegation_for_one_canister_and_for_queries() -> None:
    signer = chain(delegate(USER, SESSION, NOW_NS, (OTHER, CANISTER), "queries"))
    user = principal_of(USER)
    assert check(QueryContent(user, NOW_NS, CANISTER, "go", b""), signer) == user
    assert check(ReadStateContent(user, NOW_NS, ((b"time",),)), signer) == user


def test_targets_of_reads_are_checked_by_whoever_knows_the_canister() -> None:
    signer = chain(delegate(USER, SESSION, NOW_NS, (CANISTER,)))
    content = ReadStateContent(principal_of(USER), NOW_NS, ((b"time",),))
    authority = authenticate(decode_envelope(sign_envelope(content, signer)), NOW_NS, ROOT_KEY)
    authority.check_targets((CANISTER,))
    with pytest.raises(AuthenticationError, match="targets"):
        authority.check_targets((OTHER,))


def test_ic_py_sends_plain_maps_with_nulls() -> None:
    fields = {
        "content": {
            "request_type": "query",
            "sender": b"\x04",
            "ingress_expiry": NOW_NS,
            "canister_id": CANISTER.raw,
            "method_name": "go",
            "arg": b"DIDL\0\0",
        },
        "sender_pubkey": None,
        "sender_sig": None,
    }
    envelope = decode_envelope(cbor2.dumps(fields, indefinite_containers=True))
    assert authenticate(envelope, NOW_NS, ROOT_KEY).sender == Principal.anonymous()


@pytest.mark.parametrize(
    "change",
    [
        {"sender": b"\0" * 30},
        {"sender": "2vxsx-fae"},
        {"ingress_expiry": -1},
        {"ingress_expiry": 1 << 64},
        {"ingress_expiry": True},
        {"nonce": b"\0" * 33},
        {"request_type": "calls"},
        {"request_type": None},
        {"method_name": b"go"},
        {"arg": "text"},
        {"arg": None},
        {"extra": 1.5},
        {"sender_info": {"info": b""}},
    ],
)
def test_malformed_content(change: dict[str, object]) -> None:
    content = {
        "request_type": "call",
        "sender": b"\x04",
        "ingress_expiry": NOW_NS,
        "canister_id": CANISTER.raw,
        "method_name": "go",
        "arg": b"DIDL\0\0",
    }
    decode_envelope(cbor2.dumps({"content": content}))
    with pytest.raises(MalformedError):
        decode_envelope(cbor2.dumps({"content": content | change}))


@pytest.mark.parametrize("paths", [[[b"a"] * 128], [[b"a"]] * 1001, [b"a"], [["a"]], b"a"])
def test_malformed_paths(paths: object) -> None:
    content = {
        "request_type": "read_state",
        "sender": b"\x04",
        "ingress_expiry": NOW_NS,
        "paths": paths,
    }
    with pytest.raises(MalformedError):
        decode_envelope(cbor2.dumps({"content": content}))


@pytest.mark.parametrize("where", ["sender_sig", "sender_delegation", "sender_info"])
def test_signatures_are_not_looked_into_when_they_are_too_large(where: str) -> None:
    fields = dict(cbor2.loads(sign_envelope(call(principal_of(USER)), USER)))
    signature = bytes(SIGNATURE_BYTES_MAX + 1)
    if where == "sender_sig":
        fields[where] = signature
    elif where == "sender_delegation":
        delegation = {"pubkey": b"key", "expiration": NOW_NS}
        fields[where] = [{"delegation": delegation, "signature": signature}]
    else:
        info = {"info": b"", "signer": CANISTER.raw, "sig": signature}
        fields["content"] = {**fields["content"], where: info}
    with pytest.raises(MalformedError, match="65,537 bytes, at most 65,536"):
        decode_envelope(cbor2.dumps(fields))


def test_bignum_as_expiry() -> None:
    head = cbor2.dumps({"content": None})[:-1]
    content = cbor2.dumps(
        {"request_type": "read_state", "sender": b"\x04", "paths": [], "ingress_expiry": 0}
    )[:-1] + bytes.fromhex("c2480102030405060708")
    envelope = decode_envelope(head + content)
    assert envelope.content.ingress_expiry_ns == 0x0102030405060708
