"""The catalogue of version pairs: `tests/cases/upgrades/*.toml` as sources of canisters.

Each case is one change, but a build takes long, so they share modules.  Those of handlers and
methods share two pairs, since an install looks only at handlers that calls wait for.  All state
changes that an upgrade allows share a new version; those that it refuses share another, as the
install gives all reasons at once.  Timers are in `timer_catalogue.py`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from attrs import evolve, frozen

from scm.compiler.artefacts import Slot, SlotEntry
from scm.compiler.discover import discover
from scm.compiler.lockfile import format_lock
from scm.compiler.plan import plan_slots
from scm.compiler.project import load_project
from scm.compiler.versions import version_of_module
from scm.testing.building import CanisterBuilder

FOLDER: Final = Path(__file__).parents[1] / "cases" / "upgrades"

Side = Literal["old", "new", "last"]

COMMON: Final = """\
from scm import (
    Method, Pending, Reply, Response, Service, StableDeque, StableList, StableMap, StableSet, every,
    ic, init, int_, join, migration, nat, nat8, on_response, on_timer, query, record, state, text,
    update, variant,
)

VERSION = "{version}"


@record
class Half:
    number: nat


@record
class Both:
    number: nat
    word: text


@variant
class Open:
    pass


@variant
class Shut:
    pass


@variant
class Ajar:
    pass


class Peer(Service):
    number: Method[[], nat]
    integer: Method[[], int_]
    word: Method[[], text]
    maybe: Method[[], nat | None]
    nothing: Method[[], None]
    half: Method[[], Half]
    pair: Method[[], Both]
    two_ways: Method[[], Open | Shut]
    three_ways: Method[[], Open | Shut | Ajar]
    several: Method[[], tuple[nat, ...]]

"""

_ANSWERS: Final = {
    "number": ("nat", "7"),
    "integer": ("int_", "7"),
    "word": ("text", "'seven'"),
    "maybe": ("nat | None", "7"),
    "nothing": ("None", "None"),
    "half": ("Half", "Half(7)"),
    "pair": ("Both", "Both(7, 'seven')"),
    "two_ways": ("Open | Shut", "Open()"),
    "three_ways": ("Open | Shut | Ajar", "Open()"),
    "several": ("tuple[nat, ...]", "(7,)"),
}
"""What a canister of the catalogue answers, to itself: the type and the value."""

_WORDS: Final = {
    "types": "",
    "more": "",
    "context": "nat",
    "value": "5",
    "shown": "{context}",
    "ask": "number",
    "response": "nat",
    "reply": "text",
    "words": "",
    "is_join": False,
    "is_first": False,
    "fate": "",
}
"""What a handler is like where its case says nothing else."""


@frozen(eq=False)
class Case:
    """One change: its name, the verdict by the rules, and the words of its file."""

    name: str
    verdict: str
    words: Mapping[str, Any]

    def word(self, key: str, default: Any = "") -> Any:
        """A word of the case, with `$` replaced by names of its own."""
        return self._named(self.words.get(key, default))

    def side(self, side: Side) -> dict[str, Any]:
        """The words of a handler on one side; the last version has what it does not change."""
        words = {**_WORDS, **self.words}
        for changed in ("new", "last") if side == "last" else (side,):
            words |= self.words.get(changed, {})
        words.setdefault("handler", f"{self.name}_done")
        value = "" if words["response"] == "None" else "{value}"
        parts = ["{VERSION}", words["shown"], "{len(response)}" if words["is_join"] else value]
        shown = " ".join(part for part in parts if part)
        words.setdefault("result", f'f"{shown}"')
        words.setdefault("returns", words["reply"])
        return {key: self._named(value) for key, value in words.items()}

    def types(self, side: Side) -> str:
        """What a state field needs on one side: the classes of its type, its migrations."""
        return str(self._named(self.words.get("types", {}).get(side, "")))

    @property
    def is_back(self) -> bool:
        """Whether the old code is to replace the new."""
        return bool(self.word("back", False))

    @property
    def sides(self) -> tuple[Side, Side]:
        """What runs before the upgrade, and what is to run after it."""
        return ("new", "old") if self.is_back else ("old", "new")

    def _named(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        camel = "".join(part.capitalize() for part in self.name.split("_"))
        value = re.sub(r"\$(?=[A-Z])", camel, value)
        return re.sub(r"\$(?=[a-z])", f"{self.name}_", value).replace("$", self.name)


def load_cases(file: str) -> list[Case]:
    """The cases of a file."""
    document = tomllib.loads((FOLDER / file).read_text(encoding="utf-8"))
    return [Case(item["name"], item["verdict"], item) for item in document["case"]]


def _migrations(of: str) -> list[Case]:
    return [case for case in load_cases("migrations.toml") if case.word("of") == of]


METHODS: Final = load_cases("methods.toml")
_HANDLERS: Final = [*load_cases("handlers.toml"), *_migrations("handler")]
_STATES: Final = [*load_cases("state.toml"), *_migrations("state")]
HANDLERS: Final = [case for case in _HANDLERS if case.verdict != "build"]
STATES: Final = [case for case in _STATES if case.verdict != "build"]
UNBUILT_HANDLERS: Final = [case for case in _HANDLERS if case.verdict == "build"]
UNBUILT_STATES: Final = [case for case in _STATES if case.verdict == "build"]
"""Cases whose new code the build refuses."""

ALLOWED: Final = ("safe", "warning")


# Sources.


def handler_groups() -> dict[str, list[Case]]:
    """The handlers' cases, in two canisters: so many handlers in one module make it too complex."""
    contexts = [case for case in HANDLERS if case.name.startswith("context")]
    return {"contexts": contexts, "others": [case for case in HANDLERS if case not in contexts]}


def handler_source(side: Side, group: Sequence[Case]) -> str:
    """The canister with some handlers and all methods, on one side."""
    cases = sorted(group, key=lambda case: not case.side(side)["is_first"])
    parts = [COMMON.format(version=side), "@state\nclass Book:\n    seed: nat = 0", *_answers()]
    for case in cases:
        words = case.side(side)
        if words["fate"] not in ("removed", "retired"):
            parts += _handler(case.name, words)
    parts += [case.word(side) for case in METHODS if case.word(side)]
    return "\n\n\n".join([*parts, ""])


def state_source(side: Side, cases: Sequence[Case], new: Collection[Case]) -> str:
    """The canister with the fields of `cases`; those in `new` as they are after the change.

    `fill` puts something into all fields, and `spoil_NAME` into one what a migration stumbles over.
    """
    versions: list[tuple[Case, Side]] = [(case, "new" if case in new else "old") for case in cases]
    fields = [f"    {case.word(at)}" for case, at in versions if case.word(at)]
    parts = [COMMON.format(version=side)]
    for case, at in versions:
        parts += [case.types(at)] if case.types(at) else []
    fields = fields if side == "old" else fields[::-1]
    required = [line for line in fields if "=" not in line]
    others = [line for line in fields if line not in required]
    parts.append("\n".join([_state_words(versions), *required, "    seed: nat = 0", *others]))
    inits = [case.word("init") for case, at in versions if at == "new" and case.word("init")]
    if inits:
        parts.append(f"@init\ndef begin() -> Book:\n    return Book({', '.join(inits)})")
    fills = [case.word("fill") for case, at in versions if at == "old" and case.word("fill")]
    parts.append("\n    ".join(["@update\ndef fill(book: Book) -> None:", "book.seed = 7", *fills]))
    parts += [
        f"@update\ndef spoil_{case.name}(book: Book) -> None:\n    {case.word('spoil')}"
        for case, at in versions
        if at == "old" and case.word("spoil")
    ]
    parts += [
        f"@query\ndef read_{case.name}(book: Book) -> text:\n    return {case.word('read')}"
        for case, at in versions
        if at == "new" and case.word("read")
    ]
    asking = Case("asking", "safe", {})
    return "\n\n\n".join([*parts, *_answers(), *_handler("asking", asking.side(side)), ""])


def _state_words(versions: Sequence[tuple[Case, Side]]) -> str:
    changed = [case for case, at in versions if at == "new"]
    renamed = {
        case.word("renamed_to") or f"{case.name}_to": case.name
        for case in changed
        if case.word("renamed_to") or case.word("renamed")
    }
    dropped = tuple(case.name for case in changed if case.word("dropped"))
    words = [f"renamed={renamed}"] if renamed else []
    words += [f"dropped={dropped}"] if dropped else []
    shown = f"({', '.join(words)})" if words else ""
    return f"@state{shown}\nclass Book:"


def _answers() -> Iterator[str]:
    for name, (type, value) in _ANSWERS.items():
        yield f"@query\ndef {name}(book: Book) -> {type}:\n    return {value}"


def _handler(name: str, words: Mapping[str, Any]) -> Iterator[str]:
    """What a case declares, the method that makes the call, and its handler."""
    if words["types"]:
        yield words["types"]
    call = f"Peer(ic.self_id()).{words['ask']}()"
    response, body = f"Response[{words['response']}]", f"return {words['result']}"
    if words["is_join"]:
        call, response = f"join([{call}, {call}])", "list[Response[nat]]"
    else:
        pattern = "Reply()" if words["response"] == "None" else "Reply(value)"
        body = (
            f"match response:\n        case {pattern}:\n            {body}\n"
            '        case _:\n            raise RuntimeError("no reply")'
        )
    context = f"context: {words['context']}, " if words["context"] else ""
    given = f"{words['handler']}, {words['value']}" if words["context"] else words["handler"]
    yield (
        f"@update\ndef {name}(book: Book) -> Pending[{words['reply']}]:\n"
        f"    return {call}.then({given})"
    )
    parameters = f"book: Book, {context}response: {response}"
    yield (
        f"@on_response{words['words']}\n"
        f"def {words['handler']}({parameters}) -> {words['returns']}:\n"
        f"    {body}"
    )
    if words["more"]:
        yield words["more"]


# Builds.


def write_project(folder: Path, source: str, lock: str = "") -> Path:
    """A project of one module, and maybe a slot file."""
    folder.mkdir(parents=True)
    (folder / "canister.py").write_text(source, encoding="utf-8")
    if lock:
        (folder / "scm.lock").write_text(lock, encoding="utf-8")
    return folder


def build_all(projects: Mapping[str, Path], folder: Path) -> dict[str, bytes]:
    """The modules of projects, one after the other.

    Not in threads: CPython 3.11's parser counts its recursion wrongly when they take turns.
    """
    return {name: CanisterBuilder(folder / name)(path) for name, path in projects.items()}


def lock_of_new_handlers(project: Path, old: bytes, group: Sequence[Case]) -> str:
    """A slot file as if someone had edited it: types that the build would refuse, slots that move.

    The build itself would never write it; the check and the install have to cope.
    """
    before = {entry.name: entry for entry in version_of_module(old, Path("old")).handlers or ()}
    after = {entry.name: entry for entry in plan_slots(discover(load_project(project))).handlers}
    free = Slot(max(entry.slot for entry in before.values()) + 100)
    return format_lock(list(_entries(group, before, after, free)))


def _entries(
    group: Sequence[Case],
    before: Mapping[str, SlotEntry],
    after: Mapping[str, SlotEntry],
    free: Slot,
) -> Iterator[SlotEntry]:
    for case in group:
        words = case.side("new")
        old, new = before[case.side("old")["handler"]], after.get(words["handler"])
        match words["fate"]:
            case "removed":
                continue
            case "retired":
                yield evolve(old, status="retired", answer=case.word("rejected"))
                continue
        assert new is not None
        is_new = new.name != old.name and old.name not in new.formerly
        is_elsewhere = words["fate"] == "moved" or (is_new and words["fate"] != "displaced")
        yield evolve(new, slot=free if is_elsewhere else old.slot)
        free = Slot(free + is_elsewhere)
