"""CSources -> objects: zig's C compiler over the generated C of one canister."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Final

from scm.compiler.cache import Cache, hash_parts
from scm.compiler.mypyc import RUNTIME_GROUP, USER_GROUP
from scm.compiler.recursion import bound_recursion
from scm.compiler.runtime_base import RuntimeBase
from scm.compiler.toolchain import GENERATED_CODE_FLAGS, OWN_CODE_FLAGS, compile_all, mypyc_runtime
from scm.compiler.translate import CSources

_HEADERS: Final = (
    *("ic0.h", "entries.h", "candid.h", "python_values.h", "collections.h", "key_order.h"),
    *("recursion.h", "fast_values.h"),
)
"""What the generated C includes of the runtime's."""

_FASTER: Final = ("CPyLong_AsSsize_tAndOverflow_", "CPyStr_Append", "CPyStr_Build")
"""Functions of mypyc that have others in their place: `python_objects.c`, `fast_texts.c`."""

_INCLUDED_CODE: Final = re.compile(r"^#include <[\w/]+\.c>$", re.MULTILINE)


def compile_sources(sources: CSources, base: RuntimeBase, cache: Cache) -> tuple[list[Path], bool]:
    """Compile the generated C to objects, or find them in the cache."""
    headers = [part for header in sources.headers for part in header]
    generated_c = (sources.user_c, sources.codecs_c, sources.entries_c, sources.stubs_c)
    key = hash_parts([base.key, *generated_c, *headers])

    def fill(folder: Path) -> None:
        (folder / "c").mkdir()
        (folder / "objects").mkdir()
        for name, text in sources.headers:
            (folder / "c" / name).write_text(text, encoding="utf-8")
        for header in _HEADERS:
            shutil.copy(base.folder / "c" / header, folder / "c")
        runtime_c = (base.folder / "c" / f"__native_{RUNTIME_GROUP}.c").read_text(encoding="utf-8")
        generated = {
            "user.c": bound_recursion(_without_shared_code(sources.user_c, runtime_c)),
            "codecs.c": sources.codecs_c,
            "entries.c": sources.entries_c,
            "rename.h": _renames(sources.user_c),
        }
        for name, text in generated.items():
            (folder / "c" / name).write_text(text, encoding="utf-8")
        flags = {
            "user.c": (*GENERATED_CODE_FLAGS, "-include", "rename.h"),
            "codecs.c": GENERATED_CODE_FLAGS,
            "entries.c": OWN_CODE_FLAGS,
        }
        if sources.stubs_c:
            (folder / "c" / "stubs.c").write_text(sources.stubs_c, encoding="utf-8")
            flags["stubs.c"] = OWN_CODE_FLAGS
        compile_all(folder, flags, cache.folder)
        shutil.rmtree(folder / "c")

    folder, cached = cache.entry("objects", key, fill)
    return sorted((folder / "objects").glob("*.o")), cached


def _without_shared_code(user_c: str, runtime_c: str) -> str:
    """Leave out mypyc's own C code, which each group includes, where the runtime group has it.

    mypyc means each group to be a shared library; linked statically, one copy is enough.
    """
    shared = set(_INCLUDED_CODE.findall(runtime_c))
    return _INCLUDED_CODE.sub(
        lambda found: _declared(found[0]) if found[0] in shared else found[0], user_c
    )


def _declared(include: str) -> str:
    """The header of mypyc's code, for parts of it that `CPy.h` does not declare."""
    header = include.removeprefix("#include <").removesuffix(".c>") + ".h"
    return f"#include <{header}>" if (mypyc_runtime() / header).is_file() else ""


def _renames(user_c: str) -> str:
    """Names that mypyc gives to every group's own tables, made distinct for the user's group."""
    own = {"CPyStatics", "CPyGlobalsInit"}
    own |= set(re.findall(r"\b(?:CPyLit|CPyModule)_\w+", user_c))
    names = {name: f"{name}_{USER_GROUP}" for name in own}
    # Have faster ones in `runtime/c`; the runtime's group defines mypyc's own.
    names |= {name: f"scm_{name}" for name in _FASTER}
    return "".join(f"#define {name} {new}\n" for name, new in sorted(names.items()))
