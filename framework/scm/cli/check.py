"""What `scm check` does: compare two versions, of whatever kind, and tell all findings at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from attrs import frozen

from scm.cli.commands import ProjectError, read_source
from scm.cli.console import Console
from scm.cli.deployed_state import Deployed, Waiting, is_saved_replica, read_calls, read_deployed
from scm.cli.findings import CheckReport
from scm.compiler.check import (
    Finding,
    check_handlers,
    check_interface,
    check_upgrade,
)
from scm.compiler.check_tables import callback_names, compare_tables
from scm.compiler.findings import is_safe
from scm.compiler.lockfile import LockFile, read_lock
from scm.compiler.table_evidence import TableEvidence, gather_evidence
from scm.compiler.versions import Version, find_places
from scm.errors import ConfigurationError, SourceError, UpgradeRefusedError
from scm.wasm.engine import WasmError
from scm.wasm.module import WasmFormatError
from scm.wasm.table import TableError

_NOT_IN_LOCK: Final = ("state", "interface")


@frozen
class CheckOptions:
    """What is known about the deployed canister, and how findings are shown.

    `pending`: see `check_upgrade`; `calls`: a file that tells it, or `-`.  `canister`: which one of
    a saved replica.
    """

    pending: Mapping[str, int] | None = None
    calls: str | None = None
    canister: str | None = None
    format: str = "full"


def run_check(old: Path, new: Path, options: CheckOptions, console: Console) -> int:
    """`scm check`: whether `new` can replace `old`; raises `UpgradeRefusedError` if not."""
    deployed = _read_old(old, options)
    before, after = deployed.version, read_source(new)
    waiting = _waiting(deployed, options)
    checked = _check(before, after, waiting)
    findings = checked.findings
    shown = _with_lock(after)
    report = CheckReport(
        findings, waiting.counts, checked.not_compared, find_places(shown), shown.root
    )
    console.check_report(report, options.format)
    if checked.summary:
        console.say(checked.summary)
    if not is_safe(findings):
        for line in _open_questions(findings):
            console.say(line)
        refused = [item for item in findings if item.severity not in ("safe", "warning")]
        raise UpgradeRefusedError([f"{item.subject}: {item.reason}" for item in refused])
    if after.problems:
        # The deployed canister would not mind, but the project's own slot file does.
        raise ProjectError(after.root, SourceError(after.problems))
    console.say(checked.verdict)
    return 0


def _read_old(path: Path, options: CheckOptions) -> Deployed:
    if is_saved_replica(path):
        return read_deployed(path, options.canister)
    if options.canister is not None:
        raise ConfigurationError(f"`{path}` is no saved replica, so it has no canisters")
    version = read_source(path)
    if version.problems:
        raise ProjectError(version.root, SourceError(version.problems))
    return Deployed(version)


def _waiting(deployed: Deployed, options: CheckOptions) -> Waiting:
    """What the arguments say of waiting calls comes first, then what the canister itself says."""
    if options.calls is not None:
        if options.pending is not None:
            raise ConfigurationError(
                "`--calls` and `--pending` or `--idle` exclude each other", "give one of them"
            )
        return read_calls(options.calls, deployed.version.handlers or ())
    return deployed.waiting if options.pending is None else Waiting(options.pending)


@frozen
class _Checked:
    """What a check found; `verdict` is for an upgrade that nothing forbids."""

    findings: list[Finding]
    verdict: str
    summary: str = ""
    not_compared: tuple[str, ...] = ()


def _check(before: Version, after: Version, waiting: Waiting) -> _Checked:
    pending = waiting.counts
    if before.handlers is None or after.handlers is None:
        return _check_tables(before, after, pending)
    entries = (*before.handlers, *after.handlers)
    known = {name for entry in entries for name in (entry.name, *entry.formerly)}
    for version in (before, after):
        timers = version.abi.timers if version.abi else ()
        known |= {name for entry in timers for name in (entry.name, *entry.formerly)}
    _check_handler_names(pending or {}, known, "handler")
    missing: tuple[str, ...] = ()
    if before.abi is not None and after.abi is not None:
        findings = [
            *check_upgrade(before.abi, after.abi, pending, counts_timers=waiting.counts_timers),
            *check_interface(before.did, after.did),
        ]
    else:
        findings = check_handlers(before.handlers, after.handlers, pending)
        missing = _NOT_IN_LOCK
    warnings = sum(1 for item in findings if item.severity == "warning")
    shown = f", {warnings} of them with a warning" if warnings else ""
    what = "the response handlers are" if missing else "the upgrade is"
    summary = (
        "the state and the interface were not compared: a slot file has neither" if missing else ""
    )
    verdict = f"{what} safe: {len(findings)} things compared{shown}"
    return _Checked(findings, verdict, summary, missing)


def _check_tables(before: Version, after: Version, pending: Mapping[str, int] | None) -> _Checked:
    """Modules of which one at least is not scm's: what the system can call by number."""
    old, new = _evidence(before), _evidence(after)
    known = callback_names(old) | callback_names(new)
    _check_handler_names(pending or {}, set(known), "callback")
    comparison = compare_tables(old, new, pending)
    findings = [*_check_maker(before, after), *comparison.findings]
    if before.did and after.did:
        findings += check_interface(before.did, after.did)
    verdict = (
        "no call in flight reaches another function; what `env` stands for and the state were not"
        " compared: only modules that scm built tell them"
    )
    return _Checked(findings, verdict, str(comparison), ("env", "state"))


def _check_maker(before: Version, after: Version) -> Iterator[Finding]:
    if (before.abi is None) is not (after.abi is None):
        ours, word = (before, "new") if after.abi is None else (after, "old")
        yield Finding(
            "unsafe",
            "stable memory",
            f"the {word} module was not built by scm, and `{ours.path.name}` keeps state and calls"
            " that wait there in scm's own way",
            "give two versions of one canister",
        )


def _evidence(version: Version) -> TableEvidence:
    if version.module_bytes is None:
        what = "a slot file" if version.abi is None else "a project"
        raise ConfigurationError(
            f"`{version.path}` is {what}, and the other side was not built by scm: only modules"
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


def _open_questions(findings: list[Finding]) -> Iterator[str]:
    """What is unsafe only because it is not known whether calls wait."""
    count = sum(1 for item in findings if item.severity == "unsafe-while-pending")
    if count:
        what = "1 finding matters" if count == 1 else f"{count} findings matter"
        yield (
            f"{what} only while calls wait: say how many do with `--pending NAME=COUNT` or"
            " `--calls FILE`, or that none does with `--idle`"
        )


def _with_lock(version: Version) -> Version:
    """A module with the slot file beside it, or above its folder: for the places of findings."""
    if version.module_bytes is None:
        return version
    for folder in (version.root, version.root.parent):
        path = folder / LockFile().path
        if path.is_file():
            try:
                return version.with_lock(folder, read_lock(path))
            except ConfigurationError:
                break  # A damaged file is the build's business.
    return version
