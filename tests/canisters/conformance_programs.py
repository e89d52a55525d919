"""The programs of `tests/cases/conformance`, and the canister that has them all.

Each defines `run() -> str`.  One whose first line is `# refused: CODE` is no program for a
canister: the build says why.  One with `# differs: REASON` gives another result when it is
compiled, for a reason that docs/reference/python-subset.md lists.
"""

from __future__ import annotations

import importlib
import re
import shutil
import sys
from pathlib import Path

from attrs import frozen

CASES = Path(__file__).parents[1] / "cases" / "conformance"
_MARK = re.compile(r"# (refused|differs): (.*)")


@frozen
class Program:
    """A program: its name is that of its module, `refused` a diagnostic's code or ""."""

    name: str
    path: Path
    refused: str
    differs: str


def read_programs() -> list[Program]:
    """All programs, by name."""
    files = [path for path in CASES.glob("*/*.py") if path.parent.name != "packages"]
    packages = [path for path in (CASES / "packages").iterdir() if path.is_dir()]
    programs = []
    for path in sorted([*files, *packages], key=lambda path: path.stem):
        source = path if path.is_file() else path / "__init__.py"
        found = _MARK.match(source.read_text(encoding="utf-8"))
        kind, said = (found[1], found[2]) if found else ("", "")
        refused = said if kind == "refused" else ""
        differs = said if kind == "differs" else ""
        programs.append(Program(path.stem, path, refused, differs))
    return programs


def write_canister(folder: Path, programs: list[Program], *, as_bytecode: bool) -> Path:
    """A project with a query `run(name)` that runs a program; its folder."""
    folder.mkdir()
    for program in programs:
        target = folder / program.path.name
        if program.path.is_dir():
            shutil.copytree(program.path, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(program.path, target)
    names = [program.name for program in programs]
    lines = ["from scm import nat, query, state, text", *(f"import {name}" for name in names)]
    lines += ["", "@state", "class Nothing:", "    count: nat = 0", "", "@query"]
    lines += ["def run(nothing: Nothing, name: text) -> text:"]
    for name in names:
        lines += [f"    if name == {name!r}:", f"        return {name}.run()"]
    lines += ["    raise KeyError(name)", ""]
    (folder / "canister.py").write_text("\n".join(lines), encoding="utf-8")
    modules = [
        path.relative_to(folder).with_suffix("").as_posix().replace("/", ".")
        for path in folder.rglob("*.py")
        if path.name != "canister.py"
    ]
    listed = ", ".join(f'"{name.removesuffix(".__init__")}"' for name in sorted(modules))
    bytecode = f"bytecode = [{listed}]\n" if as_bytecode else ""
    (folder / "pyproject.toml").write_text(f'[tool.scm]\nname = "conformance"\n{bytecode}')
    return folder


def run_on_host(program: Program) -> str:
    """What the program gives in this Python."""
    folder = str(program.path.parent)
    sys.path.insert(0, folder)
    try:
        module = importlib.import_module(program.name)
        result = module.run()
    finally:
        sys.path.remove(folder)
    assert isinstance(result, str)
    return result
