"""`scm candid check`: all that callers of one interface would miss in another."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from scm.cli.main import main
from scm.compiler.metadata import MetadataSection, write_metadata

EMPTY_MODULE = b"\x00asm\x01\x00\x00\x00"
OLD = """\
type A = record { x : nat; y : text };
service : (nat) -> {
  gone : () -> ();
  keep : (A) -> (A);
  pay : (A, nat) -> (A);
  pick : (opt nat) -> ();
};
"""
NEW = """\
type A = record { x : int; z : text };
service : (text) -> {
  keep : (record { x : nat }, opt bool) -> (record { x : nat; y : text; more : nat });
  pay : (A, nat, text) -> (A) query;
  pick : (opt text) -> ();
};
"""
BREAKING = """\
breaking  method `gone`: it is gone
breaking  method `pay`: the func is `query`, expected `update`
breaking  method `pay`: argument 2 of type `text` is missing
breaking  method `pay`: argument 0: record field `z` of type `text` is missing
breaking  method `pay`: result 0: record field `y` of type `text` is missing
breaking  method `pay`: result 0: record field `x`: `int` is not a subtype of `nat`
note      init arguments: argument 0: `nat` is not a subtype of `text`
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with an interface."""
    monkeypatch.chdir(tmp_path)
    Path("vault.did").write_text("service : (text) -> { see : () -> (nat) query }")
    return tmp_path


def write_module(name: str, did: str) -> None:
    module = write_metadata(EMPTY_MODULE, [MetadataSection("candid:service", did.encode())])
    Path(name).write_bytes(gzip.compress(module) if name.endswith(".gz") else module)


def test_all_breaking_changes_are_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("old.did").write_text(OLD)
    Path("new.did").write_text(NEW)
    assert main(["candid", "check", "old.did", "new.did"]) == 5
    shown = capsys.readouterr()
    assert shown.out == BREAKING
    assert shown.err == (
        "error: the new interface breaks callers of `old.did`, for 6 reasons"
        "  [breaking-interface]\n"
    )
    assert main(["candid", "check", "old.did", "new.did", "--strict"]) == 5
    strict = "breaking  method `pick`: argument 0: value of opt: `nat` is not a subtype of `text`"
    assert strict in capsys.readouterr().out


def test_interfaces_of_modules_are_compared(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_module("old.wasm", OLD)
    write_module("new.wasm.gz", NEW)
    assert main(["candid", "check", "old.wasm", "new.wasm.gz", "--json"]) == 5
    document = json.loads(capsys.readouterr().out)
    assert document["compatible"] is False
    assert len(document["breaking"]) == 6
    assert document["breaking"][5] == {
        "path": "method `pay`: result 0: record field `x`",
        "reason": "`int` is not a subtype of `nat`",
    }
    assert document["init_args"] == [
        {"path": "argument 0", "reason": "`nat` is not a subtype of `text`"}
    ]


def test_compatible_interfaces_pass_whatever_their_init_arguments(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("old.did").write_text("service : (nat) -> { m : () -> () }")
    Path("new.did").write_text("service : (text) -> { m : (opt nat) -> (nat); n : () -> () }")
    assert main(["candid", "check", "old.did", "new.did"]) == 0
    shown = capsys.readouterr()
    assert shown.out == "note      init arguments: argument 0: `nat` is not a subtype of `text`\n"
    assert shown.err == "callers of `old.did` can use the new interface: 1 method compared\n"
    assert main(["candid", "check", "-q", "vault.did", "vault.did", "--json", "--strict"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {"compatible": True, "breaking": [], "init_args": []}
    assert shown.err == ""


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("x.wasm", EMPTY_MODULE, "`x.wasm` does not tell its interface"),
        ("x.wasm", b"text", "`x.wasm` is not a Wasm module"),
        ("x.wasm", EMPTY_MODULE + b"\x63\x7f", "`x.wasm` is not a Wasm module: "),
        ("x.did", b"service : { m }", "x.did:1:15: error: expected `:`, got `}`"),
        ("x.did", b"\xff", "x.did:1:1: error: the file is not UTF-8 text (byte 0)"),
        ("x.did", b'import "y.did"', "x.did:1:1: error: can't read `y.did`: No such file"),
    ],
)
def test_what_has_no_interface_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, data: bytes, message: str
) -> None:
    Path(name).write_bytes(data)
    for pair in ((name, "vault.did"), ("vault.did", name)):
        assert main(["candid", "check", "--format", "short", *pair]) == 2
        assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "help"),
    [
        ("none.did", "give a `.did` file, or a `.wasm` or `.wasm.gz` that was built with its"),
        ("none.wasm", "give a `.did`, `.wasm` or `.wasm.gz` file\n"),
    ],
)
def test_a_missing_file_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, help: str
) -> None:
    assert main(["candid", "check", name, "vault.did"]) == 2
    error = capsys.readouterr().err
    assert f"error: can't read `{name}`: No such file or directory" in error
    assert f"help: {help}" in error


def test_damaged_interface_of_a_module_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_module("x.wasm", "service : {")
    assert main(["candid", "check", "x.wasm", "x.wasm"]) == 2
    shown = capsys.readouterr().err
    assert "the interface in `x.wasm` is damaged: 1:12: expected a name, got the end" in shown
