"""What each command does: arguments in, stages called, results handed to the console.

Nothing here catches an error, except to add the folder that it is about.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from scm.cli.console import Console
from scm.compiler.builds import BuildOptions
from scm.compiler.deployed import DeployedInterface
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


def run_build(
    path: Path, options: BuildOptions, console: Console, interface: InterfaceOptions
) -> int:
    """`scm build`: build the canister and tell where it is."""
    from scm.compiler.pipeline import build  # Loads the toolchain, which a check does not need.

    with _in_folder(path):
        file = interface.deployed or deployed_setting(path)
        deployed = None
        if file is not None:
            deployed = DeployedInterface(file, interface.allow_breaking, console.breaking)
        result = build(path, options, console.stage, deployed)
    console.built(result)
    return 0


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
