"""Picture -> SVG: one file without scripts, fonts or links, for light pages and dark ones.

The flow comes first, from left to right, then the groups of what is not part of it.  The callee of
a call stands on its arrow.  Text that is too long is cut; all of it is in the tooltip.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from typing import Final

from attrs import evolve, frozen

from scm.graph.arrangement import Arrangement, Group, arrange, counted
from scm.graph.cards import Card, make_card
from scm.graph.difference import SIGNS, Picture, Status
from scm.graph.layers import Box, Link
from scm.graph.layout import Layout, Point, Route, lay_out
from scm.graph.model import METHOD_KINDS, Edge, NodeId
from scm.graph.svg_shapes import (
    arrow,
    card_shape,
    curve,
    label_shape,
    path_shape,
    shape,
    text_shape,
)
from scm.graph.svg_style import (
    COLUMN_GAP,
    FACT_SIZE,
    LABEL_HEIGHT,
    LABEL_WIDTH_MAX,
    LINE_HEIGHT,
    MARGIN,
    PADDING,
    ROW_GAP,
    STYLE,
    TITLE_SIZE,
)
from scm.graph.texts import cut_to, printable, width_of

_WIDTH_MIN: Final = 900.0  # So that three cards stand beside each other.
_GROUP_GAP: Final = 34.0
_DRAWN_LAST: Final[Sequence[Status]] = ("removed", "added", "changed", "kept")
"""Where lines join, the common part is that of the lines that stay."""


@frozen
class _Wire:
    """A line between two boxes: part of an edge, with an arrow or without."""

    link: Link
    edge: Edge
    has_arrow: bool


def draw_svg(picture: Picture) -> str:
    """The picture as the text of an SVG file."""
    arrangement = arrange(picture)
    header = list(_header(picture))
    drawing = _Drawing(picture, arrangement, MARGIN + LINE_HEIGHT * (len(header) + 0.5))
    width, height = drawing.size()
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {width:g} {height:g}",
            "width": f"{width:g}",
            "height": f"{height:g}",
            "role": "img",
        },
    )
    shape(root, "title", text=printable(f"The state machine of {picture.title}"))
    shape(root, "style", text=STYLE)
    page = {"x": 0.5, "y": 0.5, "width": width - 1, "height": height - 1, "rx": 10}
    shape(root, "rect", "page", page)
    for number, (kind, words) in enumerate(header):
        _draw_header_line(root, kind, words, MARGIN + LINE_HEIGHT * (number + 0.4))
    drawing.draw(root)
    ET.indent(root, " ")
    return ET.tostring(root, encoding="unicode")


def _header(picture: Picture) -> Iterator[tuple[str, str]]:
    yield "title", picture.title
    if picture.is_difference:
        yield "legend", ""
    else:
        yield "note", counted(picture)
    for remark in picture.remarks:
        yield "note", remark


def _draw_header_line(root: ET.Element, kind: str, words: str, y: float) -> None:
    if kind == "legend":
        x = MARGIN
        for status, sign in SIGNS.items():
            shown = f"{sign}{status}"
            swatch = {"x": x, "y": y - 9, "width": 12.0, "height": 12.0, "rx": 3.0}
            shape(root, "rect", f"box {status}", swatch)
            text_shape(root, "value", x + 18, y + 1, shown)
            x += width_of(shown, FACT_SIZE) + 42
    else:
        size = TITLE_SIZE if kind == "title" else FACT_SIZE
        shown = cut_to(printable(words), _WIDTH_MIN - 2 * MARGIN, size)
        text_shape(root, kind, MARGIN, y + (0 if kind == "title" else 2), shown)


class _Drawing:
    """The flow and the groups, placed below `top`."""

    def __init__(self, picture: Picture, arrangement: Arrangement, top: float) -> None:
        self._picture: Final = picture
        self._arrangement: Final = arrangement
        self._cards: Final = _make_cards(picture, arrangement)
        self._labels: Final = {
            f"label {number}": edge
            for number, edge in enumerate(arrangement.edges)
            if edge.kind in ("then", "via")
        }
        self._wires: Final = list(self._make_wires())
        self._layout: Final[Layout] = lay_out(
            list(self._boxes()),
            [wire.link for wire in self._wires],
            column_gap=COLUMN_GAP,
            row_gap=ROW_GAP,
        )
        self._top: Final = top
        self._width: Final = max(_WIDTH_MIN, self._layout.width + 2 * MARGIN)
        below = top + self._layout.height + (_GROUP_GAP if arrangement.flow else LINE_HEIGHT)
        self._groups: Final = list(self._place_groups(below))

    def size(self) -> tuple[float, float]:
        """Width and height of the whole file."""
        bottoms = [self._top + self._layout.height]
        for _, _, corners in self._groups:
            bottoms += [corner.y + card.height for card, corner in corners]
        return round(self._width, 1), round(max(bottoms) + MARGIN, 1)

    def draw(self, root: ET.Element) -> None:
        """Lines first, so that they end under the boxes."""
        routes = dict(zip(self._wires, self._layout.routes, strict=True))
        for status in _DRAWN_LAST:
            for wire, route in routes.items():
                if self._picture.edge_status.get(wire.edge, "kept") == status:
                    self._draw_wire(root, wire, route, status)
        for key, edge in self._labels.items():
            status = self._picture.edge_status.get(edge, "kept")
            box = self._label_box(key, edge)
            label_shape(root, box, self._moved(self._layout.corners[key]), status, edge)
        for node in self._arrangement.flow:
            corner = self._moved(self._layout.corners[node.id])
            card_shape(root, self._cards[node.id], corner)
        for group, y, corners in self._groups:
            if self._arrangement.flow or group is not self._arrangement.groups[0]:
                line = {"x1": MARGIN, "x2": self._width - MARGIN, "y1": y - 18, "y2": y - 18}
                shape(root, "line", "group", line)
            text_shape(root, "note", MARGIN, y + 4, group.title)
            for card, corner in corners:
                card_shape(root, card, corner)

    def _make_wires(self) -> Iterator[_Wire]:
        keys = {edge: key for key, edge in self._labels.items()}
        for edge in self._arrangement.edges:
            if edge in keys:
                yield _Wire(Link(edge.source, keys[edge]), edge, False)
                yield _Wire(Link(keys[edge], edge.target), edge, True)
            else:
                yield _Wire(Link(edge.source, edge.target), edge, True)

    def _boxes(self) -> Iterator[Box]:
        for node in self._arrangement.flow:
            card = self._cards[node.id]
            yield Box(node.id, card.width, card.height, is_end=card.is_end)
        for key, edge in self._labels.items():
            yield self._label_box(key, edge)

    def _label_box(self, key: str, edge: Edge) -> Box:
        sign = SIGNS[self._picture.edge_status.get(edge, "kept")]
        width = width_of(sign + printable(edge.callee), FACT_SIZE) + 2 * PADDING
        return Box(key, round(min(width, LABEL_WIDTH_MAX), 1), LABEL_HEIGHT, is_label=True)

    def _moved(self, point: Point) -> Point:
        return Point(round(point.x + MARGIN, 2), round(point.y + self._top, 2))

    def _draw_wire(self, root: ET.Element, wire: _Wire, route: Route, status: Status) -> None:
        points = [self._moved(point) for point in route.points]
        is_dotted = wire.edge.kind in ("via", "send", "set_timer")
        words = f"edge {status}" + (" send" if is_dotted else "")
        path_shape(root, words, curve(points, wire.has_arrow))
        if wire.has_arrow:
            path_shape(root, f"head {status}", arrow(points))

    def _place_groups(self, top: float) -> Iterator[tuple[Group, float, list[tuple[Card, Point]]]]:
        """Each group with the height of its title and the places of its cards, in rows."""
        y = top
        for group in self._arrangement.groups:
            corners: list[tuple[Card, Point]] = []
            x, row_top, row_height = MARGIN, y + 18, 0.0
            for node in group.nodes:
                card = self._cards[node.id]
                if x > MARGIN and x + card.width > self._width - MARGIN:
                    x, row_top, row_height = MARGIN, row_top + row_height + ROW_GAP, 0.0
                corners.append((card, Point(round(x, 2), round(row_top, 2))))
                x += card.width + ROW_GAP
                row_height = max(row_height, card.height)
            yield group, y, corners
            y = row_top + row_height + _GROUP_GAP + 8


def _make_cards(picture: Picture, arrangement: Arrangement) -> dict[NodeId, Card]:
    """All cards; those that stand below each other are equally wide."""
    methods = [node for node in arrangement.flow if node.kind in METHOD_KINDS]
    others = [node for node in arrangement.flow if node.kind not in METHOD_KINDS]
    found: dict[NodeId, Card] = {}
    for nodes in (methods, others, *(group.nodes for group in arrangement.groups)):
        cards = [make_card(node, picture, arrangement) for node in nodes]
        width = max((card.width for card in cards if not card.is_end), default=0.0)
        for card in cards:
            found[card.node.id] = card if card.is_end else evolve(card, width=width)
    return found
