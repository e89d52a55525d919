"""Nodes -> cards: the lines that a drawing shows of each node, and how much room they take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from attrs import frozen

from scm.graph.arrangement import KIND_NAMES, Arrangement
from scm.graph.difference import SIGNS, Picture, Status
from scm.graph.model import Node
from scm.graph.svg_style import (
    BOX_WIDTH_MAX,
    BOX_WIDTH_MIN,
    FACT_SIZE,
    LABEL_HEIGHT,
    LINE_HEIGHT,
    NAME_SIZE,
    PADDING,
)
from scm.graph.texts import cut_to, printable, width_of

BAR_ROOM: Final = 12.0  # Left of the text, for the bar in the colour of the kind.
_SLACK: Final = 1.0  # So that what fits is not cut because of how numbers are rounded.
_END_KINDS: Final = frozenset({"reply", "reject"})


@frozen
class Line:
    """A fact of a node: its name and, at the same height, its value."""

    name: str
    value: str
    is_changed: bool


@frozen
class Card:
    """A node ready to be drawn; `tooltip` has all of what the lines may have cut."""

    node: Node
    status: Status
    title: str
    subtitle: str
    lines: tuple[Line, ...]
    tooltip: str
    width: float
    height: float

    @property
    def is_end(self) -> bool:
        """Whether it is drawn as the end of a call, without facts."""
        return self.node.kind in _END_KINDS

    @property
    def value_start(self) -> float:
        """How far right of the text's left side values begin."""
        return _value_start(self.lines)


def make_card(node: Node, picture: Picture, arrangement: Arrangement) -> Card:
    """The card of a node."""
    status = picture.node_status.get(node.id, "kept")
    title = SIGNS[status] + printable(node.name)
    if node.kind in _END_KINDS:
        width = width_of(title, FACT_SIZE) + 2 * PADDING
        return Card(node, status, title, "", (), KIND_NAMES[node.kind], width, LABEL_HEIGHT)
    subtitle = _subtitle(node, node.id in arrangement.also_reject)
    lines = tuple(_lines(node, picture))
    start = _value_start(lines)
    widths = [
        width_of(title, NAME_SIZE),
        width_of(subtitle, FACT_SIZE),
        *(start + width_of(line.value, FACT_SIZE) for line in lines),
    ]
    frame = 2 * PADDING + BAR_ROOM
    width = min(max(*widths, BOX_WIDTH_MIN - frame) + frame + _SLACK, BOX_WIDTH_MAX)
    room = width - frame
    return Card(
        node=node,
        status=status,
        title=cut_to(title, room, NAME_SIZE),
        subtitle=cut_to(subtitle, room, FACT_SIZE),
        lines=tuple(
            Line(line.name, cut_to(line.value, room - start, FACT_SIZE), line.is_changed)
            for line in lines
        ),
        tooltip=printable_lines(_tooltip(node, picture)),
        width=round(width, 1),
        height=2 * PADDING + LINE_HEIGHT * (2 + len(lines)) - 6,
    )


def _value_start(lines: Sequence[Line]) -> float:
    longest = max((len(line.name) for line in lines), default=0)
    return width_of(" " * (longest + 2), FACT_SIZE)


def _subtitle(node: Node, also_rejects: bool) -> str:
    slots = [f" · slot {fact.value}" for fact in node.facts if fact.name == "slot"]
    rejects = " · may reject" if also_rejects else ""
    return f"{KIND_NAMES[node.kind]}{''.join(slots)}{rejects}"


def _lines(node: Node, picture: Picture) -> Iterator[Line]:
    changes = {change.name: change for change in picture.changes.get(node.id, ())}
    facts = {fact.name for fact in node.facts}
    for name, change in changes.items():
        if name not in facts:  # The node itself, or what it had in the old version only.
            yield Line(name, printable(change.what), True)
    for fact in node.facts:
        if fact.name in changes:
            yield Line(fact.name, printable(changes[fact.name].what), True)
        elif fact.name != "slot" and (fact.name, fact.value) != ("arguments", "()"):
            yield Line(fact.name, printable(fact.shown), False)


def _tooltip(node: Node, picture: Picture) -> Iterator[str]:
    yield f"{KIND_NAMES[node.kind]}: {node.name}"
    for fact in node.facts:
        yield f"{fact.name}: {fact.value}"
    for change in picture.changes.get(node.id, ()):
        yield f"changed: {change.name}: {change.before} → {change.after}"


def printable_lines(lines: Iterator[str]) -> str:
    """Lines of a tooltip."""
    return "\n".join(map(printable, lines))
