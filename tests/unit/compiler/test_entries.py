"""The trampolines' names: any text that a method may be called."""

from __future__ import annotations

from pathlib import Path

from scm.compiler.artefacts import CanisterSpec
from scm.compiler.discover import discover
from scm.compiler.entries import write_entries
from scm.compiler.glue import write_glue
from scm.compiler.lockfile import read_lock
from scm.compiler.plan import plan_slots
from scm.compiler.project import load_project
from scm.compiler.shapes import canister_types

SOURCE = """\
from scm import nat, query, state


@state
class State:
    total: nat = 0


@query("quote \\" back \\\\ line \\n trigraph ??/")
def act() -> nat:
    return 1


@query("\N{GRINNING FACE} \x01")
def other() -> nat:
    return 1
"""


def entries(spec: CanisterSpec, folder: Path) -> str:
    plan = plan_slots(spec, read_lock(folder / "scm.lock"), frozenset())
    glue = write_glue(spec, plan, canister_types(spec))
    return write_entries(plan, glue, {}, (), is_pinned=True)


def test_names_of_exports_are_literals_without_numeric_escapes(tmp_path: Path) -> None:
    (tmp_path / "canister.py").write_text(SOURCE, encoding="utf-8")
    text = entries(discover(load_project(tmp_path)), tmp_path)
    # Clang takes no escapes by number in the text of an attribute, and no halves of a character.
    quoted = r'"canister_query quote \" back \\ line \n trigraph \?\?/"'
    assert f"export_name({quoted})" in text
    assert 'export_name("canister_query \N{GRINNING FACE} \x01")' in text
