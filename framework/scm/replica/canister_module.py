"""A canister module ready to run: what it exports, and the compiled module behind it.

The engine shows only what a module exports, so `instrument` exports the memory, the table and every
mutable global under reserved names, and turns the start function into an export: it runs once per
install, not at every instantiation (as the platform's own embedder does).
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from scm.wasm.module import Module, SectionId
from scm.wasm.sections import (
    Export,
    ExternKind,
    all_global_types,
    all_memories,
    all_tables,
    read_exports,
    read_start,
    write_exports,
)
from scm.wasm.segments import SegmentMode, read_data, read_elements

if TYPE_CHECKING:
    import wasmtime

START_EXPORT: Final = "canister_start"
_GLOBAL_EXPORT: Final = "scm replica global {}"
_MEMORY_EXPORT: Final = "scm replica memory"
_TABLE_EXPORT: Final = "scm replica table"


class MethodKind(Enum):
    """How a public method is exported."""

    UPDATE = "update"
    QUERY = "query"
    COMPOSITE_QUERY = "composite_query"


@frozen
class CanisterModule:
    """`wasm` is the module as submitted (perhaps compressed); `module_hash` its SHA-256."""

    wasm: bytes = field(repr=False)
    module_hash: bytes
    methods: dict[str, MethodKind]
    exports: frozenset[str]
    custom_sections: dict[str, bytes] = field(repr=False)
    is_memory_64: bool
    mutable_globals: tuple[str, ...]
    has_passive_segments: bool
    compiled: wasmtime.Module = field(repr=False)


def instrument(module: Module) -> tuple[Module, tuple[str, ...]]:
    """Export what the replica must reach: the module, and the names of its mutable globals."""
    names: list[str] = []
    exports = read_exports(module)
    if all_memories(module):
        exports.append(Export(_MEMORY_EXPORT, ExternKind.MEMORY, 0))
    if all_tables(module):
        exports.append(Export(_TABLE_EXPORT, ExternKind.TABLE, 0))
    for index, global_type in enumerate(all_global_types(module)):
        if global_type.is_mutable:
            names.append(_GLOBAL_EXPORT.format(index))
            exports.append(Export(names[-1], ExternKind.GLOBAL, index))
    start = read_start(module)
    if start is not None:
        exports.append(Export(START_EXPORT, ExternKind.FUNCTION, start))
        module = module.without(SectionId.START)
    return module.with_section(SectionId.EXPORT, write_exports(exports)), tuple(names)


def has_passive_segments(module: Module) -> bool:
    """Whether the module has segments that code can copy from, and drop, at run time."""
    modes = [segment.mode for segment in read_data(module)]
    modes += [segment.mode for segment in read_elements(module)]
    return SegmentMode.PASSIVE in modes
