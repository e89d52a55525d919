"""Bindings of real interfaces: they import, type-check, and are laid out as formatters want."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import typing
from pathlib import Path
from types import ModuleType

import pytest

from scm.binding.bind import BindOptions, bind
from scm.binding.names import module_name
from scm.candid.did import CandidService
from scm.candid.did_files import read_did, read_did_document
from scm.candid.equality import explain_equality
from scm.candid.types import Service
from scm.model import Principal

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "framework" / "scm" / "interfaces"
SHARED = Path(__file__).parents[4] / "shared" / "did"
SOURCES = [*sorted(SHIPPED.glob("*.did")), *sorted(SHARED.glob("*.did"))]
THEIRS = {"management": "management", "icrc1": "icrc1-ledger", "icrc2": "icrc2"}
WIDTHS = (60, 88, 100)

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="no real interfaces beside the repository"
)


def bound(source: Path, width: int) -> str:
    options = BindOptions(source.name, canister_id=Principal(b"\1"), line_length=width)
    return bind(read_did_document(source), options)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All interfaces, bound; a folder for each width."""
    root = tmp_path_factory.mktemp("bound")
    for width in WIDTHS:
        (root / str(width)).mkdir()
        for source in SOURCES:
            name = f"{module_name(source.stem)}_{source.parent.name}.py"
            (root / str(width) / name).write_text(bound(source, width), encoding="utf-8")
    return root


def run_tool(*arguments: str | Path) -> str:
    """The output of a tool that finds nothing to say, empty; else what it says."""
    command = [sys.executable, "-m", *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if result.returncode == 0 else result.stdout + result.stderr


def import_file(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"bound_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module
    spec.loader.exec_module(module)
    return module


def test_bindings_import_and_all_annotations_resolve(folder: Path) -> None:
    files = sorted((folder / "88").glob("*.py"))

    assert len(files) == len(SOURCES) >= 3
    for path in files:
        module = import_file(path)
        classes = [value for value in vars(module).values() if isinstance(value, type)]
        own = [cls for cls in classes if cls.__module__ == module.__name__]
        assert own
        for cls in own:
            typing.get_type_hints(cls, include_extras=True)


def test_bindings_and_the_sample_that_uses_them_are_clean_to_mypy(folder: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "call-another-canister.md").read_text(encoding="utf-8")
    samples = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(samples) == 2
    for number, sample in enumerate(samples):
        (folder / f"sample_{number}.py").write_text(sample, encoding="utf-8")
    config = folder / "mypy.ini"
    config.write_text(f"[mypy]\nstrict = True\ncache_dir = {folder / 'cache'}\n")

    files = [*folder.glob("sample_*.py"), folder / "88"]
    assert run_tool("mypy", "--config-file", config, *files) == ""


@pytest.mark.parametrize("width", WIDTHS)
def test_bindings_are_clean_to_ruff(folder: Path, width: int) -> None:
    options = ["--isolated", "--no-cache", "--line-length", str(width), str(folder / str(width))]

    assert run_tool("ruff", "format", "--diff", *options) == ""
    assert run_tool("ruff", "check", "--select", "E,F,I,UP", *options) == ""


@pytest.mark.parametrize("name", THEIRS)
def test_shipped_bindings_are_what_bind_makes(name: str) -> None:
    management = Principal.management_canister() if name == "management" else None
    options = BindOptions(f"{name}.did", canister_id=management, line_length=100)
    module = SHIPPED.parent / f"{name}.py"

    made = bind(read_did_document(SHIPPED / f"{name}.did"), options)
    assert module.read_text(encoding="utf-8") == made


def test_the_management_canister_is_at_its_principal() -> None:
    from scm.management import MANAGEMENT, Management

    assert Management(Principal.management_canister()) == MANAGEMENT


def method_service(interface: CandidService, name: str) -> Service:
    return Service([method for method in interface.resolved().methods if method.name == name])


@needs_shared
@pytest.mark.parametrize("name", THEIRS)
def test_shipped_interfaces_agree_with_the_official_ones(name: str) -> None:
    ours = read_did(SHIPPED / f"{name}.did")
    theirs = read_did(SHARED / f"{THEIRS[name]}.did")
    names = {method.name for method in ours.resolved().methods}
    official = {method.name for method in theirs.resolved().methods}

    for method in sorted(names):
        difference = explain_equality(
            method_service(ours, method),
            method_service(theirs, method),
            first_env=ours.env,
            second_env=theirs.env,
        )
        assert difference is None, f"{method}: {difference}"
    wanted = official
    if name == "icrc1":
        wanted = {method for method in official if method.startswith("icrc1_")}
    assert names == wanted
