"""What `scm.candid` gives by itself: all names, for Python and for mypy, loaded when asked for."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import scm.candid
import scm.candid.decode
from scm.compiler.runtime_base import runtime_sources

PACKAGE = Path(scm.candid.__file__).parent
REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "candid.md"


def typed_names() -> dict[str, str]:
    """The names of the stub and the modules that they come from."""
    tree = ast.parse((PACKAGE / "__init__.pyi").read_text(encoding="utf-8"))
    return {
        alias.name: str(node.module)
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def exported_by_the_stub() -> list[str]:
    tree = ast.parse((PACKAGE / "__init__.pyi").read_text(encoding="utf-8"))
    (listed,) = [node.value for node in tree.body if isinstance(node, ast.Assign)]
    return list(ast.literal_eval(listed))


def test_stub_and_package_have_the_same_names() -> None:
    assert exported_by_the_stub() == list(scm.candid.__all__)
    assert set(typed_names()) == set(scm.candid.__all__)
    for name, module in typed_names().items():
        assert getattr(scm.candid, name) is getattr(import_module(module), name)
    assert set(scm.candid.__all__) <= set(dir(scm.candid))


def test_functions_win_over_modules_of_the_same_name() -> None:
    # The module was imported above, which usually makes it an attribute of the package.
    assert callable(scm.candid.decode)
    assert "scm.candid.decode" in sys.modules


def test_unknown_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'decoder'"):
        _ = scm.candid.decoder  # type: ignore[attr-defined]


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    code = (
        "import sys, scm.candid; before = set(sys.modules); scm.candid.parse_did;"
        "print(*sorted(set(sys.modules) - before))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert {"attrs", "scm.candid.did_parser", "scm.candid.lexer"} <= set(shown.split())


def test_a_canister_has_no_module_for_hosts() -> None:
    own = {name for name in runtime_sources() if name.startswith("scm.candid")}
    assert "scm.candid" in own
    for module in ("did", "did_parser", "did_files", "lexer", "clashes", "equality", "value_text"):
        assert f"scm.candid.{module}" not in own
    assert all("attrs" not in runtime_sources()[name].text for name in own)


def test_every_name_is_in_the_reference() -> None:
    page = REFERENCE.read_text(encoding="utf-8")
    assert [name for name in scm.candid.__all__ if f"`{name}" not in page] == []


def test_samples_of_the_reference_run() -> None:
    parts = REFERENCE.read_text(encoding="utf-8").split("```")
    samples = [part.removeprefix("python\n") for part in parts if part.startswith("python\n")]
    names: dict[str, object] = {}
    for sample in samples:
        exec(compile(sample, str(REFERENCE), "exec"), names)
    assert len(samples) >= 6
