"""Machines for the tests of drawings: small ones by hand, large ones by chance."""

from __future__ import annotations

import random

from scm.compiler.artefacts import Slot, SlotEntry
from scm.compiler.machine import EntryPoint, Transition
from scm.compiler.manifest import AbiManifest
from scm.graph.model import Graph, make_graph

DID = "type Answer = variant { ok; late };\nservice : (principal) -> {\n%s};\n"
NAMES = {"on_response": "handled", "update": "asked", "query": "told"}


def handler(
    name: str, slot: int, context: str = "(record { to : principal })", **changes: str
) -> SlotEntry:
    parts = {"response": "(nat)", "reply": "(text)", "status": "active", **changes}
    retired = parts["status"] == "retired"
    return SlotEntry(
        name,
        Slot(slot),
        context,
        parts["response"],
        parts["reply"],
        "retired" if retired else "active",
    )


def manifest(
    handlers: list[SlotEntry], machine: list[EntryPoint] | None, name: str = "vault"
) -> AbiManifest:
    return AbiManifest(
        name=name,
        memory="wasm32",
        cleanup=Slot(65_536),
        orphan=Slot(65_537),
        handlers=tuple(handlers),
        state=(),
        tools=(),
        machine=None if machine is None else tuple(machine),
    )


def interface(*methods: str) -> str:
    return DID % "".join(f"  {method};\n" for method in methods)


PAY = EntryPoint("update", "pay", False, False, (Transition("then", "Ledger.transfer", "paid"),))
PAID = EntryPoint("on_response", "paid", True, True, (Transition("send", "Index.add", ""),))
TOTAL = EntryPoint("query", "total", True, False, ())
SLOTS = [handler("paid", 65_552), handler("gone", 65_553, status="retired")]
METHODS = ("pay : (principal, nat) -> (text)", "total : () -> (nat) query")


def small(machine: list[EntryPoint] | None = None) -> Graph:
    """Two methods, one handler, a retired one."""
    entries = [PAY, PAID, TOTAL] if machine is None else machine
    return make_graph(manifest(SLOTS, entries), interface(*METHODS))


def large(seed: int, size: int = 60) -> Graph:
    """A machine of `size` methods and handlers with transitions by chance."""
    chance = random.Random(seed)
    kinds = [chance.choice(["on_response", "on_response", "update", "query"]) for _ in range(size)]
    names = [
        f"{NAMES[kind]}_{'x' * chance.randrange(40)}_{number}" for number, kind in enumerate(kinds)
    ]
    targets = [name for name, kind in zip(names, kinds, strict=True) if kind == "on_response"]
    entries = []
    for name, kind in zip(names, kinds, strict=True):
        ways = set()
        for _ in range(0 if kind == "query" else chance.choice([0, 1, 1, 1, 2, 4])):
            callee = f"Service{chance.randrange(3)}.method_{'y' * chance.randrange(50)}"
            if chance.random() < 0.15:
                ways.add(Transition("send", callee, ""))
            else:
                ways.add(Transition("then", callee, chance.choice([*targets, ""])))
        replies, rejects = chance.random() < 0.7, chance.random() < 0.3
        entries.append(EntryPoint(kind, name, replies, rejects, tuple(sorted(ways))))
    slots = [
        handler(name, 65_552 + number, status=chance.choice(["active", "active", "retired"]))
        for number, name in enumerate(targets)
    ]
    methods = [
        f"{name} : (nat) -> (Answer){' query' if kind == 'query' else ''}"
        for name, kind in zip(names, kinds, strict=True)
        if kind != "on_response"
    ]
    return make_graph(manifest(slots, entries, "large"), interface(*methods))
