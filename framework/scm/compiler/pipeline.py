"""The build: the order of the stages, their timing, the files that come out.

Reading `_Build.run` is reading the architecture: source -> spec -> plan -> C -> linked Wasm ->
snapshot -> pinned canister.  Every stage is elsewhere; none calls another.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from attrs import asdict

from scm.compiler.absent_imports import absent_notes
from scm.compiler.artefacts import CanisterSpec, Interface, Project, SlotPlan
from scm.compiler.background import Background
from scm.compiler.boot import BOOT_EXPORT, boot
from scm.compiler.boot_code import drop_boot_code
from scm.compiler.boot_failures import explain_boot_failure, printed_lines
from scm.compiler.build_logs import log_tool, write_log
from scm.compiler.builds import STAGES, BuildOptions, BuildResult, StageReport
from scm.compiler.cache import Cache, default_cache, hash_parts
from scm.compiler.cache_upkeep import keep_small
from scm.compiler.compile import compile_sources
from scm.compiler.deployed import DeployedInterface
from scm.compiler.discover import discover
from scm.compiler.discovery_process import DiscoveryProcess
from scm.compiler.glue import Glue, write_glue
from scm.compiler.interface import describe_interface
from scm.compiler.link import link, prepare_library
from scm.compiler.lock_rebuild import open_lock
from scm.compiler.lockfile import HANDLED_SLOT, REFUSED_SLOT, LockFile, format_lock, write_lock
from scm.compiler.manifest import SECTION_NAME, describe_abi, encode_manifest
from scm.compiler.metadata import MetadataSection, write_metadata
from scm.compiler.mypyc import Mypyc
from scm.compiler.no_calls import check_no_calls, verify_no_calls
from scm.compiler.package import gzip_module, strip_custom_sections
from scm.compiler.pin import pin
from scm.compiler.plan import plan_slots
from scm.compiler.project import load_project
from scm.compiler.rewrite import rewrite
from scm.compiler.runtime_base import compile_runtime, prepare_runtime
from scm.compiler.shapes import canister_types
from scm.compiler.toolchain import tool_versions
from scm.compiler.translate import CSources, translate
from scm.compiler.verify import verify_methods, verify_module, verify_pins
from scm.errors import ConfigurationError, SnapshotError, SourceError, ToolchainError
from scm.wasm.module import encode_module, parse_module

Report = Callable[[StageReport], None]
T = TypeVar("T")

BOOT_EXPORTS: Final = frozenset({BOOT_EXPORT, "_initialize"})

EMITTED: Final = {
    "spec": "100.spec.json",
    "plan": "200.plan.toml",
    "glue": "300.glue.py",
    "c": "400.user.c",
    "entries": "410.entries.c",
    "linked": "500.linked.wasm",
    "snapshot": "600.preinitialised.wasm",
    "pin": "700.pinned.wasm",
    "abi": "800.abi.json",
}
"""What `--emit` can write, by name: the end of the file's name, numbered in order of the stages."""


def build(
    path: Path,
    options: BuildOptions,
    report: Report,
    deployed: DeployedInterface | None = None,
    started: Callable[[str], None] = lambda stage: None,
    discovery: DiscoveryProcess | None = None,
) -> BuildResult:
    """Build the canister in `path` (a project's folder or its main module).

    `report` hears of every stage when it ends, `started` of its name when it begins; `deployed` has
    the interface that callers know, `discovery` is ready to import the project.  Raises the errors
    of `scm.errors`.
    """
    unknown = sorted(options.emit - set(EMITTED))
    if unknown:
        raise ConfigurationError(
            f"there is nothing called `{unknown[0]}` to emit", f"known are {', '.join(EMITTED)}"
        )
    cache = default_cache()
    run = _Build(options, report, started, cache, discovery)
    try:
        with cache.in_use(), Mypyc() as mypyc:
            result = run.run(path, deployed, mypyc)
    except ToolchainError as error:
        log_tool(error, run.stage, cache.folder)
        raise
    if run.has_filled:
        keep_small(cache)
    return result


class _Build:
    """One run of the pipeline: options, clock and cache; the artefacts are local variables.

    `stage` is the one that is running, `has_filled` whether there is something new in the cache.
    """

    def __init__(
        self,
        options: BuildOptions,
        report: Report,
        started: Callable[[str], None],
        cache: Cache,
        discovery: DiscoveryProcess | None,
    ) -> None:
        self.stage = STAGES[0]
        self.has_filled = False
        self._options: Final = options
        self._report: Final = report
        self._tell_start: Final = started
        self._cache: Final = cache
        self._discovery: Final = discovery
        self._started = time.perf_counter()
        self._emitted: Final[dict[str, bytes]] = {}

    def run(self, path: Path, deployed: DeployedInterface | None, mypyc: Mypyc) -> BuildResult:
        options = self._options
        self._tell_start(self.stage)
        project = load_project(path)
        if self._is_likely_edited(project):
            mypyc.start()
        spec = discover(project, self._discovery)
        if project.no_calls and (problems := list(check_no_calls(spec))):
            raise SourceError(problems)
        self._done("discover", _count_spec(spec), notes=absent_notes(project.modules))
        interface = describe_interface(spec)
        lines = f"{interface.did.count(chr(10))} lines of Candid"
        if deployed is not None:
            deployed.check(interface.did)
            lines += f", compared with {deployed.path}"
        self._done("interface", lines)
        lock = open_lock(project.lock_path, options.lock_from)
        plan = plan_slots(spec, lock, options.retire)
        abi = encode_manifest(describe_abi(spec, plan, tool_versions()))
        self._done("plan", _describe_plan(plan))
        with Background() as background:
            library = background.start(partial(prepare_library, self._cache))
            base, cached = prepare_runtime(self._cache, mypyc)
            self._done("runtime", f"{len(base.compiled)} modules of scm", cached)
            runtime_objects = background.start(partial(compile_runtime, base, self._cache))
            glue = write_glue(spec, plan, canister_types(spec), project.quota)
            sources, cached = translate(
                project, spec, plan, glue, base, self._cache, mypyc, is_pinned=options.pin
            )
            self._done("translate", _count_modules(project), cached, sources.notes)
            objects, cached = compile_sources(sources, base, self._cache)
            everything = [*runtime_objects.result(), *objects]
            self._done("compile", f"{len(objects)} objects", cached)
            library.result()
        linked, cached = link(everything, self._cache)
        self._done("link", _megabytes(linked), cached)
        ready, cached = self._preinitialise(project, linked, sources)
        self._done("snapshot", _megabytes(ready), cached)
        pins = callback_pins(plan) if options.pin else {}
        wasm, compressed, cached = self._finish(ready, pins, interface, abi)
        if project.no_calls:
            verify_no_calls(wasm)
        self._done("verify", f"{_megabytes(wasm)}, {len(pins)} callbacks at their slots", cached)
        self._emit(spec, plan, glue, sources, linked, ready, wasm, abi)
        return self._write(project, plan, lock, interface, wasm, compressed)

    def _preinitialise(
        self, project: Project, linked: bytes, sources: CSources
    ) -> tuple[bytes, bool]:
        """Boot CPython once, here, and make what it leaves behind the module's data."""
        bundle = sources.bundle

        def fill(folder: Path) -> None:
            try:
                snapshot = boot(linked, bundle, sources.boot_kind, self._cache)
            except SnapshotError as error:
                error.log = write_log(self._cache.folder, self.stage, printed_lines(error))
                raise explain_boot_failure(error, project) from error
            ready = rewrite(linked, snapshot, removed_exports=BOOT_EXPORTS)
            smaller = drop_boot_code(parse_module(ready), sources.boot_only)
            (folder / "ready.wasm").write_bytes(strip_custom_sections(encode_module(smaller)))

        key = hash_parts([linked, bundle, str(sources.boot_only)])
        folder, cached = self._cache.entry("snapshot", key, fill)
        return (folder / "ready.wasm").read_bytes(), cached

    def _finish(
        self, ready: bytes, pins: Mapping[str, int], interface: Interface, abi: bytes
    ) -> tuple[bytes, bytes, bool]:
        """Pin, add the metadata, and verify the very bytes that are delivered."""
        sections = [
            MetadataSection("candid:service", interface.did.encode()),
            MetadataSection("candid:args", interface.init_args.encode()),
            MetadataSection(SECTION_NAME, abi),
        ]
        key = hash_parts([ready, json.dumps(pins), *(item.contents for item in sections)])

        def fill(folder: Path) -> None:
            pinned = pin(ready, pins) if pins else ready
            wasm = write_metadata(pinned, sections)
            with Background() as background:
                compressed = background.start(partial(gzip_module, wasm))
                verify_module(wasm)
                verify_pins(wasm, pins)
                verify_methods(wasm, interface.did)
            (folder / "canister.wasm").write_bytes(wasm)
            (folder / "canister.wasm.gz").write_bytes(compressed.result())

        folder, cached = self._cache.entry("canister", key, fill)
        wasm = (folder / "canister.wasm").read_bytes()
        return wasm, (folder / "canister.wasm.gz").read_bytes(), cached

    def _emit(
        self,
        spec: CanisterSpec,
        plan: SlotPlan,
        glue: Glue,
        sources: CSources,
        linked: bytes,
        ready: bytes,
        wasm: bytes,
        abi: bytes,
    ) -> None:
        artefacts = {
            "spec": json.dumps(asdict(spec), indent=2).encode(),
            "plan": format_lock(plan.handlers).encode(),
            "glue": glue.source.encode(),
            "c": sources.user_c.encode(),
            "entries": sources.entries_c.encode(),
            "linked": linked,
            "snapshot": ready,
            "pin": wasm,
            "abi": abi,
        }
        self._emitted.update({name: artefacts[name] for name in self._options.emit})

    def _write(
        self,
        project: Project,
        plan: SlotPlan,
        lock: LockFile,
        interface: Interface,
        wasm: bytes,
        compressed: bytes,
    ) -> BuildResult:
        """All files at once, at the end: a build that fails has changed nothing."""
        wasm_path = self._wasm_path(project)
        output = wasm_path.parent
        output.mkdir(parents=True, exist_ok=True)
        wasm_path.write_bytes(wasm)
        (output / f"{project.name}.wasm.gz").write_bytes(compressed)
        (output / f"{project.name}.did").write_text(interface.did, encoding="utf-8")
        for name, content in self._emitted.items():
            (output / f"{project.name}.{EMITTED[name]}").write_bytes(content)
        if plan.handlers or project.lock_path.exists():
            write_lock(project.lock_path, plan.handlers, lock.reserved)
        return BuildResult(
            wasm_path=wasm_path,
            size_bytes=len(wasm),
            module_hash=hashlib.sha256(wasm).hexdigest(),
        )

    def _wasm_path(self, project: Project) -> Path:
        return (self._options.output or project.root / "build") / f"{project.name}.wasm"

    def _is_likely_edited(self, project: Project) -> bool:
        """Whether a source is newer than the module: a guess, on which nothing but time depends."""
        sources = [project.root / item.path for item in project.modules]
        try:
            built = self._wasm_path(project).stat().st_mtime_ns
            return any(source.stat().st_mtime_ns >= built for source in sources)
        except OSError:
            return True

    def _done(
        self, stage: str, summary: str, cached: bool = False, notes: tuple[str, ...] = ()
    ) -> None:
        now = time.perf_counter()
        self.has_filled |= stage == "snapshot" and not cached
        self._report(StageReport(stage, summary, now - self._started, cached, notes))
        self._started = now
        if stage != STAGES[-1]:
            self.stage = STAGES[STAGES.index(stage) + 1]
            self._tell_start(self.stage)


def callback_pins(plan: SlotPlan) -> dict[str, int]:
    """Which exported callback belongs at which slot; a retired handler's slot stays taken."""
    handlers = {f"scm_callback {entry.name}": int(entry.slot) for entry in plan.handlers}
    timer = {} if plan.timer is None else {"scm_callback_timer": int(plan.timer)}
    return {
        "scm_callback_cleanup": int(plan.cleanup),
        "scm_callback_orphan": int(plan.orphan),
        "scm_callback_handled": int(HANDLED_SLOT),
        "scm_callback_refused": int(REFUSED_SLOT),
        **timer,
        **handlers,
    }


def _count_spec(spec: CanisterSpec) -> str:
    counts = (
        (len(spec.methods), "methods"),
        (len(spec.handlers), "response handlers"),
        (len(spec.timers), "timer handlers"),
        (len(spec.state.fields) + len(spec.collections), "state fields"),
    )
    # Few canisters have timers.
    return ", ".join(f"{count} {what}" for count, what in counts if count or "timer" not in what)


def _count_modules(project: Project) -> str:
    packages = {item.name.partition(".")[0] for item in project.dependencies}
    own = f"{len(project.modules)} modules -> C"
    return f"{own}, with {', '.join(sorted(packages))}" if packages else own


def _describe_plan(plan: SlotPlan) -> str:
    active = [entry for entry in plan.handlers if entry.status == "active"]
    if not active:
        return "no response handlers, no slots"
    return f"{len(active)} handlers from slot {min(entry.slot for entry in active):,}"


def _megabytes(content: bytes) -> str:
    return f"{len(content) / 1_000_000:.1f} MB"
