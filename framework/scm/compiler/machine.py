"""The state machine of a canister: its entry points, and where each of them may go next.

`find_machine.py` reads it from the source; the manifest keeps it, so that a finished module can
tell it too.  A machine is for people to look at: no check of an upgrade depends on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, cast, get_args

from attrs import frozen

TransitionKind = Literal["then", "via", "send", "set_timer"]
"""`then`: a call whose response `target` handles; `via`: the same, made by a proxy canister;
`send`: a call without a response.

`set_timer`: a timer that has `target` called.
"""

_KINDS: Final[tuple[str, ...]] = get_args(TransitionKind)


@frozen(order=True)
class Transition:
    """One way to go on.

    `callee` is the method that is called, `Ledger.transfer`; `target` the handler that goes on.
    Either is "" where the source does not show it, `target` also where nothing goes on.
    """

    kind: TransitionKind
    callee: str
    target: str


@frozen
class EntryPoint:
    """A function that the system enters: a method, under its public name, or a handler.

    `kind` is the name of its decorator.  `replies` and `rejects` tell whether it may answer the
    caller itself, with a value or by `ic.reject`.  `on_trap` and `valid_seconds` are those of a
    handler: the function that cleans up after it, and how late a response may come (0: any time).
    """

    kind: str
    name: str
    replies: bool
    rejects: bool
    transitions: tuple[Transition, ...]
    on_trap: str = ""
    valid_seconds: int = 0


def machine_document(machine: Iterable[EntryPoint]) -> list[dict[str, Any]]:
    """The machine as JSON, the same for the same machine."""
    return [
        {
            "kind": entry.kind,
            "name": entry.name,
            "replies": entry.replies,
            "rejects": entry.rejects,
            "on_trap": entry.on_trap,
            "valid_seconds": entry.valid_seconds,
            "transitions": [
                {"kind": item.kind, "callee": item.callee, "target": item.target}
                for item in sorted(entry.transitions)
            ],
        }
        for entry in sorted(machine, key=lambda entry: (entry.kind, entry.name))
    ]


def read_machine(document: Iterable[Mapping[str, Any]]) -> tuple[EntryPoint, ...]:
    """Read what `machine_document` made.

    Raises `KeyError` or `TypeError` on anything else; kinds of transitions that only later
    versions know are left out.
    """
    return tuple(
        EntryPoint(
            kind=str(entry["kind"]),
            name=str(entry["name"]),
            replies=bool(entry["replies"]),
            rejects=bool(entry["rejects"]),
            transitions=tuple(
                Transition(
                    cast(TransitionKind, item["kind"]), str(item["callee"]), str(item["target"])
                )
                for item in entry["transitions"]
                if item["kind"] in _KINDS
            ),
            on_trap=str(entry.get("on_trap", "")),
            valid_seconds=int(entry.get("valid_seconds", 0)),
        )
        for entry in document
    )
