"""Project + SlotPlan -> C: mypyc over the user's modules and the glue, and the trampolines.

The framework's own modules form one mypyc group (`scmrt`), translated and compiled once and kept in
the cache; the user's modules and the glue form another (`user`), so that a rebuild after an edit
translates only those.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from attrs import frozen

from scm.compiler.artefacts import CanisterSpec, Project, SlotPlan
from scm.compiler.bundle import (
    Bundle,
    PythonSource,
    canister_sources,
    find_imports,
    make_bundle,
)
from scm.compiler.cache import Cache, hash_parts
from scm.compiler.entries import write_entries
from scm.compiler.glue import GLUE_MODULE, Glue
from scm.compiler.native import make_native
from scm.compiler.toolchain import (
    COMPILE_FLAGS,
    GENERATED_CODE_FLAGS,
    OWN_CODE_FLAGS,
    SYSCONFIG_DATA,
    include_flags,
    run_tool,
    run_zig_cc,
    tool_versions,
    wasi_python,
)
from scm.compiler.type_errors import diagnostics_from_mypy
from scm.errors import InternalError, SourceError

RUNTIME_GROUP: Final = "scmrt"
USER_GROUP: Final = "user"
RUNTIME_ROOTS: Final = ("scm", "scm.runtime.dispatch", "scm.runtime.fault", "scm.runtime.values")
REPLACED_BY_C: Final = "scm.runtime.ic0"
BYTECODE_MODULES: Final = frozenset({"scm.authoring.decorators", "scm.authoring.types"})
"""Run at import only: nothing to gain from compiling them."""

_INCLUDED_CODE: Final = re.compile(r"^#include <\w+\.c>$", re.MULTILINE)

FRAMEWORK: Final = Path(__file__).resolve().parents[2]


@frozen
class RuntimeBase:
    """The framework's part of every canister: objects to link, and mypyc's state to go on from."""

    folder: Path
    compiled: tuple[str, ...]
    key: str

    def objects(self) -> list[Path]:
        """Object files, in a fixed order."""
        return sorted((self.folder / "objects").glob("*.o"))


@frozen
class CSources:
    """What is to be compiled and linked for one canister, besides the runtime base."""

    user_c: str
    user_headers: tuple[tuple[str, str], ...]
    entries_c: str
    bundle: Bundle


def runtime_sources() -> dict[str, PythonSource]:
    """The framework's modules that belong in a canister, by name."""
    everything = canister_sources(FRAMEWORK)
    todo = list(RUNTIME_ROOTS)
    found: dict[str, PythonSource] = {}
    while todo:
        name = todo.pop()
        if name in everything and name not in found:
            found[name] = everything[name]
            todo += find_imports(name, everything[name]).at_import
    return dict(sorted(found.items()))


def compiled_names(sources: Mapping[str, PythonSource]) -> tuple[str, ...]:
    """Those of the framework's modules that mypyc translates."""
    skipped = BYTECODE_MODULES | {REPLACED_BY_C}
    return tuple(
        name for name, source in sources.items() if name not in skipped and not source.is_package
    )


def prepare_runtime(cache: Cache) -> tuple[RuntimeBase, bool]:
    """Translate and compile the framework's part, or find it in the cache."""
    sources = runtime_sources()
    c_files = sorted((FRAMEWORK / "scm" / "runtime" / "c").glob("*.[ch]"))
    here = Path(__file__).parent
    key = hash_parts(
        [
            json.dumps(tool_versions(), sort_keys=True),
            *(part for name, source in sources.items() for part in (name, source.text)),
            *(path.read_bytes() for path in c_files),
            *((here / name).read_bytes() for name in ("mypyc_worker.py", "toolchain.py")),
            (here / "translate.py").read_bytes(),
        ]
    )
    names = compiled_names(sources)

    def fill(folder: Path) -> None:
        _write_sources(folder / "src", sources.values())
        paths = [sources[name].path for name in names]
        _run_mypyc(folder, {RUNTIME_GROUP: paths}, sources[REPLACED_BY_C].path)
        (folder / "objects").mkdir()
        _compile_c(folder, f"__native_{RUNTIME_GROUP}.c", GENERATED_CODE_FLAGS, cache, None)
        for path in c_files:
            shutil.copy(path, folder / "c")
        for path in c_files:
            if path.suffix == ".c":
                _compile_c(folder, path.name, OWN_CODE_FLAGS, cache, None)

    folder, cached = cache.entry("runtime", key, fill)
    return RuntimeBase(folder, names, key), cached


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
    glue_path = f"{GLUE_MODULE}.py"
    key = hash_parts([base.key, glue.source, *(part for pair in native.items() for part in pair)])

    def fill(folder: Path) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            work = Path(scratch)
            for part in ("src", "c", "mypy"):
                shutil.copytree(base.folder / part, work / part)
            files = {**native, glue_path: glue.source}
            _write_sources(work / "src", [PythonSource(t, p, False) for p, t in files.items()])
            sources = runtime_sources()
            groups = {
                RUNTIME_GROUP: [sources[name].path for name in base.compiled],
                USER_GROUP: list(files),
            }
            errors = _run_mypyc(work, groups, sources[REPLACED_BY_C].path)
            if errors:
                raise SourceError(diagnostics_from_mypy(errors, project, spec))
            for path in (work / "c").glob(f"*{USER_GROUP}.[ch]"):
                shutil.copy(path, folder)
            for path in (work / "c").glob(f"*{RUNTIME_GROUP}.h"):
                shutil.copy(path, folder)

    folder, cached = cache.entry("translate", key, fill)
    bundle = _bundle(project, native, glue, base)
    user_modules = sorted([*(module.name for module in project.modules), GLUE_MODULE])
    groups = {RUNTIME_GROUP: base.compiled, USER_GROUP: tuple(user_modules)}
    return CSources(
        user_c=(folder / f"__native_{USER_GROUP}.c").read_text(),
        user_headers=tuple((path.name, path.read_text()) for path in sorted(folder.glob("*.h"))),
        entries_c=write_entries(plan, glue, groups, bundle.builtins, is_pinned=is_pinned),
        bundle=bundle,
    ), cached


def compile_user_code(
    sources: CSources, base: RuntimeBase, cache: Cache
) -> tuple[list[Path], bool]:
    """Compile the generated C to objects, or find them in the cache."""
    parts = [text for _, text in sources.user_headers]
    key = hash_parts([base.key, sources.user_c, sources.entries_c, *parts])

    def fill(folder: Path) -> None:
        (folder / "c").mkdir()
        (folder / "objects").mkdir()
        for name, text in sources.user_headers:
            (folder / "c" / name).write_text(text)
        for header in ("ic0.h", "entries.h"):
            shutil.copy(base.folder / "c" / header, folder / "c")
        runtime_c = (base.folder / "c" / f"__native_{RUNTIME_GROUP}.c").read_text()
        (folder / "c" / "user.c").write_text(_without_shared_code(sources.user_c, runtime_c))
        (folder / "c" / "entries.c").write_text(sources.entries_c)
        (folder / "c" / "rename.h").write_text(_renames(sources.user_c))
        _compile_c(folder, "user.c", GENERATED_CODE_FLAGS, cache, "rename.h")
        _compile_c(folder, "entries.c", OWN_CODE_FLAGS, cache, None)

    folder, cached = cache.entry("objects", key, fill)
    return sorted((folder / "objects").glob("*.o")), cached


def _bundle(project: Project, native: Mapping[str, str], glue: Glue, base: RuntimeBase) -> Bundle:
    ours = runtime_sources()
    del ours[REPLACED_BY_C]  # Builtin, under the same name.
    users = {
        module.name: PythonSource(native[module.path], module.path, False)
        for module in project.modules
    }
    users[GLUE_MODULE] = PythonSource(glue.source, f"{GLUE_MODULE}.py", False)
    imports = [find_imports(*item) for item in users.items()]
    asked_for = {name for item in imports for name in item.at_import | item.lazy}
    roots = {*RUNTIME_ROOTS, *users, *(asked_for - {REPLACED_BY_C})}
    return make_bundle(roots, {**ours, **users}, frozenset({*base.compiled, *users}))


def _write_sources(folder: Path, sources: Sequence[PythonSource] | object) -> None:
    for source in sources:  # type: ignore[attr-defined]
        path = folder / source.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source.text, encoding="utf-8")


def _run_mypyc(folder: Path, groups: Mapping[str, Sequence[str]], checked: str) -> list[str]:
    """Translate in `folder` (src, mypy, c); returns mypy's error lines."""
    system = folder / "system"
    system.mkdir(exist_ok=True)
    shutil.copy(wasi_python() / "lib" / "python3.11" / f"{SYSCONFIG_DATA}.py", system)
    (folder / "c").mkdir(exist_ok=True)
    request = folder / "request.json"
    request.write_text(
        json.dumps({"groups": groups, "checked": [checked], "target": "../c", "cache": "../mypy"})
    )
    environment = {
        **os.environ,
        "_PYTHON_SYSCONFIGDATA_NAME": SYSCONFIG_DATA,
        "PYTHONPATH": f"{system}{os.pathsep}{FRAMEWORK}",
        "PYTHONHASHSEED": "0",
    }
    command = [sys.executable, "-P", "-m", "scm.compiler.mypyc_worker", "../request.json"]
    answer = json.loads(run_tool("mypyc", command, folder / "src", environment))
    errors: list[str] = answer["errors"]
    if errors and list(groups) == [RUNTIME_GROUP]:
        raise InternalError("translate", "\n".join(errors))
    return errors


def _compile_c(
    folder: Path, name: str, flags: Sequence[str], cache: Cache, prefix: str | None
) -> None:
    """Compile `folder/c/name`, quoting no absolute path that could end up in the object."""
    include = ["-include", prefix] if prefix else []
    target = f"../objects/{Path(name).stem}.o"
    arguments = [*COMPILE_FLAGS, *flags, *include_flags(), "-I.", *include, "-c", name]
    run_zig_cc([*arguments, "-o", target], folder / "c", cache.folder)


def _without_shared_code(user_c: str, runtime_c: str) -> str:
    """Leave out mypyc's own C code, which each group includes, where the runtime group has it.

    mypyc means each group to be a shared library; linked statically, one copy is enough.
    """
    shared = set(_INCLUDED_CODE.findall(runtime_c))
    return _INCLUDED_CODE.sub(lambda match: "" if match[0] in shared else match[0], user_c)


def _renames(user_c: str) -> str:
    """Names that mypyc gives to every group's own tables, made distinct for the user's group."""
    own = {"CPyStatics", "CPyGlobalsInit"}
    own |= set(re.findall(r"\b(?:CPyLit|CPyModule)_\w+", user_c))
    return "".join(f"#define {name} {name}_{USER_GROUP}\n" for name in sorted(own))
