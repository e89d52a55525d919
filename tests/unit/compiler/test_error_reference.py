"""Every code of a diagnostic has a paragraph in the reference, and every paragraph a code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
REFERENCE = ROOT / "docs" / "reference" / "errors.md"
SCM = ROOT / "framework" / "scm"
SOURCES = [*sorted((SCM / "compiler").glob("*.py")), SCM / "cli" / "bind.py"]
CASES = ROOT / "tests" / "cases" / "diagnostics"


def constructed_codes() -> Iterator[str]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    func=ast.Name(id="Diagnostic"), args=[ast.Constant(value=str(code)), *_]
                ):
                    yield code
                case _:
                    continue


def codes_of_cases() -> Iterator[str]:
    for path in CASES.rglob("*.py"):
        for line in path.read_text().splitlines():
            for part in line.partition("## E: ")[2].split("; "):
                if part:
                    yield part.split(" ")[0]


def literals() -> set[str]:
    return {
        node.value
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def documented_codes() -> set[str]:
    return set(re.findall(r"^## (\S+)$", REFERENCE.read_text(), re.MULTILINE))


def test_every_code_has_a_paragraph() -> None:
    codes = {*constructed_codes(), *codes_of_cases()}
    assert len(codes) > 30
    assert set() == codes - documented_codes()


def test_every_paragraph_has_a_code() -> None:
    families = {"type-..."}  # One paragraph for all of mypy's codes.
    assert set() == documented_codes() - families - literals()


def test_every_paragraph_says_what_to_do() -> None:
    for block in REFERENCE.read_text().split("\n## ")[1:]:
        assert len(block.strip().split("\n\n")) >= 3, block.splitlines()[0]
