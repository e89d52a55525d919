"""Picture -> text and JSON: the graph as lines for people, and as a document for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scm.graph.arrangement import KIND_NAMES
from scm.graph.difference import Picture, Status
from scm.graph.model import Edge, Node
from scm.graph.texts import printable

_SIGNS: Mapping[Status, str] = {"added": "+", "removed": "-", "changed": "~", "kept": " "}


def list_graph(picture: Picture) -> Iterator[str]:
    """All nodes, each with the edges that leave it; for a difference only what is different."""
    if picture.is_difference:
        yield from list_differences(picture)
        return
    names = {node.id: node.name for node in picture.graph.nodes}
    for node in picture.graph.nodes:
        leaving = [edge for edge in picture.graph.edges if edge.source == node.id]
        if node.facts or leaving:
            facts = "; ".join(f"{fact.name} {fact.value}" for fact in node.facts)
            yield printable(f"{node.name}: {KIND_NAMES[node.kind]}; {facts}")
        for edge in leaving:
            yield printable(f"  {_way(edge, names[edge.target])}")
    yield from (printable(remark) for remark in picture.remarks)


def list_differences(picture: Picture) -> Iterator[str]:
    """What was added, removed or changed, and how much was kept."""
    names = {node.id: node.name for node in picture.graph.nodes}
    for node in picture.graph.nodes:
        status = picture.node_status[node.id]
        changes = "; ".join(map(str, picture.changes.get(node.id, ())))
        if status != "kept":
            shown = f"{_described(node)}{': ' if changes else ''}{changes}"
            yield printable(f"{_SIGNS[status]} {shown}")
    for edge in picture.graph.edges:
        status = picture.edge_status[edge]
        if status != "kept":
            way = _way(edge, names[edge.target])
            yield printable(f"{_SIGNS[status]} {names[edge.source]} {way}")
    nodes, edges = picture.count("kept")
    yield f"  {nodes} nodes and {edges} edges are the same"
    yield from (printable(f"  {remark}") for remark in picture.remarks)


def graph_document(picture: Picture) -> dict[str, Any]:
    """The graph as JSON; for a difference with the status of each node and edge."""
    return {
        "name": picture.title,
        "tells_transitions": picture.graph.tells_transitions,
        "nodes": [_node_document(node, picture) for node in picture.graph.nodes],
        "edges": [_edge_document(edge, picture) for edge in picture.graph.edges],
        "remarks": list(picture.remarks),
    }


def _node_document(node: Node, picture: Picture) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": node.id,
        "kind": node.kind,
        "name": node.name,
        **{fact.name: fact.value for fact in node.facts},
    }
    if picture.is_difference:
        document["status"] = picture.node_status[node.id]
        document["changes"] = [
            {"name": change.name, "before": change.before, "after": change.after}
            for change in picture.changes.get(node.id, ())
        ]
    return document


def _edge_document(edge: Edge, picture: Picture) -> dict[str, Any]:
    document = {
        "source": edge.source,
        "target": edge.target,
        "kind": edge.kind,
        "callee": edge.callee,
    }
    if picture.is_difference:
        document["status"] = picture.edge_status[edge]
    return document


def _described(node: Node) -> str:
    match node.kind:
        case "reply" | "reject" | "unknown":
            return node.name
        case "callee":
            return f"call of {node.name}"
        case "init":
            return "init"
        case _:
            return f"{KIND_NAMES[node.kind]} {node.name}"


def _way(edge: Edge, target: str) -> str:
    match edge.kind:
        case "then":
            return f"-> {edge.callee} -> {target}"
        case "via":
            return f"-> {edge.callee}, through a proxy -> {target}"
        case "send":
            return f"-> {edge.callee}, one way"
        case "set_timer":
            return f"-> sets a timer of {target}"
        case _:
            return f"-> {target}"
