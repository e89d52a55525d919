"""Project + SlotPlan -> C: mypyc over the user's modules and the glue, trampolines, bundle.

The framework's modules form one mypyc group (`runtime_base.py`), translated once; the user's and
the glue form another, so that a rebuild after an edit translates only those.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from attrs import evolve, frozen

from scm.compiler.artefacts import CanisterSpec, Project, SlotPlan
from scm.compiler.bundle import Bundle, PythonSource, find_imports, make_bundle
from scm.compiler.cache import Cache, hash_parts
from scm.compiler.codec_shapes import is_acyclic
from scm.compiler.glue import GLUE_MODULE, Glue
from scm.compiler.mypyc import RUNTIME_GROUP, USER_GROUP, run_mypyc, write_sources
from scm.compiler.native import make_native
from scm.compiler.no_calls import STUBS_C
from scm.compiler.runtime_base import (
    REPLACED_BY_C,
    RUNTIME_ROOTS,
    RuntimeBase,
    checked_only,
    runtime_sources,
)
from scm.compiler.type_errors import diagnostics_from_mypy
from scm.errors import SourceError


@frozen
class CSources:
    """What is to be compiled and linked for one canister, besides the runtime base.

    `bundle` is the bytecode that boot hands to CPython, `stubs_c` what stands in for parts of the
    System API that the canister must not have ("" for nothing).
    """

    user_c: str
    codecs_c: str
    headers: tuple[tuple[str, str], ...]
    entries_c: str
    bundle: bytes
    stubs_c: str = ""


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
    native = {module.path: make_native(module, spec) for module in project.modules}
    native[f"{GLUE_MODULE}.py"] = glue.source
    callbacks = json.dumps([[entry.name, entry.slot, entry.status] for entry in plan.handlers])
    # Public names stand in the exports alone: neither in the native sources nor in the glue.
    exports = json.dumps([[item.export, item.function, item.kind] for item in glue.entries])
    key = hash_parts(
        [
            *(base.key, str(is_pinned), callbacks, exports, glue.codecs_c),
            *(part for pair in native.items() for part in pair),
        ]
    )

    def fill(folder: Path) -> None:
        errors = _translate_modules(folder, native, base, _attributes(project, spec))
        if errors:
            raise SourceError(diagnostics_from_mypy(errors, project, spec))
        names = {path: path.removesuffix(".py").replace("/", ".") for path in native}
        modules = {
            names[path].removesuffix(".__init__"): PythonSource(
                text, path, path.endswith("__init__.py")
            )
            for path, text in native.items()
        }
        bundle = _make_bundle(modules, base)
        (folder / "bundle").write_bytes(bundle.to_bytes())
        entries = _entries(plan, glue, base, modules, bundle, is_pinned)
        (folder / "entries.c").write_text(entries, encoding="utf-8")
        (folder / "codecs.c").write_text(glue.codecs_c, encoding="utf-8")

    folder, cached = cache.entry("translate", key, fill)
    stubs_c = STUBS_C if project.no_calls else ""
    return evolve(_read_sources(folder), stubs_c=stubs_c), cached


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


def _translate_modules(
    folder: Path,
    native: Mapping[str, str],
    base: RuntimeBase,
    attributes: Mapping[str, Mapping[str, int]],
) -> list[str]:
    """Run mypyc on a copy of the runtime's state; the user's C and all headers go to `folder`."""
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        for part in ("src", "c", "mypy"):
            shutil.copytree(base.folder / part, work / part)
        write_sources(work / "src", [PythonSource(t, p, False) for p, t in native.items()])
        sources = runtime_sources()
        groups = {
            RUNTIME_GROUP: [sources[name].path for name in base.compiled],
            USER_GROUP: list(native),
        }
        errors = run_mypyc(work, groups, checked_only(), attributes)
        if not errors:
            for pattern in (f"__native_{USER_GROUP}.c", "__native*.h"):
                for path in (work / "c").glob(pattern):
                    shutil.copy(path, folder)
    return errors


def _make_bundle(users: Mapping[str, PythonSource], base: RuntimeBase) -> Bundle:
    ours = {name: item for name, item in runtime_sources().items() if name not in REPLACED_BY_C}
    imports = [find_imports(*item) for item in users.items()]
    asked_for = {name for item in imports for name in item.at_import | item.lazy}
    roots = {*RUNTIME_ROOTS, *users, *asked_for} - REPLACED_BY_C
    # `librt.strings` is a C module; the package around it has nothing else that we need.
    ours["librt"] = PythonSource("", "librt/__init__.py", True)
    return make_bundle(roots, {**ours, **users}, frozenset({*base.compiled, *users}))


def _entries(
    plan: SlotPlan,
    glue: Glue,
    base: RuntimeBase,
    users: Mapping[str, PythonSource],
    bundle: Bundle,
    is_pinned: bool,
) -> str:
    from scm.compiler.entries import write_entries  # Loads mypyc: only where something changed.

    groups = {RUNTIME_GROUP: base.compiled, USER_GROUP: tuple(sorted(users))}
    return write_entries(plan, glue, groups, bundle.builtins, is_pinned=is_pinned)


def _read_sources(folder: Path) -> CSources:
    return CSources(
        user_c=(folder / f"__native_{USER_GROUP}.c").read_text(encoding="utf-8"),
        headers=tuple(
            (path.name, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.h"))
        ),
        codecs_c=(folder / "codecs.c").read_text(encoding="utf-8"),
        entries_c=(folder / "entries.c").read_text(encoding="utf-8"),
        bundle=(folder / "bundle").read_bytes(),
    )
