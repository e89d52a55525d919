"""Build and install canisters from tests.

A project is built in a copy of itself, so that a test never writes into the source (not even
`scm.lock`); the bytes do not depend on the folder, so the shared build cache serves tests too.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final

from scm.candid.did_parser import parse_did
from scm.candid.encode import encode
from scm.compiler.artefacts import BuildOptions, Project, StageReport
from scm.compiler.cache import default_cache
from scm.compiler.metadata import read_metadata
from scm.compiler.pipeline import build
from scm.compiler.project import load_project
from scm.replica.errors import ReplicaUsageError
from scm.replica.replica import Replica
from scm.testing.client import CanisterHandle


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

        `retire`: response handlers to give up, by name.  A project that changes needs a new path:
        what was built from this one is remembered.
        """
        if isinstance(retire, str):
            raise ReplicaUsageError(f"`retire` is a set of names: write `{{{retire!r}}}`")
        source = Path(path).resolve()
        names = frozenset(retire)
        key = (source, pin, names)
        if key not in self._built:
            self._built[key] = self._build(source, BuildOptions(pin=pin, retire=names))
        return self._built[key]

    def _build(self, source: Path, options: BuildOptions) -> bytes:
        project = load_project(source)
        copy = self._folder / str(len(self._built)) / project.name
        _copy_project(project, copy)
        main = copy / f"{project.main.replace('.', '/')}.py"
        target = copy if source.is_dir() else main
        return build(target, options, _report_nothing).wasm_path.read_bytes()


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
