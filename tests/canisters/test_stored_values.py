"""What a canister has stored it can read again, however much and whatever its types become."""

from __future__ import annotations

import pytest

from scm.testing.building import install_canister

pytestmark = pytest.mark.toolchain

SOURCE = """\
from __future__ import annotations

from scm import nat, query, record, state, text, update


@record
class Item:
    n: nat
{fields}

@record
class Node:
    next: Node | None
{node}

@state
class Kept:
    items: tuple[Item, ...] = ()
    list: Node | None = None
    freed: nat = 0


@update
def fill(kept: Kept, count: nat) -> None:
    kept.items = tuple([Item(n % 100) for n in range(count)])


@update
def deepen(kept: Kept, depth: nat) -> None:
    node = None
    for _ in range(depth):
        node = Node(node)
    kept.list = node


@update
def drop_lists(kept: Kept, depth: nat, count: nat) -> nat:
    neighbours = [Item(n) for n in range(1000)]
    for _ in range(count):
        node = None
        for _ in range(depth):
            node = Node(node)
        neighbours.append(Item(depth))
    node = None
    kept.freed += count
    return sum([item.n for item in neighbours])


@query
def take(node: Node | None) -> nat:
    depth = 0
    while node is not None:
        node = node.next
        depth += 1
    return depth


@query
def total(kept: Kept) -> nat:
    return sum([item.n for item in kept.items]) + take_of(kept)


def take_of(kept: Kept) -> int:
    return take(kept.list)
"""


def test_large_and_deep_state_takes_on_new_fields(write_project, build_canister, replica):
    old = build_canister(write_project(SOURCE.format(fields="", node=""), name="kept"))
    fields = "".join(f"    more_{letter}: text | None = None\n" for letter in "abcdef")
    new = build_canister(
        write_project(SOURCE.format(fields=fields, node="    x: nat | None = None\n"), name="kept")
    )
    kept = install_canister(replica, old)
    kept.fill(20_000)
    kept.deepen(120)
    before = kept.total()
    replica.install(kept.canister_id, new, mode="upgrade")
    assert kept.total() == before


def test_freeing_deep_values_leaves_their_neighbours_alone(write_project, build_canister, replica):
    wasm = build_canister(write_project(SOURCE.format(fields="", node=""), name="kept"))
    kept = install_canister(replica, wasm)
    for depth in (40, 60, 120, 400):
        assert kept.drop_lists(depth, 20) == sum(range(1000)) + 20 * depth
    node: object = None
    for _ in range(126):
        node = {"next": node}
    for _ in range(5):
        assert kept.take(node) == 126
    assert kept.drop_lists(60, 20) == sum(range(1000)) + 20 * 60
