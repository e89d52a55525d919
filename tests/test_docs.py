"""The documentation against the code: the command line's help, samples, links, names."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

import scm
from scm.cli.main import main

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*/*.md")])
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall(page) if kind == language]


def help_of(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    with pytest.raises(SystemExit):
        main([*command, "--help"])
    return capsys.readouterr().out


def anchors(page: Path) -> set[str]:
    """The links into a page that its headings give, as most renderers make them."""
    headings = HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links() -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        text = BLOCK.sub("", page.read_text(encoding="utf-8"))
        for target in LINK.findall(text):
            yield page, target


def test_every_command_is_documented_as_its_help_says(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    page = read("docs/reference/cli.md")
    top = help_of(capsys)
    commands = re.findall(r"^    (\w+) ", top, re.MULTILINE)
    assert len(commands) >= 3
    assert blocks(page, "text")[0] == top
    for command in commands:
        assert f"## scm {command}" in page
        assert help_of(capsys, command) in blocks(page, "text")


def test_readme_shows_code_of_the_examples() -> None:
    examples = [path.read_text(encoding="utf-8") for path in ROOT.glob("examples/**/canister.py")]
    samples = blocks(read("README.md"), "python")
    assert samples
    for sample in samples:
        for part in sample.strip().split("\n\n\n"):
            assert any(part in example for example in examples), part


def test_python_samples_parse() -> None:
    # The page of errors shows mistakes; its own test knows which.
    for page in PAGES:
        if page.name != "errors.md":
            for sample in blocks(page.read_text(encoding="utf-8"), "python"):
                ast.parse(textwrap.dedent(sample), str(page))


def test_links_lead_somewhere() -> None:
    broken = []
    for page, target in links():
        path, _, anchor = target.partition("#")
        found = page.parent / path if path else page
        if re.match(r"\w+://", target):
            continue
        if not found.exists() or (anchor and anchor not in anchors(found)):
            broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


def test_every_decision_is_numbered_once() -> None:
    numbers = [path.name[:4] for path in sorted((ROOT / "docs/decisions").glob("*.md"))]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    for path in (ROOT / "docs/decisions").glob("*.md"):
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {int(path.name[:4])}. ")
        for part in ("Context", "Choice", "Consequences"):
            assert f"\n## {part}\n" in text, f"{path.name}: {part}"


def test_every_name_for_authors_is_in_the_reference() -> None:
    page = read("docs/reference/authoring.md")
    functions = [name for name in vars(scm.ic) if name in _own_functions(scm.ic.__file__)]
    names = [*scm.__all__, *(f"ic.{name}" for name in functions)]
    assert [name for name in names if not re.search(rf"`@?{re.escape(name)}\b", page)] == []


def _own_functions(path: str | None) -> set[str]:
    assert path is not None
    tree = ast.parse(Path(path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_tests_that_the_page_of_techniques_names_are_there() -> None:
    page = read("docs/explanation/upgrade-techniques.md")
    named = set(re.findall(r"`(?:tests/canisters/)?(test_\w+\.py)`", page))
    assert len(named) > 10
    assert {name for name in named if not (ROOT / "tests/canisters" / name).is_file()} == set()
