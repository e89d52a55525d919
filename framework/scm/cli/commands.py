"""What each command does: arguments in, stages called, results handed to the console.

Nothing here catches an error, except to add the folder that it is about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from scm.cli.console import Console
from scm.compiler.artefacts import BuildOptions
from scm.compiler.check import Finding, check_interface, check_upgrade, is_safe
from scm.compiler.deployed import INTERFACE_SECTION, DeployedInterface, read_module
from scm.compiler.discover import discover
from scm.compiler.interface import describe_interface
from scm.compiler.lockfile import read_lock
from scm.compiler.manifest import SECTION_NAME, AbiManifest, decode_manifest, describe_abi
from scm.compiler.metadata import read_metadata
from scm.compiler.plan import plan_slots
from scm.compiler.project import deployed_setting, load_project
from scm.errors import ConfigurationError, SourceError, UpgradeRefusedError
from scm.wasm.module import WasmFormatError


class ProjectError(SourceError):
    """Mistakes in a project's source, with the folder that their paths start from."""

    def __init__(self, root: Path, error: SourceError) -> None:
        self.root = root
        super().__init__(error.diagnostics)


@frozen
class CheckOptions:
    """What is known about the deployed canister; see `check_upgrade`."""

    pending: Mapping[str, int] | None = None
    as_json: bool = False


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


def run_check(old: Path, new: Path, options: CheckOptions, console: Console) -> int:
    """`scm check`: whether `new` can replace `old`; raises `UpgradeRefusedError` if not."""
    before, after = _read_version(old), _read_version(new)
    _check_handler_names(options.pending or {}, before.abi, after.abi)
    findings = [
        *check_upgrade(before.abi, after.abi, options.pending),
        *check_interface(before.did, after.did),
    ]
    if options.as_json:
        console.findings_json(findings)
    else:
        console.findings(findings)
    if not is_safe(findings):
        raise UpgradeRefusedError(
            [_sentence(item) for item in findings if item.severity == "unsafe"]
        )
    warnings = sum(1 for item in findings if item.severity == "warning")
    shown = f", {warnings} of them with a warning" if warnings else ""
    console.say(f"the upgrade is safe: {len(findings)} things compared{shown}")
    return 0


def _check_handler_names(pending: Mapping[str, int], old: AbiManifest, new: AbiManifest) -> None:
    """Calls that wait for a handler which is in neither version are a typing error."""
    known = sorted({entry.name for entry in (*old.handlers, *new.handlers)})
    for name in pending:
        if name not in known:
            listed = ", ".join(f"`{handler}`" for handler in known)
            raise ConfigurationError(
                f"`--pending {name}={pending[name]}`: neither version has a response handler "
                f"`{name}`",
                f"the response handlers are {listed}" if known else "there are none",
            )


@frozen
class _Version:
    """One version of a canister, as far as upgrades are concerned."""

    abi: AbiManifest
    did: str


def _read_version(path: Path) -> _Version:
    if path.is_dir() or path.suffix == ".py":
        return _version_of_project(path)
    module_bytes = read_module(path, "give a `.wasm` or `.wasm.gz` file, or a project folder")
    try:
        abi = read_metadata(module_bytes, SECTION_NAME)
        did = read_metadata(module_bytes, INTERFACE_SECTION)
    except WasmFormatError as error:
        raise ConfigurationError(f"`{path}` is not a Wasm module: {error}") from error
    if abi is None or did is None:
        raise ConfigurationError(
            f"`{path}` was not built by scm: it has no `{SECTION_NAME}` metadata",
            "give a module that `scm build` wrote, or the project itself",
        )
    return _Version(decode_manifest(abi), did.decode())


def _version_of_project(path: Path) -> _Version:
    with _in_folder(path):
        project = load_project(path)
        spec = discover(project)
        plan = plan_slots(spec, read_lock(project.lock_path))
    return _Version(describe_abi(spec, plan, {}), describe_interface(spec).did)


@contextmanager
def _in_folder(path: Path) -> Iterator[None]:
    try:
        yield
    except SourceError as error:
        raise ProjectError(path if path.is_dir() else path.parent, error) from error


def _sentence(finding: Finding) -> str:
    return f"{finding.subject}: {finding.reason}"
