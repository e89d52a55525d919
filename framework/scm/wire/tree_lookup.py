"""Looking things up in a hash tree that came in a certificate.

Interface Spec, "Lookup": a tree may show that something is there, that it is not, or nothing about
it.  Trees are lists as CBOR has them, see `hash_tree.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Final, cast

from attrs import frozen

from scm.wire import hash_tree
from scm.wire.errors import CertificateError

Tree = list[object]

_DIGEST_BYTES: Final = 32


class Missing(Enum):
    """Why a lookup finds nothing."""

    ABSENT = "absent"
    """The tree proves that it is not there."""
    UNKNOWN = "unknown"
    """The tree does not say."""


@frozen
class Child:
    """A labeled tree."""

    label: bytes
    tree: Tree


def digest_of_tree(tree: object) -> bytes:
    """The root hash; raises `CertificateError` if it is no hash tree."""
    match tree:
        case [0]:
            return hash_tree.empty().digest
        case [1, left, right]:
            return hash_tree.fork_digest(digest_of_tree(left), digest_of_tree(right))
        case [2, bytes(label), child]:
            return hash_tree.labeled_digest(label, digest_of_tree(child))
        case [3, bytes(value)]:
            return hash_tree.leaf_digest(value)
        case [4, bytes(digest)] if len(digest) == _DIGEST_BYTES:
            return digest
    raise CertificateError("the certificate holds no valid hash tree")


def lookup(tree: Tree, path: Sequence[bytes]) -> bytes | Missing:
    """The value at a path.  Raises `CertificateError` if there is a tree, and no value."""
    found = lookup_tree(tree, path)
    if isinstance(found, Missing):
        return found
    match found:
        case [0]:
            return Missing.ABSENT
        case [3, bytes(value)]:
            return value
        case [4, _]:
            return Missing.UNKNOWN
    raise CertificateError(f"`{_text(path)}` is not a value in the certificate")


def lookup_tree(tree: Tree, path: Sequence[bytes]) -> Tree | Missing:
    """The tree at a path, which may be pruned."""
    for label in path:
        found = _find(tree, label)
        if isinstance(found, Missing):
            return found
        tree = found
    return tree


def children(tree: Tree) -> list[Child]:
    """The labeled trees directly below, in their order; those that are pruned are left out."""
    return [
        Child(cast(bytes, node[1]), cast(Tree, node[2])) for node in _flat(tree) if node[0] == 2
    ]


def _find(tree: Tree, label: bytes) -> Tree | Missing:
    """The tree under a label; absent if its place is between two labels next to each other."""
    is_gap_shown = True
    for node in _flat(tree):
        match node:
            case [4, _]:
                is_gap_shown = False
            case [3, _]:
                return Missing.ABSENT
            case [2, bytes(found), child] if found == label:
                return cast(Tree, child)
            case [2, bytes(found), _] if found > label:
                break
            case [2, _, _]:
                is_gap_shown = True
    return Missing.ABSENT if is_gap_shown else Missing.UNKNOWN


def _flat(tree: Tree) -> Iterator[Tree]:
    """The trees that forks bring together, without empty ones; labels must increase."""
    last: bytes | None = None
    todo: list[object] = [tree]
    while todo:
        node = todo.pop()
        match node:
            case [0]:
                continue
            case [1, left, right]:
                todo += (right, left)
            case [2, bytes(label), _]:
                if last is not None and label <= last:
                    raise CertificateError("labels of the certificate are out of order")
                last = label
                yield cast(Tree, node)
            case [3 | 4, bytes(_)]:
                yield cast(Tree, node)
            case _:
                raise CertificateError("the certificate holds no valid hash tree")


def _text(path: Sequence[bytes]) -> str:
    return "/".join(label.decode("ascii", "backslashreplace") for label in path)
