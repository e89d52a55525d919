"""CSources -> objects: zig's C compiler over the generated C of one canister."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from attrs import field, frozen

from scm.compiler.background import run_all
from scm.compiler.cache import Cache, hash_parts
from scm.compiler.mypyc import RUNTIME_GROUP, USER_GROUP
from scm.compiler.mypyc_code import INCLUDED_CODE, declaration_of, included_declarations
from scm.compiler.pieces import SHARED, Headers, cut
from scm.compiler.runtime_base import RuntimeBase
from scm.compiler.toolchain import GENERATED_CODE_FLAGS, OWN_CODE_FLAGS, compile_all
from scm.compiler.translate import CSources

_HEADERS: Final = (
    *("ic0.h", "entries.h", "candid.h", "python_values.h", "collections.h", "key_order.h"),
    *("recursion.h", "fast_values.h"),
)
"""What the generated C includes of the runtime's."""

_OF_USER: Final = (f"__native_{USER_GROUP}.h", f"__native_internal_{USER_GROUP}.h")

_FASTER: Final = ("CPyLong_AsSsize_tAndOverflow_", "CPyStr_Append", "CPyStr_Build")
"""Functions of mypyc that have others in their place: `python_objects.c`, `fast_texts.c`."""

_TOP_LEVEL: Final = re.compile(
    r"^(?=(?:static )?char CPyDef_\w+_____top_level__(?:_counted)?\(void\) \{$)", re.MULTILINE
)
"""Where the body of a module begins, which runs once, in the boot."""


@frozen
class _Unit:
    """A file to compile: its text and flags, and the headers that it needs of the canister's."""

    name: str
    text: str
    flags: tuple[str, ...]
    headers: Mapping[str, str] = field(factory=dict)

    def key(self, base: RuntimeBase) -> str:
        """The hash of what decides the object."""
        texts = [part for item in sorted(self.headers.items()) for part in item]
        return hash_parts([base.key, self.name, self.text, *self.flags, "", *texts])


def compile_sources(sources: CSources, base: RuntimeBase, cache: Cache) -> tuple[list[Path], bool]:
    """Compile the generated C to objects, those that are not in the cache."""
    texts = [part for item in (*sources.modules_c, *sources.headers) for part in item]
    generated_c = (sources.shared_c, sources.codecs_c, sources.entries_c, sources.stubs_c)
    key = hash_parts([base.key, *sorted(sources.entered), "", *generated_c, *texts])

    def fill(folder: Path) -> None:
        units = sorted(_units(sources, base), key=lambda unit: -len(unit.text))
        folders: dict[str, Path] = {}

        def compile_one(unit: _Unit) -> None:
            found = cache.entry("pieces", unit.key(base), partial(_compile, unit, base, cache))
            folders[unit.name] = found[0]

        run_all(partial(compile_one, unit) for unit in units)
        (folder / "objects").mkdir()
        for name, of_unit in sorted(folders.items()):
            shutil.copy(of_unit / "objects" / f"{name}.o", folder / "objects")

    folder, cached = cache.entry("objects", key, fill)
    return sorted((folder / "objects").glob("*.o")), cached


def _units(sources: CSources, base: RuntimeBase) -> Iterator[_Unit]:
    runtime_c = (base.folder / "c" / f"__native_{RUNTIME_GROUP}.c").read_text(encoding="utf-8")
    headers = {name: text for name, text in sources.headers if name in _OF_USER}
    shared = _without_shared_code(sources.shared_c, runtime_c)
    types, names = (headers[name] for name in _OF_USER)
    user = Headers(types, names, included_declarations(sources.shared_c))
    pieces = cut(dict(sources.modules_c), shared, sources.entered, user)
    for name, fast in pieces.items():
        text = _TOP_LEVEL.sub("__attribute__((minsize)) ", fast)
        all_of_it = text + "".join(headers.values()) if name == SHARED else text
        own = headers if name == SHARED else {}
        renames = {"rename.h": _renames(all_of_it)}
        yield _Unit(name, text, (*GENERATED_CODE_FLAGS, "-include", "rename.h"), own | renames)
    yield _Unit("codecs", sources.codecs_c, GENERATED_CODE_FLAGS, {_OF_USER[0]: types})
    yield _Unit("entries", sources.entries_c, OWN_CODE_FLAGS)
    if sources.stubs_c:
        yield _Unit("stubs", sources.stubs_c, OWN_CODE_FLAGS)


def _compile(unit: _Unit, base: RuntimeBase, cache: Cache, folder: Path) -> None:
    (folder / "c").mkdir()
    (folder / "objects").mkdir()
    for header in (*_HEADERS, f"__native_{RUNTIME_GROUP}.h"):
        shutil.copy(base.folder / "c" / header, folder / "c")
    for name, text in {**unit.headers, f"{unit.name}.c": unit.text}.items():
        (folder / "c" / name).write_text(text, encoding="utf-8")
    compile_all(folder, {f"{unit.name}.c": unit.flags}, cache.folder)
    shutil.rmtree(folder / "c")


def _without_shared_code(user_c: str, runtime_c: str) -> str:
    """Leave out mypyc's own C code, which each group includes, where the runtime group has it.

    mypyc means each group to be a shared library; linked statically, one copy is enough.
    """
    shared = set(INCLUDED_CODE.findall(runtime_c))
    return INCLUDED_CODE.sub(
        lambda found: declaration_of(found[0]) if found[0] in shared else found[0], user_c
    )


def _renames(text: str) -> str:
    """Names that mypyc gives to every group's own tables, made distinct for the user's group."""
    own = set(re.findall(r"\b(?:CPyStatics|CPyGlobalsInit|(?:CPyLit|CPyModule)_\w+)\b", text))
    names = {name: f"{name}_{USER_GROUP}" for name in own}
    # Have faster ones in `runtime/c`; the runtime's group defines mypyc's own.
    names |= {name: f"scm_{name}" for name in _FASTER}
    return "".join(f"#define {name} {new}\n" for name, new in sorted(names.items()))
