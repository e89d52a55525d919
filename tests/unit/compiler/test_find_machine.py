"""Where entry points may go next, as the source tells: one way of writing it at a time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scm.compiler.artefacts import CanisterSpec
from scm.compiler.machine import (
    EntryPoint,
    Transition,
    machine_document,
    read_machine,
)

Discover = Callable[[str], CanisterSpec]

IMPORTS = (
    "from scm import (Method, Pending, Principal, Response, Service, ic, init, nat, on_response,"
    " state, text, update)\n"
)

HEAD = """
from scm import RawMessage, call_raw

class Ledger(Service):
    transfer: Method[[Principal, nat], nat]
    balance: Method[[], nat]
    log: Method[[text], None]

class Index(Service):
    get: Method[[], nat]

@state
class Vault:
    ledger: Principal
    index: Index

@init
def setup(ledger: Principal) -> Vault:
    return Vault(ledger, Index(ledger))

@on_response
def paid(vault: Vault, response: Response[nat]) -> nat:
    return 1

@on_response
def kept(vault: Vault, response: Response[nat]) -> nat:
    return 2

@on_response
def raw(vault: Vault, response: Response[RawMessage]) -> nat:
    return 3

@update
def pay(vault: Vault) -> Pending[nat]:
"""


def entry(spec: CanisterSpec, name: str = "pay") -> EntryPoint:
    return next(item for item in spec.machine if item.name == name)


def ways(entry: EntryPoint) -> list[tuple[str, str]]:
    return [(item.callee, item.target) for item in entry.transitions if item.kind == "then"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("    return Ledger(vault.ledger).balance().then(paid)", [("Ledger.balance", "paid")]),
        (
            "    return Ledger(vault.ledger).balance().bounded(9).with_cycles(1).then(paid)",
            [("Ledger.balance", "paid")],
        ),
        (
            "    call = Ledger(vault.ledger).balance()\n    return call.bounded(9).then(paid)",
            [("Ledger.balance", "paid")],
        ),
        (
            "    call = Ledger(vault.ledger).balance()\n    if vault.ledger:\n"
            "        call = call.bounded(9)\n    call = call if vault.ledger else call\n"
            "    return call.then(paid)",
            [("Ledger.balance", "paid")],
        ),
        (
            "    ledger = Ledger(vault.ledger)\n    return ledger.balance().then(paid)",
            [("Ledger.balance", "paid")],
        ),
        ("    return vault.index.get().then(paid)", [("Index.get", "paid")]),
        (
            "    handler = paid if vault.ledger else kept\n"
            "    return vault.index.get().then(handler)",
            [("Index.get", "kept"), ("Index.get", "paid")],
        ),
        (
            "    if vault.ledger:\n        call = vault.index.get()\n"
            "    else:\n        call = Ledger(vault.ledger).balance()\n"
            "    return call.then(paid)",
            [("Index.get", "paid"), ("Ledger.balance", "paid")],
        ),
        (
            '    return call_raw(vault.ledger, "balance", b"").bounded(9).then(raw)',
            [("raw balance", "raw")],
        ),
        (
            '    call = call_raw(vault.ledger, message=b"", method="log")\n'
            "    return call.then(raw)",
            [("raw log", "raw")],
        ),
        (
            '    return call_raw(vault.ledger, str(ic.time()), b"").then(raw)',
            [("raw call", "raw")],
        ),
    ],
)
def test_a_call_is_seen(
    discover_text: Discover, body: str, expected: list[tuple[str, str]]
) -> None:
    pay = entry(discover_text(HEAD + body))
    assert ways(pay) == expected
    assert (pay.replies, pay.rejects) == (False, False)


@pytest.mark.parametrize(
    "rest",
    [
        "    return ask(vault)\n\ndef ask(vault: Vault) -> Pending[nat]:\n"
        "    return describe(vault).then(paid)\n\n"
        "def describe(vault: Vault):\n    return Ledger(vault.ledger).balance()",
        "    return TABLE[0](vault)\n\ndef ask(vault: Vault) -> Pending[nat]:\n"
        "    return ledger_of(vault).balance().then(paid)\n\n"
        "def ledger_of(vault: Vault) -> Ledger:\n    return Ledger(vault.ledger)\n\n"
        "TABLE = (ask,)",
        "    return Asker(vault).ask()\n\nclass Asker:\n"
        "    def __init__(self, vault: Vault) -> None:\n        self.vault = vault\n\n"
        "    def ask(self) -> Pending[nat]:\n"
        "        return Ledger(self.vault.ledger).balance().then(paid)",
    ],
    ids=["helpers", "table", "class"],
)
def test_a_call_is_seen_through_the_functions_that_are_used(
    discover_text: Discover, rest: str
) -> None:
    assert ways(entry(discover_text(HEAD + rest))) == [("Ledger.balance", "paid")]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Ledger(vault.ledger).balance().via(vault.ledger, told)", ("Ledger.balance", "told")),
        ("vault.index.get().via(handler=told, proxy=vault.ledger)", ("Index.get", "told")),
        ('call_raw(vault.ledger, "log", b"").via(vault.ledger, told)', ("raw log", "told")),
    ],
)
def test_a_call_through_a_proxy_is_seen_and_the_method_replies(
    discover_text: Discover, body: str, expected: tuple[str, str]
) -> None:
    told = "@on_response\ndef told(vault: Vault, response: Response[nat]) -> None:\n    pass\n"
    head = HEAD.replace("Pending[nat]:\n", "nat:\n")
    pay = entry(discover_text(f"{head}    {body}\n    return 1\n\n{told}"))
    assert pay.transitions == (Transition("via", *expected),)
    assert pay.replies


def test_functions_that_call_each_other_end(discover_text: Discover) -> None:
    rest = (
        "    return one(vault)\n\ndef one(vault: Vault) -> Pending[nat]:\n    return two(vault)\n\n"
        "def two(vault: Vault) -> Pending[nat]:\n"
        "    return one(vault) if vault.index else vault.index.get().then(kept)"
    )
    assert ways(entry(discover_text(HEAD + rest))) == [("Index.get", "kept")]


def test_what_the_source_does_not_name_is_unknown(discover_text: Discover) -> None:
    rest = (
        "    return ask(vault, paid)\n\ndef ask(vault: Vault, handler) -> Pending[nat]:\n"
        "    return calls(vault)[0].then(handler)\n\n"
        "def calls(vault: Vault):\n    return [Ledger(vault.ledger).balance()]"
    )
    assert ways(entry(discover_text(HEAD + rest))) == [("", "")]


def test_methods_of_the_project_with_the_names_of_scm_are_no_calls(
    discover_text: Discover,
) -> None:
    rest = """    _chained = Chain().then(1)
    Chain().send()
    return vault.index.get().then(kept)

class Chain:
    def then(self, item: int) -> None: ...
    def send(self) -> None: ...
"""
    transitions = entry(discover_text(HEAD + rest)).transitions
    assert transitions == (Transition("then", "Index.get", "kept"),)


def test_a_handler_that_is_only_named_is_not_entered(discover_text: Discover) -> None:
    text = HEAD.replace("    return 2", "    ic.reject('no')") + (
        "    return vault.index.get().then(kept)"
    )
    spec = discover_text(text)
    assert not entry(spec).rejects
    assert entry(spec, "kept").rejects


def test_one_way_calls_and_replies(discover_text: Discover) -> None:
    rest = (
        "    return vault.index.get().then(kept)\n\n"
        "@update('log it')\ndef log(vault: Vault, early: nat) -> nat | Pending[nat]:\n"
        "    Ledger(vault.ledger).log('x').send()\n"
        "    if early:\n        return early\n"
        "    return vault.index.get().then(paid)\n\n"
        "Answer = Pending[nat] | nat\n\n"
        "@update\ndef other(vault: Vault) -> Answer:\n    return 1\n"
    )
    spec = discover_text(HEAD + rest)
    log = entry(spec, "log it")
    assert log.replies
    assert Transition("send", "Ledger.log", "") in log.transitions
    assert ways(log) == [("Index.get", "paid")]
    assert entry(spec, "other").replies
    assert not entry(spec, "setup").replies


def test_calls_of_a_join_are_seen_one_by_one(discover_text: Discover) -> None:
    rest = """    calls = [vault.index.get()]
    calls.append(Ledger(vault.ledger).balance())
    return join(calls).then(compared)

@update
def several(vault: Vault, ledgers: list[Principal]) -> Pending[nat]:
    return join([Ledger(ledger).balance() for ledger in ledgers]).then(compared)

@on_response
def compared(vault: Vault, responses: list[Response[nat]]) -> nat:
    return 3
"""
    spec = discover_text("from scm import join\n" + IMPORTS + HEAD + rest)
    assert ways(entry(spec)) == [("Index.get", "compared"), ("Ledger.balance", "compared")]
    assert ways(entry(spec, "several")) == [("Ledger.balance", "compared")]


def test_timers_and_who_sets_them(discover_text: Discover) -> None:
    rest = """    ic.set_timer(remind, after=60)
    return vault.index.get().then(kept)

@on_timer
def remind(vault: Vault) -> Pending[None]:
    return vault.index.get().then(noted)

@on_response
def noted(vault: Vault, response: Response[nat]) -> None:
    ic.set_timer(handler=remind, after=60)

@every(hours=1)
def sweep(vault: Vault) -> Pending[None]:
    return remind(vault)
"""
    spec = discover_text("from scm import every, on_timer\n" + IMPORTS + HEAD + rest)
    set_timer = Transition("set_timer", "", "remind")
    assert set_timer in entry(spec).transitions
    assert entry(spec, "noted").transitions == (set_timer,)
    assert ways(entry(spec, "remind")) == ways(entry(spec, "sweep")) == [("Index.get", "noted")]
    assert not entry(spec, "remind").replies


def test_what_a_handler_says_about_traps_and_time(discover_text: Discover) -> None:
    rest = """    return vault.index.get().then(locked)

def unlock(vault: Vault) -> None:
    give_up()

def give_up() -> None:
    ic.reject("never")

@on_response(on_trap=unlock, valid_for=60)
def locked(vault: Vault, response: Response[nat]) -> nat:
    return 4
"""
    locked = entry(discover_text(HEAD + rest), "locked")
    assert (locked.on_trap, locked.valid_seconds, locked.rejects) == ("unlock", 60, False)


def test_documents_are_canonical_and_survive(vault: CanisterSpec) -> None:
    document = machine_document(vault.machine)
    assert read_machine(document) == vault.machine
    assert machine_document(reversed(vault.machine)) == document


def test_kinds_of_transitions_that_are_not_known_are_left_out(vault: CanisterSpec) -> None:
    document = machine_document(vault.machine)
    for item in document:
        item["transitions"].append({"kind": "leap", "callee": "", "target": ""})
    assert read_machine(document) == vault.machine
