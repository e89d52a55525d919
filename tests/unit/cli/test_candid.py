"""`scm candid`: messages and text both ways, interfaces compared, ids; and its pages of help."""

from __future__ import annotations

import gzip
import io
import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scm.candid import NAT, Field, Record, TypeEnv, encode
from scm.cli.candid import TypeOptions, run_decode, run_encode
from scm.cli.console import Console, ConsoleOptions
from scm.cli.main import main
from scm.compiler.metadata import MetadataSection, write_metadata
from scm.errors import ScmError

ROOT = Path(__file__).parents[3]
COMMANDS = ("decode", "encode", "check", "hash")
EMPTY_MODULE = b"\x00asm\x01\x00\x00\x00"
DID = """\
import "types.did";
service : (text) -> { pay : (Payment, opt text) -> (nat, text); see : () -> (Payment) query }
"""
PAYMENT = 'record { to = principal "aaaaa-aa"; amount = 5 }'
WORDS = (
    *("(", ")", "{", "}", ",", ";", ":", "=", ".", "opt", "vec", "record", "variant", "func"),
    *("service", "principal", "blob", "null", "true", "nat", "int8", "float32", "text", "T"),
    *("1", "-1", "1.5", "0x1f", "1e999", '"x"', '"aaaaa-aa"', '"\\ff"', "type", "->", "query"),
)
MESSAGE = "4449444c00017d2a"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with an interface in two files."""
    monkeypatch.chdir(tmp_path)
    Path("types.did").write_text("type Payment = record { to : principal; amount : nat }")
    Path("vault.did").write_text(DID)
    return tmp_path


def write_module(name: str, did: str) -> None:
    module = write_metadata(EMPTY_MODULE, [MetadataSection("candid:service", did.encode())])
    Path(name).write_bytes(gzip.compress(module) if name.endswith(".gz") else module)


def give_input(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The result of a command that must succeed and say nothing else."""
    assert main(["candid", *arguments]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    return shown.out.removesuffix("\n")


def fail(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit code of a command that must fail without a result, and its message."""
    code = main(["candid", *arguments])
    shown = capsys.readouterr()
    assert shown.out == ""
    return code, shown.err


@pytest.mark.parametrize(
    "message",
    [
        MESSAGE,
        MESSAGE.upper(),
        f"0x{MESSAGE}",
        " 4449 444c\n0001 7d2a ",
        'blob "DIDL\\00\\01\\7d\\2a"',
        ' blob "DIDL\\00\\01}*" // as didc prints it',
    ],
)
def test_messages_are_read_in_every_form(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    message: str,
) -> None:
    assert run(capsys, "decode", message) == "(42 : nat)"
    Path("message").write_text(message)
    assert run(capsys, "decode", "message") == "(42 : nat)"
    give_input(monkeypatch, message.encode())
    assert run(capsys, "decode") == "(42 : nat)"


def test_bytes_are_read_from_files_and_standard_input(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = bytes.fromhex(MESSAGE)
    Path("abba").write_bytes(raw)
    assert run(capsys, "decode", "./abba") == "(42 : nat)"
    give_input(monkeypatch, raw)
    assert run(capsys, "decode", "-") == "(42 : nat)"


def test_without_types_names_are_ids(capsys: pytest.CaptureFixture[str]) -> None:
    types = [Record([Field("amount", NAT), Field("to", NAT)])]
    message = encode(types, [{"amount": 1, "to": 2}], TypeEnv({}))
    assert run(capsys, "decode", message.hex()) == (
        "(record { 25979 = 2 : nat; 3573748184 = 1 : nat })"
    )
    assert run(capsys, "decode", message.hex(), "--types", "(record { amount : nat })") == (
        "(record { amount = 1 })"
    )


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--method", "pay"], f'({PAYMENT}, opt "hi")'),
        (["--method", "pay", "--results"], '(7, "paid")'),
        (["--method", "see"], "()"),
        (["--method", "see", "--results"], f"({PAYMENT})"),
        (["--init"], '("owner")'),
        (["--types", "(vec Payment)"], f"(vec {{ {PAYMENT} }})"),
        (["--types", "type T = opt T; (T, Payment)"], f"(opt opt null, {PAYMENT})"),
    ],
)
def test_types_come_from_an_interface(
    folder: Path, capsys: pytest.CaptureFixture[str], options: list[str], text: str
) -> None:
    message = run(capsys, "encode", text, "--did", "vault.did", *options)
    assert run(capsys, "decode", message, "--did", "vault.did", *options) == text


def test_module_tells_types_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_module("vault.wasm", "service : { m : (nat8) -> () }")
    message = run(capsys, "encode", "(42)", "--did", "vault.wasm", "--method", "m")
    assert run(capsys, "decode", message) == "(42 : nat8)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(42 : nat)", MESSAGE),
        ("(42)", "4449444c00017c2a"),
        ("()", "4449444c0000"),
        ('(true, "é")', "4449444c00027e710102c3a9"),
    ],
)
def test_values_are_encoded_by_their_own_types(
    capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    assert run(capsys, "encode", text) == message


def test_values_come_from_standard_input_and_go_out_as_bytes(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    give_input(monkeypatch, b"(42 : nat) // some\n")
    assert main(["candid", "encode", "-", "--raw"]) == 0
    assert capsysbinary.readouterr().out == bytes.fromhex(MESSAGE)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["decode", "123"], 2, "error: the hex has an odd number of digits, 3\n"),
        (["decode", "gone"], 2, "`gone` is neither hex nor a file that can be read: No such"),
        (["decode", "x" * 5000], 2, "is neither hex nor a file that can be read: File name too"),
        (["decode", "a\0b"], 2, "is neither hex nor a file that can be read: embedded null"),
        (["decode", "vault.did"], 2, "`vault.did` is no message: neither bytes that start with"),
        (["decode", "blob 7"], 2, "in the message: 1:6: expected one quoted text after `blob`"),
        (["decode", 'blob "a" b'], 2, "in the message: 1:6: expected one quoted text"),
        (["decode", "abcd"], 1, "does not decode: malformed header: a Candid message starts"),
        (["decode", f"{MESSAGE}00"], 1, "the message does not decode: "),
        (["decode", MESSAGE, "--types", "(text)"], 1, "expected `text`, got `nat` at `arg0`"),
        (["decode", MESSAGE, "--types", "(tixt)"], 2, "in the types: 1:2: type `tixt` is not"),
        (["decode", ""], 2, "error: the message is empty\n   = help: give hex, a text `blob"),
        (["decode", " \n"], 2, "error: the message is empty\n"),
        (["decode", "."], 2, "`.` is neither hex nor a file that can be read: Is a directory"),
        (["decode", "void"], 2, "`void` is empty, where a message should be\n   = help: give hex"),
        (["decode", "bytes"], 2, "`bytes` is no message: neither bytes that start with `DIDL`"),
        (["decode", MESSAGE, "--types", "type t = opt t; (t)"], 1, "values nest deeper than 256"),
        (
            ["decode", MESSAGE, "--types", "type t = t; (t)"],
            2,
            "type `t` is defined only by itself",
        ),
        (
            ["decode", MESSAGE, "--did", ".", "--method", "m"],
            2,
            "`.` is a folder, not an interface",
        ),
        (
            ["check", ".", "vault.did"],
            2,
            "error: `.` is a folder, not an interface\n   = help: give",
        ),
        (["check", "vault.did", "."], 2, "`.` is a folder, not an interface"),
        (["check", "bytes.did", "vault.did"], 2, "the file is not UTF-8 text (byte 3)"),
        (["encode", ""], 2, "in the values: 1:1: expected `(`, got the end of the text"),
        (
            ["encode", "(42)", "--types", "type t = opt t; (t)"],
            2,
            "1:2: `opt t` has nothing but `nu",
        ),
        (
            ["encode", "(42)", "--types", "type a = b; type b = a; (a)"],
            2,
            "is defined only by itself",
        ),
        (["encode", "(1e400)"], 2, "in the values: 1:2: `1e400` is out of range for `float64`"),
        (["encode", "(1e39 : float32)"], 2, "`1e39` is out of range for `float32`"),
        (["encode", "(1__0)"], 2, "1:3: unexpected character '_' in a number"),
        (["encode", "(0x)"], 2, "1:3: unexpected character 'x' in a number"),
        (
            ["encode", f"({'1' * 100_001})"],
            2,
            "has at most 100,000 digits, got 100,001; write it in",
        ),
        (["encode", "(1"], 2, "error: in the values: 1:3: expected `,`, got the end of the text"),
        (["encode", "(1, )x"], 2, "in the values: 1:6: unexpected `x` after the arguments"),
        (["encode", '(vec { 1; "x" })'], 2, "in the values: 1:11: element 1 of the vec is `text`"),
        (["encode", "(300)", "--types", "(nat8)"], 2, "`300` is out of range for `nat8`"),
        (["encode", "(1, 2)", "--types", "(nat)"], 2, "1:5: expected 1 argument, got 2"),
        (
            ["encode", "(record { memmo = 1 })", "--types", "(record { memo : opt nat })"],
            2,
            "the record has no such field; its fields are `memo`",
        ),
        (["encode", "(1)", "--method", "pay"], 2, "`--method` and `--init` need an interface"),
        (["encode", "(1)", "--did", "vault.did"], 2, "help: add `--method NAME`, `--init` or"),
        (["encode", "(1)", "--did", "vault.did", "--results"], 2, "are those of a method"),
        (
            ["encode", "(1)", "--types", "()", "--init", "--did", "vault.did"],
            2,
            "`--types`, `--method` and `--init` exclude each other",
        ),
        (
            ["encode", "(1)", "--did", "vault.did", "--method", "pya"],
            2,
            "there is no method `pya`\n   = help: the methods are `pay`, `see`",
        ),
        (["encode", "(1)", "--did", "types.did", "--init"], 2, "does not tell the init arguments"),
        (["encode", "(1)", "--did", "bad.did", "--init"], 2, "  --> bad.did:2:12\n"),
        (["encode", "(1)", "--did", "gone.did", "--init"], 2, "can't read `gone.did`: No such"),
    ],
)
def test_mistakes_are_told(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    Path("bad.did").write_text("\n  type A = B;")
    Path("void").touch()
    for name in ("bytes", "bytes.did"):
        Path(name).write_bytes(b"abc\xff")
    got, shown = fail(capsys, *arguments)
    assert got == code
    assert message in shown


@given(st.lists(st.sampled_from(WORDS), max_size=12), st.booleans())
def test_no_text_makes_trouble(words: list[str], typed: bool) -> None:
    console = Console(io.StringIO(), io.StringIO(), ConsoleOptions())
    text = f"({' '.join(words)})"
    options = TypeOptions(types="(opt nat, vec text)" if typed else None)
    with suppress(ScmError):
        run_encode(text, options, console, raw=False)
    with suppress(ScmError):
        run_encode("()", TypeOptions(types=text), console, raw=False)
    with suppress(ScmError):
        run_decode(text, options, console)


@given(st.binary(max_size=40), st.booleans())
def test_no_bytes_make_trouble(data: bytes, typed: bool) -> None:
    console = Console(io.StringIO(), io.StringIO(), ConsoleOptions())
    options = TypeOptions(types="(opt nat, vec text)" if typed else None)
    with suppress(ScmError):
        run_decode((b"DIDL" + data).hex(), options, console)


@pytest.mark.parametrize(
    "arguments",
    [["encode", '("\udcff")'], ["hash", "\udcff"], ["decode", MESSAGE, "--types", "(\udcff)"]],
)
def test_arguments_must_be_utf8(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    code, shown = fail(capsys, *arguments)
    assert code == 2
    assert "the argument is not UTF-8 text" in shown


@pytest.mark.parametrize("number", ["inf", "-inf", "NaN", "inf : float32", "NaN : float32"])
def test_what_is_not_finite_is_read_as_it_is_shown(
    capsys: pytest.CaptureFixture[str], number: str
) -> None:
    message = run(capsys, "encode", f"({number})")
    assert run(capsys, "decode", message) == f"({number})"


@pytest.mark.parametrize("digits", [4_300, 4_301, 50_000])
def test_long_integers_work_both_ways(capsys: pytest.CaptureFixture[str], digits: int) -> None:
    message = run(capsys, "encode", f"({'7' * digits})")
    shown = run(capsys, "decode", message)
    assert shown.startswith("(0x")
    assert run(capsys, "encode", shown) == message


# Ids.


def test_ids_of_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "hash", "id", "a b", "☃", "id") == (
        "23515  id\n4830947  a b\n11272781  ☃\n23515  id"
    )


def test_colliding_names_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["candid", "hash", "id", "qaskyvcl", "bkzdivbp"]) == 1
    shown = capsys.readouterr()
    assert shown.out.splitlines()[1:] == ["3894780206  qaskyvcl", "3894780206  bkzdivbp"]
    assert shown.err == (
        "error: `qaskyvcl` and `bkzdivbp` have the same id, so no record or variant can have both\n"
    )


# Help.


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_documented_and_has_an_example(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main(["candid", command, "--help"])
    shown = capsys.readouterr().out
    page = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")
    assert f"```text\n{shown}```" in page
    assert f"### scm candid {command}" in page
    assert "example: scm candid" in shown


def test_sample_of_the_documentation_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")
    samples = re.findall(r"^\$ scm candid decode (\w+)\n(.+)$", page, re.MULTILINE)
    assert samples
    for message, text in samples:
        assert run(capsys, "decode", message) == text


@pytest.mark.parametrize("argv", [[], ["encode"], ["hash"], ["check", "a"]])
def test_wrong_usage_exits_with_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["candid", *argv])
    assert caught.value.code == 2
    assert "usage: scm candid" in capsys.readouterr().err
