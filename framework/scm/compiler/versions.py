"""One version of a canister, as far as upgrades are concerned: a project, a module or a slot file.

A project needs no build: its source says all that an upgrade has to know.  A slot file knows the
response handlers only.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from attrs import evolve, frozen

from scm.compiler.artefacts import CanisterSpec, SlotEntry
from scm.compiler.deployed import INTERFACE_SECTION, read_module
from scm.compiler.discover import discover
from scm.compiler.findings import (
    field_subject,
    handler_subject,
    method_subject,
    timer_subject,
)
from scm.compiler.interface import describe_interface
from scm.compiler.lockfile import NO_LOCK, LockFile, read_lock
from scm.compiler.manifest import SECTION_NAME, AbiManifest, decode_manifest, describe_abi
from scm.compiler.metadata import read_metadata
from scm.compiler.plan import propose_slots
from scm.compiler.project import load_project
from scm.errors import ConfigurationError, Diagnostic, SourceSpan
from scm.wasm.module import WasmFormatError

LOCK_SUFFIX: Final = ".lock"


@frozen
class Version:
    """What is known of a version; `abi` is None for a slot file, and for a module of others.

    `handlers` is None for a module that scm did not build.  `problems` are why a project can't be
    built with its slot file.
    """

    path: Path
    abi: AbiManifest | None
    handlers: tuple[SlotEntry, ...] | None
    did: str = ""
    module_bytes: bytes | None = None
    spec: CanisterSpec | None = None
    lock: LockFile = NO_LOCK
    problems: tuple[Diagnostic, ...] = ()
    lock_folder: Path | None = None

    @property
    def root(self) -> Path:
        """The folder that the paths of its places start from."""
        if self.lock_folder is not None:
            return self.lock_folder
        return self.path if self.path.is_dir() else self.path.parent

    def with_lock(self, folder: Path, lock: LockFile) -> Version:
        """The same, where findings are about lines of a slot file in `folder`."""
        return evolve(self, lock=lock, lock_folder=folder)


def read_version(path: Path) -> Version:
    """Read a project, a `.wasm`, a `.wasm.gz` or a slot file.

    Raises `ConfigurationError` if it is none, `SourceError` for mistakes in a project's source.
    """
    if path.is_dir() or path.suffix == ".py":
        return _version_of_project(path)
    if path.suffix == LOCK_SUFFIX:
        if not path.exists():
            raise ConfigurationError(f"can't read `{path}`: there is no such file")
        lock = read_lock(path)
        return Version(path, None, lock.entries, lock=lock)
    help = "give a `.wasm` or `.wasm.gz` file, a project folder, or a `scm.lock`"
    return version_of_module(read_module(path, help), path)


def version_of_module(module_bytes: bytes, path: Path) -> Version:
    """A module that came from `path`; raises `ConfigurationError` if it is damaged."""
    try:
        abi = read_metadata(module_bytes, SECTION_NAME)
        did = read_metadata(module_bytes, INTERFACE_SECTION)
    except WasmFormatError as error:
        raise ConfigurationError(f"`{path}` is not a Wasm module: {error}") from error
    if abi is not None and did is None:
        raise ConfigurationError(
            f"`{path}` was built by scm, but its `{INTERFACE_SECTION}` metadata is gone",
            "give a module as `scm build` wrote it",
        )
    return version_of_metadata(abi, did, path, module_bytes)


def version_of_metadata(
    abi: bytes | None, did: bytes | None, path: Path, module_bytes: bytes | None = None
) -> Version:
    """A module of which the metadata is known; raises `ConfigurationError` if it is damaged."""
    manifest = None if abi is None else decode_manifest(abi)
    handlers = None if manifest is None else manifest.handlers
    interface = (did or b"").decode(errors="replace")
    return Version(path, manifest, handlers, interface, module_bytes)


def _version_of_project(path: Path) -> Version:
    project = load_project(path)
    spec = discover(project)
    lock = read_lock(project.lock_path)
    plan, problems = propose_slots(spec, lock)
    return Version(
        path,
        describe_abi(spec, plan, {}),
        plan.handlers,
        describe_interface(spec).did,
        spec=spec,
        lock=lock,
        problems=tuple(problems),
    )


def find_places(version: Version) -> dict[str, SourceSpan]:
    """Where the source, or else the slot file, has what findings are about: by their subjects."""
    places = {
        handler_subject(entry.name): _line(version.lock, entry.name)
        for entry in version.lock.entries
    }
    spec = version.spec
    if spec is None:
        return places
    places |= {handler_subject(name): item.span for item in spec.handlers for name in item.formerly}
    places |= {handler_subject(item.name): item.span for item in spec.handlers}
    places |= {timer_subject(name): item.span for item in spec.timers for name in item.formerly}
    places |= {timer_subject(item.name): item.span for item in spec.timers}
    places |= {field_subject(item.name): item.span for item in spec.state.fields}
    places |= {field_subject(item.name): item.span for item in spec.collections}
    return places | {method_subject(item.public_name): item.span for item in spec.methods}


def _line(lock: LockFile, name: str) -> SourceSpan:
    line = lock.line_of(name)
    return SourceSpan(lock.path, line, 1, line, 1)
