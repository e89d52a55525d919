"""`scm pin` and `scm check` on modules that scm did not build: files, messages, exit codes."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from scm.cli.main import main
from scm.compiler.artefacts import Slot
from scm.compiler.manifest import SECTION_NAME, AbiManifest, encode_manifest
from scm.compiler.metadata import MetadataSection, write_metadata
from scm.compiler.verify import read_pins
from scm.wasm.engine import text_to_wasm

PAID = '(func (export "scm_callback paid") (param i32) (drop (f32.const 1)))'
SENT = '(func (export "sent") (param i32) (drop (f32.const 2)))'
TABLE = "(table 9 funcref) (elem (i32.const 1) func {})"


def module(*fields: str) -> bytes:
    return text_to_wasm(f"(module {' '.join(fields)})")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a module of two callbacks."""
    monkeypatch.chdir(tmp_path)
    Path("shop.wasm").write_bytes(module(PAID, SENT))
    return tmp_path


def files() -> set[str]:
    return {path.name for path in Path().iterdir()}


def test_plan_gives_slots_before_there_is_a_module(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pin", "--plan", "paid", "sent", "--header", "slots.h", "--rust", "s.rs"]) == 0
    shown = capsys.readouterr()
    assert shown.out == "slots.lock\n"
    assert shown.err == " 65,552  paid\n 65,553  sent\n"
    assert "#define SCM_SLOT_SENT 65553u\n" in Path("slots.h").read_text()
    assert "pub const SCM_SLOT_SENT: usize = 65553;\n" in Path("s.rs").read_text()
    assert main(["pin", "-q", "--plan", "more", "--header", "slots.h"]) == 0
    assert "#define SCM_SLOT_MORE 65554u\n" in Path("slots.h").read_text()


def test_module_is_written_beside_the_linked_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pin", "shop.wasm", "--export", "sent", "--keep-exports"]) == 0
    shown = capsys.readouterr()
    assert shown.out == "shop.pinned.wasm\n"
    assert read_pins(Path("shop.pinned.wasm").read_bytes()) == {
        65_552: "scm_callback paid",
        65_553: "sent",
    }
    assert files() == {"shop.wasm", "shop.pinned.wasm", "slots.lock"}


def test_compressed_module_is_taken_too() -> None:
    Path("shop.wasm.gz").write_bytes(gzip.compress(Path("shop.wasm").read_bytes()))
    assert main(["pin", "-q", "shop.wasm.gz", "-o", "out.wasm", "--lock", "my.lock"]) == 0
    assert files() == {"shop.wasm", "shop.wasm.gz", "out.wasm", "my.lock"}


def test_header_that_changes_asks_for_another_compilation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["pin", "shop.wasm", "--header", "slots.h"]
    assert main(arguments) == 0
    assert "`slots.h` changed: compile again" in capsys.readouterr().err
    assert main(arguments) == 0
    assert "compile again" not in capsys.readouterr().err


def test_removed_callback_is_shown_in_the_slot_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pin", "-q", "--plan", "paid", "sent"]) == 0
    Path("shop.wasm").write_bytes(module(PAID))
    assert main(["pin", "shop.wasm"]) == 1
    assert capsys.readouterr().err == (
        "error: callback `sent` is gone from the module  [removed-callback]\n"
        "  --> slots.lock:10:1\n"
        "   |\n"
        "10 | [[callback]]\n"
        "   | it has a slot here\n"
        "   = note: a response may still be on its way to it; after an upgrade to this module it"
        " would find no one\n"
        "   = help: export `scm_callback sent` again, or name its plain export: `--export sent`\n"
        "   = help: once no call is pending for it, give it up: `scm pin --retire sent`\n"
        "\n1 error\n"
    )
    assert files() == {"shop.wasm", "slots.lock"}
    assert main(["pin", "shop.wasm", "--retire", "sent", "--header", "slots.h"]) == 0
    assert " 65,553  sent  (retired)\n" in capsys.readouterr().err
    assert "SENT" not in Path("slots.h").read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["gone.wasm"], 2, "error: can't read `gone.wasm`"),
        (["slots.h"], 2, "error: `slots.h` is not a Wasm module"),
        (["shop.wasm", "-o", "shop.wasm"], 2, "`shop.wasm` can't be read and written at once"),
        (["shop.wasm", "--header", "slots.h"], 2, "`slots.h` was not written by `scm pin`"),
        (["shop.wasm", "paid"], 2, "2 modules are given, expected one"),
        (["--plan", "shop.wasm"], 2, "`shop.wasm` is not the name of a callback"),
        (["--plan", "paid", "-o", "x.wasm"], 2, "are about a module, and `--plan` has none"),
        (["--plan", "paid", "Paid", "--header", "x.h"], 1, "[same-constant]"),
        (["shop.wasm", "--export", "absent"], 1, "[missing-export]"),
        (["shop.wasm", "--lock", "bad.lock"], 2, "`bad.lock` is damaged"),
        (["cut.wasm"], 2, "`cut.wasm` is not a Wasm module: "),
        (["shop.wasm", "--lock", "high.lock", "--export", "sent"], 4, "callback slots"),
    ],
)
def test_mistakes_are_told_and_nothing_is_written(
    capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, message: str
) -> None:
    Path("slots.h").write_text("#define MINE\n")
    Path("bad.lock").write_text("version = 1\nmore = 2\n")
    Path("cut.wasm").write_bytes(b"\0asm\x01\0\0\0\x01\x07\x02")
    Path("high.lock").write_text(
        'version = 1\n[[callback]]\nname = "paid"\nslot = 999999\nstatus = "active"\n'
    )
    before = {path.name: path.read_bytes() for path in Path().iterdir()}
    assert main(["pin", *arguments]) == code
    shown = capsys.readouterr()
    assert message in shown.err
    assert shown.out == ""
    assert {path.name: path.read_bytes() for path in Path().iterdir()} == before


def write_pair() -> None:
    Path("old.wasm").write_bytes(module(PAID, SENT, TABLE.format("0 1")))
    Path("new.wasm").write_bytes(module(PAID, SENT, TABLE.format("1 0")))


def test_check_shows_what_moved(capsys: pytest.CaptureFixture[str]) -> None:
    write_pair()
    assert main(["check", "old.wasm", "new.wasm"]) == 5
    shown = capsys.readouterr()
    assert shown.out.startswith(
        "unsafe   table index 1: `paid` stood there, `sent` stands there now: a call in flight that"
        " was made through it reaches another function; `paid` is at 2 now\n"
        "           help: pin the callbacks with `scm pin`, in both versions"
    )
    assert shown.out.count("help:") == 1
    assert shown.err == (
        "2 table indices that the system can call: 2 hold another function\n"
        "error: the upgrade is not safe, for 2 reasons  [unsafe-upgrade]\n"
    )
    assert main(["check", "old.wasm", "new.wasm", "--idle"]) == 0


def test_check_of_pinned_modules_says_what_it_did_not_compare(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_pair()
    for name in ("old.wasm", "new.wasm"):
        assert main(["pin", "-q", name, "--export", "sent"]) == 0
    capsys.readouterr()
    assert main(["check", "old.pinned.wasm", "new.pinned.wasm"]) == 0
    shown = capsys.readouterr()
    assert "safe     table indices 65,552, 65,553: as before: `paid`, `sent`\n" in shown.out
    assert "what `env` stands for and the state were not compared" in shown.err


def test_check_tells_findings_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    write_pair()
    assert main(["check", "--json", "old.wasm", "new.wasm"]) == 5
    document = json.loads(capsys.readouterr().out)
    assert document["safe"] is False
    assert [item["subject"] for item in document["findings"]] == ["table index 1", "table index 2"]


def test_check_compares_interfaces_where_modules_tell_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, did in (("old", "service : { a : () -> () }"), ("new", "service : {}")):
        section = MetadataSection("candid:service", did.encode())
        Path(f"{name}.wasm").write_bytes(write_metadata(module(PAID), [section]))
    assert main(["check", "old.wasm", "new.wasm"]) == 0
    assert "warning  method `a`: it is gone" in capsys.readouterr().out


def test_check_knows_that_memory_of_scm_is_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    abi = AbiManifest("test", "wasm32", Slot(65_536), Slot(65_537), (), (), ())
    sections = [
        MetadataSection("candid:service", b"service : {}"),
        MetadataSection(SECTION_NAME, encode_manifest(abi)),
    ]
    Path("ours.wasm").write_bytes(write_metadata(module(), sections))
    assert main(["check", "ours.wasm", "shop.wasm"]) == 5
    assert "unsafe   stable memory: the new module was not built by scm" in capsys.readouterr().out
    assert main(["check", "shop.wasm", "ours.wasm"]) == 5
    assert "unsafe   stable memory: the old module was not built by scm" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["shop.wasm", "."], "is a project, and the other side was not built by scm"),
        (["shop.wasm", "bad.wasm"], "`bad.wasm` is not a Wasm module"),
        (["shop.wasm", "base.wasm"], "the table of `base.wasm` can't be read"),
        (["shop.wasm", "old.wasm", "--pending", "pay=1"], "neither version has a callback `pay`"),
    ],
)
def test_check_of_what_cannot_be_compared(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    write_pair()
    Path("canister.py").write_text(
        "from scm import state\n\n@state\nclass State:\n    total: int = 0\n"
    )
    Path("bad.wasm").write_bytes(b"\0asm\x01\0\0\0\x03\x02\x01\x05")
    Path("base.wasm").write_bytes(
        module(
            '(import "env" "base" (global i32)) (table 9 funcref)',
            "(func $f (param i32)) (elem (global.get 0) func $f)",
        )
    )
    assert main(["check", *arguments]) == 2
    assert message in capsys.readouterr().err
