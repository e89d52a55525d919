"""Certificates and the root key.  Interface Spec, "Certification"; IC facts 6.9."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import cbor2
import pytest
from py_arkworks_bls12381 import GT, G1Point, G2Point, Scalar

from scm.leb128 import read_unsigned
from scm.model import Principal
from scm.replica.certificates import data_certificate
from scm.replica.replica import Replica
from scm.replica.root_key import ROOT_KEY, ROOT_SECRET, SUBNET_ID
from scm.replica.state import Rejected, Replied
from scm.testing.wat import Install, WatCanister
from scm.wire.hash_tree import State, empty, fork, labeled, leaf, reveal


def digest_of(tree: list[object]) -> bytes:
    """The root hash of a tree as it stands in a certificate, computed from the specification."""

    def tagged(name: bytes, *parts: bytes) -> bytes:
        return hashlib.sha256(bytes([len(name)]) + name + b"".join(parts)).digest()

    match tree:
        case [0]:
            return tagged(b"ic-hashtree-empty")
        case [1, list(left), list(right)]:
            return tagged(b"ic-hashtree-fork", digest_of(left), digest_of(right))
        case [2, bytes(label), list(child)]:
            return tagged(b"ic-hashtree-labeled", label, digest_of(child))
        case [3, bytes(value)]:
            return tagged(b"ic-hashtree-leaf", value)
        case [4, bytes(digest)]:
            return digest
    raise AssertionError(f"no hash tree: {tree}")


def lookup(tree: list[object], *path: bytes) -> bytes | None:
    """The value at a path; None if it is not shown."""
    match tree:
        case [1, list(left), list(right)]:
            found = lookup(left, *path)
            return lookup(right, *path) if found is None else found
        case [2, bytes(label), list(child)] if path and label == path[0]:
            return lookup(child, *path[1:])
        case [3, bytes(value)] if not path:
            return value
    return None


def test_example_of_the_specification() -> None:
    tree = fork(
        fork(
            labeled(b"a", fork(
                fork(labeled(b"x", leaf(b"hello")), empty()), labeled(b"y", leaf(b"world"))
            )),
            labeled(b"b", leaf(b"good")),
        ),
        fork(labeled(b"c", empty()), labeled(b"d", leaf(b"morning"))),
    )  # fmt: skip
    expected = "eb5c5b2195e62d996b84c9bcc8259d19a83786a2f59e0878cec84c811f669aa0"
    assert tree.digest.hex() == expected
    assert digest_of(tree.cbor).hex() == expected


STATE: State = {
    b"a": {b"x": b"1", b"y": b"2", b"z": {}},
    b"c": b"3",
    b"e": {b"f": {b"g": b"4"}},
}


@pytest.mark.parametrize(
    ("paths", "shown", "hidden"),
    [
        ([()], [(b"a", b"x"), (b"a", b"y"), (b"c",), (b"e", b"f", b"g")], []),
        ([(b"c",)], [(b"c",)], [(b"a", b"x"), (b"e", b"f", b"g")]),
        ([(b"a", b"y")], [(b"a", b"y")], [(b"a", b"x"), (b"c",)]),
        ([(b"e",), (b"a", b"x")], [(b"e", b"f", b"g"), (b"a", b"x")], [(b"a", b"y"), (b"c",)]),
        ([], [], [(b"c",)]),
    ],
)
def test_what_is_left_out_changes_no_hash(
    paths: list[tuple[bytes, ...]],
    shown: list[tuple[bytes, ...]],
    hidden: list[tuple[bytes, ...]],
) -> None:
    tree = reveal(STATE, paths)
    assert tree.digest == reveal(STATE, [()]).digest == digest_of(tree.cbor)
    assert all(lookup(tree.cbor, *path) is not None for path in shown)
    assert all(lookup(tree.cbor, *path) is None for path in hidden)


def labels_at_top(tree: list[object]) -> list[bytes]:
    match tree:
        case [1, list(left), list(right)]:
            return [*labels_at_top(left), *labels_at_top(right)]
        case [2, bytes(label), _]:
            return [label]
    return []


@pytest.mark.parametrize(
    ("absent", "neighbours"), [(b"b", [b"a", b"c"]), (b"0", [b"a"]), (b"z", [b"e"])]
)
def test_absence_is_proven_by_the_neighbours(absent: bytes, neighbours: list[bytes]) -> None:
    tree = reveal(STATE, [(absent,)])
    assert tree.digest == reveal(STATE, [()]).digest
    assert labels_at_top(tree.cbor) == neighbours
    assert lookup(tree.cbor, absent) is None


def as_lists(tree: Sequence[object]) -> list[object]:
    """The decoder of a tagged value gives tuples."""
    return [as_lists(item) if isinstance(item, (list, tuple)) else item for item in tree]


def verified(certificate: bytes) -> list[object]:
    """The tree of a certificate whose signature is right, checked by pairing."""
    assert certificate.startswith(b"\xd9\xd9\xf7")  # The tag of self-described CBOR.
    contents = cbor2.loads(certificate)
    tree = as_lists(contents["tree"])
    message = b"\x0dic-state-root" + digest_of(tree)
    suite = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
    signature = G1Point.from_compressed_bytes(contents["signature"])
    key = G2Point.from_compressed_bytes(ROOT_KEY[-96:])
    expected = GT.multi_pairing([G1Point.hash_to_curve(message, suite)], [key])
    assert GT.multi_pairing([signature], [G2Point()]) == expected
    return tree


def test_root_key_is_that_of_the_secret() -> None:
    assert bytes((G2Point() * Scalar(ROOT_SECRET)).to_compressed_bytes()) == ROOT_KEY[-96:]
    assert len(ROOT_KEY) == 133
    assert hashlib.sha224(ROOT_KEY).digest() + b"\x02" == SUBNET_ID


CERTIFY = "(call $certified_data_set (i32.const 4096) (i32.const 5))"


@pytest.fixture
def certified(install: Install) -> Principal:
    canister = WatCanister()
    canister.constant("hello")
    canister.update("certify", CERTIFY + canister.reply())
    read = (
        "(call $data_certificate_copy (i32.const 8192) (i32.const 0) (call $data_certificate_size))"
        "(call $msg_reply_data_append (i32.const 8192) (call $data_certificate_size))"
        "(call $msg_reply)"
    )
    canister.query("certificate", read)
    canister.query(
        "present", "(call $reply_i64 (i64.extend_i32_u (call $data_certificate_present)))"
    )
    read_key = (
        "(call $root_key_copy (i32.const 8192) (i32.const 0) (call $root_key_size))"
        "(call $msg_reply_data_append (i32.const 8192) (call $root_key_size)) (call $msg_reply)"
    )
    canister.update("root_key", read_key)
    return install(canister)


def test_query_has_a_certificate_of_the_certified_data(
    replica: Replica, certified: Principal
) -> None:
    replica.update(certified, "certify")
    replica.advance_time(7)
    outcome = replica.query(certified, "certificate")
    assert isinstance(outcome, Replied)
    tree = verified(outcome.data)
    assert lookup(tree, b"canister", certified.raw, b"certified_data") == b"hello"
    time = lookup(tree, b"time")
    assert time is not None
    assert read_unsigned(time, 0)[0] == replica.time_ns
    assert lookup(tree, b"canister", certified.raw, b"module_hash") is None
    assert outcome.data == data_certificate(replica._state, certified.raw)


def test_certificate_is_there_in_queries_only(replica: Replica, certified: Principal) -> None:
    assert replica.query(certified, "present") == Replied((1).to_bytes(8, "little"))
    # Executed replicated, as an update call, the same method has none.
    assert replica.update(certified, "present") == Replied(bytes(8))
    refused = replica.update(certified, "certificate")
    assert isinstance(refused, Rejected)
    assert refused.error_code == "IC0504"


def test_root_key_is_given_to_canisters(replica: Replica, certified: Principal) -> None:
    assert replica.update(certified, "root_key") == Replied(ROOT_KEY)


def test_callee_of_a_composite_query_has_no_certificate(
    replica: Replica, install: Install, certified: Principal
) -> None:
    caller = WatCanister()
    done = caller.callback("(call $append_argument) (call $msg_reply)")
    caller.composite_query("look", caller.call(certified, "present", on_reply=done, on_reject=done))
    assert replica.query(install(caller), "look") == Replied(bytes(8))
