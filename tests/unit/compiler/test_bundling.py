"""The bytecode of a canister: made again where something in it changes, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest

from scm.compiler import bundling
from scm.compiler.artefacts import Project, SourceModule
from scm.compiler.bundle import PythonSource, make_bundle
from scm.compiler.bundling import FinishedBundle, bundle_modules
from scm.compiler.cache import Cache
from scm.compiler.runtime_base import RuntimeBase, runtime_sources

TEXT = "import colorsys\n\ndef f() -> int:\n    return 1\n"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A line for each time that a bundle is made."""
    lines: list[str] = []

    def note(*arguments: object) -> object:
        lines.append("made")
        return make_bundle(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(bundling, "make_bundle", note)
    return lines


def bundle(folder: Path, text: str, *, compiled: frozenset[str]) -> FinishedBundle:
    module = SourceModule("main", "main.py", text)
    project = Project("main", folder, "main", (module,), folder / "scm.lock")
    base = RuntimeBase(folder, (), "key", runtime_sources())
    users = {"main": PythonSource(text, "main.py", False)}
    return bundle_modules(project, users, compiled, base, Cache(folder / "cache"))


def test_native_module_counts_by_its_imports(tmp_path: Path, made: list[str]) -> None:
    native = frozenset({"main"})
    first = bundle(tmp_path, TEXT, compiled=native)
    assert "colorsys" in first.modules
    assert "main" not in first.modules
    assert bundle(tmp_path, TEXT.replace("1", "2"), compiled=native) == first
    assert made == ["made"]
    other = bundle(tmp_path, TEXT.replace("colorsys", "bisect"), compiled=native)
    assert "bisect" in other.modules
    assert "colorsys" not in other.modules


def test_interpreted_module_counts_by_its_text(tmp_path: Path, made: list[str]) -> None:
    first = bundle(tmp_path, TEXT, compiled=frozenset())
    assert "main" in first.modules
    assert bundle(tmp_path, TEXT, compiled=frozenset()) == first
    assert made == ["made"]
    other = bundle(tmp_path, TEXT.replace("1", "2"), compiled=frozenset())
    assert other.content != first.content
    assert bundle(tmp_path, TEXT, compiled=frozenset({"main"})).modules != first.modules
