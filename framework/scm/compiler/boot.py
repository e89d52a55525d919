"""Boot a linked module once, and remember in the cache which functions that took.

What is remembered decides how long the next boot takes, and nothing else: its result is the same.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from attrs import evolve

from scm.compiler.boot_functions import add_marks, entered_functions, leave_out
from scm.compiler.cache import Cache
from scm.compiler.package import strip_custom_sections
from scm.compiler.snapshot import Snapshot, take_snapshot
from scm.errors import SnapshotError
from scm.wasm.engine import TrapKind, WasmTrap
from scm.wasm.module import Module, encode_module, parse_module
from scm.wasm.sections import all_global_types

BOOT_EXPORT: Final = "scm_boot"

STAGE: Final = "boot-functions"
_FILE: Final = "idle"
_LEFT_OUT: Final = (TrapKind.UNREACHABLE, TrapKind.BAD_SIGNATURE)
"""What a call of a function that was left out ends with."""


def boot(linked: bytes, bundle: bytes, kind: str, cache: Cache) -> Snapshot:
    """The state of the module after its boot; raises `SnapshotError`.

    `bundle` is what the boot gets.  Modules of the same `kind` have about the same boot.
    """
    module = parse_module(linked)
    learned: list[Snapshot] = []

    def fill(folder: Path) -> None:
        snapshot, _, idle = _boot_with_marks(module, bundle)
        _write_names(folder / _FILE, idle)
        learned.append(snapshot)

    folder, _ = cache.entry(STAGE, kind, fill, is_fixed=False)
    if learned:
        return learned[0]
    idle = frozenset((folder / _FILE).read_text(encoding="utf-8", errors="replace").split("\n"))
    try:
        return take_snapshot(_ready(leave_out(module, idle)), BOOT_EXPORT, bundle)
    except SnapshotError as error:
        trap = error.__cause__
        if not isinstance(trap, WasmTrap) or trap.kind not in _LEFT_OUT:
            raise
    snapshot, entered, _ = _boot_with_marks(module, bundle)
    _write_names(folder / _FILE, idle - entered)
    return snapshot


def _boot_with_marks(module: Module, bundle: bytes) -> tuple[Snapshot, set[str], set[str]]:
    """The state after a boot, and the names of functions that it entered and that it did not."""
    snapshot = take_snapshot(_ready(add_marks(module)), BOOT_EXPORT, bundle)
    own = len(all_global_types(module))
    marks = {saved.index: saved.bits for saved in snapshot.globals if saved.index >= own}
    entered, idle = entered_functions(module, marks)
    of_module = tuple(saved for saved in snapshot.globals if saved.index < own)
    return evolve(snapshot, globals=of_module), entered, idle


def _ready(module: Module) -> bytes:
    return strip_custom_sections(encode_module(module))


def _write_names(path: Path, names: Iterable[str]) -> None:
    """Write at once, as another build may read it."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
        file.write("\n".join(sorted(names)))
    os.replace(file.name, path)
