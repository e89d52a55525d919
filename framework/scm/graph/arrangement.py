"""Picture -> Arrangement: what is drawn as a flow, and what is listed beside it.  Pure.

Most methods of most canisters answer at once.  Arrows from each of them to `reply` would hide the
machine, so what no call leads from or to is put into groups.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import frozen

from scm.graph.difference import Picture
from scm.graph.model import METHOD_KINDS, REJECT, REPLY, Edge, Node, NodeId, NodeKind

KIND_NAMES: Final[dict[NodeKind, str]] = {
    "init": "at install",
    "update": "update",
    "query": "query",
    "timer": "timer handler",
    "handler": "response handler",
    "retired": "retired handler",
    "callee": "called one way",
    "unknown": "unknown handler",
    "reply": "reply",
    "reject": "reject",
}


@frozen
class Group:
    """Nodes that are not part of the flow."""

    title: str
    nodes: tuple[Node, ...]


@frozen
class Arrangement:
    """The nodes and edges of the flow, and the other nodes.

    `also_reject`: nodes outside the flow that may reject.
    """

    flow: tuple[Node, ...]
    edges: tuple[Edge, ...]
    groups: tuple[Group, ...]
    also_reject: frozenset[NodeId]


def arrange(picture: Picture) -> Arrangement:
    """Tell the flow from the rest."""
    graph = picture.graph
    calls = [edge for edge in graph.edges if edge.kind in ("then", "via", "send", "set_timer")]
    moving = {edge.source for edge in calls} | {edge.target for edge in calls}
    edges = tuple(edge for edge in graph.edges if edge.source in moving)
    moving |= {edge.target for edge in edges}
    groups = [Group(title, tuple(nodes)) for title, nodes in _rest(picture, moving) if nodes]
    return Arrangement(
        flow=tuple(node for node in graph.nodes if node.id in moving),
        edges=edges,
        groups=tuple(groups),
        also_reject=frozenset(
            edge.source
            for edge in graph.edges
            if edge.target == REJECT and edge.source not in moving
        ),
    )


def _rest(picture: Picture, moving: set[NodeId]) -> Iterator[tuple[str, list[Node]]]:
    rest = [node for node in picture.graph.nodes if node.id not in moving]
    is_told = picture.graph.tells_transitions
    methods = [node for node in rest if node.kind in METHOD_KINDS]
    yield "Answer without a call" if is_told else "Methods", methods
    yield "Timers", [node for node in rest if node.kind == "timer"]
    handlers = [node for node in rest if node.kind == "handler"]
    yield "No call of this code leads here" if is_told else "Response handlers", handlers
    yield "Retired: their slots stay taken", [node for node in rest if node.kind == "retired"]


def counted(picture: Picture) -> str:
    """How many nodes of each kind there are: `2 update methods, 1 response handler`."""
    kinds = [node.kind for node in picture.graph.nodes if node.id not in (REPLY, REJECT)]
    words: dict[NodeKind, tuple[str, str]] = {
        "update": ("update method", "update methods"),
        "query": ("query method", "query methods"),
        "timer": ("timer handler", "timer handlers"),
        "handler": ("response handler", "response handlers"),
        "retired": ("retired handler", "retired handlers"),
        "callee": ("method called", "methods called"),
    }
    shown = [f"{count} {words[kind][count != 1]}" for kind in words if (count := kinds.count(kind))]
    return ", ".join(shown) or "nothing"
