"""Write a snapshot back into the module it was taken from, so that it starts where the boot ended.

In: the linked module and its snapshot.  Out: a module whose memory size, globals and data segments
are those of the snapshot, without start function and boot exports; every other section is copied
byte for byte.  After the method of Wizer.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from attrs import evolve

from scm.compiler.preconditions import check_preconditions
from scm.compiler.snapshot import SavedGlobal, Snapshot
from scm.errors import InternalError
from scm.leb128 import write_unsigned
from scm.wasm import sections
from scm.wasm.constants import f32_expression, f64_expression, i32_expression, i64_expression
from scm.wasm.module import Module, SectionId, encode_module, parse_module
from scm.wasm.sections import (
    Global,
    read_exports,
    read_globals,
    read_memories,
    write_exports,
    write_globals,
    write_memories,
    write_vector,
)
from scm.wasm.segments import active_data_bytes

# A segment's header takes about this many bytes: flags, `i32.const` with 4 bytes, `end`, size.
# Zeros that a new segment would save at that price are cheaper kept.
GAP_BYTES_MIN: Final = 9
# Engines accept 100,000; Wizer leaves headroom at 10,000, as start-up time goes with the number.
SEGMENTS_MAX: Final = 10_000

_SPAN: Final = re.compile(rb"(?s)\x00*+([^\x00]++(?:\x00{1,%d}+[^\x00]++)*+)" % (GAP_BYTES_MIN - 1))


def rewrite(
    module_bytes: bytes, snapshot: Snapshot, *, removed_exports: Collection[str] = ()
) -> bytes:
    """Make the pre-initialised module; `removed_exports`: names that only the boot needed.

    Raises `UnsupportedModuleError` and `WasmFormatError`.
    """
    module = parse_module(module_bytes)
    check_preconditions(module)
    memory = read_memories(module)[0]
    data = data_segments(snapshot.memory, is_memory_64=memory.is_64)
    module = module.without(SectionId.START)
    module = module.with_section(
        SectionId.MEMORY, write_memories([evolve(memory, minimum=snapshot.memory_pages)])
    )
    module = _with_globals(module, snapshot)
    module = _without_exports(module, removed_exports)
    if module.find(SectionId.DATA_COUNT) is not None:
        module = module.with_section(SectionId.DATA_COUNT, write_unsigned(len(data)))
    return encode_module(module.with_section(SectionId.DATA, write_vector(data)))


def data_segments(memory: bytes, *, is_memory_64: bool) -> list[bytes]:
    """Encoded active segments that make `memory` from zeros, at most `SEGMENTS_MAX` of them.

    20 MiB of memory, a third of it in use, take 0.1 s.
    """
    # Without its zero tail every match of the pattern succeeds at once; with it, the last search
    # would be quadratic.
    used = memory.rstrip(b"\x00")
    spans = [found.span(1) for found in _SPAN.finditer(used)]
    return [
        active_data_bytes(start, used[start:end], is_memory_64=is_memory_64)
        for start, end in _merge_spans(spans, SEGMENTS_MAX)
    ]


def _merge_spans(spans: list[tuple[int, int]], count_max: int) -> Iterator[tuple[int, int]]:
    """Join neighbours over the smallest gaps until at most `count_max` spans are left."""
    if not spans:
        return
    # Break before a span if the gap there is one of the `count_max - 1` largest.
    gaps = sorted(range(1, len(spans)), key=lambda index: spans[index - 1][1] - spans[index][0])
    breaks = sorted(gaps[: count_max - 1])
    for first, behind in zip([0, *breaks], [*breaks, len(spans)], strict=True):
        yield spans[first][0], spans[behind - 1][1]


def _with_globals(module: Module, snapshot: Snapshot) -> Module:
    if not snapshot.globals:
        return module
    # No global is imported (`check_preconditions`), so indices count defined globals.
    entries = read_globals(module)
    for saved in snapshot.globals:
        entries[saved.index] = Global(entries[saved.index].type, _initialiser(saved))
    return module.with_section(SectionId.GLOBAL, write_globals(entries))


def _initialiser(saved: SavedGlobal) -> bytes:
    match saved.value_type:
        case sections.I32:
            return i32_expression(saved.bits)
        case sections.I64:
            return i64_expression(saved.bits)
        case sections.F32:
            return f32_expression(saved.bits)
        case sections.F64:
            return f64_expression(saved.bits)
        case _:
            raise InternalError("rewrite", f"global of type 0x{saved.value_type:02x}")


def _without_exports(module: Module, names: Collection[str]) -> Module:
    kept = [entry for entry in read_exports(module) if entry.name not in names]
    return module.with_section(SectionId.EXPORT, write_exports(kept)) if names else module
