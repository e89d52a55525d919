"""Columns -> places: where each box stands and along which points each link runs.  Pure.

Boxes never overlap: in a column they keep `row_gap` apart, and between columns is `column_gap`.
Links run straight through columns, at a height of their own, and bend only between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from itertools import pairwise
from typing import Final

from attrs import frozen

from scm.graph.layers import Box, Chain, Columns, Key, Link, arrange_columns

_ROUNDS: Final = 17  # Odd: the last one goes from left to right.
_PORT_GAP: Final = 12.0
_BEND_HEIGHT: Final = 4.0
_BEND_WEIGHT: Final = 4.0  # Long links are kept straight rather than boxes in the middle.


@frozen
class Point:
    """A place in the drawing, from its left upper corner."""

    x: float
    y: float


@frozen
class Route:
    """A link's way: straight from an even point to the next one, bent from there to the next."""

    link: Link
    points: tuple[Point, ...]


@frozen
class Layout:
    """The left upper corner of each box, the links' ways in their order, and the size of all."""

    corners: Mapping[str, Point]
    routes: tuple[Route, ...]
    width: float
    height: float


def lay_out(
    boxes: Sequence[Box], links: Sequence[Link], *, column_gap: float, row_gap: float
) -> Layout:
    """Place the boxes from left to right along the links."""
    columns = arrange_columns(boxes, links)
    sizes = {box.key: box for box in boxes}
    heights = {
        key: sizes[key].height if isinstance(key, str) else _BEND_HEIGHT
        for column in columns.columns
        for key in column
    }
    labels = {box.key for box in boxes if box.is_label}
    middles = _middles(columns, heights, labels, row_gap)
    lefts, width = _lefts(columns, sizes, column_gap)
    places = _Places(columns, sizes, middles, lefts)
    corners = {
        box.key: Point(places.left(box.key), middles[box.key] - box.height / 2) for box in boxes
    }
    return Layout(
        corners=corners,
        routes=tuple(map(places.route, columns.chains)),
        width=width,
        height=max((middles[key] + heights[key] / 2 for key in heights), default=0.0),
    )


def _middles(
    columns: Columns, heights: Mapping[Key, float], labels: Set[str], row_gap: float
) -> dict[Key, float]:
    """How low the middle of each vertex lies: as near to its neighbours' as the order allows."""
    middles: dict[Key, float] = {}
    for column in columns.columns:
        top = 0.0
        for key in column:
            middles[key] = top + heights[key] / 2
            top += heights[key] + row_gap
    for number in range(_ROUNDS):
        is_last = number >= _ROUNDS - 2
        order = columns.columns if number % 2 == 0 else tuple(reversed(columns.columns))
        for column in order:
            wanted, weights = [], []
            for key in column:
                is_box = isinstance(key, str) and key not in labels
                sides = (0, 1) if is_last and is_box else (0,) if is_last else (number % 2,)
                others = [other for side in sides for other in columns.neighbours[key][side]]
                mean = sum(middles[other] for other in others) / len(others) if others else 0.0
                wanted.append(mean if others else middles[key])
                weights.append(1.0 if is_box else _BEND_WEIGHT)
            gaps = [
                (heights[upper] + heights[lower]) / 2 + row_gap for upper, lower in pairwise(column)
            ]
            middles.update(zip(column, _spread(wanted, weights, gaps), strict=True))
    top = min((middles[key] - heights[key] / 2 for key in heights), default=0.0)
    return {key: round(middle - top, 2) for key, middle in middles.items()}


def _spread(
    wanted: Sequence[float], weights: Sequence[float], gaps: Sequence[float]
) -> list[float]:
    """The places nearest to those wanted (least squares) that keep the order and the gaps.

    Isotonic regression: what gets too near is put together to a block with a common mean.
    """
    offsets = [0.0]
    for gap in gaps:
        offsets.append(offsets[-1] + gap)
    blocks: list[tuple[float, float, int]] = []  # Mean, weight, count.
    for place, weight, offset in zip(wanted, weights, offsets, strict=False):
        block = (place - offset, weight, 1)
        while blocks and blocks[-1][0] > block[0]:
            mean, other, count = blocks.pop()
            total = other + block[1]
            block = ((mean * other + block[0] * block[1]) / total, total, count + block[2])
        blocks.append(block)
    means = [mean for mean, _, count in blocks for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=False)]


def _lefts(
    columns: Columns, sizes: Mapping[str, Box], column_gap: float
) -> tuple[list[tuple[float, float]], float]:
    """The left and right end of each column, and the width of all."""
    found: list[tuple[float, float]] = []
    left = 0.0
    for column in columns.columns:
        width = max((sizes[key].width for key in column if isinstance(key, str)), default=0.0)
        found.append((left, left + width))
        left += width + column_gap
    return found, max(left - column_gap, 0.0)


class _Places:
    """Where links touch their boxes, and pass columns."""

    def __init__(
        self,
        columns: Columns,
        sizes: Mapping[str, Box],
        middles: Mapping[Key, float],
        ends: Sequence[tuple[float, float]],
    ) -> None:
        self._ports: Final = _ports(columns.chains, middles)
        self._sizes: Final = sizes
        self._middles: Final = middles
        self._ends: Final = {
            key: ends[number] for number, column in enumerate(columns.columns) for key in column
        }

    def left(self, key: str) -> float:
        """The left side of a box, which stands in the middle of its column."""
        left, right = self._ends[key]
        return round(left + (right - left - self._sizes[key].width) / 2, 2)

    def route(self, chain: Chain) -> Route:
        """A link's way in its own direction."""
        points: list[Point] = []
        last = len(chain.vertices) - 1
        for number, key in enumerate(chain.vertices):
            left, right = self._ends[key]
            if not isinstance(key, str):
                height = self._middles[key]
                points += [Point(left, height), Point(right, height)]
            elif number == 0:
                height = self._port(chain, 0)
                points += [Point(self.left(key) + self._sizes[key].width, height)]
                points += [Point(right, height)]
            else:
                assert number == last
                height = self._port(chain, -1)
                points += [Point(left, height), Point(self.left(key), height)]
        return Route(chain.link, tuple(reversed(points) if chain.is_backward else points))

    def _port(self, chain: Chain, end: int) -> float:
        """The height at which a link touches the box at this end of it: in its neighbours' order.

        Links that share a bend share their port.
        """
        key = chain.vertices[end]
        port = _port_of(chain, end)
        ports = self._ports[key, end]
        room = self._sizes[str(key)].height / (len(ports) + 1)
        middle = (len(ports) - 1) / 2
        return round(self._middles[key] + (ports.index(port) - middle) * min(_PORT_GAP, room), 2)


def _port_of(chain: Chain, end: int) -> tuple[Key, bool]:
    """What tells the ports of a box apart: the next vertex, and which way the link goes."""
    return chain.vertices[1 if end == 0 else -2], chain.is_backward


def _ports(
    chains: Sequence[Chain], middles: Mapping[Key, float]
) -> dict[tuple[Key, int], list[tuple[Key, bool]]]:
    """The ports of each box, right (end 0 of links) and left (end -1), from top to bottom."""
    found: dict[tuple[Key, int], dict[tuple[Key, bool], None]] = {}
    for chain in chains:
        for end in (0, -1):
            found.setdefault((chain.vertices[end], end), {})[_port_of(chain, end)] = None
    return {
        place: sorted(ports, key=lambda port: (middles[port[0]], port[1]))
        for place, ports in found.items()
    }
