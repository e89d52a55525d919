"""The hash tree of many labels, compared with the plain one."""

from __future__ import annotations

import hashlib

from hypothesis import given, settings
from hypothesis import strategies as st

from scm.network.label_tree import LabelTree
from scm.wire.hash_tree import State
from scm.wire.tree_lookup import Missing, children, digest_of_tree, lookup

LABELS = st.binary(max_size=3)
CHANGES = st.lists(st.tuples(LABELS, st.none() | st.binary(max_size=2)), max_size=30)


def changed(changes: list[tuple[bytes, bytes | None]]) -> tuple[LabelTree, dict[bytes, State]]:
    tree = LabelTree()
    expected: dict[bytes, State] = {}
    for label, value in changes:
        if value is not None:
            expected[label] = {b"v": value}
            tree.set(label, expected[label])
        elif label in expected:
            tree.remove(label)
            del expected[label]
    return tree, expected


@settings(max_examples=300, deadline=None)
@given(CHANGES, st.sets(LABELS, min_size=1, max_size=4))
def test_like_a_dictionary(changes: list[tuple[bytes, bytes | None]], asked: set[bytes]) -> None:
    tree, expected = changed(changes)
    assert len(tree) == len(expected)
    shown = tree.reveal((label, b"v") for label in asked)
    assert shown.digest == tree.digest == digest_of_tree(shown.cbor)
    for label in asked:
        state = expected.get(label)
        assert tree.get(label) == state
        found = lookup(shown.cbor, (label, b"v"))
        assert found == (Missing.ABSENT if state is None else state[b"v"])


@settings(max_examples=100, deadline=None)
@given(CHANGES)
def test_only_what_is_there_counts(changes: list[tuple[bytes, bytes | None]]) -> None:
    tree, expected = changed(changes)
    other = LabelTree()
    for label in sorted(expected):
        other.set(label, expected[label])
    assert tree.digest == other.digest
    whole = tree.reveal([(label,) for label in expected]).cbor
    if expected:
        assert [child.label for child in children(whole)] == sorted(expected)


def test_only_the_neighbours_are_shown() -> None:
    tree = LabelTree()
    labels = sorted(hashlib.sha256(bytes([number])).digest() for number in range(200))
    for label in labels:
        tree.set(label, {b"v": b""})
    for at in range(len(labels) - 1):
        between = labels[at] + b"\0"
        shown = tree.reveal([(between,)]).cbor
        assert [child.label for child in children(shown)] == labels[at : at + 2]
        assert lookup(shown, (between,)) is Missing.ABSENT
