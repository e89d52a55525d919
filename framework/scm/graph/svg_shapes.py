"""The shapes of a drawing as elements of SVG: cards, labels, lines and arrows."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from typing import Final

from scm.graph.cards import BAR_ROOM, Card
from scm.graph.difference import SIGNS, Status
from scm.graph.layers import Box
from scm.graph.layout import Point
from scm.graph.model import Edge
from scm.graph.svg_style import FACT_SIZE, LINE_HEIGHT, PADDING
from scm.graph.texts import cut_to, printable

_ARROW_LENGTH: Final = 8.0
_ARROW_WIDTH: Final = 4.0
_BASELINE: Final = 0.35  # How far below the middle of a line its letters stand, by their size.


def shape(
    parent: ET.Element,
    tag: str,
    css: str = "",
    attributes: Mapping[str, float] | None = None,
    text: str = "",
) -> ET.Element:
    """Add an element of the class `css`; numbers are written as short as they are exact."""
    written = {"class": css} if css else {}
    for name, value in (attributes or {}).items():
        written[name] = f"{round(value, 2):g}"
    element = ET.SubElement(parent, tag, written)
    if text:
        element.text = text
    return element


def text_shape(parent: ET.Element, css: str, x: float, y: float, text: str) -> None:
    """Add a line of text."""
    shape(parent, "text", css, {"x": x, "y": y}, text)


def path_shape(parent: ET.Element, css: str, path: str) -> None:
    """Add a line along a path."""
    shape(parent, "path", css).set("d", path)


def card_shape(parent: ET.Element, card: Card, corner: Point) -> None:
    """Add a node."""
    group = shape(parent, "g")
    shape(group, "title", text=card.tooltip)
    frame = {"x": corner.x, "y": corner.y, "width": card.width, "height": card.height}
    if card.is_end:
        shape(group, "rect", "end", {"rx": card.height / 2, **frame})
        middle = corner.y + card.height / 2 + FACT_SIZE * _BASELINE
        text_shape(group, "endname", corner.x + card.width / 2, middle, card.title)
        return
    shape(group, "rect", f"box {card.node.kind} {card.status}", {"rx": 8, **frame})
    bar = {"x": corner.x + 9, "y": corner.y + 11, "width": 3, "height": card.height - 22}
    shape(group, "rect", f"bar-{card.node.kind}", {"rx": 1.5, **bar})
    left = corner.x + PADDING + BAR_ROOM
    y = corner.y + PADDING + 9
    text_shape(group, "name", left, y, card.title)
    y += LINE_HEIGHT
    text_shape(group, "kind", left, y, card.subtitle)
    for line in card.lines:
        y += LINE_HEIGHT
        text_shape(group, "fact", left, y, line.name)
        css = "value changed" if line.is_changed else "value"
        text_shape(group, css, left + card.value_start, y, line.value)


def label_shape(parent: ET.Element, box: Box, corner: Point, status: Status, edge: Edge) -> None:
    """Add the name of what is called, on an arrow."""
    words = SIGNS[status] + printable(edge.callee)
    group = shape(parent, "g")
    shape(group, "title", text=f"calls {printable(edge.callee)}")
    frame = {"x": corner.x, "y": corner.y, "width": box.width, "height": box.height}
    shape(group, "rect", f"label {status}", {"rx": box.height / 2, **frame})
    shown = cut_to(words, box.width - 2 * PADDING + 1, FACT_SIZE)
    middle = corner.y + box.height / 2 + FACT_SIZE * _BASELINE
    text_shape(group, "labelname value", corner.x + box.width / 2, middle, shown)


def curve(points: Sequence[Point], has_arrow: bool) -> str:
    """The path along a link's points: lines between pairs, curves from pair to pair."""
    *inner, last = points
    end = Point(last.x - _direction(points) * _ARROW_LENGTH * 0.7, last.y) if has_arrow else last
    path = f"M{points[0].x:g} {points[0].y:g}"
    previous = points[0]
    for number, point in enumerate([*inner[1:], end], 1):
        if number % 2:
            path += f"H{point.x:g}" if point.x != previous.x else ""
        else:
            middle = round((previous.x + point.x) / 2, 2)
            path += f"C{middle:g} {previous.y:g} {middle:g} {point.y:g} {point.x:g} {point.y:g}"
        previous = point
    return path


def arrow(points: Sequence[Point]) -> str:
    """The arrow's head at the end of a link."""
    tip = points[-1]
    back = round(tip.x - _direction(points) * _ARROW_LENGTH, 2)
    top, bottom = round(tip.y - _ARROW_WIDTH, 2), round(tip.y + _ARROW_WIDTH, 2)
    return f"M{tip.x:g} {tip.y:g}L{back:g} {top:g}L{back:g} {bottom:g}Z"


def _direction(points: Sequence[Point]) -> int:
    """1 for a link to the right, -1 for one back to the left."""
    return 1 if points[-1].x > points[0].x else -1
