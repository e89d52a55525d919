"""Boxes and links -> columns: which box stands in which column, and in which order.  Pure.

The usual three steps of a layered drawing (Sugiyama, Tagawa and Toda, 1981): links that close a
circle are turned around, each box stands right of all that lead to it, and the order in a column
is improved until links cross less no more.  The same input always gives the same columns.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise
from typing import Final

from attrs import field, frozen

_SWEEPS: Final = 24

Key = Hashable
"""Names a box; what bends stand for is a tuple of their own."""


@frozen
class Box:
    """Something to place.

    `is_end`: it belongs into the last column; `is_label`: it stands on a line, which it must not
    bend more than needed.
    """

    key: str
    width: float
    height: float
    is_end: bool = False
    is_label: bool = False


@frozen
class Link:
    """An arrow from one box to another."""

    source: str
    target: str


@frozen
class Chain:
    """The way of a link from left to right: boxes at its ends, bends in the columns between."""

    link: Link
    vertices: tuple[Key, ...]
    is_backward: bool


@frozen
class Columns:
    """The vertices of each column from top to bottom: keys of boxes, and bends."""

    columns: tuple[tuple[Key, ...], ...]
    chains: tuple[Chain, ...]
    neighbours: Mapping[Key, tuple[tuple[Key, ...], tuple[Key, ...]]] = field(repr=False)
    """For each vertex those that it is linked with: in the column before, in the one after."""


def arrange_columns(boxes: Sequence[Box], links: Sequence[Link]) -> Columns:
    """Put the boxes into columns; no link may lead from a box to itself."""
    assert all(link.source != link.target for link in links)
    backward = _backward_links(boxes, links)
    forward = [
        (link.target, link.source) if link in backward else (link.source, link.target)
        for link in links
    ]
    column_of = _columns(boxes, forward)
    ends = {box.key for box in boxes if box.is_end}
    chains: list[Chain] = []
    for link, (left, right) in zip(links, forward, strict=True):
        # Links to the same end share their bends: they join to one line.
        name: Key = right if right in ends else link
        between = range(column_of[left] + 1, column_of[right])
        vertices = (left, *(("bend", name, column) for column in between), right)
        chains.append(Chain(link, vertices, link in backward))
    neighbours = _neighbours(boxes, chains)
    columns = _first_order(boxes, column_of, chains)
    return Columns(_reorder(columns, neighbours), tuple(chains), neighbours)


def _backward_links(boxes: Sequence[Box], links: Sequence[Link]) -> frozenset[Link]:
    """The links that lead back to a box from which the walk came; without them is no circle."""
    targets: dict[str, list[str]] = {box.key: [] for box in boxes}
    for link in links:
        targets[link.source].append(link.target)
    entered: set[str] = set()
    left: set[str] = set()
    backward: set[Link] = set()
    for box in boxes:
        path = [(box.key, iter(targets[box.key]))] if box.key not in entered else []
        entered.add(box.key)
        while path:
            key, remaining = path[-1]
            target = next(remaining, None)
            if target is None:
                left.add(key)
                path.pop()
            elif target not in entered:
                entered.add(target)
                path.append((target, iter(targets[target])))
            elif target not in left:
                backward.add(Link(key, target))
    return frozenset(backward)


def _columns(boxes: Sequence[Box], forward: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The column of each box: as far left as those that lead to it allow."""
    waiting = {box.key: 0 for box in boxes}
    after: dict[str, list[str]] = {box.key: [] for box in boxes}
    for left, right in forward:
        waiting[right] += 1
        after[left].append(right)
    column_of = {box.key: 0 for box in boxes}
    ready = [box.key for box in boxes if not waiting[box.key]]
    while ready:
        key = ready.pop()
        for right in after[key]:
            column_of[right] = max(column_of[right], column_of[key] + 1)
            waiting[right] -= 1
            if not waiting[right]:
                ready.append(right)
    last = max(column_of.values(), default=0)
    for box in boxes:
        if box.is_end and not after[box.key]:
            column_of[box.key] = last
    return column_of


def _neighbours(
    boxes: Sequence[Box], chains: Sequence[Chain]
) -> dict[Key, tuple[tuple[Key, ...], tuple[Key, ...]]]:
    before: dict[Key, dict[Key, None]] = {box.key: {} for box in boxes}
    after: dict[Key, dict[Key, None]] = {box.key: {} for box in boxes}
    for chain in chains:
        for left, right in pairwise(chain.vertices):
            after.setdefault(left, {})[right] = None
            before.setdefault(right, {})[left] = None
            before.setdefault(left, {})
            after.setdefault(right, {})
    return {key: (tuple(before[key]), tuple(after[key])) for key in before}


def _first_order(
    boxes: Sequence[Box], column_of: Mapping[str, int], chains: Sequence[Chain]
) -> list[list[Key]]:
    """The columns in the order in which the boxes are given, what they lead to beside them."""
    columns: list[list[Key]] = [[] for _ in range(max(column_of.values(), default=0) + 1)]
    leading: dict[Key, list[Chain]] = {}
    for chain in chains:
        leading.setdefault(chain.vertices[0], []).append(chain)
    placed: set[Key] = set()

    def place(key: Key, column: int) -> bool:
        if key in placed:
            return False
        placed.add(key)
        columns[column].append(key)
        return True

    for box in boxes:
        waiting = [box.key] if place(box.key, column_of[box.key]) else []
        while waiting:
            key = waiting.pop(0)
            for chain in leading.get(key, ()):
                for step, vertex in enumerate(chain.vertices[1:], 1):
                    is_new = place(vertex, column_of[key] + step)
                    if is_new and isinstance(vertex, str):
                        waiting.append(vertex)
    return columns


def _reorder(
    columns: list[list[Key]], neighbours: Mapping[Key, tuple[tuple[Key, ...], tuple[Key, ...]]]
) -> tuple[tuple[Key, ...], ...]:
    """Sort each column by where its neighbours stand, left and right in turn; keep the best."""
    best = [list(column) for column in columns]
    fewest = _crossings(best, neighbours)
    current = [list(column) for column in columns]
    for sweep in range(_SWEEPS):
        if fewest == 0:
            break
        side = sweep % 2  # 0: by the column before, from the left; 1: by the one after.
        order = range(1, len(current)) if side == 0 else range(len(current) - 2, -1, -1)
        for number in order:
            fixed = current[number - 1 if side == 0 else number + 1]
            place = {key: index for index, key in enumerate(fixed)}
            current[number] = _sorted_by_neighbours(current[number], neighbours, side, place)
        count = _crossings(current, neighbours)
        if count < fewest:
            best, fewest = [list(column) for column in current], count
    return tuple(map(tuple, best))


def _sorted_by_neighbours(
    column: Sequence[Key],
    neighbours: Mapping[Key, tuple[tuple[Key, ...], tuple[Key, ...]]],
    side: int,
    place: Mapping[Key, int],
) -> list[Key]:
    """Sorted by the mean place of the neighbours; those without any stay where they are."""
    wanted = {
        key: sum(place[other] for other in others) / len(others)
        for key in column
        if (others := neighbours[key][side])
    }
    moving = iter(sorted(wanted, key=lambda key: wanted[key]))
    return [next(moving) if key in wanted else key for key in column]


def _crossings(
    columns: Sequence[Sequence[Key]],
    neighbours: Mapping[Key, tuple[tuple[Key, ...], tuple[Key, ...]]],
) -> int:
    """How many pairs of links cross between two columns."""
    count = 0
    for left, right in pairwise(columns):
        place = {key: index for index, key in enumerate(right)}
        seen: list[int] = []
        for key in left:
            reached = sorted(place[other] for other in neighbours[key][1])
            count += sum(len(seen) - bisect_right(seen, index) for index in reached)
            for index in reached:
                insort(seen, index)
    return count
