"""`scm graph`: what it prints and writes, and what it says about wrong arguments."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from tests.unit.graph.machines import PAID, PAY, SLOTS, interface, manifest

from scm.cli.main import main
from scm.compiler.manifest import SECTION_NAME, decode_manifest, encode_manifest
from scm.compiler.metadata import MetadataSection, write_metadata

ROOT = Path(__file__).resolve().parents[3]
VAULT = ROOT / "examples" / "vault"
EMPTY_MODULE = b"\x00asm\x01\x00\x00\x00"
DID = interface("pay : () -> (text)")


def module(path: Path, abi: bytes, did: str = DID) -> str:
    sections = [
        MetadataSection(SECTION_NAME, abi),
        MetadataSection("candid:service", did.encode()),
    ]
    path.write_bytes(write_metadata(EMPTY_MODULE, sections))
    return str(path)


def test_the_vault_shows_its_machine_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", str(VAULT)]) == 0
    drawn = capsys.readouterr().out
    readme = (VAULT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"```mermaid\n(.*?)```", readme, re.DOTALL) == [drawn]


def test_format_follows_the_ending(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = module(tmp_path / "new.wasm", encode_manifest(manifest(SLOTS, [PAY, PAID])))
    for name in ("machine.svg", "machine.mmd", "machine.json", "machine.txt"):
        assert main(["graph", path, "-o", str(tmp_path / name)]) == 0
        assert capsys.readouterr() == (f"{tmp_path / name}\n", "")
    texts = {item.suffix: item.read_text(encoding="utf-8") for item in tmp_path.glob("machine.*")}
    assert ET.fromstring(texts[".svg"]).tag.endswith("}svg")
    assert texts[".mmd"].startswith("flowchart LR\n")
    assert json.loads(texts[".json"])["name"] == "vault"
    assert "  -> Ledger.transfer -> paid\n" in texts[".txt"]


def test_format_is_as_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = module(tmp_path / "new.wasm", encode_manifest(manifest(SLOTS, [PAY, PAID])))
    assert main(["graph", path, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["edges"]
    assert main(["graph", path, "--format", "svg", "-o", str(tmp_path / "picture")]) == 0
    assert (tmp_path / "picture").read_text(encoding="utf-8").startswith("<svg ")


def test_a_difference_is_summed_up_beside_the_drawing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = module(tmp_path / "old.wasm", encode_manifest(manifest(SLOTS, [PAID])))
    new = module(tmp_path / "new.wasm", encode_manifest(manifest(SLOTS, [PAY, PAID])))
    assert main(["graph", old, new]) == 0
    drawn = capsys.readouterr()
    assert drawn.out.startswith("flowchart LR\n")
    assert "+ pay -> Ledger.transfer -> paid\n" in drawn.err
    assert main(["graph", old, new, "--format", "text"]) == 0
    assert capsys.readouterr() == (drawn.err, "")
    assert main(["graph", old, new, "-q"]) == 0
    assert capsys.readouterr() == (drawn.out, "")


def test_a_module_of_an_older_scm_shows_what_it_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    abi = encode_manifest(manifest(SLOTS, None))
    assert b"machine" not in abi
    assert decode_manifest(abi).machine is None
    path = module(tmp_path / "old.wasm", abi)
    assert main(["graph", path]) == 0
    shown = capsys.readouterr()
    assert "handler_paid" in shown.out
    assert shown.err == (
        "note: the module was built by a version of scm that did not record transitions\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["good.wasm", "-o", "machine.png"], "does not tell what to write by its ending"),
        (["missing.wasm"], "can't read"),
        (["foreign.wasm"], "was not built by scm"),
        (["damaged.wasm"], "is damaged"),
        (["good.wasm", "-o", "missing/machine.svg"], "No such file or directory"),
    ],
)
def test_wrong_arguments_are_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    abi = encode_manifest(manifest(SLOTS, [PAY, PAID]))
    module(tmp_path / "good.wasm", abi)
    module(tmp_path / "damaged.wasm", abi, "service : {")
    (tmp_path / "foreign.wasm").write_bytes(EMPTY_MODULE)
    assert main(["graph", *arguments]) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert "help: " in shown.err
    assert shown.out == ""


def test_mistakes_in_a_project_are_told_with_their_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "canister.py").write_text(
        "from scm import state\n\n@state\nclass A(int):\n  x: ?\n"
    )
    assert main(["graph", str(tmp_path)]) == 1
    assert f"{tmp_path / 'canister.py'}:5" in capsys.readouterr().err
