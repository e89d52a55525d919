"""Build and install canisters from tests.

A project is built in a copy of itself, so that a test never writes into the source (not even
`scm.lock`); the bytes do not depend on the folder, so the shared build cache serves tests too.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from scm.candid.did_parser import parse_did
from scm.candid.encode import encode
from scm.compiler.artefacts import Project
from scm.compiler.builds import BuildOptions, StageReport
from scm.compiler.cache import default_cache
from scm.compiler.metadata import read_metadata
from scm.compiler.pipeline import build
from scm.compiler.project import load_project
from scm.errors import (
    ConfigurationError,
    Diagnostic,
    LimitError,
    ScmError,
    SourceError,
    ToolchainError,
)
from scm.replica.errors import ReplicaUsageError
from scm.replica.replica import Replica
from scm.testing.client import CanisterHandle

TOOL_LINES_MAX: Final = 40
"""How much of what a failing tool printed is shown."""


def compiled_modules_folder() -> Path:
    """Where replicas of tests keep compiled modules: beside the build cache."""
    folder = default_cache().folder / "modules"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class CanisterBuilder:
    """Builds projects below `folder`, each at most once: `builder(path)` is the module's bytes."""

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder
        self._built: Final[dict[tuple[Path, bool, frozenset[str]], bytes]] = {}

    def __call__(
        self, path: Path | str, *, pin: bool = True, retire: Collection[str] = ()
    ) -> bytes:
        """The Wasm module of the project at `path`; raises what `scm build` raises.

        What pytest shows of it are the mistakes, and no frames of the compiler's.
        `retire`: response handlers to give up, by name.  A project that changes needs a new path:
        what was built from this one is remembered.
        """
        if isinstance(retire, str):
            raise ReplicaUsageError(f"`retire` is a set of names: write `{{{retire!r}}}`")
        source = Path(path).resolve()
        names = frozenset(retire)
        key = (source, pin, names)
        if key not in self._built:
            __tracebackhide__ = True
            try:
                self._built[key] = self._build(source, BuildOptions(pin=pin, retire=names))
            except ScmError as error:
                for line in _explanation(error, source if source.is_dir() else source.parent):
                    error.add_note(line)
                raise error.with_traceback(None) from None
        return self._built[key]

    def _build(self, source: Path, options: BuildOptions) -> bytes:
        project = load_project(source)
        copy = self._folder / str(len(self._built)) / project.name
        _copy_project(project, copy)
        main = copy / f"{project.main.replace('.', '/')}.py"
        target = copy if source.is_dir() else main
        return build(target, options, _report_nothing).wasm_path.read_bytes()


def _explanation(error: ScmError, folder: Path) -> Iterator[str]:
    """What the command line would print beside an error's text; its paths start at `folder`."""
    match error:
        case SourceError(diagnostics=diagnostics):
            for diagnostic in diagnostics:
                yield from _remarks(diagnostic, folder)
        case ToolchainError(command=command, output=output, help=help):
            yield f"  + {shlex.join(command)}"
            yield from (f"  < {line}" for line in output.rstrip().splitlines()[-TOOL_LINES_MAX:])
            yield from ([f"   = note: all of it: {error.log}"] if error.log else [])
            yield from ([f"   = help: {help}"] if help else [])
        case ConfigurationError(help=help) | LimitError(help=help):
            yield from ([f"   = help: {help}"] if help else [])
        case _:
            return


def _remarks(diagnostic: Diagnostic, folder: Path) -> Iterator[str]:
    """What the error's text, a line for each diagnostic with its first help, leaves out."""
    span = diagnostic.span
    if span is not None:
        yield f"  --> {folder / span.path}:{span.line}:{span.column}"
        with suppress(OSError, UnicodeDecodeError, IndexError):
            lines = (folder / span.path).read_text(encoding="utf-8-sig").split("\n")
            yield f"   | {lines[span.line - 1]}"
    yield from (f"   = note: {note}" for note in diagnostic.notes)
    yield from (f"   = help: {help}" for help in diagnostic.helps)


def install_canister(replica: Replica, wasm: bytes, *arguments: object) -> CanisterHandle:
    """Create a canister and install `wasm`, its init arguments encoded by its own interface.

    The anonymous principal controls it.  Raises `InstallError`.
    """
    canister_id = replica.create_canister()
    replica.install(canister_id, wasm, encode_init(wasm, *arguments))
    return CanisterHandle(replica, canister_id)


def encode_init(wasm: bytes, *arguments: object) -> bytes:
    """The init arguments of the module as Candid, by its `candid:service` metadata.

    Raises `ReplicaUsageError` if it has none, `EncodeError` if they do not fit.
    """
    section = read_metadata(wasm, "candid:service")
    if section is None:
        raise ReplicaUsageError("the module has no metadata section `candid:service`")
    interface = parse_did(section.decode())
    return encode(interface.init_args or (), arguments, interface.env)


def _copy_project(project: Project, folder: Path) -> None:
    for module in project.modules:
        target = folder / module.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(module.text, encoding="utf-8")
    for path in (project.root / "pyproject.toml", project.lock_path):
        if path.is_file():
            (folder / path.name).write_bytes(path.read_bytes())


def _report_nothing(_report: StageReport) -> None:
    """Tests have no terminal to tell about stages."""
