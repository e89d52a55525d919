"""Certificates: a part of the replica's state, signed with its root key.

The embedded replica is one subnet that is its own root: its certificates prove the same as those of
the network, to those who trust its key.  Interface Spec, "Certificate"; signatures are BLS12-381 in
G1 over the root hash of the state tree.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scm.leb128 import write_unsigned
from scm.wire.bls import sign_bls
from scm.wire.hash_tree import Labels, State, reveal

if TYPE_CHECKING:
    from scm.replica.state import ReplicaState


def certified_state(state: ReplicaState) -> State:
    """What a certificate may show of a replica."""
    canisters: dict[bytes, State] = {}
    for canister_id, canister in state.canisters.items():
        entry: dict[bytes, bytes | State] = {b"certified_data": canister.certified_data}
        if canister.code is not None:
            entry[b"module_hash"] = canister.code.module.module_hash
        canisters[canister_id.raw] = entry
    return {
        b"canister": canisters,
        b"subnet": {state.root_key.subnet_id: {b"public_key": state.root_key.public_der}},
        b"time": write_unsigned(state.time_ns),
    }


def certify(state: ReplicaState, paths: Iterable[Labels]) -> bytes:
    """A certificate of what is on and below `paths`, and of the time, as CBOR."""
    # Loaded for those who ask for a certificate.
    from scm.wire.certificates import encode_certificate, signed_root

    tree = reveal(certified_state(state), [(b"time",), *paths])
    return encode_certificate(tree, sign_bls(state.root_key.secret, signed_root(tree.digest)))


def data_certificate(state: ReplicaState, canister_id: bytes) -> bytes:
    """What `ic0.data_certificate` gives a canister: its certified data, and the time."""
    return certify(state, [(b"canister", canister_id, b"certified_data")])
