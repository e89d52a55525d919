"""Hash trees: what a certificate signs, and what it may leave out.

Interface Spec, "Certification encoding": nodes are hashed with a separator for their kind, and any
subtree may be replaced by its hash without changing the root's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from attrs import field, frozen

Labels = tuple[bytes, ...]
State = Mapping[bytes, "bytes | State"]
"""A tree to be certified: values, or more of it, by label."""


_EMPTY: Final = hashlib.sha256(b"\x11ic-hashtree-empty").digest()


def leaf_digest(value: bytes) -> bytes:
    """The hash of a value."""
    return hashlib.sha256(b"\x10ic-hashtree-leaf" + value).digest()


def labeled_digest(label: bytes, child: bytes) -> bytes:
    """The hash of a tree under a label, from the tree's."""
    return hashlib.sha256(b"\x13ic-hashtree-labeled" + label + child).digest()


def fork_digest(left: bytes, right: bytes) -> bytes:
    """The hash of two trees, from theirs."""
    return hashlib.sha256(b"\x10ic-hashtree-fork" + left + right).digest()


@frozen
class Node:
    """A node with its hash; `cbor` is its form in a certificate, as lists and bytes."""

    digest: bytes
    cbor: list[object] = field(repr=False)
    is_pruned: bool = False


def empty() -> Node:
    """The tree with nothing in it."""
    return Node(_EMPTY, [0])


def leaf(value: bytes) -> Node:
    """A value."""
    return Node(leaf_digest(value), [3, value])


def labeled(label: bytes, child: Node) -> Node:
    """A tree under a label."""
    return Node(labeled_digest(label, child.digest), [2, label, child.cbor])


def fork(left: Node, right: Node) -> Node:
    """Two trees; all labels of the left one come before those of the right one."""
    digest = fork_digest(left.digest, right.digest)
    if left.is_pruned and right.is_pruned:
        return Node(digest, [4, digest], is_pruned=True)
    return Node(digest, [1, left.cbor, right.cbor])


def pruned(node: Node) -> Node:
    """Only the hash of a tree."""
    return Node(node.digest, [4, node.digest], is_pruned=True)


def reveal(state: State, paths: Iterable[Labels]) -> Node:
    """The tree of `state` with what is on and below `paths`; the rest is left out.

    For a label that is not there, its neighbours stay, which proves that it is absent.
    """
    wanted = list(paths)
    if () in wanted:
        return _whole(state)
    below: dict[bytes, list[Labels]] = {}
    for path in wanted:
        below.setdefault(path[0], []).append(path[1:])
    labels = sorted(state)
    shown = set(below)
    for label in shown - state.keys():
        at = sum(other < label for other in labels)
        shown.update(labels[max(0, at - 1) : at + 1])
    nodes = []
    for label in labels:
        child = state[label]
        if label in below:
            node = leaf(child) if isinstance(child, bytes) else reveal(child, below[label])
            nodes.append(labeled(label, node))
        elif label in shown:
            nodes.append(labeled(label, pruned(_whole_node(child))))
        else:
            nodes.append(pruned(labeled(label, _whole_node(child))))
    return _balanced(nodes)


def _whole(state: State) -> Node:
    return _balanced([labeled(label, _whole_node(state[label])) for label in sorted(state)])


def _whole_node(child: bytes | State) -> Node:
    return leaf(child) if isinstance(child, bytes) else _whole(child)


def _balanced(nodes: list[Node]) -> Node:
    if not nodes:
        return empty()
    if len(nodes) == 1:
        return nodes[0]
    middle = len(nodes) // 2
    return fork(_balanced(nodes[:middle]), _balanced(nodes[middle:]))
