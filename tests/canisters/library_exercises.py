"""The exercises of `tests/cases/library`: what each module of the standard library is tried with.

A file there has a topic as its docstring, and a function for each module, named after it with `__`
for a dot.  The function's docstring says what is to be known when the module is used in a canister;
without one the module works as anywhere.  The source of a function imports all that it needs.
"""

from __future__ import annotations

import ast
import sys
import textwrap
import warnings
from pathlib import Path

from attrs import frozen

from scm.compiler.bundle import PythonSource, find_imports, follow_imports, named_codecs
from scm.compiler.library import REASONS

CASES = Path(__file__).parents[1] / "cases" / "library"
TOPICS = (
    *("text_processing", "binary_data", "data_types", "numbers_and_functions"),
    *("files_and_storage", "file_formats", "cryptography", "operating_system", "concurrency"),
    *("internet_data", "markup", "protocols", "media", "programs", "development", "runtime"),
    "imports",
)

_INTRODUCTION = (
    "Of Python's standard library {} modules work in a canister, {} of them with something to be"
    " known; {} are not available. `tests/canisters/test_standard_library.py` writes this page: it"
    " uses each module in a canister and compares what it gives with what Python gives on the host."
    " General notes are in [Python in a canister](python-subset.md#the-standard-library)."
)
_REFUSED = (
    "To import one of these in a module of the project stops the build:"
    " [`unsupported-import`](errors.md#unsupported-import). Packages may import those that CPython"
    " for WASI has; what can't be done raises an exception."
)


@frozen
class Exercise:
    """What one module is tried with; `note` is for the documentation."""

    module: str
    function: str
    source: str
    topic: str
    note: str

    def roots(self) -> frozenset[str]:
        """The modules that the source names."""
        source = PythonSource(self.source, "exercise.py", False)
        imports = find_imports("exercise", source)
        return imports.at_import | imports.lazy | named_codecs([source])

    def modules(self) -> frozenset[str]:
        """The modules that a canister would have that does nothing else."""
        followed = follow_imports(self.roots(), {})
        return frozenset(followed.sources) | followed.builtins

    def run(self) -> str:
        """What it gives in this Python."""
        names: dict[str, object] = {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(self.source, "exercise.py", "exec", dont_inherit=True), names)
            function = names[self.function]
            assert callable(function)
            result = function()
        assert isinstance(result, str)
        return result


def read_exercises() -> list[Exercise]:
    """All exercises, topic by topic."""
    assert {path.stem for path in CASES.glob("*.py")} == set(TOPICS)
    return [item for topic in TOPICS for item in _read_topic(CASES / f"{topic}.py")]


def _read_topic(path: Path) -> list[Exercise]:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    topic = (ast.get_docstring(tree) or "").rstrip(".")
    exercises = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            source = ast.get_source_segment(text, node) or ""
            special = node.name.startswith("__")
            module = node.name if special else node.name.replace("__", ".")
            note = " ".join((ast.get_docstring(node) or "").split())
            exercises.append(Exercise(module, node.name, source, topic, note))
    return exercises


def public_modules() -> set[str]:
    """The modules at the top of Python's standard library, on any system."""
    return {name for name in sys.stdlib_module_names if not name.startswith("_")}


def refused() -> dict[str, list[str]]:
    """Reason -> the modules that a canister can't import."""
    reasons: dict[str, list[str]] = {}
    for name, reason in REASONS.items():
        if not name.startswith("_"):
            reasons.setdefault(reason, []).append(name)
    return reasons


def write_page(exercises: list[Exercise]) -> str:
    """`docs/reference/standard-library.md`."""
    noted = sum(bool(item.note) for item in exercises)
    missing = sum(len(names) for names in refused().values())
    lines = ["# The standard library", ""]
    lines += textwrap.wrap(_INTRODUCTION.format(len(exercises), noted, missing), 108)
    topic = ""
    for item in exercises:
        if item.topic != topic:
            topic = item.topic
            lines += ["", f"## {topic}", "", "| module | |", "|---|---|"]
        lines.append(f"| `{item.module}` | works{': ' if item.note else ''}{item.note} |")
    lines += ["", "## Not available", "", *textwrap.wrap(_REFUSED, 108)]
    lines += ["", "| module | why |", "|---|---|"]
    for reason, names in refused().items():
        lines.append(f"| {', '.join(f'`{name}`' for name in names)} | {reason} |")
    return "\n".join(lines) + "\n"
