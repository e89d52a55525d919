"""A hash tree with many labels, of which few change from round to round.

A crit-bit tree: a fork stands where the labels below it first differ, so the shape depends only on
what the labels are, and its depth is about the logarithm of their number, as most of them are
hashes.  A change costs the forks above it; digests are computed when they are asked for.

Bits of a label: for each byte a 1 and the byte, then a 0, so that a label comes before those that
begin with it, as the order of the Interface Spec wants ("Certificate encoding").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from scm.wire.hash_tree import (
    Labels,
    Node,
    State,
    empty,
    fork_digest,
    labeled,
    labeled_digest,
    reveal,
)

_GROUP: Final = 9


class _Leaf:
    __slots__ = ("digest", "label", "subtree_digest", "value")

    def __init__(self, label: bytes, value: State) -> None:
        self.label: Final = label
        self.value: Final = value
        self.subtree_digest: Final = reveal(value, ()).digest
        self.digest: Final = labeled_digest(label, self.subtree_digest)


class _Fork:
    __slots__ = ("digest", "left", "position", "right")

    def __init__(self, position: int, left: _Tree, right: _Tree) -> None:
        self.position: Final = position
        self.left = left
        self.right = right
        self.digest: bytes | None = None


_Tree = _Leaf | _Fork


class LabelTree:
    """Small trees by label."""

    def __init__(self) -> None:
        self._root: _Tree | None = None
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def digest(self) -> bytes:
        """The root hash."""
        return empty().digest if self._root is None else _digest(self._root)

    def get(self, label: bytes) -> State | None:
        """The tree under a label, or None."""
        if self._root is None:
            return None
        leaf = _nearest(self._root, label)
        return leaf.value if leaf.label == label else None

    def set(self, label: bytes, value: State) -> None:
        """Put a tree under a label, in place of what was there."""
        leaf = _Leaf(label, value)
        if self._root is None:
            self._root, self._size = leaf, 1
            return
        nearest = _nearest(self._root, label)
        position = _first_difference(nearest.label, label)
        path = self._forks_above(label, position)
        if position is None:
            replacement: _Tree = leaf
        else:
            self._size += 1
            below = _child(path[-1], label) if path else self._root
            is_right = _bit(label, position)
            replacement = _Fork(position, below, leaf) if is_right else _Fork(position, leaf, below)
        self._replace(path, label, replacement)

    def remove(self, label: bytes) -> None:
        """Take out a label, which must be there."""
        assert self._root is not None
        path = self._forks_above(label, None)
        leaf = _child(path[-1], label) if path else self._root
        assert isinstance(leaf, _Leaf)
        assert leaf.label == label
        self._size -= 1
        if not path:
            self._root = None
            return
        last = path.pop()
        self._replace(path, label, last.left if _bit(label, last.position) else last.right)

    def reveal(self, paths: Iterable[Labels]) -> Node:
        """The tree with what is on and below `paths`, as `hash_tree.reveal`.

        A path has at least one label.
        """
        below: dict[bytes, list[Labels]] = {}
        for path in paths:
            below.setdefault(path[0], []).append(path[1:])
        if self._root is None:
            return empty()
        shown = {label for label in below if self.get(label) is not None}
        for label in below.keys() - shown:
            shown.update(self._neighbours(label))
        return _reveal(self._root, sorted(shown), below)

    def _neighbours(self, label: bytes) -> Iterator[bytes]:
        """The labels just before and just after one that is not there."""
        assert self._root is not None
        position = _first_difference(_nearest(self._root, label).label, label)
        assert position is not None
        path = self._forks_above(label, position)
        inner = _child(path[-1], label) if path else self._root
        is_after = _bit(label, position)
        yield _outermost(inner, is_right=is_after)
        # The other neighbour is where the path last turned away from its side.
        for fork in reversed(path):
            if _bit(label, fork.position) != is_after:
                yield _outermost(fork.right if is_after else fork.left, is_right=not is_after)
                return

    def _forks_above(self, label: bytes, position: int | None) -> list[_Fork]:
        """The forks on the way to a label, down to a position, or to the leaf."""
        path = []
        tree = self._root
        while isinstance(tree, _Fork) and (position is None or tree.position < position):
            path.append(tree)
            tree = _child(tree, label)
        return path

    def _replace(self, path: list[_Fork], label: bytes, replacement: _Tree) -> None:
        """Put a tree at the end of a path; digests above it are no longer known."""
        for fork in path:
            fork.digest = None
        if not path:
            self._root = replacement
        elif _bit(label, path[-1].position):
            path[-1].right = replacement
        else:
            path[-1].left = replacement


def _bit(label: bytes, position: int) -> bool:
    index, offset = divmod(position, _GROUP)
    if index >= len(label):
        return False
    return offset == 0 or bool(label[index] >> (_GROUP - 1 - offset) & 1)


def _first_difference(one: bytes, other: bytes) -> int | None:
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return index * _GROUP + _GROUP - (left ^ right).bit_length()
    return None if len(one) == len(other) else min(len(one), len(other)) * _GROUP


def _child(fork: _Fork, label: bytes) -> _Tree:
    return fork.right if _bit(label, fork.position) else fork.left


def _nearest(tree: _Tree, label: bytes) -> _Leaf:
    """The leaf of a label; if it is not there, one that has as much in common as any."""
    while isinstance(tree, _Fork):
        tree = _child(tree, label)
    return tree


def _outermost(tree: _Tree, *, is_right: bool) -> bytes:
    while isinstance(tree, _Fork):
        tree = tree.right if is_right else tree.left
    return tree.label


def _digest(tree: _Tree) -> bytes:
    if tree.digest is None:
        assert isinstance(tree, _Fork)
        tree.digest = fork_digest(_digest(tree.left), _digest(tree.right))
    return tree.digest


def _reveal(tree: _Tree, shown: list[bytes], below: dict[bytes, list[Labels]]) -> Node:
    """A tree with the labels `shown`, which are all in it, and of these what is wanted."""
    if not shown:
        digest = _digest(tree)
        return Node(digest, [4, digest], is_pruned=True)
    if isinstance(tree, _Leaf):
        if tree.label not in below:
            digest = tree.subtree_digest
            return labeled(tree.label, Node(digest, [4, digest], is_pruned=True))
        return labeled(tree.label, reveal(tree.value, below[tree.label]))
    left = [label for label in shown if not _bit(label, tree.position)]
    nodes = (
        _reveal(tree.left, left, below),
        _reveal(tree.right, shown[len(left) :], below),
    )
    return Node(_digest(tree), [1, nodes[0].cbor, nodes[1].cbor])
