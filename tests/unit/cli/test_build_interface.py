"""`scm build` compares its interface with the deployed one before any tool runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from scm.cli.main import main

SOURCE = """\
from scm import nat, query, state, text

@state
class State:
    total: nat = 0

@query
def total(state: State, since: nat) -> nat:
    return state.total
"""
DEPLOYED = "service : { history : () -> (); total : () -> (text) query }"
BREAKING = (
    "method `history`: it is gone",
    "method `total`: argument 0 of type `nat` is missing",
    "method `total`: result 0: `nat` is not a subtype of `text`",
)
LOCK = """\
version = 1

[[handler]]
name = "paid"
slot = 65552
context = "()"
response = "(nat)"
reply = "(nat)"
status = "active"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder above a project `vault`, whose deployed interface is another."""
    monkeypatch.chdir(tmp_path)
    project = tmp_path / "vault"
    (project / "deployed").mkdir(parents=True)
    (project / "canister.py").write_text(SOURCE)
    (project / "other.py").write_text(SOURCE)
    (project / "deployed" / "vault.did").write_text(DEPLOYED)
    # A handler that is gone: builds that get past the interface stop there, before any tool.
    (project / "scm.lock").write_text(LOCK)
    (project / "other.scm.lock").write_text(LOCK)
    (tmp_path / "deployed.did").write_text(DEPLOYED)
    return tmp_path


def configure(setting: str) -> None:
    Path("vault/pyproject.toml").write_text(f"[tool.scm]\n{setting}\n")


def is_past_the_interface(shown: str) -> bool:
    return "[removed-handler]" in shown and "[breaking-interface]" not in shown


@pytest.mark.parametrize("path", ["vault", "vault/canister.py"])
def test_breaking_changes_refuse_the_build(
    folder: Path, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    configure('deployed = "deployed/vault.did"')
    before = sorted(folder.rglob("*"))
    assert main(["build", "-q", path]) == 5
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [
        *(f"error: {change}  [breaking-interface]" for change in BREAKING),
        "error: the new interface breaks callers of `vault/deployed/vault.did`, for 3 reasons"
        "  [breaking-interface]",
        "   = help: keep what callers use: add new methods and optional arguments instead; or build"
        " with `--allow-breaking-interface`",
    ]
    assert sorted(folder.rglob("*")) == before


def test_file_on_the_command_line_comes_first(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure('deployed = "deployed/gone.did"')
    assert main(["build", "-q", "vault", "--deployed", "deployed.did"]) == 5
    assert "breaks callers of `deployed.did`, for 3 reasons" in capsys.readouterr().err


def test_breaking_changes_are_warnings_if_allowed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure('deployed = "deployed/vault.did"')
    assert main(["build", "vault", "--allow-breaking-interface"]) == 1
    shown = capsys.readouterr().err
    for change in BREAKING:
        assert f"warning: {change}  [breaking-interface]\n" in shown
    assert ", compared with vault/deployed/vault.did " in shown
    assert "[removed-handler]" in shown
    assert main(["build", "-q", "vault", "--allow-breaking-interface"]) == 1
    assert "warning" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "deployed",
    [
        "service : {}",
        "service : (text) -> { total : (nat) -> (nat) query }",
        "service : { total : (nat, text) -> (int) query }",
    ],
)
def test_compatible_interfaces_pass(
    folder: Path, capsys: pytest.CaptureFixture[str], deployed: str
) -> None:
    Path("deployed.did").write_text(deployed)
    assert main(["build", "vault", "--deployed", "deployed.did"]) == 1
    assert is_past_the_interface(capsys.readouterr().err)


def test_nothing_is_compared_if_no_file_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", "vault"]) == 1
    shown = capsys.readouterr().err
    assert is_past_the_interface(shown)
    assert "compared" not in shown


def test_the_setting_is_for_the_main_module(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure('deployed = "deployed/vault.did"')
    assert main(["build", "vault/other.py"]) == 1
    assert is_past_the_interface(capsys.readouterr().err)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ('deployed = "gone.did"', "error: can't read `vault/gone.did`: No such file or directory"),
        ('deployed = "a\\u0000b.did"', "can't read `vault/a\0b.did`: embedded null byte"),
        ('deployed = ""', "`deployed` in `vault/pyproject.toml` must be a text"),
        ("deployed = true", "`deployed` in `vault/pyproject.toml` must be a text"),
        ('deployed = "canister.py"', "`vault/canister.py` is not a Wasm module"),
        (
            'deployd = "x.did"',
            "the settings are `name`, `main`, `deployed`, `decode`, `no-calls`, `bytecode`,"
            " `include`",
        ),
    ],
)
def test_wrong_settings_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str], setting: str, message: str
) -> None:
    configure(setting)
    assert main(["build", "-q", "vault"]) == 2
    assert message in capsys.readouterr().err


def test_absent_file_on_the_command_line_is_an_error(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", "-q", "vault", "--deployed", "gone.wasm"]) == 2
    shown = capsys.readouterr().err
    assert "can't read `gone.wasm`" in shown


def test_mistake_in_the_deployed_interface_is_shown_with_its_place(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("broken.did").write_text("service : {\n  total : (nat) -> (Resul) query;\n}\n")
    assert main(["build", "-q", "vault", "--deployed", "broken.did"]) == 2
    assert capsys.readouterr().err == (
        "error: type `Resul` is not defined  [did-file]\n"
        "  --> broken.did:2:21\n"
        "   |\n"
        " 2 |   total : (nat) -> (Resul) query;\n"
        "   |                     ^\n\n"
        "1 error\n"
    )
    assert main(["build", "-q", "vault", "--deployed", "broken.did", "--format", "short"]) == 2
    assert capsys.readouterr().err == (
        "broken.did:2:21: error: type `Resul` is not defined  [did-file]\n"
    )
