"""The state tree of the network: what its certificates speak of.

Interface Spec, "The system state tree".  Kept beside the replica's state and updated with it, so
that a round costs what has changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, cast

from attrs import define

from scm.leb128 import write_unsigned
from scm.model import Principal
from scm.network.keys import NetworkKeys
from scm.network.label_tree import LabelTree
from scm.replica.state import (
    CanisterState,
    Delivery,
    IngressOrigin,
    IngressRecord,
    Pending,
    Rejected,
    ReplicaState,
    Replied,
)
from scm.wire.cbor import encode_cbor
from scm.wire.certificates import CanisterRange, write_ranges
from scm.wire.hash_tree import Labels, Node, State, fork, labeled, leaf, pruned, reveal

FIRST_CANISTER: Final = Principal(b"\x00" * 8 + b"\x01\x01")
LAST_CANISTER: Final = Principal(b"\xff" * 8 + b"\x01\x01")
CANISTER_RANGES: Final[tuple[CanisterRange, ...]] = ((FIRST_CANISTER, LAST_CANISTER),)
"""All ids that a canister may have: there is only one subnet."""

_PUBLIC: Final = "icp:public "
_PRIVATE: Final = "icp:private "

CanisterSeen = tuple[object, ...]


@define
class StateTree:
    """The tree as of the last update, and which state of each canister it has."""

    _subnet: State
    _ranges: State
    time_ns: int
    _canisters: LabelTree
    _requests: LabelTree
    _seen: dict[Principal, CanisterSeen]
    _pruned: dict[bytes, Node]
    """The parts that never change, when they are not to be seen."""

    @classmethod
    def of_network(cls, keys: NetworkKeys) -> StateTree:
        """The tree of a network without canisters."""
        ranges = write_ranges(CANISTER_RANGES)
        subnet: State = {
            b"canister_ranges": ranges,
            b"node": {keys.node_id.raw: {b"public_key": keys.node_public_der}},
            b"public_key": keys.root.public_der,
            b"type": b"application",
        }
        subnets: State = {keys.root.subnet_id: subnet}
        shards: State = {keys.root.subnet_id: {FIRST_CANISTER.raw: ranges}}
        constant = {b"canister_ranges": shards, b"subnet": subnets}
        return cls(
            subnets,
            shards,
            0,
            LabelTree(),
            LabelTree(),
            {},
            {label: _part(label, tree, None, is_shown=False) for label, tree in constant.items()},
        )

    def update_canisters(self, state: ReplicaState) -> None:
        """Take over what has changed about canisters."""
        for canister_id, canister in state.canisters.items():
            seen = _seen(canister)
            if self._seen.get(canister_id) != seen:
                self._seen[canister_id] = seen
                self._canisters.set(canister_id.raw, _canister_entry(canister))
        if len(self._seen) > len(state.canisters):
            for canister_id in self._seen.keys() - state.canisters.keys():
                del self._seen[canister_id]
                self._canisters.remove(canister_id.raw)

    def set_request(self, request_id: bytes, record: IngressRecord, *, is_received: bool) -> None:
        """Take over the status of a user's call; `is_received`: nobody has begun with it yet."""
        self._requests.set(request_id, _request_entry(record, is_received=is_received))

    def remove_request(self, request_id: bytes) -> None:
        """Forget a user's call."""
        self._requests.remove(request_id)

    @property
    def digest(self) -> bytes:
        """The root hash."""
        return self.reveal(()).digest

    def reveal(self, paths: Iterable[Labels]) -> Node:
        """The tree with what is on and below `paths`; the time always."""
        below: dict[bytes, list[Labels]] = {b"time": [()]}
        for path in paths:
            below.setdefault(path[0], []).append(path[1:])
        parts = (
            (b"canister", self._canisters),
            (b"canister_ranges", self._ranges),
            (b"request_status", self._requests),
            (b"subnet", self._subnet),
            (b"time", write_unsigned(self.time_ns)),
        )
        labels = [label for label, _ in parts]
        shown = set(below)
        for label in below.keys() - set(labels):
            at = sum(other < label for other in labels)
            shown.update(labels[max(0, at - 1) : at + 1])
        nodes = [
            self._pruned[label]
            if label in self._pruned and label not in shown
            else _part(label, tree, below.get(label), is_shown=label in shown)
            for label, tree in parts
        ]
        return fork(fork(nodes[0], nodes[1]), fork(nodes[2], fork(nodes[3], nodes[4])))


def _part(
    label: bytes, tree: LabelTree | State | bytes, wanted: list[Labels] | None, *, is_shown: bool
) -> Node:
    match tree:
        case bytes():
            child = leaf(tree)
        case LabelTree():
            child = tree.reveal(wanted or ())
        case _:
            child = reveal(tree, wanted or ())
    if wanted is not None:
        return labeled(label, child)
    return labeled(label, pruned(child)) if is_shown else pruned(labeled(label, child))


def _seen(canister: CanisterState) -> CanisterSeen:
    """All that the canister's entry depends on."""
    return (
        canister.controllers,
        canister.certified_data,
        canister.installed_ns,
        None if canister.code is None else canister.code.module.module_hash,
    )


def _canister_entry(canister: CanisterState) -> State:
    entry: dict[bytes, bytes | State] = {
        b"canister_creation_timestamp": write_unsigned(canister.created_ns),
        b"certified_data": canister.certified_data,
        b"controllers": encode_cbor([controller.raw for controller in canister.controllers]),
    }
    if canister.installed_ns:
        entry[b"last_install_timestamp"] = write_unsigned(canister.installed_ns)
    if canister.code is not None:
        module = canister.code.module
        entry[b"module_hash"] = module.module_hash
        entry[b"metadata"] = {
            name.removeprefix(_PUBLIC).removeprefix(_PRIVATE).encode(): content
            for name, content in module.custom_sections.items()
            if name.startswith((_PUBLIC, _PRIVATE))
        }
    return entry


def _request_entry(record: IngressRecord, *, is_received: bool) -> State:
    match record.status:
        case Pending():
            return {b"status": b"received" if is_received else b"processing"}
        case Replied(data):
            return {b"status": b"replied", b"reply": data}
        case Rejected(code, message, error_code):
            entry: dict[bytes, bytes | State] = {
                b"status": b"rejected",
                b"reject_code": write_unsigned(code),
                b"reject_message": message.encode(),
            }
            return entry | ({b"error_code": error_code.encode()} if error_code else {})


def waiting_calls(deliveries: Iterable[Delivery]) -> frozenset[int]:
    """The numbers of the user's calls among messages that are still on their way."""
    return frozenset(cast(IngressOrigin, delivery.origin).ingress_id for delivery in deliveries)
