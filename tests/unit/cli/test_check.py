"""`scm check`: formats, slot files, and what is pending, on modules without code."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from attrs import evolve
from tests.unit.cli.test_main import PAID, SOURCE, manifest, module

from scm.candid.encode import encode
from scm.cli.main import main
from scm.compiler.lockfile import write_lock
from scm.compiler.manifest import TimerEntry
from scm.testing.pending_calls import PENDING_REPLY

OTHER = evolve(PAID, context="(record { amount : nat; deep : record { at : text } })")
NEEDY = evolve(PAID, context="(record { amount : text; deep : record { at : nat } })")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with two modules whose handler `paid` has another context."""
    monkeypatch.chdir(tmp_path)
    Path("old.wasm").write_bytes(module(manifest(OTHER)))
    Path("new.wasm").write_bytes(module(manifest(NEEDY)))
    return tmp_path


def findings_of(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [
        item
        for item in json.loads(capsys.readouterr().out)["findings"]
        if item["severity"] != "safe"
    ]


def test_every_place_where_types_part_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "-q", "old.wasm", "new.wasm"]) == 5
    shown = capsys.readouterr()
    lines = [line for line in shown.out.splitlines() if not line.startswith("   ")]
    assert lines == [
        "pending  response handler `paid`, at `context.amount`: its context changed: record field"
        " `amount`: `nat` is not a subtype of `text`",
        "pending  response handler `paid`, at `context.deep.at`: its context changed: record field"
        " `deep`: record field `at`: `text` is not a subtype of `nat`",
    ]
    assert "for 2 reasons  [unsafe-upgrade]" in shown.err


def test_json_is_complete(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_lock(Path("scm.lock"), [PAID])
    assert main(["check", "--format", "json", "old.wasm", "new.wasm"]) == 5
    document = json.loads(capsys.readouterr().out)
    assert list(document) == ["version", "safe", "verdict", "pending", "not_compared", "findings"]
    assert (document["version"], document["safe"], document["pending"]) == (1, False, None)
    assert document["verdict"] == "unsafe-while-pending"
    first = document["findings"][0]
    assert list(first) == ["severity", "subject", "path", "reason", "help", "place"]
    assert (first["severity"], first["path"]) == ("unsafe-while-pending", "context.amount")
    # A module's place is the slot file beside it.
    assert first["place"] == {"file": "scm.lock", "line": 5, "column": 1}


@pytest.mark.parametrize(
    ("options", "code", "severity"),
    [
        ([], 5, "unsafe-while-pending"),
        (["--idle"], 0, None),
        (["--pending", "paid=2"], 5, "unsafe"),
        (["--pending", "paid=0"], 0, None),
    ],
)
def test_counts_make_yes_or_no_of_it(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    code: int,
    severity: str | None,
) -> None:
    assert main(["check", "--json", "old.wasm", "new.wasm", *options]) == code
    found = {item["severity"] for item in findings_of(capsys)}
    assert found == (set() if severity is None else {severity})


REST = 'context = blob ""; cycles = 0; version = 1; issued_ns = 0; due_ns = 0; error = ""'


def reply_text(status: str) -> str:
    return (
        f'(vec {{ record {{ id = 1; status = "{status}"; handler = "paid"; slot = {PAID.slot};'
        f' callee = principal "aaaaa-aa"; method = "pay"; {REST} }} }}, null)'
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'{"paid": 1}', 5),
        (b'{"paid": 0}', 0),
        (b"{}", 0),
        (encode(PENDING_REPLY, [[], None]), 0),
        (encode(PENDING_REPLY, [[], None]).hex().encode(), 0),
        (b"(vec {}, null)", 0),
        (reply_text("waiting").encode(), 5),
        (reply_text("running: its handler has the response").encode(), 5),
        (reply_text("proxied: its response comes from a proxy").encode(), 5),
        (reply_text("failed: its handler trapped").encode(), 0),
        (encode(PENDING_REPLY, [[], 7]), 2),
        (b'{"paid": -1}', 2),
        (b'{"payd": 1}', 2),
        (b"nonsense", 2),
        (b"DIDL", 2),
        (b"\xff", 2),
    ],
)
def test_counts_may_come_from_the_canister_itself(
    folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, code: int
) -> None:
    Path("calls").write_bytes(content)
    assert main(["check", "-q", "old.wasm", "new.wasm", "--calls", "calls"]) == code
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert main(["check", "-q", "old.wasm", "new.wasm", "--calls", "-"]) == code


@pytest.mark.parametrize(
    ("content", "code"),
    [(encode(PENDING_REPLY, [[], None]), 5), (b"{}", 0), (b'{"nudge": 2}', 5)],
    ids=["calls only", "nothing", "timers"],
)
def test_a_list_of_calls_says_nothing_of_timers(folder: Path, content: bytes, code: int) -> None:
    timers = (TimerEntry("remind", "(nat)", 0, formerly=("nudge",)),)
    Path("timers.wasm").write_bytes(module(evolve(manifest(OTHER), timers=timers)))
    Path("none.wasm").write_bytes(module(manifest(OTHER)))
    Path("calls").write_bytes(content)
    assert main(["check", "-q", "timers.wasm", "none.wasm", "--calls", "calls"]) == code


def test_counts_have_one_source(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("calls").write_text("{}")
    assert main(["check", "old.wasm", "new.wasm", "--calls", "calls", "--idle"]) == 2
    assert "exclude each other" in capsys.readouterr().err
    assert main(["check", "old.wasm", "new.wasm", "--canister", "aaaaa-aa"]) == 2
    assert "no saved replica" in capsys.readouterr().err


def test_annotations_point_at_the_source(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("vault").mkdir()
    Path("vault/canister.py").write_text(SOURCE.replace("total: nat = 0", "total: text = ''"))
    Path("old.wasm").write_bytes(module(manifest(evolve(PAID, response="(text)"))))
    source = SOURCE.replace("total: nat", "limit: nat").replace("state.total", "state.limit")
    Path("vault/canister.py").write_text(source)
    assert main(["check", "--format", "github", "old.wasm", "vault"]) == 5
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "::error file=vault/canister.py,line=8,col=5,title=scm check%3A unsafe-while-pending::"
        "response handler `paid`, at `response`: its response type changed: `text` is not a subtype"
        " of `nat`%0Ahelp: let it take what old calls are answered, or write a new handler for new"
        " calls",
        "::warning title=scm check%3A warning::state field `total`: it is gone; its value stays in"
        " stable memory, and no one reads it%0Ahelp: put it back if its value is still needed",
    ]


def test_slot_files_have_handlers_only(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_lock(Path("scm.lock"), [OTHER])
    assert main(["check", "scm.lock", "old.wasm"]) == 0
    shown = capsys.readouterr()
    assert shown.out == "safe     response handler `paid`\n"
    assert shown.err == (
        "the state and the interface were not compared: a slot file has neither\n"
        "the response handlers are safe: 1 things compared\n"
    )
    assert main(["check", "--json", "scm.lock", "new.wasm"]) == 5
    assert json.loads(capsys.readouterr().out)["not_compared"] == ["state", "interface"]
    assert main(["check", "gone.lock", "new.wasm"]) == 2
    assert main(["check", "damaged.lock", "new.wasm"]) == 2
