"""Make the hidden state of an instance reachable from outside: mutable globals, memory, table.

The Internet Computer's embedder does the same to every module, since that state outlives a
message (Interface Spec, "Heap memory and globals").  Names are reserved, so that they never meet
a name of the module's own.
"""

from __future__ import annotations

import struct
from typing import Final

from scm.wasm.module import SectionId, encode_module, parse_module
from scm.wasm.sections import (
    Export,
    ExternKind,
    all_global_types,
    all_memories,
    all_tables,
    read_exports,
    write_exports,
)

OWN_EXPORTS: Final = "scm:"
"""What the names of our exports begin with, and no canister's may."""

MEMORY_EXPORT: Final = "scm:memory"
TABLE_EXPORT: Final = "scm:table"
GLOBAL_EXPORT_PREFIX: Final = "scm:global:"

_FLOAT_FORMATS: Final = {"f32": "<f", "f64": "<d"}


def export_mutable_globals(module_bytes: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Export every mutable global as `scm:global:<index>`, memory 0 as `scm:memory` and table 0 as
    `scm:table` (where they exist): the new module, and the globals' names in index order.

    Exports that were there stay; running it again changes nothing.  Raises `WasmFormatError`.
    """
    module = parse_module(module_bytes)
    names = tuple(
        f"{GLOBAL_EXPORT_PREFIX}{index}"
        for index, global_type in enumerate(all_global_types(module))
        if global_type.is_mutable
    )
    wanted = [
        Export(name, ExternKind.GLOBAL, int(name.removeprefix(GLOBAL_EXPORT_PREFIX)))
        for name in names
    ]
    if all_memories(module):
        wanted.append(Export(MEMORY_EXPORT, ExternKind.MEMORY, 0))
    if all_tables(module):
        wanted.append(Export(TABLE_EXPORT, ExternKind.TABLE, 0))
    existing = read_exports(module)
    taken = {entry.name for entry in existing}
    exports = existing + [entry for entry in wanted if entry.name not in taken]
    return encode_module(module.with_section(SectionId.EXPORT, write_exports(exports))), names


def bits_of_float(type_name: str, value: float) -> int:
    """The bits of an `f32` or `f64`, as an unsigned number."""
    return int.from_bytes(struct.pack(_FLOAT_FORMATS[type_name], value), "little")


def float_of_bits(type_name: str, bits: int) -> float:
    """The number that the bits of an `f32` or `f64` stand for."""
    layout = _FLOAT_FORMATS[type_name]
    (value,) = struct.unpack(layout, bits.to_bytes(struct.calcsize(layout), "little"))
    assert isinstance(value, float)
    return value
