"""A canister module ready to run: what it exports, and the compiled module behind it.

The engine shows only what a module exports, so `instrument` exports the memory, the table and every
mutable global under reserved names, and turns the start function into an export: it runs once per
install, not at every instantiation (as the platform's own embedder does).
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from scm.wasm.engine_config import EngineKind
from scm.wasm.globals import export_mutable_globals
from scm.wasm.module import Module, SectionId, encode_module
from scm.wasm.sections import (
    VALUE_TYPE_NAMES,
    Export,
    ExternKind,
    all_global_types,
    read_exports,
    read_start,
    write_exports,
)
from scm.wasm.segments import SegmentMode, read_data, read_elements

if TYPE_CHECKING:
    import wasmtime

START_EXPORT: Final = "canister_start"
HEAP_PAGES_MAX_64: Final = 98_304  # Resource limits: 6 GiB; 32-bit heaps have 4 GiB anyway.


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
    """Names of functions only: a global may be called like an entry point."""
    custom_sections: dict[str, bytes] = field(repr=False)
    is_memory_64: bool
    mutable_globals: tuple[str, ...]
    global_types: tuple[str, ...]
    """Of the mutable globals, by their Wasm names (`i32`, `f64`, ...)."""
    has_passive_segments: bool
    compiled: wasmtime.Module = field(repr=False)
    kind: EngineKind = EngineKind.FUEL
    instruction_count: int = 0
    """How many instructions the counting module has; 0 for one that does not count."""


def instrument(module: Module) -> tuple[bytes, tuple[str, ...]]:
    """Export what the replica must reach: the module, and the names of its mutable globals."""
    start = read_start(module)
    if start is not None:
        exports = [*read_exports(module), Export(START_EXPORT, ExternKind.FUNCTION, start)]
        module = module.without(SectionId.START)
        module = module.with_section(SectionId.EXPORT, write_exports(exports))
    return export_mutable_globals(encode_module(module))


def global_type_names(module: Module, export_names: tuple[str, ...]) -> tuple[str, ...]:
    """The types of globals that `instrument` has exported."""
    types = all_global_types(module)
    indices = {entry.name: entry.index for entry in read_exports(module)}
    return tuple(VALUE_TYPE_NAMES[types[indices[name]].value_type] for name in export_names)


def has_passive_segments(module: Module) -> bool:
    """Whether the module has segments that code can copy from, and drop, at run time."""
    modes = [segment.mode for segment in read_data(module)]
    modes += [segment.mode for segment in read_elements(module)]
    return SegmentMode.PASSIVE in modes
