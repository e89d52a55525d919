"""Upgrades from the page: build the project, show what the upgrade would do, install.

Never stops a canister.  Building and installing take a thread of their own; what the page shows
meanwhile is `Upgrade`, a record that is replaced as things go on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Final, Literal

from attrs import evolve, field, frozen

from scm.client.controller import counts_by_handler
from scm.client.controls import PendingCall, TimerStatus
from scm.compiler.builds import BuildOptions, StageReport
from scm.compiler.check import check_interface, check_upgrade
from scm.compiler.findings import Finding, is_safe
from scm.compiler.versions import Version, version_of_metadata, version_of_module
from scm.errors import Diagnostic, ScmError, SourceError
from scm.model import Principal
from scm.network.core import Core
from scm.network.deployment import Deployer, DeploymentError
from scm.network.worker import Worker
from scm.page.canister_calls import ask_calls, ask_timers
from scm.page.interfaces import ABI_SECTION, INTERFACE_SECTION, Json

Stage = Literal["building", "planned", "unchanged", "refused", "installing", "installed", "failed"]
_BUSY: Final = ("building", "installing")
_EMPTY: Final = b"DIDL\0\0"


class BusyError(Exception):
    """Another upgrade is under way."""


@frozen
class PageProject:
    """A project that `scm run` has deployed; `find` tells as which canister."""

    name: str
    path: Path
    find: Callable[[], Principal | None]


@frozen
class Upgrade:
    """One upgrade; `carried` has the calls that were in flight when it was installed."""

    number: int
    canister_id: Principal
    project: PageProject
    stage: Stage = "building"
    steps: tuple[StageReport, ...] = ()
    running: str = ""
    problems: tuple[Json, ...] = ()
    old_hash: bytes = b""
    new_wasm: bytes = field(default=b"", repr=False)
    findings: tuple[Finding, ...] = ()
    unchecked: str = ""
    carried: tuple[PendingCall, ...] = ()


class Upgrades:
    """The page's upgrades, one at a time; `build_lock` is held while anything builds."""

    def __init__(
        self,
        worker: Worker,
        controller: Principal,
        projects: Sequence[PageProject],
        build_lock: Lock,
    ) -> None:
        self._worker: Final = worker
        self._deployer: Final = Deployer(worker, controller)
        self._projects: Final = projects
        self._build_lock: Final = build_lock
        self._changes = 0
        self._current: Upgrade | None = None

    def mark(self) -> str:
        """Changes with the upgrade."""
        return str(self._changes)

    def project_of(self, canister_id: Principal) -> PageProject | None:
        """The project of which this is the canister."""
        return next((item for item in self._projects if item.find() == canister_id), None)

    def start(self, canister_id: Principal) -> None:
        """Begin to build the project of a canister; raises `BusyError`, and `LookupError`."""
        self._check_idle()
        project = self.project_of(canister_id)
        if project is None:
            raise LookupError(f"{canister_id} is of no project of this run")
        self._change(Upgrade(self._changes, canister_id, project))
        self._run(self._plan)

    def install(self) -> None:
        """Install what was planned, without stopping; raises `BusyError`, and `LookupError`."""
        self._check_idle()
        if self._current is None or self._current.stage != "planned":
            raise LookupError("no upgrade is planned")
        self._change(evolve(self._current, stage="installing"))
        self._run(self._install)

    def dismiss(self) -> None:
        """Forget the upgrade; raises `BusyError` while it is under way."""
        self._check_idle()
        self._change(None)

    def describe(self, core: Core, now_ns: int) -> Json | None:
        """The upgrade as JSON."""
        upgrade = self._current
        return None if upgrade is None else _describe(upgrade, core, now_ns)

    def _check_idle(self) -> None:
        if self._current is not None and self._current.stage in _BUSY:
            raise BusyError("an upgrade is under way")

    def _change(self, upgrade: Upgrade | None) -> None:
        self._current = upgrade
        self._changes += 1

    def _run(self, work: Callable[[Upgrade], Upgrade]) -> None:
        def run() -> None:
            assert self._current is not None
            try:
                self._change(work(self._current))
            except SourceError as error:
                self._fail([_problem(item) for item in error.diagnostics])
            except (ScmError, OSError) as error:
                self._fail([_told(str(error))])
            finally:
                if self._current.stage in _BUSY:  # An error of ours, which the thread tells.
                    self._fail([_told("an error in scm: the terminal of `scm run` shows it")])

        Thread(target=run, name="scm-page-upgrade", daemon=True).start()

    def _fail(self, problems: list[Json]) -> None:
        assert self._current is not None
        self._change(evolve(self._current, stage="failed", running="", problems=tuple(problems)))

    def _plan(self, upgrade: Upgrade) -> Upgrade:
        wasm = self._build(upgrade.project.path)
        now_ns = self._worker.now_ns()
        canister_id = upgrade.canister_id
        old = self._worker.run(lambda core: _deployed(core, canister_id, now_ns))
        assert self._current is not None
        planned = evolve(self._current, running="", new_wasm=wasm, old_hash=old.module_hash)
        if hashlib.sha256(wasm).digest() == old.module_hash:
            return evolve(planned, stage="unchanged")
        findings, unchecked = _compare(old, version_of_module(wasm, Path("new.wasm")))
        is_refused = not is_safe(findings)
        return evolve(
            planned,
            stage="refused" if is_refused else "planned",
            findings=tuple(findings),
            unchecked=unchecked,
        )

    def _build(self, path: Path) -> bytes:
        from scm.compiler.pipeline import build  # Loads the toolchain.

        def report(step: StageReport) -> None:
            assert self._current is not None
            self._change(evolve(self._current, steps=(*self._current.steps, step), running=""))

        def started(stage: str) -> None:
            assert self._current is not None
            self._change(evolve(self._current, running=stage))

        with self._build_lock:
            result = build(path, BuildOptions(), report, started=started)
        return result.wasm_path.read_bytes()

    def _install(self, upgrade: Upgrade) -> Upgrade:
        canister_id, now_ns = upgrade.canister_id, self._worker.now_ns()
        before = self._worker.run(lambda core: _deployed(core, canister_id, now_ns))
        if before.module_hash != upgrade.old_hash:
            raise DeploymentError("another module was installed meanwhile: make a new plan")
        self._deployer.install(canister_id, upgrade.new_wasm, _EMPTY, "upgrade")
        waiting = tuple(call for call in before.calls if call.is_waiting)
        return evolve(upgrade, stage="installed", carried=waiting)


@frozen
class _Deployed:
    """A canister as it is: its module, and what waits in it."""

    module_hash: bytes
    version: Version
    calls: tuple[PendingCall, ...]
    timers: tuple[TimerStatus, ...]


def _deployed(core: Core, canister_id: Principal, now_ns: int) -> _Deployed:
    view = core.replica.canister(canister_id)
    abi, did = view.custom_section(ABI_SECTION), view.custom_section(INTERFACE_SECTION)
    version = version_of_metadata(abi, did, Path(str(canister_id)))
    calls = ask_calls(core, view, now_ns) or []
    has_timers = version.abi is not None and version.abi.timers
    timers = (ask_timers(core, view, now_ns) or []) if has_timers else []
    return _Deployed(view.module_hash or b"", version, tuple(calls), tuple(timers))


def _compare(old: _Deployed, new: Version) -> tuple[list[Finding], str]:
    interface = []
    if old.version.did and new.did:
        interface = check_interface(old.version.did, new.did)
    if old.version.abi is None or new.abi is None:
        which = "deployed" if old.version.abi is None else "new"
        return interface, f"the {which} module was not built by scm: nobody knows what waits"
    waiting = counts_by_handler(old.version.abi, list(old.calls), list(old.timers))
    return [*check_upgrade(old.version.abi, new.abi, waiting), *interface], ""


def _told(text: str) -> Json:
    return {"message": text, "place": "", "notes": [], "helps": []}


def _problem(diagnostic: Diagnostic) -> Json:
    span = diagnostic.span
    return {
        "message": f"{diagnostic.message}  [{diagnostic.code}]",
        "place": "" if span is None else f"{span.path}:{span.line}:{span.column}",
        "notes": list(diagnostic.notes),
        "helps": list(diagnostic.helps),
    }


def _describe(upgrade: Upgrade, core: Core, now_ns: int) -> Json:
    has_wasm = bool(upgrade.new_wasm)
    return {
        "number": upgrade.number,
        "canister": str(upgrade.canister_id),
        "project": upgrade.project.name,
        "path": str(upgrade.project.path),
        "stage": upgrade.stage,
        "running": upgrade.running,
        "steps": [
            {
                "stage": step.stage,
                "summary": step.summary,
                "seconds": round(step.seconds, 1),
                "is_cached": step.cached,
                "notes": list(step.notes),
            }
            for step in upgrade.steps
        ],
        "problems": list(upgrade.problems),
        "old_hash": upgrade.old_hash.hex(),
        "new_hash": hashlib.sha256(upgrade.new_wasm).hexdigest() if has_wasm else "",
        "size_bytes": len(upgrade.new_wasm),
        "findings": [_finding(item) for item in upgrade.findings],
        "unchecked": upgrade.unchecked,
        "carried": _carried(upgrade, core, now_ns),
    }


def _finding(finding: Finding) -> Json:
    return {
        "severity": finding.severity,
        "subject": finding.subject,
        "path": finding.path,
        "reason": finding.reason,
        "help": finding.help,
    }


def _carried(upgrade: Upgrade, core: Core, now_ns: int) -> list[Json]:
    if not upgrade.carried or upgrade.canister_id not in core.state.canisters:
        return []
    view = core.replica.canister(upgrade.canister_id)
    now = {(call.id, call.issued_ns): call for call in ask_calls(core, view, now_ns) or []}

    def fate(call: PendingCall) -> str:
        found: Any = now.get((call.id, call.issued_ns))
        if found is None:
            return "answered"
        return "failed" if found.is_failed else "waiting"

    return [
        {
            "id": str(call.id),
            "handler": call.handler,
            "method": call.method,
            "callee": str(call.callee),
            "fate": fate(call),
        }
        for call in upgrade.carried
    ]
