"""Certificates: a part of the replica's state, signed with its root key.

The embedded replica is one subnet that is its own root, with a key that anyone may know: its
certificates prove the same as those of the network, to those who trust that key.  Interface Spec,
"Certificate"; signatures are BLS12-381 in G1 over the root hash of the state tree.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from scm.leb128 import write_unsigned
from scm.replica.hash_tree import Labels, State, reveal
from scm.replica.root_key import ROOT_KEY, ROOT_SECRET, SUBNET_ID

if TYPE_CHECKING:
    from scm.replica.state import ReplicaState

_CIPHER_SUITE: Final = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
_STATE_ROOT: Final = b"\x0dic-state-root"
_SELF_DESCRIBED: Final = 55799  # The tag of RFC 8949, 3.4.6.


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
        b"subnet": {SUBNET_ID: {b"public_key": ROOT_KEY}},
        b"time": write_unsigned(state.time_ns),
    }


def certify(state: ReplicaState, paths: Iterable[Labels]) -> bytes:
    """A certificate of what is on and below `paths`, and of the time, as CBOR."""
    import cbor2  # Loaded for those who ask for a certificate.

    tree = reveal(certified_state(state), [(b"time",), *paths])
    contents = {"tree": tree.cbor, "signature": _sign(tree.digest)}
    return cbor2.dumps(cbor2.CBORTag(_SELF_DESCRIBED, contents))


def data_certificate(state: ReplicaState, canister_id: bytes) -> bytes:
    """What `ic0.data_certificate` gives a canister: its certified data, and the time."""
    return certify(state, [(b"canister", canister_id, b"certified_data")])


def _sign(root_hash: bytes) -> bytes:
    from py_arkworks_bls12381 import G1Point, Scalar

    point = G1Point.hash_to_curve(_STATE_ROOT + root_hash, _CIPHER_SUITE)
    return bytes((point * Scalar(ROOT_SECRET)).to_compressed_bytes())
