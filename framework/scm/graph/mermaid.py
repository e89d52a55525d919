"""Picture -> Mermaid: a `flowchart` that GitHub and other renderers of Markdown draw.

Every text that comes from a canister is written with Mermaid's entity codes, since a public name
may hold any character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from scm.graph.arrangement import KIND_NAMES, Arrangement, arrange
from scm.graph.difference import Picture, Status
from scm.graph.model import MACHINE_FACTS, Edge, Node, NodeId, NodeKind
from scm.graph.texts import printable

_LABEL_MAX: Final = 60
_WORD_MAX: Final = 40
_SAFE: Final = re.compile(r"[^\w \-.,:;(){}=?!/+*→·…]")
_SHAPES: Final[dict[NodeKind, tuple[str, str]]] = {
    "init": ("([", "])"),
    "update": ("([", "])"),
    "query": ("([", "])"),
    "timer": ("{{", "}}"),
    "handler": ("[", "]"),
    "retired": ("[", "]"),
    "callee": ("[[", "]]"),
    "unknown": ("{{", "}}"),
    "reply": ("((", "))"),
    "reject": ("((", "))"),
}
# Each with a colour of its own for the text, so that it is read on light and dark pages alike.
_KIND_STYLES: Final[dict[NodeKind, str]] = {
    "init": "fill:#e2e8f0,stroke:#64748b,color:#0f172a",
    "update": "fill:#dbeafe,stroke:#2563eb,color:#172554",
    "query": "fill:#ccfbf1,stroke:#0d9488,color:#042f2e",
    "timer": "fill:#fce7f3,stroke:#db2777,color:#500724",
    "handler": "fill:#ede9fe,stroke:#7c3aed,color:#2e1065",
    "retired": "fill:#f1f5f9,stroke:#94a3b8,color:#475569,stroke-dasharray:5 4",
    "callee": "fill:#fef3c7,stroke:#b45309,color:#451a03",
    "unknown": "fill:#fee2e2,stroke:#b91c1c,color:#450a0a",
    "reply": "fill:#f8fafc,stroke:#475569,color:#0f172a",
    "reject": "fill:#f8fafc,stroke:#475569,color:#0f172a",
}
_STATUS_STYLES: Final[dict[Status, str]] = {
    "added": "fill:#dcfce7,stroke:#16a34a,color:#052e16,stroke-width:2px",
    "removed": "fill:#fee2e2,stroke:#dc2626,color:#450a0a,stroke-width:2px,stroke-dasharray:5 4",
    "changed": "fill:#fef3c7,stroke:#d97706,color:#451a03,stroke-width:2px",
    "kept": "fill:#f1f5f9,stroke:#94a3b8,color:#334155",
}
_FRAME_STYLE: Final = "fill:none,stroke:#94a3b8"
_EDGE_STYLES: Final[dict[Status, str]] = {
    "added": "stroke:#16a34a,stroke-width:2px",
    "removed": "stroke:#dc2626,stroke-width:2px,stroke-dasharray:5 4",
}


def draw_mermaid(picture: Picture) -> str:
    """The picture as the text of a Mermaid diagram."""
    arrangement = arrange(picture)
    names = _names(picture.graph.nodes)
    lines = ["flowchart LR"]
    lines += [f"    %% {remark}" for remark in picture.remarks]
    lines += [_node(node, picture, arrangement, names) for node in arrangement.flow]
    lines += [_edge(edge, picture, names) for edge in arrangement.edges]
    for number, group in enumerate(arrangement.groups, 1):
        lines += _subgraph(f"group{number}", group.title)
        lines += [f"    {_node(node, picture, arrangement, names)}" for node in group.nodes]
        lines += ["    end"]
    if picture.is_difference:
        lines += _legend()
    lines += _styles(picture, arrangement)
    return "\n".join(lines)


def _names(nodes: Sequence[Node]) -> dict[NodeId, str]:
    """A word for each node that Mermaid takes: `handler_paid`."""
    found: dict[NodeId, str] = {}
    for node in nodes:
        # `end` and the like are words of Mermaid's: a canister's name never stands alone.
        long = node.kind if node.kind == node.name else f"{node.kind}_{node.name}"
        word = re.sub(r"\W+", "_", long, flags=re.ASCII)[:_WORD_MAX]
        taken = set(found.values())
        name, number = word, 2
        while name in taken:
            name, number = f"{word}_{number}", number + 1
        found[node.id] = name
    return found


def _node(node: Node, picture: Picture, arrangement: Arrangement, names: dict[NodeId, str]) -> str:
    opening, closing = _SHAPES[node.kind]
    status = picture.node_status.get(node.id, "kept")
    shown = [f"<b>{_text(node.name)}</b>{_mark(status)}"]
    shown += map(_text, _label_lines(node, arrangement, picture))
    style = status if picture.is_difference else node.kind
    return f'    {names[node.id]}{opening}"{"<br>".join(shown)}"{closing}:::{style}'


def _label_lines(node: Node, arrangement: Arrangement, picture: Picture) -> Iterator[str]:
    changes = picture.changes.get(node.id, ())
    changed = {change.name for change in changes}
    facts = {fact.name: fact.shown for fact in node.facts}
    match node.kind:
        case "handler" | "retired":
            kind = "retired, " if node.kind == "retired" else ""
            yield f"{kind}slot {facts['slot']}"
            for name in ("context", *sorted(MACHINE_FACTS)):
                if name in facts and name not in changed:
                    yield f"{name}: {facts[name]}"
        case "timer":
            yield KIND_NAMES[node.kind]
            yield from (f"{name}: {shown}" for name, shown in facts.items() if name not in changed)
        case "init" | "update" | "query":
            may_reject = ", may reject" if node.id in arrangement.also_reject else ""
            yield f"{KIND_NAMES[node.kind]}{may_reject}"
        case _:
            pass
    yield from map(str, changes)


def _edge(edge: Edge, picture: Picture, names: dict[NodeId, str]) -> str:
    status = picture.edge_status.get(edge, "kept")
    source, target = names[edge.source], names[edge.target]
    if edge.kind == "then":
        return f'    {source} -->|"{_text(edge.callee)}{_mark(status)}"| {target}'
    match edge.kind:
        case "via":
            shown = f"{_text(edge.callee)} through a proxy{_mark(status)}"
            return f'    {source} -.->|"{shown}"| {target}'
        case "send":
            return f"    {source} -.-> {target}"
        case "set_timer":
            return f'    {source} -.->|"sets"| {target}'
        case _:
            return f"    {source} --> {target}"


def _subgraph(name: str, title: str) -> list[str]:
    """The beginning of a frame, with its nodes below each other: beside the flow it is narrow."""
    return [
        f'    subgraph {name}["{_text(title)}"]',
        "        direction LR",
    ]


def _mark(status: Status) -> str:
    """The status in words, at the end: in front, `+` and the like would begin a list."""
    return "" if status == "kept" else f" ({status})"


def _legend() -> Iterator[str]:
    yield from _subgraph("legend", "Legend")
    for status in _STATUS_STYLES:
        yield f'        legend_{status}["{status}"]:::{status}'
    yield "    end"


def _styles(picture: Picture, arrangement: Arrangement) -> Iterator[str]:
    frames = [f"group{number}" for number, _ in enumerate(arrangement.groups, 1)]
    for frame in (*frames, *(["legend"] if picture.is_difference else [])):
        yield f"    style {frame} {_FRAME_STYLE}"
    if not picture.is_difference:
        drawn = [node for group in arrangement.groups for node in group.nodes]
        used = {node.kind for node in (*arrangement.flow, *drawn)}
        for kind, style in _KIND_STYLES.items():
            if kind in used:
                yield f"    classDef {kind} {style}"
        return
    for status, style in _STATUS_STYLES.items():
        yield f"    classDef {status} {style}"
    for status, style in _EDGE_STYLES.items():
        numbers = [
            str(number)
            for number, edge in enumerate(arrangement.edges)
            if picture.edge_status[edge] == status
        ]
        if numbers:
            yield f"    linkStyle {','.join(numbers)} {style}"


def _text(text: str) -> str:
    """Text of any kind inside a label in quotes, cut if it is long."""
    cut = text if len(text) <= _LABEL_MAX else f"{text[: _LABEL_MAX - 1]}…"
    return _SAFE.sub(lambda found: f"#{ord(found[0])};", printable(cut))
