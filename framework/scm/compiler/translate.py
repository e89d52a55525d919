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

from scm.compiler.artefacts import CanisterSpec, Project, SlotPlan, SourceModule
from scm.compiler.background import Background
from scm.compiler.boot_code import BootOnly
from scm.compiler.bundle import (
    Bundle,
    PythonSource,
    find_imports,
    make_bundle,
    named_codecs,
    names_imported_from,
    narrow_package,
)
from scm.compiler.cache import Cache, hash_parts
from scm.compiler.codec_shapes import is_acyclic
from scm.compiler.fallback import (
    Interpreted,
    interpret_at_first,
    interpret_more,
    native_classes,
    with_families,
)
from scm.compiler.glue import GLUE_MODULE, Glue
from scm.compiler.mypyc import (
    RUNTIME_GROUP,
    USER_GROUP,
    Interpretation,
    MypycResult,
    c_name_of,
    file_of_module,
    run_mypyc,
    write_sources,
)
from scm.compiler.native import make_native
from scm.compiler.no_calls import STUBS_C
from scm.compiler.parsing import module_name
from scm.compiler.pieces import narrow
from scm.compiler.runtime_base import (
    RE_EXPORTING,
    REPLACED_BY_C,
    STARTED_BY_C,
    RuntimeBase,
    checked_only,
    runtime_sources,
)
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
        with Background() as background:
            # While mypyc runs, in a process of its own, the bytecode is made of what it will take.
            expected = background.start(partial(_make_bundle, sources, at_first, base))
            interpreted = _run_mypyc(folder, sources, at_first, base)
            bundle = expected.result()
        if interpreted.modules != at_first.modules:
            bundle = _make_bundle(sources, interpreted, base)
        modules = sources.modules(interpreted)
        compiled = frozenset(modules) - interpreted.modules.keys()
        in_runtime = [name for name in base.compiled if name in bundle.compiled]
        groups = {RUNTIME_GROUP: tuple(in_runtime), USER_GROUP: tuple(sorted(compiled))}
        (folder / "bundle").write_bytes(bundle.to_bytes())
        entries = _entries(plan, glue, groups, bundle, is_pinned)
        entries += modules_to_import((*in_runtime, *sorted(modules)))
        (folder / "entries.c").write_text(entries, encoding="utf-8")
        (folder / "codecs.c").write_text(glue.codecs_c, encoding="utf-8")
        unused = [c_name_of(name) for name in base.compiled if name not in bundle.compiled]
        libraries = [item.name for item in bundle.modules if item.name not in modules]
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
            item.path: item.text if item.name in bytecode else self._as_native(item)
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


def _run_mypyc(
    folder: Path, sources: _Sources, interpreted: Interpreted, base: RuntimeBase
) -> Interpreted:
    """Translate what mypyc takes, the C and all headers to `folder`; the rest is returned."""
    project, spec = sources.project, sources.spec
    with tempfile.TemporaryDirectory() as scratch:
        # On a copy of the runtime's state; each attempt goes on from that of the one before.
        work = Path(scratch)
        for part in ("src", "mypy"):
            shutil.copytree(base.folder / part, work / part)
        while (result := _attempt(work, sources, interpreted, base)).errors:
            texts = sources.texts(interpreted.modules)
            more = interpret_more(result.errors, texts, spec, interpreted)
            if more is None:
                raise SourceError(diagnostics_from_mypy(result.errors, project, spec))
            interpreted = more
        modules = [module_name(path) for path in sources.texts()]
        compiled = [name for name in sorted(modules) if name not in interpreted.modules]
        written = {name: work / "c" / file_of_module(name) for name in compiled}
        written[""] = work / "c" / f"__native_{USER_GROUP}.c"
        texts = {name: narrow(path.read_text(encoding="utf-8")) for name, path in written.items()}
        (folder / "user.json").write_text(json.dumps(texts), encoding="utf-8")
        for path in (work / "c").glob("__native*.h"):
            shutil.copy(path, folder)
    return with_families(interpreted, result.related)


def _attempt(
    work: Path, sources: _Sources, interpreted: Interpreted, base: RuntimeBase
) -> MypycResult:
    texts = sources.texts(interpreted.modules)
    write_sources(work / "src", [PythonSource(text, p, False) for p, text in texts.items()])
    bytecode = [path for path in texts if module_name(path) in interpreted.modules]
    runtime = runtime_sources()
    groups = {
        RUNTIME_GROUP: [runtime[name].path for name in base.compiled],
        USER_GROUP: [path for path in texts if path not in bytecode],
    }
    left = Interpretation(
        frozenset(interpreted.definitions),
        native_classes(sources.spec),
        interpreted.class_variables,
    )
    attributes = _attributes(sources.project, sources.spec)
    checked = [*checked_only(), *bytecode]
    return run_mypyc(work, groups, checked, attributes, interpreted.unchecked(), left)


def _make_bundle(sources: _Sources, interpreted: Interpreted, base: RuntimeBase) -> Bundle:
    project, users = sources.project, sources.modules(interpreted)
    compiled = frozenset(users) - interpreted.modules.keys()
    ours = {name: item for name, item in runtime_sources().items() if name not in REPLACED_BY_C}
    imports = [find_imports(*item) for item in users.items()]
    asked_for = {name for item in imports for name in item.at_import | item.lazy}
    roots = {*STARTED_BY_C, *users, *asked_for, *project.include} - REPLACED_BY_C
    # `librt.strings` is a C module; the package around it has nothing else that we need.
    ours["librt"] = PythonSource("", "librt/__init__.py", True)
    packages = {
        item.name: PythonSource(item.text, item.path, item.path.endswith("__init__.py"))
        for item in project.dependencies
    }
    roots |= named_codecs((*users.values(), *packages.values()))
    known = {**packages, **_only_used(ours, (*users.values(), *packages.values())), **users}
    return make_bundle(roots, known, frozenset({*base.compiled, *compiled}))


def _only_used(
    ours: Mapping[str, PythonSource], others: Iterable[PythonSource]
) -> dict[str, PythonSource]:
    """Our modules, the packages that re-export what is ours narrowed to what is imported of them.

    What is not imported is not in the canister: each kind of collection, for one, is a module.
    """
    narrowed = dict(ours)
    readers = list(others)
    for package in RE_EXPORTING:
        names = names_imported_from(package, readers)
        if names is None:
            break
        narrowed[package] = narrow_package(ours[package], names)
        readers.append(narrowed[package])
    return narrowed


def modules_to_import(names: Iterable[str]) -> str:
    """What the boot imports besides what the entry points need: import work is done then."""
    rows = "".join(f'"{name}", ' for name in names)
    return f"const char *const scm_modules_to_import[] = {{{rows}NULL}};\n"


def _entries(
    plan: SlotPlan,
    glue: Glue,
    groups: Mapping[str, tuple[str, ...]],
    bundle: Bundle,
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
