"""The framework's own part of every canister: translated and compiled once, then in the cache."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from attrs import field, frozen

from scm.compiler.bundle import PythonSource, find_imports
from scm.compiler.cache import Cache, hash_parts
from scm.compiler.mypyc import (
    FRAMEWORK,
    RUNTIME_GROUP,
    Mypyc,
    MypycRequest,
    file_of_module,
    write_sources,
)
from scm.compiler.mypyc_code import FAST_VALUES, after_includes, included_declarations
from scm.compiler.pieces import join, join_second, narrow
from scm.compiler.toolchain import (
    GENERATED_CODE_FLAGS,
    OWN_CODE_FLAGS,
    RUNTIME_CODE_FLAGS,
    compile_all,
    mypyc_runtime,
    tool_versions,
)
from scm.errors import InternalError

RUNTIME_ROOTS: Final = (
    "scm",
    "scm.collections.fields",
    "scm.runtime.codecs",
    "scm.runtime.controls",
    "scm.runtime.dispatch",
    "scm.runtime.fault",
    "scm.runtime.proxied",
    "scm.runtime.timer_messages",
    "scm.runtime.timer_upgrade",
    "scm.runtime.values",
)
_PACKAGES: Final = ("authoring", "candid", "collections", "runtime")
"""Those of scm with modules that belong in a canister; such lie beside them, too."""

STARTED_BY_C: Final = ("scm.runtime.fault",)
"""What `boot.c` asks for; all else is imported from generated code."""

RE_EXPORTING: Final = ("scm", "scm.collections")
"""Packages with nothing of their own, outer ones first."""

REPLACED_BY_C: Final = frozenset(
    {"scm.principal_text", "scm.runtime.ic0", "scm.runtime.codecs", "scm.runtime.store"}
)
BYTECODE_MODULES: Final = frozenset(
    {"scm.authoring.decorators", "scm.authoring.timers", "scm.authoring.types"}
)
"""Run at import only: nothing to gain from compiling them."""

_ATTRIBUTES: Final[Mapping[str, Mapping[str, int]]] = {
    "scm.candid.values.Some": {"free_list_len": 1},
    "scm.model.Principal": {"acyclic": True, "free_list_len": 1},
    "scm.runtime.values.Value": {"acyclic": True},
}
"""mypyc's attributes of classes: what the collector need not know of, and of what one object is
kept to be used again, as a loop makes and drops one each time."""

_NATIVE: Final = f"__native_{RUNTIME_GROUP}.c"
_NATIVE_SECOND: Final = f"__native_{RUNTIME_GROUP}_second.c"

MYPYC_STRINGS: Final = "librt_strings.c"
"""mypyc's own writer of bytes and reader of fixed-width numbers, inlined where it is used."""

_SECOND: Final = (
    *("scm.candid.subtype", "scm.candid.text", "scm.collections."),
    *("scm.runtime.collection_types", "scm.runtime.control", "scm.runtime.forwarding"),
    "scm.runtime.proxied",
)
"""How the names of modules begin that are compiled as a second file, on the second core.

What every message goes through is in the first, so that its calls can be inlined.
"""

_RECIPE: Final = (
    "mypyc.py",
    "mypyc_code.py",
    "mypyc_interpreted.py",
    "mypyc_loops.py",
    "mypyc_repairs.py",
    "mypyc_shortcuts.py",
    "mypyc_worker.py",
    "pieces.py",
    "runtime_base.py",
    "toolchain.py",
)


@frozen
class RuntimeBase:
    """Its C and its headers, and mypy's state for translating the user's modules.

    `folder` has `src`, `mypy` and `c`; `key` names the content.  `sources`: the framework's modules
    that belong in a canister, by name.
    """

    folder: Path
    compiled: tuple[str, ...]
    key: str
    sources: Mapping[str, PythonSource] = field(repr=False)


@cache
def runtime_sources() -> Mapping[str, PythonSource]:
    """The framework's modules that belong in a canister, by name."""
    return _imported(_canister_sources())


def _sources_by_cache(cache: Cache) -> Mapping[str, PythonSource]:
    """The same, of which the cache knows the names: to follow the imports takes 0.3 s."""
    everything = _canister_sources()

    def fill(folder: Path) -> None:
        names = list(_imported(everything))
        (folder / "names.json").write_text(json.dumps(names), encoding="utf-8")

    texts = (part for name, source in everything.items() for part in (name, source.text))
    folder, _ = cache.entry("runtime-modules", hash_parts(texts), fill)
    names = json.loads((folder / "names.json").read_text(encoding="utf-8"))
    return {name: everything[name] for name in names}


def _canister_sources() -> dict[str, PythonSource]:
    """The modules of which some belong in a canister, by name, as they lie on disk."""
    package = FRAMEWORK / "scm"
    paths = [
        *package.glob("*.py"),
        *(p for part in _PACKAGES for p in (package / part).rglob("*.py")),
    ]
    sources = {}
    for path in sorted(paths):
        relative = path.relative_to(FRAMEWORK)
        is_package = path.stem == "__init__"
        place = relative.parent if is_package else relative.with_suffix("")
        text = path.read_text(encoding="utf-8")
        sources[".".join(place.parts)] = PythonSource(text, relative.as_posix(), is_package)
    return sources


def _imported(everything: Mapping[str, PythonSource]) -> dict[str, PythonSource]:
    todo = list(RUNTIME_ROOTS)
    found: dict[str, PythonSource] = {}
    while todo:
        name = todo.pop()
        if name in everything and name not in found:
            found[name] = everything[name]
            todo += find_imports(name, everything[name]).at_import
    return dict(sorted(found.items()))


def checked_only(sources: Mapping[str, PythonSource]) -> list[str]:
    """The files of the typed faces of C modules, which are type-checked and no more."""
    return [sources[name].path for name in sorted(REPLACED_BY_C)]


def prepare_runtime(cache: Cache, mypyc: Mypyc) -> tuple[RuntimeBase, bool]:
    """Translate the framework's part to C, or find it in the cache."""
    sources = _sources_by_cache(cache)
    skipped = BYTECODE_MODULES | REPLACED_BY_C
    names = tuple(
        name for name, source in sources.items() if name not in skipped and not source.is_package
    )
    c_files = sorted((FRAMEWORK / "scm" / "runtime" / "c").glob("*.[ch]"))
    key = hash_parts(
        [
            json.dumps(tool_versions(), sort_keys=True),
            *(part for name, source in sources.items() for part in (name, source.text)),
            *(path.read_bytes() for path in c_files),
            *((Path(__file__).parent / name).read_bytes() for name in _RECIPE),
        ]
    )

    def fill(folder: Path) -> None:
        write_sources(folder / "src", sources.values())
        groups = {RUNTIME_GROUP: [sources[name].path for name in names]}
        mypyc.begin(folder, MypycRequest(groups, checked_only(sources), _ATTRIBUTES))
        errors = mypyc.result().errors
        if errors:
            raise InternalError("translate", "\n".join(errors))
        _join_modules(folder / "c", names)
        shutil.copy(mypyc_runtime() / "strings" / MYPYC_STRINGS, folder / "c")
        for path in c_files:
            shutil.copy(path, folder / "c")

    folder, cached = cache.entry_of_recipe("runtime", key, fill)
    return RuntimeBase(folder, names, key, sources), cached


def _join_modules(folder: Path, names: Iterable[str]) -> None:
    """Make two of mypyc's files, so that calls between modules can be inlined."""
    shared = folder / _NATIVE
    paths = {name: folder / file_of_module(name) for name in names}
    texts = {name: narrow(path.read_text(encoding="utf-8")) for name, path in paths.items()}
    second = {name: texts.pop(name) for name in names if name.startswith(_SECOND)}
    whole = join(texts, narrow(shared.read_text(encoding="utf-8")))
    shared.write_text(after_includes(whole, FAST_VALUES), encoding="utf-8")
    declared = "\n".join(included_declarations(whole))
    text = after_includes(f"{declared}\n{join_second(second)}", FAST_VALUES)
    (folder / _NATIVE_SECOND).write_text(text, encoding="utf-8")
    for path in paths.values():
        path.unlink()


def compile_runtime(base: RuntimeBase, cache: Cache) -> list[Path]:
    """The objects of the framework's part, in a fixed order; raises `ToolchainError`."""
    own = sorted(path.name for path in (FRAMEWORK / "scm" / "runtime" / "c").glob("*.c"))

    def fill(folder: Path) -> None:
        (folder / "objects").mkdir()
        flags = {
            _NATIVE: RUNTIME_CODE_FLAGS,
            _NATIVE_SECOND: RUNTIME_CODE_FLAGS,
            MYPYC_STRINGS: GENERATED_CODE_FLAGS,
            **dict.fromkeys(own, OWN_CODE_FLAGS),
        }
        shutil.copytree(base.folder / "c", folder / "c")
        compile_all(folder, flags, cache.folder)
        shutil.rmtree(folder / "c")

    folder, _ = cache.entry_of_recipe("runtime-objects", base.key, fill)
    return sorted((folder / "objects").glob("*.o"))
