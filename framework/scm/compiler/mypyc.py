"""Runs mypyc over groups of modules, in a process of its own (`mypyc_worker.py`)."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from attrs import frozen

from scm.compiler.bundle import PythonSource
from scm.compiler.toolchain import SYSCONFIG_DATA, run_tool, wasi_python
from scm.errors import ToolchainError

FRAMEWORK: Final = Path(__file__).resolve().parents[2]
RUNTIME_GROUP: Final = "scmrt"
USER_GROUP: Final = "user"

_CRASH_HELP: Final = (
    "mypyc itself failed: write what was added last in another way, and please report it"
)
_CRASH: Final = re.compile(
    r"^(?P<path>[^:\n]+):(?P<line>\d+): (?P<error>.*)\n.*: note: this is an internal mypyc error",
    re.MULTILINE,
)
_NOT_FOR_US: Final = ("PYTHON", "MYPY")


@frozen
class Interpretation:
    """What mypyc shall not compile: definitions by qualified name, unless they are in `native`.

    `class_variables`: attributes that belong to their class.
    """

    definitions: frozenset[str] = frozenset()
    native: frozenset[str] = frozenset()
    class_variables: frozenset[str] = frozenset()


@frozen
class MypycResult:
    """Errors as mypy prints them; classes that are interpreted as one of their family is."""

    errors: tuple[str, ...]
    related: tuple[str, ...] = ()


def file_of_module(module: str) -> str:
    """The name of the C file that mypyc writes for a module."""
    return f"__native_{c_name_of(module)}.c"


def c_name_of(module: str) -> str:
    """A module's name in mypyc's C."""
    from mypyc.namegen import exported_name  # Loads mypyc: only where something changed.

    return exported_name(module)


def write_sources(folder: Path, sources: Iterable[PythonSource]) -> None:
    """Write modules below `folder`, each at its path."""
    for source in sources:
        path = folder / source.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source.text, encoding="utf-8")


def run_mypyc(
    folder: Path,
    groups: Mapping[str, Sequence[str]],
    checked: Sequence[str],
    attributes: Mapping[str, Mapping[str, int]],
    unchecked: Iterable[str] = (),
    interpreted: Interpretation = Interpretation(),
) -> MypycResult:
    """Translate the modules of `groups` (paths below `folder/src`) to C in `folder/c`.

    `folder/mypy` keeps mypy's state for the next run.  `checked` are type-checked only, and of
    those with the names `unchecked` not even errors are told.  `attributes` are mypyc's, by class.
    Errors in the user's code are returned, with what mypyc fails on as if it were one.  Raises
    `ToolchainError` if mypyc fails on something else.
    """
    system = folder / "system"
    system.mkdir(exist_ok=True)
    shutil.copy(wasi_python() / "lib" / "python3.11" / f"{SYSCONFIG_DATA}.py", system)
    (folder / "c").mkdir(exist_ok=True)
    request = {
        "groups": groups,
        "checked": list(checked),
        "unchecked": sorted(unchecked),
        "interpreted": sorted(interpreted.definitions),
        "native": sorted(interpreted.native),
        "class_variables": sorted(interpreted.class_variables),
        "attributes": attributes,
        "target": "../c",
        "cache": "../mypy",
    }
    (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
    # The user's own settings of Python and mypy are for other programs than this one.
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(_NOT_FOR_US)}
    environment = {
        **inherited,
        "_PYTHON_SYSCONFIGDATA_NAME": SYSCONFIG_DATA,
        "PYTHONPATH": f"{system}{os.pathsep}{FRAMEWORK}",
        "PYTHONHASHSEED": "0",
    }
    command = [sys.executable, "-P", "-m", "scm.compiler.mypyc_worker", "../request.json"]
    try:
        answer = json.loads(run_tool("mypyc", command, folder / "src", environment, _CRASH_HELP))
    except ToolchainError as failure:
        crash = _CRASH.search(failure.output)
        if crash is None:
            raise
        where = f"{crash['path']}:{crash['line']}"
        return MypycResult((f"{where}: error: it fails with {crash['error']}",))
    return MypycResult(tuple(answer["errors"]), tuple(answer.get("related", ())))
