"""Project + SlotPlan -> C: mypyc over the user's modules and the glue, trampolines, bundle.

The framework's modules form one mypyc group (`runtime_base.py`), translated once; the user's and
the glue form another, so that a rebuild after an edit translates only those.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Collection, Iterable, Mapping
from functools import partial
from pathlib import Path

from attrs import evolve, field, frozen

from scm.compiler.absent_imports import skipped_modules
from scm.compiler.artefacts import CanisterSpec, Project, SlotPlan, SourceModule
from scm.compiler.background import Background
from scm.compiler.boot_code import BootOnly
from scm.compiler.bundle import PythonSource
from scm.compiler.bundling import FinishedBundle, bundle_modules
from scm.compiler.cache import Cache, hash_parts
from scm.compiler.codec_shapes import is_acyclic
from scm.compiler.fallback import (
    Interpreted,
    interpret_at_first,
    interpret_more,
    native_classes,
    with_further,
)
from scm.compiler.glue import GLUE_MODULE, Glue
from scm.compiler.mypyc import (
    RUNTIME_GROUP,
    USER_GROUP,
    Interpretation,
    Mypyc,
    MypycRequest,
    c_name_of,
    file_of_module,
    write_sources,
)
from scm.compiler.native import make_native
from scm.compiler.native_imports import with_optional_imports
from scm.compiler.no_calls import STUBS_C
from scm.compiler.parsing import module_name
from scm.compiler.pieces import narrow
from scm.compiler.runtime_base import RuntimeBase, checked_only
from scm.compiler.type_errors import diagnostics_from_mypy
from scm.errors import SourceError


@frozen
class CSources:
    """What is to be compiled and linked for one canister, besides the runtime base.

    `modules_c`: mypyc's C by module, `shared_c`: what they share.  `entered`: the modules that
    messages enter.  `bundle` is the bytecode that boot hands to CPython, `stubs_c` what stands in
    for parts of the System API that the canister must not have ("" for nothing).  `notes`: what is
    not native, and why.  `boot_only`: what code is of no use after the boot.  `boot_kind`: the same
    for canisters whose boot does about the same, as it imports the same libraries.
    """

    modules_c: tuple[tuple[str, str], ...]
    shared_c: str
    codecs_c: str
    headers: tuple[tuple[str, str], ...]
    entries_c: str
    bundle: bytes
    entered: frozenset[str] = frozenset()
    stubs_c: str = ""
    notes: tuple[str, ...] = ()
    boot_only: BootOnly = field(factory=BootOnly)
    boot_kind: str = ""

    @property
    def user_c(self) -> str:
        """All C that mypyc made, for people to read."""
        return "\n".join([*(text for _, text in self.modules_c), self.shared_c])


def translate(
    project: Project,
    spec: CanisterSpec,
    plan: SlotPlan,
    glue: Glue,
    base: RuntimeBase,
    cache: Cache,
    mypyc: Mypyc,
    *,
    is_pinned: bool,
) -> tuple[CSources, bool]:
    """The canister's C and its bundle; raises `SourceError` for type errors in the user's code."""
    sources = _Sources(project, spec, glue.source)
    callbacks = json.dumps([[entry.name, entry.slot, entry.status] for entry in plan.handlers])
    # Public names stand in the exports alone: neither in the native sources nor in the glue.
    exports = json.dumps([[item.export, item.function, item.kind] for item in glue.entries])
    key = hash_parts(
        [
            *(base.key, str(is_pinned), callbacks, exports, glue.codecs_c),
            *(part for pair in sources.texts().items() for part in pair),
            *(part for item in project.dependencies for part in (item.path, item.text)),
            *(json.dumps(names) for names in (project.bytecode, project.include)),
        ]
    )

    def fill(folder: Path) -> None:
        at_first = sources.interpreted_at_first()
        with tempfile.TemporaryDirectory() as scratch, Background() as background:
            run = _Run(Path(scratch), sources, base, mypyc)
            run.begin(at_first)
            # While mypyc runs, in a process of its own, the bytecode is made of what it will take.
            expected = background.start(partial(_bundle, sources, at_first, base, cache))
            interpreted = run.finish(folder, at_first)
            bundle = expected.result()
        if interpreted.modules != at_first.modules:
            bundle = _bundle(sources, interpreted, base, cache)
        modules = sources.modules(interpreted)
        compiled = frozenset(modules) - interpreted.modules.keys()
        in_runtime = [name for name in base.compiled if name in bundle.compiled]
        groups = {RUNTIME_GROUP: tuple(in_runtime), USER_GROUP: tuple(sorted(compiled))}
        (folder / "bundle").write_bytes(bundle.content)
        entries = _entries(plan, glue, groups, bundle, is_pinned)
        entries += modules_to_import((*in_runtime, *sorted(modules)))
        (folder / "entries.c").write_text(entries, encoding="utf-8")
        (folder / "codecs.c").write_text(glue.codecs_c, encoding="utf-8")
        unused = [c_name_of(name) for name in base.compiled if name not in bundle.compiled]
        libraries = [name for name in bundle.modules if name not in modules]
        facts = {
            "notes": interpreted.notes(),
            "boot_only": {"unused": unused, "has_trees": "_ast" in bundle.builtins},
            "boot_kind": hash_parts([base.key, *libraries, "", *bundle.builtins]),
        }
        (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")

    folder, cached = cache.entry("translate", key, fill)
    stubs_c = STUBS_C if project.no_calls else ""
    found = evolve(_read_sources(folder), entered=_entered(spec), stubs_c=stubs_c)
    return found, cached


def _entered(spec: CanisterSpec) -> frozenset[str]:
    """The modules that messages enter: their functions are called from the glue, and from there."""
    modules = {method.module for method in spec.methods}
    modules |= {handler.module for handler in spec.handlers}
    modules |= {timer.module for timer in spec.timers}
    modules |= {spec.init.module} if spec.init else set()
    return frozenset({GLUE_MODULE, *modules})


def _attributes(project: Project, spec: CanisterSpec) -> dict[str, dict[str, int]]:
    """mypyc's attributes of the user's value classes, as `runtime_base.py` has them of its own."""
    modules = {item.name for item in project.modules}
    classes = {(item.module, item.name): item for item in spec.classes}
    return {
        f"{item.module}.{item.name}": {"free_list_len": 1}
        | ({"acyclic": True} if is_acyclic(item, classes) else {})
        for item in spec.classes
        if item.fields and item.module in modules
    }


@frozen(eq=False)
class _Sources:
    """The texts of all modules that are the user's, and of the glue."""

    project: Project
    spec: CanisterSpec
    glue: str
    _native: dict[str, str] = field(factory=dict, init=False)

    def texts(self, bytecode: Collection[str] = ()) -> dict[str, str]:
        """By path: as mypyc compiles them; those in `bytecode` as they are."""
        texts = {
            item.path: with_optional_imports(item)
            if item.name in bytecode
            else self._as_native(item)
            for item in self.project.modules
        }
        return {**texts, f"{GLUE_MODULE}.py": self.glue}

    def modules(self, interpreted: Interpreted) -> dict[str, PythonSource]:
        """The same by name."""
        return {
            module_name(path): PythonSource(text, path, path.endswith("__init__.py"))
            for path, text in self.texts(interpreted.modules).items()
        }

    def interpreted_at_first(self) -> Interpreted:
        """What is known before mypyc has been asked."""
        plain = {item.path: item.text for item in self.project.modules}
        return interpret_at_first(plain, self.spec, self.project.bytecode)

    def _as_native(self, module: SourceModule) -> str:
        text = self._native.get(module.path)
        if text is None:
            text = self._native[module.path] = make_native(module, self.spec)
        return text


@frozen(eq=False)
class _Run:
    """Attempts at a translation in the folder `work`, until what mypyc can't take is left to it."""

    work: Path
    sources: _Sources
    base: RuntimeBase
    mypyc: Mypyc

    def begin(self, interpreted: Interpreted) -> None:
        """Begin with the first attempt, on a copy of the runtime's state."""
        for part in ("src", "mypy"):
            shutil.copytree(self.base.folder / part, self.work / part)
        self._attempt(interpreted)

    def finish(self, folder: Path, interpreted: Interpreted) -> Interpreted:
        """Put the C and all headers into `folder`; what is interpreted in the end is returned."""
        project, spec = self.sources.project, self.sources.spec
        while (result := self.mypyc.result()).errors:
            texts = self.sources.texts(interpreted.modules)
            more = interpret_more(result.errors, texts, spec, interpreted)
            if more is None:
                raise SourceError(diagnostics_from_mypy(result.errors, project, spec))
            interpreted = more
            self._attempt(interpreted)  # It goes on from the state of the one before.
        modules = [module_name(path) for path in self.sources.texts()]
        compiled = [name for name in sorted(modules) if name not in interpreted.modules]
        c = self.work / "c"
        written = {name: c / file_of_module(name) for name in compiled}
        written[""] = c / f"__native_{USER_GROUP}.c"
        found = {name: narrow(path.read_text(encoding="utf-8")) for name, path in written.items()}
        (folder / "user.json").write_text(json.dumps(found), encoding="utf-8")
        for path in c.glob("__native*.h"):
            shutil.copy(path, folder)
        return with_further(interpreted, result.more)

    def _attempt(self, interpreted: Interpreted) -> None:
        texts = self.sources.texts(interpreted.modules)
        written = [PythonSource(text, path, False) for path, text in texts.items()]
        write_sources(self.work / "src", written)
        bytecode = [path for path in texts if module_name(path) in interpreted.modules]
        runtime = self.base.sources
        groups = {
            RUNTIME_GROUP: [runtime[name].path for name in self.base.compiled],
            USER_GROUP: [path for path in texts if path not in bytecode],
        }
        left = Interpretation(
            frozenset(interpreted.definitions),
            native_classes(self.sources.spec),
            interpreted.class_variables,
        )
        request = MypycRequest(
            groups,
            [*checked_only(runtime), *bytecode],
            _attributes(self.sources.project, self.sources.spec),
            interpreted.unchecked(),
            left,
            skipped_modules(self.sources.project),
        )
        self.mypyc.begin(self.work, request)


def _bundle(
    sources: _Sources, interpreted: Interpreted, base: RuntimeBase, cache: Cache
) -> FinishedBundle:
    users = sources.modules(interpreted)
    compiled = users.keys() - interpreted.modules.keys()
    return bundle_modules(sources.project, users, compiled, base, cache)


def modules_to_import(names: Iterable[str]) -> str:
    """What the boot imports besides what the entry points need: import work is done then."""
    rows = "".join(f'"{name}", ' for name in names)
    return f"const char *const scm_modules_to_import[] = {{{rows}NULL}};\n"


def _entries(
    plan: SlotPlan,
    glue: Glue,
    groups: Mapping[str, tuple[str, ...]],
    bundle: FinishedBundle,
    is_pinned: bool,
) -> str:
    from scm.compiler.entries import write_entries  # Loads mypyc: only where something changed.

    return write_entries(plan, glue, groups, bundle.builtins, is_pinned=is_pinned)


def _read_sources(folder: Path) -> CSources:
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    unused, has_trees = facts["boot_only"]["unused"], facts["boot_only"]["has_trees"]
    texts: dict[str, str] = json.loads((folder / "user.json").read_text(encoding="utf-8"))
    shared = texts.pop("")
    return CSources(
        modules_c=tuple(texts.items()),
        shared_c=shared,
        headers=tuple(
            (path.name, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.h"))
        ),
        codecs_c=(folder / "codecs.c").read_text(encoding="utf-8"),
        entries_c=(folder / "entries.c").read_text(encoding="utf-8"),
        bundle=(folder / "bundle").read_bytes(),
        notes=tuple(facts["notes"]),
        boot_only=BootOnly(tuple(unused), has_trees),
        boot_kind=facts["boot_kind"],
    )
