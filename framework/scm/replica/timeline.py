"""A trace for people and for other programs: as lines of text, as JSON, as a sequence diagram.

All three are functions of the events alone: the same run gives the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Final, Literal

import attrs

from scm.model import Principal
from scm.replica.errors import ReplicaUsageError
from scm.replica.trace import (
    Answered,
    Dropped,
    Event,
    Executed,
    Installed,
    Parked,
    Released,
    Sent,
    StatusChanged,
)

Names = Mapping[Principal, str]
TimelineFormat = Literal["text", "json", "svg"]

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COLUMN: Final = 200
_ROW: Final = 28
_TOP: Final = 56
_STYLE: Final = (
    "text{font:12px sans-serif;fill:#222}.head{font-weight:bold;text-anchor:middle}"
    ".label{text-anchor:middle}.life{stroke:#bbb;stroke-dasharray:3 3}"
    ".request,.ingress{stroke:#1f6feb;stroke-width:1.5;fill:none}"
    ".response{stroke:#1a7f37;stroke-width:1.5;fill:none;stroke-dasharray:6 3}"
    ".lost{stroke:#cf222e;stroke-width:1.5;fill:none}"
    ".run{fill:#ddf4ff;stroke:#1f6feb}.trap{fill:#ffebe9;stroke:#cf222e}"
    ".note{fill:#fff8c5;stroke:#9a6700}"
)


def timeline(events: Iterable[Event], format: TimelineFormat, names: Names | None = None) -> str:
    """The events in one of the three formats."""
    writers = {"text": timeline_text, "json": timeline_json, "svg": timeline_svg}
    if format not in writers:
        raise ReplicaUsageError(f"a timeline is `text`, `json` or `svg`, not `{format}`")
    return writers[format](events, names)


def timeline_text(events: Iterable[Event], names: Names | None = None) -> str:
    """One line an event: who, what, how it ended."""
    writer = _Names(names)
    sent: dict[int, Sent] = {}
    lines = []
    for event in events:
        if isinstance(event, Sent):
            sent[event.delivery_id] = event
        lines.append(_line(event, writer, sent))
    return "".join(f"{line}\n" for line in lines)


def timeline_json(events: Iterable[Event], names: Names | None = None) -> str:
    """An array of objects: `event`, and the fields of the event; principals as text."""
    writer = _Names(names)
    items = []
    for event in events:
        item: dict[str, object] = {"event": type(event).__name__}
        for field in attrs.fields(type(event)):
            value = getattr(event, field.name)
            if isinstance(value, Principal):
                item[field.name] = str(value)
                if value in writer.given:
                    item[f"{field.name}_name"] = writer.given[value]
            else:
                item[field.name] = value.hex() if isinstance(value, bytes) else value
        items.append(item)
    return json.dumps(items, indent=1) + "\n"


def timeline_svg(events: Iterable[Event], names: Names | None = None) -> str:
    """A sequence diagram: a life line for each canister and for users, time going down."""
    return _Diagram(list(events), _Names(names)).svg()


class _Names:
    """What each principal is called: the given name, or the id's beginning."""

    def __init__(self, names: Names | None) -> None:
        self.given: Final = dict(names or {})

    def of(self, principal: Principal) -> str:
        if principal in self.given:
            return self.given[principal]
        if principal == Principal.management_canister():
            return "management canister"
        if principal == Principal.anonymous():
            return "anonymous"
        return "-".join(str(principal).split("-")[:2])


def _line(event: Event, names: _Names, sent: Mapping[int, Sent]) -> str:
    match event:
        case Executed(canister, mode, entry, fuel, error, time_ns):
            ending = "" if error is None else f"  TRAPPED: {_first_line(error)}"
            seconds = f"{time_ns // 10**9}.{time_ns % 10**9:09d}"
            ran = f"{names.of(canister)} ran {_one_line(entry)}"
            return f"{seconds}  {ran} ({mode}, {fuel:,} fuel){ending}"
        case Sent():
            return f"    {_described(event, names)}"
        case Parked(delivery) | Released(delivery):
            word = "held" if isinstance(event, Parked) else "released"
            return f"    {word}: {_described(sent.get(delivery), names)}"
        case Dropped(delivery, reason):
            return f"    lost ({reason}): {_described(sent.get(delivery), names)}"
        case Answered(canister, method, error_code):
            how = "replied" if error_code is None else f"rejected with {error_code}"
            return f"    {names.of(canister)} `{_one_line(method)}`: {how}"
        case Installed(canister, mode, module_hash, error):
            ending = f" of {module_hash.hex()[:8]}"
            if error is not None:
                ending = f" FAILED: {_first_line(error)}"
            return f"    {names.of(canister)}: {mode}{ending}"
        case StatusChanged(canister, status):
            return f"    {names.of(canister)} is {status}"


def _described(message: Sent | None, names: _Names) -> str:
    if message is None:
        return "a message from before this trace"
    return (
        f"{message.kind} `{_one_line(message.method)}`: {names.of(message.sender)} -> "
        f"{names.of(message.receiver)}"
    )


class _Diagram:
    def __init__(self, events: list[Event], names: _Names) -> None:
        self._events: Final = events
        self._names: Final = names
        self._columns: Final[dict[Principal, int]] = {}
        self._sent: Final[dict[int, Sent]] = {}
        self._parts: Final[list[str]] = []
        self._y = _TOP

    def svg(self) -> str:
        for event in self._events:
            self._draw(event)
        width, height = max(1, len(self._columns)) * _COLUMN, self._y + _ROW
        heads = [
            f'<line class="life" x1="{x}" y1="40" x2="{x}" y2="{height - 10}"/>'
            f'<text class="head" x="{x}" y="30">{_xml(self._names.of(principal))}</text>'
            for principal, x in self._columns.items()
        ]
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
                f'viewBox="0 0 {width} {height}">',
                f"<style>{_STYLE}</style>",
                '<defs><marker id="end" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" '
                'markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="#444"/>'
                "</marker></defs>",
                *heads,
                *self._parts,
                "</svg>",
                "",
            ]
        )

    def _draw(self, event: Event) -> None:
        match event:
            case Sent():
                self._sent[event.delivery_id] = event
                self._arrow(event, event.kind, event.method)
            case Parked(delivery) | Released(delivery):
                word = "held" if isinstance(event, Parked) else "released"
                self._mark(delivery, word)
            case Dropped(delivery, reason):
                self._mark(delivery, f"lost: {reason}")
            case Executed(canister, _, entry, fuel, error, _):
                kind = "run" if error is None else "trap"
                ending = f"{fuel:,} fuel" if error is None else "trapped"
                self._box(canister, kind, f"{entry.removeprefix('canister_')}: {ending}", error)
            case Installed(canister, mode, _, error):
                self._box(canister, "note" if error is None else "trap", mode, error)
            case StatusChanged(canister, status):
                self._box(canister, "note", status, None)
            case Answered():
                pass  # Its response is an arrow already.

    def _x(self, principal: Principal) -> int:
        return self._columns.setdefault(principal, len(self._columns) * _COLUMN + _COLUMN // 2)

    def _next_row(self) -> int:
        self._y += _ROW
        return self._y

    def _arrow(self, message: Sent, kind: str, label: str) -> None:
        start, end = self._x(message.sender), self._x(message.receiver)
        y = self._next_row()
        text = f'<text class="label" x="{(start + end) // 2}" y="{y - 5}">{_xml(label)}</text>'
        path = f"M{start} {y}H{end}"
        if start == end:
            path = f"M{start} {y - 6}h30v12h-30"
            text = f'<text x="{start + 36}" y="{y + 4}">{_xml(label)}</text>'
        self._parts.append(f'<path class="{kind}" d="{path}" marker-end="url(#end)"/>{text}')

    def _mark(self, delivery: int, label: str) -> None:
        message = self._sent.get(delivery)
        if message is None:
            return
        x, y = self._x(message.receiver), self._next_row()
        text = _xml(f"{label}: {message.kind} {message.method}")
        self._parts.append(
            f'<path class="lost" d="M{x - 4} {y - 8}l8 8m0-8l-8 8"/>'
            f'<text x="{x + 8}" y="{y}">{text}</text>'
        )

    def _box(self, canister: Principal, kind: str, label: str, detail: str | None) -> None:
        x, y = self._x(canister), self._next_row()
        title = "" if detail is None else f"<title>{_xml(detail)}</title>"
        width = min(_COLUMN - 10, 16 + 6 * len(label))
        self._parts.append(
            f'<g>{title}<rect class="{kind}" x="{x - width // 2}" y="{y - 16}" width="{width}" '
            f'height="20" rx="3"/><text class="label" x="{x}" y="{y - 2}">'
            f"{_xml(_cut(label, (width - 16) // 6))}</text></g>"
        )


def _one_line(name: str) -> str:
    """A method's name, which may have any letter."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)


def _first_line(text: str) -> str:
    return text.splitlines()[0] if text else ""


def _xml(text: str) -> str:
    """Text for an XML file, which has no place for control characters."""
    return escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text))


def _cut(label: str, length: int) -> str:
    return label if len(label) <= length else f"{label[: length - 3]}..."
