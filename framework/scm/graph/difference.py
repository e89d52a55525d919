"""Two graphs -> one graph of both, in which every node and edge says what became of it.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from attrs import evolve, field, frozen

from scm.candid.types import Record
from scm.compiler.shapes import parse_types
from scm.graph.model import (
    MACHINE_FACTS,
    TYPE_FACTS,
    Edge,
    Graph,
    Node,
    NodeId,
    handler_id,
    timer_id,
)

Status = Literal["added", "removed", "changed", "kept"]

SIGNS: Final[Mapping[Status, str]] = {
    "added": "+ ",
    "removed": "− ",  # noqa: RUF001  (as wide as the plus)
    "changed": "~ ",
    "kept": "",
}
"""What stands before a name, so that no one needs to tell colours apart."""


@frozen
class Change:
    """What is different about a node: `reply` was `before`, now is `after`.

    `fields` tells it by the field, where both are one record.
    """

    name: str
    before: str
    after: str
    fields: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """The difference, without the name of the fact."""
        return ", ".join(self.fields) or f"{self.before} → {self.after}"

    def __str__(self) -> str:
        return f"{self.name}: {self.what}"


@frozen
class Picture:
    """What is drawn: a graph, and for a difference the status of its nodes and edges.

    `remarks`: what the reader must know to read it right.
    """

    graph: Graph
    title: str
    node_status: Mapping[NodeId, Status] = field(factory=dict)
    edge_status: Mapping[Edge, Status] = field(factory=dict)
    changes: Mapping[NodeId, tuple[Change, ...]] = field(factory=dict)
    remarks: tuple[str, ...] = ()
    is_difference: bool = False

    def count(self, status: Status) -> tuple[int, int]:
        """How many nodes and edges have this status."""
        nodes, edges = self.node_status.values(), self.edge_status.values()
        return list(nodes).count(status), list(edges).count(status)


def picture_of(graph: Graph) -> Picture:
    """One graph as it is."""
    return Picture(graph, graph.name, remarks=_untold(graph, "the module"))


def compare(old: Graph, new: Graph) -> Picture:
    """The difference between two versions; the newer one's facts stand at what both have."""
    old = _with_new_names(old, new)
    before = {node.id: node for node in old.nodes}
    after = {node.id: node for node in new.nodes}
    comparable = old.tells_transitions and new.tells_transitions
    changes = {
        id: found
        for id in before
        if id in after and (found := _changes(before[id], after[id], comparable))
    }
    nodes = (*new.nodes, *(node for node in old.nodes if node.id not in after))
    edges = (*new.edges, *(edge for edge in old.edges if edge not in set(new.edges)))
    node_status: dict[NodeId, Status] = {}
    for node in nodes:
        if node.id in changes:
            node_status[node.id] = "changed"
        elif node.kind in _ONLY_BY_EDGES and not comparable:
            node_status[node.id] = "kept"
        else:
            node_status[node.id] = _status(node.id in before, node.id in after)
    edge_status: dict[Edge, Status] = {
        edge: _status(edge in old.edges, edge in new.edges) if comparable else "kept"
        for edge in edges
    }
    title = new.name if old.name == new.name else f"{old.name} → {new.name}"
    return Picture(
        graph=Graph(title, nodes, edges, comparable),
        title=title,
        node_status=node_status,
        edge_status=edge_status,
        changes=changes,
        remarks=(*_untold(old, "the old version"), *_untold(new, "the new version")),
        is_difference=True,
    )


_ONLY_BY_EDGES = frozenset({"callee", "unknown", "reply", "reject"})
"""Kinds of nodes that exist because an edge leads to them."""


def _with_new_names(old: Graph, new: Graph) -> Graph:
    """The old version with its handlers at the places that they have in the new one."""
    known = {node.id for node in old.nodes}
    places = {
        (timer_id(name) if node.kind == "timer" else handler_id(name)): node.id
        for node in new.nodes
        if node.id not in known
        for name in node.formerly
    }
    nodes = tuple(evolve(node, id=places.get(node.id, node.id)) for node in old.nodes)
    edges = tuple(
        evolve(
            edge,
            source=places.get(edge.source, edge.source),
            target=places.get(edge.target, edge.target),
        )
        for edge in old.edges
    )
    return evolve(old, nodes=nodes, edges=edges)


def _untold(graph: Graph, what: str) -> tuple[str, ...]:
    if graph.tells_transitions:
        return ()
    return (f"{what} was built by a version of scm that did not record transitions",)


def _status(is_old: bool, is_new: bool) -> Status:
    if is_old and is_new:
        return "kept"
    return "removed" if is_old else "added"


def _changes(old: Node, new: Node, comparable: bool) -> tuple[Change, ...]:
    found: list[Change] = []
    if old.name != new.name:
        found.append(Change("name", old.name, new.name))
    if old.kind != new.kind:
        found.append(Change("kind", old.kind, new.kind))
    before = {fact.name: fact.value for fact in old.facts}
    after = {fact.name: fact.value for fact in new.facts}
    unknown = frozenset[str]() if comparable else MACHINE_FACTS
    names = [name for name in dict.fromkeys([*before, *after]) if name not in unknown]
    found += [
        Change(name, one, other, _field_changes(name, one, other))
        for name in names
        if (one := before.get(name, "none")) != (other := after.get(name, "none"))
    ]
    return tuple(found)


def _field_changes(name: str, before: str, after: str) -> tuple[str, ...]:
    """The fields that came, went or changed, of two records; nothing of other types."""
    if name not in TYPE_FACTS:
        return ()
    old, new = _fields(before), _fields(after)
    gone = [
        f"{SIGNS['removed']}{label} : {type}" for label, type in old.items() if label not in new
    ]
    changed = [
        f"{label} : {old[label]} → {type}"
        for label, type in new.items()
        if old.get(label, type) != type
    ]
    added = [f"{SIGNS['added']}{label} : {type}" for label, type in new.items() if label not in old]
    return (*added, *gone, *changed) if old and new else ()


def _fields(text: str) -> dict[str, str]:
    types, env = parse_types(text)
    record = env.resolve(types[0]) if len(types) == 1 else None
    if not isinstance(record, Record):
        return {}
    return {field.label: repr(field.type) for field in record.declared}
