"""Runs mypyc over groups of modules, in a process of its own (`mypyc_worker.py`).

To load mypyc takes as long as to translate a small canister, so a process can be started before
there is something to translate.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from attrs import field, frozen

from scm.compiler.bundle import PythonSource
from scm.compiler.toolchain import SYSCONFIG_DATA, StartedTool, wasi_python
from scm.errors import ToolchainError

FRAMEWORK: Final = Path(__file__).resolve().parents[2]
RUNTIME_GROUP: Final = "scmrt"
USER_GROUP: Final = "user"

_CRASH_HELP: Final = (
    "mypyc itself failed: write what was added last in another way, and please report it"
)
_CRASH: Final = re.compile(
    r"^(?P<path>[^:\n]+):(?P<line>\d+): (?P<error>.*)\n(?P<tree>(?: .*\n)*)"
    r".*: note: this is an internal mypyc error",
    re.MULTILINE,
)
CRASHED: Final = "fails with"
"""How an error begins that is none of the user's: mypyc's own, at a place in the user's code."""

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
class MypycRequest:
    """What to translate: the modules of `groups`, paths below `src` of a folder, to C in its `c`.

    The folder's `mypy` keeps mypy's state for the next time.  `checked` are type-checked only, and
    of those with the names `unchecked` not even errors are told, and those with the names `skipped`
    are not looked for.  `attributes` are mypyc's, by class.
    """

    groups: Mapping[str, Sequence[str]]
    checked: Sequence[str]
    attributes: Mapping[str, Mapping[str, int]]
    unchecked: Iterable[str] = ()
    interpreted: Interpretation = Interpretation()
    skipped: Iterable[str] = ()

    def to_json(self) -> dict[str, object]:
        """As the worker reads it."""
        return {
            "groups": self.groups,
            "checked": list(self.checked),
            "unchecked": sorted(self.unchecked),
            "skipped": sorted(self.skipped),
            "interpreted": sorted(self.interpreted.definitions),
            "native": sorted(self.interpreted.native),
            "class_variables": sorted(self.interpreted.class_variables),
            "attributes": self.attributes,
            "target": "../c",
            "cache": "../mypy",
        }


@frozen
class MypycResult:
    """Errors as mypy prints them; further classes that are interpreted, with the reasons."""

    errors: tuple[str, ...]
    more: Mapping[str, str] = field(factory=dict)


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


class Mypyc:
    """Processes with mypyc, one after the other, as each translates once.

    A context manager: at its end none is left.
    """

    def __init__(self) -> None:
        self._tool: StartedTool | None = None
        self._system: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Mypyc:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._tool is not None:
            self._tool.stop()
        if self._system is not None:
            self._system.cleanup()

    def start(self) -> StartedTool:
        """Let a process load mypyc, unless there is one."""
        if self._tool is None:
            self._system = self._system or tempfile.TemporaryDirectory(prefix="scm-mypyc-")
            self._tool = _start_worker(Path(self._system.name))
        return self._tool

    def begin(self, folder: Path, request: MypycRequest) -> None:
        """Begin to translate; `result` waits for the end."""
        (folder / "c").mkdir(exist_ok=True)
        self.start().give(json.dumps({"folder": str(folder.resolve()), **request.to_json()}))

    def result(self) -> MypycResult:
        """Wait for what was begun.

        Errors in the user's code are returned, with what mypyc fails on as if it were one.  Raises
        `ToolchainError` if mypyc fails on something else.
        """
        tool, self._tool = self._tool, None
        assert tool is not None, "begun"
        try:
            answer = json.loads(tool.result())
        except ToolchainError as failure:
            crash = _CRASH.search(failure.output)
            if crash is None:
                raise
            where = f"{crash['path']}:{crash['line']}"
            error = crash["error"].partition(":")[0] if crash["tree"] else crash["error"]
            return MypycResult((f"{where}: error: {CRASHED} {error}",))
        return MypycResult(tuple(answer["errors"]), answer.get("more", {}))


def _start_worker(system: Path) -> StartedTool:
    shutil.copy(wasi_python() / "lib" / "python3.11" / f"{SYSCONFIG_DATA}.py", system)
    # The user's own settings of Python and mypy are for other programs than this one.
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(_NOT_FOR_US)}
    environment = {
        **inherited,
        "_PYTHON_SYSCONFIGDATA_NAME": SYSCONFIG_DATA,
        "PYTHONPATH": f"{system}{os.pathsep}{FRAMEWORK}",
        "PYTHONHASHSEED": "0",
    }
    command = [sys.executable, "-P", "-m", "scm.compiler.mypyc_worker"]
    return StartedTool("mypyc", command, system, environment, _CRASH_HELP)
