"""Every mistake that discovery tells, as cases: `## E: code` on the line, then what is underlined.

A case is a file or a folder of `tests/cases/diagnostics`; `;` separates several on one line.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scm.compiler.discover import discover
from scm.compiler.project import load_project
from scm.errors import Diagnostic, SourceError

CASES = Path(__file__).parents[2] / "cases" / "diagnostics"
PATHS = sorted([*CASES.glob("*.py"), *(path.parent for path in CASES.glob("*/canister.py"))])

Expected = tuple[str, int, str, str]
"""Path, line, code and the underlined text ("" where the case doesn't say)."""


def expected_diagnostics(path: Path) -> list[Expected]:
    files = [path] if path.suffix else sorted(path.rglob("*.py"))
    root = path.parent if path.suffix else path
    return [
        (file.relative_to(root).as_posix(), number, *read_expectation(part))
        for file in files
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if "## E: " in line
        for part in line.partition("## E: ")[2].split("; ")
    ]


def read_expectation(text: str) -> tuple[str, str]:
    code, _, underlined = text.partition(" ")
    return code, underlined.removeprefix("`").removesuffix("`")


def reported_diagnostics(path: Path) -> list[Diagnostic]:
    with pytest.raises(SourceError) as caught:
        discover(load_project(path))
    return list(caught.value.diagnostics)


def underlined_text(root: Path, diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    assert span is not None
    line = (root / span.path).read_text().splitlines()[span.line - 1]
    return line[span.column - 1 : span.end_column - 1]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_case_reports_exactly_its_diagnostics(path: Path) -> None:
    root = path.parent if path.suffix else path
    expected = expected_diagnostics(path)
    stated = {(file, line, code): text for file, line, code, text in expected if text}
    actual: list[Expected] = []
    for diagnostic in reported_diagnostics(path):
        assert diagnostic.span is not None
        place = (diagnostic.span.path, diagnostic.span.line, diagnostic.code)
        text = underlined_text(root, diagnostic)
        # Several with one code on a line: all their texts must be stated.
        several = sum(1 for item in expected if item[:3] == place) > 1
        actual.append((*place, text if several or place in stated else ""))
    assert sorted(expected) == sorted(actual)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_diagnostics_are_sorted_and_say_how_to_mend_them(path: Path) -> None:
    diagnostics = reported_diagnostics(path)
    places = [
        (item.span.path, item.span.line, item.span.column) for item in diagnostics if item.span
    ]
    assert places == sorted(places)
    for item in diagnostics:
        assert item.code == "syntax-error" or item.helps or item.notes, item.message
        assert not item.message.endswith((".", "!"))
        assert not re.match(r"[A-Z]", item.message), item.message
