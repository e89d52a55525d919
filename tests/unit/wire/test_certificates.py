"""Certificates and lookups in hash trees.  Interface Spec, "Certification"."""

from __future__ import annotations

import hashlib

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scm.leb128 import write_unsigned
from scm.model import Principal
from scm.replica.root_key import ROOT_KEY, ROOT_SECRET
from scm.wire.bls import _verdict, is_signed_by, public_key_der, sign_bls
from scm.wire.canister_signatures import (
    CanisterKey,
    encode_canister_signature,
    is_signed_by_canister,
    read_canister_key,
    write_canister_key,
)
from scm.wire.certificates import (
    canister_ranges,
    encode_certificate,
    is_in_ranges,
    signed_root,
    verify_certificate,
    write_ranges,
)
from scm.wire.errors import CertificateError
from scm.wire.hash_tree import Labels, State, reveal
from scm.wire.public_keys import self_authenticating
from scm.wire.tree_lookup import Missing, children, digest_of_tree, lookup, lookup_tree

CANISTER = Principal(b"\0" * 7 + b"\x05\x01\x01")
FIRST, LAST = Principal(b"\0" * 8 + b"\x01\x01"), Principal(b"\0" * 7 + b"\x08\x01\x01")
SUBNET_SECRET = 4711
SUBNET_KEY = public_key_der(SUBNET_SECRET)
SUBNET = self_authenticating(SUBNET_KEY)


def certificate(state: State, paths: list[Labels], secret: int = ROOT_SECRET) -> bytes:
    tree = reveal(state, paths)
    return encode_certificate(tree, sign_bls(secret, signed_root(tree.digest)))


def delegated(inner: bytes, outer: bytes, subnet: Principal = SUBNET) -> bytes:
    fields = dict(cbor2.loads(inner))
    fields["delegation"] = {"subnet_id": subnet.raw, "certificate": outer}
    return cbor2.dumps(fields)


def test_signatures_of_any_size_are_not_remembered() -> None:
    before = _verdict.cache_info().currsize
    assert not is_signed_by(ROOT_KEY, b"message", bytes(1_000_000))
    with pytest.raises(CertificateError):
        is_signed_by(ROOT_KEY + bytes(1_000_000), b"message", bytes(48))
    assert _verdict.cache_info().currsize == before


def test_value_of_a_certificate() -> None:
    found = verify_certificate(certificate({b"time": write_unsigned(5)}, [()]), ROOT_KEY)
    assert found.time_ns == 5
    assert found.subnet_id is None
    assert found.lookup(b"else") is Missing.ABSENT


def test_any_other_key_or_change_is_noticed() -> None:
    good = certificate({b"time": b"\x05"}, [()])
    for bad in (
        certificate({b"time": b"\x05"}, [()], SUBNET_SECRET),
        good.replace(b"\x41\x05", b"\x41\x06"),
        good[:-1] + b"\0",
    ):
        assert bad != good
        with pytest.raises(CertificateError, match="does not hold"):
            verify_certificate(bad, ROOT_KEY)


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"\xa0",
        cbor2.dumps({"tree": [5], "signature": b""}),
        cbor2.dumps({"tree": [1, [0]], "signature": b""}),
        cbor2.dumps({"tree": [4, b"short"], "signature": b""}),
        cbor2.dumps({"tree": [0], "signature": b"", "delegation": {"subnet_id": b""}}),
    ],
)
def test_what_is_no_certificate(bad: bytes) -> None:
    with pytest.raises(CertificateError):
        verify_certificate(bad, ROOT_KEY)


def test_deep_tree_is_refused() -> None:
    tree: list[object] = [0]
    for _ in range(300):
        tree = [1, tree, [0]]
    with pytest.raises(CertificateError, match="depth"):
        verify_certificate(cbor2.dumps({"tree": tree, "signature": b""}), ROOT_KEY)


@pytest.mark.parametrize("is_sharded", [True, False])
def test_delegation(is_sharded: bool) -> None:
    ranges = write_ranges([(FIRST, LAST)])
    state: dict[bytes, State | bytes] = {
        b"subnet": {SUBNET.raw: {b"public_key": SUBNET_KEY}},
        b"time": b"\x03",
    }
    if is_sharded:
        state[b"canister_ranges"] = {SUBNET.raw: {FIRST.raw: ranges}}
    else:
        state[b"subnet"] = {SUBNET.raw: {b"public_key": SUBNET_KEY, b"canister_ranges": ranges}}
    outer = certificate(state, [()])
    inner = certificate({b"time": b"\x05"}, [()], SUBNET_SECRET)
    both = delegated(inner, outer)
    assert verify_certificate(both, ROOT_KEY, CANISTER).subnet_id == SUBNET
    assert verify_certificate(both, ROOT_KEY, CANISTER).delegated_ns == 3
    with pytest.raises(CertificateError, match="does not have canister"):
        verify_certificate(both, ROOT_KEY, Principal(b"\0" * 7 + b"\x09\x01\x01"))
    with pytest.raises(CertificateError, match="has a delegation itself"):
        verify_certificate(delegated(inner, delegated(outer, outer)), ROOT_KEY, CANISTER)
    with pytest.raises(CertificateError, match="does not show the key"):
        verify_certificate(delegated(inner, outer, CANISTER), ROOT_KEY, CANISTER)
    found = canister_ranges(verify_certificate(outer, ROOT_KEY), SUBNET)
    assert is_in_ranges(CANISTER, found)


def test_canister_signature() -> None:
    key = CanisterKey(CANISTER, b"seed")
    assert read_canister_key(write_canister_key(key)) == key
    message = b"message"
    seed_hash, message_hash = (hashlib.sha256(text).digest() for text in (b"seed", message))
    signed: State = {b"sig": {seed_hash: {message_hash: b""}}}
    tree = reveal(signed, [(b"sig", seed_hash, message_hash)])
    state: State = {b"canister": {CANISTER.raw: {b"certified_data": tree.digest}}}
    proof = certificate(state, [()])
    signature = encode_canister_signature(proof, tree.cbor)
    assert is_signed_by_canister(key, message, signature, ROOT_KEY)
    assert not is_signed_by_canister(key, b"other", signature, ROOT_KEY)
    assert not is_signed_by_canister(CanisterKey(CANISTER, b"x"), message, signature, ROOT_KEY)
    assert not is_signed_by_canister(CanisterKey(FIRST, b"seed"), message, signature, ROOT_KEY)
    assert not is_signed_by_canister(key, message, signature, SUBNET_KEY)
    assert not is_signed_by_canister(key, message, b"\xa0", ROOT_KEY)


TREE: State = {b"a": {b"x": b"1", b"y": b"2"}, b"b": b"3", b"d": b"4", b"": b"5"}


@pytest.mark.parametrize(
    ("shown", "path", "expected"),
    [
        ((b"a", b"x"), (b"a", b"x"), b"1"),
        ((b"a", b"x"), (b"a", b"y"), Missing.UNKNOWN),
        ((b"a", b"x"), (b"a", b"z"), Missing.UNKNOWN),
        ((b"a",), (b"a", b"z"), Missing.ABSENT),
        ((b"c",), (b"c",), Missing.ABSENT),
        ((b"c",), (b"c", b"deep"), Missing.ABSENT),
        ((b"c",), (b"b",), Missing.UNKNOWN),
        ((b"c",), (b"a",), Missing.UNKNOWN),
        ((b"c",), (b"e",), Missing.ABSENT),
        ((b"z",), (b"z",), Missing.ABSENT),
        ((b"b",), (b"b", b"x"), Missing.ABSENT),
        ((b"",), (b"",), b"5"),
    ],
)
def test_lookup(shown: Labels, path: Labels, expected: object) -> None:
    assert lookup(reveal(TREE, [shown]).cbor, path) == expected


def test_lookup_of_a_tree() -> None:
    tree = reveal(TREE, [(b"a",)]).cbor
    with pytest.raises(CertificateError, match="not a value"):
        lookup(tree, (b"a",))
    found = lookup_tree(tree, (b"a",))
    assert not isinstance(found, Missing)
    assert [child.label for child in children(found)] == [b"x", b"y"]


def test_labels_out_of_order_are_refused() -> None:
    tree: list[object] = [1, [2, b"b", [3, b""]], [2, b"a", [3, b""]]]
    with pytest.raises(CertificateError, match="order"):
        lookup(tree, (b"c",))


STATES = st.recursive(
    st.binary(max_size=3),
    lambda inner: st.dictionaries(st.binary(max_size=2), inner, max_size=5),
    max_leaves=20,
).filter(lambda state: isinstance(state, dict))


@settings(max_examples=100, deadline=None)
@given(STATES, st.lists(st.binary(max_size=2), max_size=3))
def test_what_is_revealed_is_found(state: State, path: list[bytes]) -> None:
    shown = reveal(state, [tuple(path)])
    assert shown.digest == reveal(state, [()]).digest == digest_of_tree(shown.cbor)
    expected: object = state
    for label in path:
        expected = expected.get(label, Missing.ABSENT) if isinstance(expected, dict) else None
        if not isinstance(expected, dict):
            break
    if isinstance(expected, bytes) and len(path) and lookup_depth(state, path) == len(path):
        assert lookup(shown.cbor, path) == expected
    elif expected is Missing.ABSENT:
        assert lookup(shown.cbor, path) is Missing.ABSENT


def lookup_depth(state: State, path: list[bytes]) -> int:
    depth = 0
    current: object = state
    for label in path:
        if not isinstance(current, dict) or label not in current:
            break
        current = current[label]
        depth += 1
    return depth
