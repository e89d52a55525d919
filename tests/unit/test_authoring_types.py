"""mypy, strict, accepts a handler that fits its call or timer and rejects one that does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mypy import api

FRAMEWORK = Path(__file__).parents[2] / "framework"

SOURCE = """\
from scm import Call, Pending, Reject, Reply, Response, Unknown, nat, record, text


@record
class Note:
    text: text


def fits(state: object, note: Note, response: Response[nat]) -> text:
    match response:
        case Reply(value):
            return f"{note.text}: {value + 1}"
        case Reject(code, message):
            return f"{code + 1}: {message.upper()}"
        case Unknown():
            return "unknown"


def chains(state: object, note: Note, response: Response[nat]) -> text | Pending[text]:
    return "done"


def needs_nothing(state: object, response: Response[nat]) -> text:
    return "done"


def forgets_a_case(state: object, note: Note, response: Response[nat]) -> text:  # return
    match response:
        case Reply(_):
            return "done"
        case Reject():
            return "refused"


def go(call: Call[nat], other: Call[text], note: Note) -> None:
    answer: Pending[text] = call.then(fits, note)
    answer = call.bounded(seconds=60).with_cycles(10).then(chains, note)
    answer = call.then(needs_nothing)
    other.then(fits, note)  # arg-type
    call.then(fits, 5)  # arg-type
    call.then(fits)  # arg-type
    number: Pending[nat] = call.then(fits, note)  # arg-type
    note.text = "new"  # misc
"""

TIMERS = """\
from scm import Pending, every, ic, nat, on_timer, record, text


@record
class Note:
    text: text


@on_timer
def remind(state: object, note: Note) -> None:
    pass


@on_timer
def ask(state: object, note: Note) -> Pending[None]:
    raise NotImplementedError


@on_timer(formerly=("afterwards",))
def later(state: object) -> None:
    pass


@every(hours=1)
def sweep(state: object) -> None:
    pass


def replies(state: object) -> nat:
    return 1


def go(note: Note) -> bool:
    timer: int = ic.set_timer(remind, note, after=60)
    timer = ic.set_timer(ask, note, after=60, name="order 7")
    timer = ic.set_timer(later, after=60)
    ic.set_timer(remind, 5, after=60)  # arg-type
    ic.set_timer(remind, after=60)  # arg-type
    ic.set_timer(later, note, after=60)  # arg-type
    ic.set_timer(replies, after=60)  # arg-type
    ic.set_timer(remind, note, after="60")  # call-overload
    ic.set_timer(remind, note)  # call-overload
    return ic.cancel_timer(timer) or ic.cancel_timer("order 7")
"""


@pytest.mark.parametrize("source", [SOURCE, TIMERS], ids=["then", "set_timer"])
def test_mypy_checks_handlers_by_signature(tmp_path: Path, source: str) -> None:
    (tmp_path / "canister.py").write_text(source)
    config = tmp_path / "mypy.ini"
    config.write_text(f"[mypy]\nstrict = True\nmypy_path = {FRAMEWORK}\n")
    cache = f"--cache-dir={tmp_path / 'cache'}"
    options = ["--config-file", str(config), cache, "--no-error-summary"]
    printed, failed, _ = api.run([*options, str(tmp_path / "canister.py")])
    assert failed == ""
    found = {
        int(match[1]): match[2]
        for match in re.finditer(r"canister\.py:(\d+): error: .*\[([\w-]+)\]", printed)
    }
    lines = source.splitlines()
    expected = {
        number: line.rpartition("  # ")[2] for number, line in enumerate(lines, 1) if "  # " in line
    }
    assert expected == found
