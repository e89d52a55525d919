"""What each command does: arguments in, stages called, results handed to the console.

Nothing here catches an error, except to add the folder that it is about.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from scm.cli.console import Console
from scm.compiler.builds import BuildOptions, BuildResult, StageReport
from scm.compiler.deployed import DeployedInterface
from scm.compiler.discovery_process import DiscoveryProcess
from scm.compiler.manifest import SECTION_NAME, AbiManifest
from scm.compiler.project import deployed_setting
from scm.compiler.versions import Version, read_version
from scm.errors import ConfigurationError, SourceError


class ProjectError(SourceError):
    """Mistakes in a project's source, with the folder that their paths start from."""

    def __init__(self, root: Path, error: SourceError) -> None:
        self.root = root
        super().__init__(error.diagnostics)


@frozen
class InterfaceOptions:
    """What a build compares its interface with: `deployed`, else what the project says."""

    deployed: Path | None = None
    allow_breaking: bool = False


def build_and_tell(
    path: Path,
    options: BuildOptions,
    console: Console,
    interface: InterfaceOptions,
    discovery: DiscoveryProcess,
) -> int:
    """`scm build`: build the canister and tell where it is."""
    console.built(_build(path, options, console, interface, console.stage, discovery))
    return 0


def build_project(
    path: Path, options: BuildOptions, console: Console, interface: InterfaceOptions
) -> BuildResult:
    """Build the canister for a command that goes on with it; only the stages are told."""
    return _build(path, options, console, interface, console.stage)


def build_once_more(
    path: Path, options: BuildOptions, console: Console, interface: InterfaceOptions
) -> int:
    """One build of `scm build --watch`: tell in a line how it went."""
    started = time.perf_counter()
    result = _build(path, options, console, interface, console.notes)
    console.built_again(result, time.perf_counter() - started)
    return 0


def _build(
    path: Path,
    options: BuildOptions,
    console: Console,
    interface: InterfaceOptions,
    report: Callable[[StageReport], None],
    discovery: DiscoveryProcess | None = None,
) -> BuildResult:
    from scm.compiler.pipeline import build  # Loads the toolchain, which a check does not need.

    with _in_folder(path):
        file = interface.deployed or deployed_setting(path)
        deployed = None
        if file is not None:
            deployed = DeployedInterface(file, interface.allow_breaking, console.breaking)
        try:
            return build(path, options, report, deployed, console.stage_started, discovery)
        finally:
            console.nothing_runs()


def read_source(path: Path) -> Version:
    """A project, a module or a slot file; mistakes in a project's source know its folder."""
    with _in_folder(path):
        return read_version(path)


def read_abi(path: Path) -> tuple[AbiManifest, str]:
    """The manifest and the interface of a project, or of a module that scm built.

    Raises `ConfigurationError` for any other module.
    """
    version = read_source(path)
    if version.problems:
        raise ProjectError(version.root, SourceError(version.problems))
    if version.abi is None:
        raise ConfigurationError(
            f"`{path}` was not built by scm: it has no `{SECTION_NAME}` metadata",
            "give a module that `scm build` wrote, or the project itself",
        )
    return version.abi, version.did


@contextmanager
def _in_folder(path: Path) -> Iterator[None]:
    try:
        yield
    except SourceError as error:
        raise ProjectError(path if path.is_dir() else path.parent, error) from error
