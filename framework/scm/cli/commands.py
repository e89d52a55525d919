"""What each command does: arguments in, stages called, results handed to the console.

Nothing here catches an error, except to add the folder that it is about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from scm.cli.console import Console
from scm.compiler.builds import BuildOptions
from scm.compiler.check import Finding, check_interface, check_upgrade, is_safe
from scm.compiler.check_tables import callback_names, compare_tables
from scm.compiler.deployed import INTERFACE_SECTION, DeployedInterface, read_module
from scm.compiler.discover import discover
from scm.compiler.interface import describe_interface
from scm.compiler.lockfile import read_lock
from scm.compiler.manifest import SECTION_NAME, AbiManifest, decode_manifest, describe_abi
from scm.compiler.metadata import read_metadata
from scm.compiler.plan import plan_slots
from scm.compiler.project import deployed_setting, load_project
from scm.compiler.table_evidence import TableEvidence, gather_evidence
from scm.errors import ConfigurationError, SourceError, UpgradeRefusedError
from scm.wasm.engine import WasmError
from scm.wasm.module import WasmFormatError
from scm.wasm.table import TableError


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
    is_ours = before.abi is not None and after.abi is not None
    check = _check_versions if is_ours else _check_tables
    checked = check(before, after, options)
    findings = checked.findings
    if options.as_json:
        console.findings_json(findings)
    else:
        console.findings(findings)
    if checked.summary:
        console.say(checked.summary)
    if not is_safe(findings):
        raise UpgradeRefusedError(
            [_sentence(item) for item in findings if item.severity == "unsafe"]
        )
    console.say(checked.verdict)
    return 0


@frozen
class _Checked:
    """What a check found; `verdict` is for an upgrade that nothing forbids."""

    findings: list[Finding]
    verdict: str
    summary: str = ""


def _check_versions(before: _Version, after: _Version, options: CheckOptions) -> _Checked:
    """Two versions that scm built: all that an upgrade needs is known."""
    assert before.abi is not None
    assert after.abi is not None
    known = {entry.name for entry in (*before.abi.handlers, *after.abi.handlers)}
    known |= {entry.name for entry in (*before.abi.timers, *after.abi.timers)}
    _check_handler_names(options.pending or {}, known, "handler")
    findings = [
        *check_upgrade(before.abi, after.abi, options.pending),
        *check_interface(before.did, after.did),
    ]
    warnings = sum(1 for item in findings if item.severity == "warning")
    shown = f", {warnings} of them with a warning" if warnings else ""
    return _Checked(findings, f"the upgrade is safe: {len(findings)} things compared{shown}")


def _check_tables(before: _Version, after: _Version, options: CheckOptions) -> _Checked:
    """Modules of which one at least is not scm's: what the system can call by number."""
    old, new = _evidence(before), _evidence(after)
    known = callback_names(old) | callback_names(new)
    _check_handler_names(options.pending or {}, set(known), "callback")
    comparison = compare_tables(old, new, options.pending)
    findings = [*_check_maker(before, after), *comparison.findings]
    if before.did and after.did:
        findings += check_interface(before.did, after.did)
    verdict = (
        "no call in flight reaches another function; what `env` stands for and the state were not"
        " compared: only modules that scm built tell them"
    )
    return _Checked(findings, verdict, str(comparison))


def _check_maker(before: _Version, after: _Version) -> Iterator[Finding]:
    if (before.abi is None) is not (after.abi is None):
        ours, word = (before, "new") if after.abi is None else (after, "old")
        yield Finding(
            "unsafe",
            "stable memory",
            f"the {word} module was not built by scm, and `{ours.path.name}` keeps state and calls"
            " that wait there in scm's own way",
            "give two versions of one canister",
        )


def _evidence(version: _Version) -> TableEvidence:
    if version.module_bytes is None:
        raise ConfigurationError(
            f"`{version.path}` is a project, and the other side was not built by scm: only modules"
            " can be compared then",
            "build the project, and give its `.wasm`",
        )
    try:
        return gather_evidence(version.module_bytes)
    except TableError as error:
        raise ConfigurationError(f"the table of `{version.path}` can't be read: {error}") from error
    except (WasmError, WasmFormatError) as error:
        raise ConfigurationError(f"`{version.path}` is not a Wasm module: {error}") from error


def _check_handler_names(pending: Mapping[str, int], known: set[str], noun: str) -> None:
    """Calls that wait for a handler which is in neither version are a typing error."""
    for name in pending:
        if name not in known:
            listed = ", ".join(f"`{handler}`" for handler in sorted(known))
            raise ConfigurationError(
                f"`--pending {name}={pending[name]}`: neither version has a {noun} `{name}`",
                f"the {noun}s are {listed}" if known else "there are none",
            )


@frozen
class _Version:
    """One version of a canister, as far as upgrades are concerned.

    `abi` is None for a module that scm did not build, `module_bytes` for a project.
    """

    path: Path
    abi: AbiManifest | None
    did: str
    module_bytes: bytes | None = None


def _read_version(path: Path) -> _Version:
    if path.is_dir() or path.suffix == ".py":
        return _version_of_project(path)
    module_bytes = read_module(path, "give a `.wasm` or `.wasm.gz` file, or a project folder")
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
    manifest = None if abi is None else decode_manifest(abi)
    return _Version(path, manifest, (did or b"").decode(errors="replace"), module_bytes)


def read_abi(path: Path) -> tuple[AbiManifest, str]:
    """The manifest and the interface of a project, or of a module that scm built.

    Raises `ConfigurationError` for any other module.
    """
    version = _read_version(path)
    if version.abi is None:
        raise ConfigurationError(
            f"`{path}` was not built by scm: it has no `{SECTION_NAME}` metadata",
            "give a module that `scm build` wrote, or the project itself",
        )
    return version.abi, version.did


def _version_of_project(path: Path) -> _Version:
    with _in_folder(path):
        project = load_project(path)
        spec = discover(project)
        plan = plan_slots(spec, read_lock(project.lock_path))
    return _Version(path, describe_abi(spec, plan, {}), describe_interface(spec).did)


@contextmanager
def _in_folder(path: Path) -> Iterator[None]:
    try:
        yield
    except SourceError as error:
        raise ProjectError(path if path.is_dir() else path.parent, error) from error


def _sentence(finding: Finding) -> str:
    return f"{finding.subject}: {finding.reason}"
