"""Manifest + interface -> Graph: the nodes and edges of a canister's state machine.  Pure.

Nodes are what the system enters (methods, handlers, timers), the methods of other canisters that
are called, and the ends of a call: `reply`, `reject`.  Edges are the transitions between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, NewType

from attrs import evolve, frozen

from scm.candid.did import CandidService
from scm.candid.did_parser import parse_did
from scm.candid.types import Func, Record, Type, TypeEnv
from scm.compiler.artefacts import SlotEntry
from scm.compiler.machine import EntryPoint, Transition
from scm.compiler.manifest import AbiManifest, TimerEntry
from scm.compiler.shapes import parse_types, self_contained_text

NodeId = NewType("NodeId", str)
NodeKind = Literal[
    "init", "update", "query", "timer", "handler", "retired", "callee", "unknown", "reply", "reject"
]
METHOD_KINDS: Final = frozenset[NodeKind]({"init", "update", "query"})

EdgeKind = Literal["then", "via", "send", "set_timer", "reply", "reject"]

REPLY: Final = NodeId("reply")
REJECT: Final = NodeId("reject")
UNKNOWN: Final = NodeId("unknown")
INIT: Final = NodeId("init")


MACHINE_FACTS: Final = frozenset({"on trap", "valid for"})
"""The names of facts that only a manifest with a machine tells."""

TYPE_FACTS: Final = frozenset({"arguments", "context", "response", "reply"})
"""The names of facts whose values are types of Candid, as `parse_types` reads them."""


@frozen
class Fact:
    """Something to know about a node: its `reply` is `(nat)`; `short` says it in fewer words."""

    name: str
    value: str
    short: str = ""

    @property
    def shown(self) -> str:
        """The words for a drawing: types without the parentheses around all of them."""
        shown = self.short or self.value
        if self.name not in TYPE_FACTS or not shown.startswith("("):
            return shown
        return shown.removeprefix("(").removesuffix(")") or "nothing"


@frozen
class Node:
    """`name` is the method's or handler's, `Service.method` of a callee.

    `formerly`: the names that a handler had in older versions.
    """

    id: NodeId
    kind: NodeKind
    name: str
    facts: tuple[Fact, ...] = ()
    formerly: tuple[str, ...] = ()


@frozen(order=True)
class Edge:
    """A transition; `callee` is the method that is called on the way, "" for none."""

    source: NodeId
    target: NodeId
    kind: EdgeKind
    callee: str = ""


@frozen
class Graph:
    """`tells_transitions`: whether the canister was built with what its edges are made of."""

    name: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    tells_transitions: bool = True


_ENDS: Final = {
    REPLY: Node(REPLY, "reply", "reply"),
    REJECT: Node(REJECT, "reject", "reject"),
    UNKNOWN: Node(UNKNOWN, "unknown", "a handler that the source does not name"),
}
UNKNOWN_CALLEE: Final = "a method that the source does not name"


def method_id(name: str) -> NodeId:
    """The node of a public method."""
    return NodeId(f"method {name}")


def handler_id(name: str) -> NodeId:
    """The node of a response handler."""
    return NodeId(f"handler {name}")


def timer_id(name: str) -> NodeId:
    """The node of a timer handler."""
    return NodeId(f"timer {name}")


def callee_id(name: str) -> NodeId:
    """The node of another canister's method."""
    return NodeId(f"callee {name}")


def make_graph(manifest: AbiManifest, did: str) -> Graph:
    """The graph of a canister with this manifest and interface.

    Raises `CandidSyntaxError` if `did` is no interface.
    """
    known = {
        node.id: node
        for node in (
            *_methods(parse_did(did)),
            *map(_timer, manifest.timers),
            *map(_handler, _by_name(manifest.handlers)),
        )
    }
    edges: list[Edge] = []
    for entry in manifest.machine or ():
        source = _entry_id(entry)
        if source in known:
            edges += _edges(entry, source)
            node = known[source]
            known[source] = evolve(node, facts=(*node.facts, *_machine_facts(entry)))
    order = {id: number for number, id in enumerate((*known, *_ENDS))}
    edges = sorted(set(edges), key=lambda edge: (order[edge.source], edge))
    for name in sorted({edge.callee for edge in edges if edge.kind in ("then", "via", "send")}):
        known[callee_id(name)] = Node(callee_id(name), "callee", name)
    used = {edge.target for edge in edges}
    ends = [node for id, node in _ENDS.items() if id in used]
    missing = {edge.target for edge in edges} - {*known, *_ENDS}
    return Graph(
        name=manifest.name,
        nodes=(*known.values(), *ends),
        edges=tuple(edge for edge in edges if edge.target not in missing),
        tells_transitions=manifest.machine is not None,
    )


def _by_name(handlers: Iterable[SlotEntry]) -> list[SlotEntry]:
    return sorted(handlers, key=lambda entry: (entry.status, entry.name))


def _methods(interface: CandidService) -> Iterator[Node]:
    env = interface.env
    yield Node(INIT, "init", "init", (_types("arguments", interface.init_args or (), env),))
    for method in sorted(interface.resolved().methods, key=lambda method: method.name):
        func = env.resolve(method.type)
        assert isinstance(func, Func)
        is_query = bool({"query", "composite_query"} & set(func.annotations))
        yield Node(
            id=method_id(method.name),
            kind="query" if is_query else "update",
            name=method.name,
            facts=(_types("arguments", func.args, env), _types("reply", func.results, env)),
        )


def _types(name: str, types: Sequence[Type], env: TypeEnv) -> Fact:
    return Fact(name, self_contained_text(types, env), f"({', '.join(map(repr, types))})")


def _timer(entry: TimerEntry) -> Node:
    interval = entry.interval_seconds
    context = Fact("context", entry.context, _fields(entry.context))
    fact = Fact("every", f"{interval:,} s") if interval else context
    return Node(timer_id(entry.name), "timer", entry.name, (fact,), entry.formerly)


def _handler(entry: SlotEntry) -> Node:
    context = Fact("context", entry.context, _fields(entry.context))
    return Node(
        id=handler_id(entry.name),
        kind="retired" if entry.status == "retired" else "handler",
        name=entry.name,
        facts=(
            context,
            Fact("response", entry.response),
            Fact("reply", entry.reply),
            Fact("slot", str(entry.slot)),
            *([Fact("answer", entry.answer)] if entry.answer else ()),
        ),
        formerly=entry.formerly,
    )


def _fields(context: str) -> str:
    """The names of a context's fields: all that tells it apart at a glance."""
    types, env = parse_types(context)
    if not types:
        return "nothing"
    resolved = env.resolve(types[0])
    if len(types) == 1 and isinstance(resolved, Record):
        return ", ".join(field.label for field in resolved.declared) or "nothing"
    return ""


def _machine_facts(entry: EntryPoint) -> Iterator[Fact]:
    if entry.on_trap:
        yield Fact("on trap", entry.on_trap)
    if entry.valid_seconds:
        yield Fact("valid for", f"{entry.valid_seconds:,} s")


def _entry_id(entry: EntryPoint) -> NodeId:
    match entry.kind:
        case "init":
            return INIT
        case "update" | "query":
            return method_id(entry.name)
        case "on_timer" | "every":
            return timer_id(entry.name)
        case _:
            return handler_id(entry.name)


def _edges(entry: EntryPoint, source: NodeId) -> Iterator[Edge]:
    for item in entry.transitions:
        yield _transition_edge(item, source)
    if entry.replies:
        yield Edge(source, REPLY, "reply")
    if entry.rejects:
        yield Edge(source, REJECT, "reject")


def _transition_edge(item: Transition, source: NodeId) -> Edge:
    if item.kind == "set_timer":
        return Edge(source, timer_id(item.target) if item.target else UNKNOWN, "set_timer")
    callee = item.callee or UNKNOWN_CALLEE
    if item.kind == "send":
        return Edge(source, callee_id(callee), "send", callee)
    target = handler_id(item.target) if item.target else UNKNOWN
    return Edge(source, target, item.kind, callee)
