"""Put exported functions at fixed slots of the function table, in any Wasm module.

In: a module and the slot of each callback.  Out: the module with element segments appended that
place them there, and a table large enough.  Everything else is copied byte for byte, so it serves
canisters written in any language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from attrs import evolve

from scm.errors import LimitError, ScmError
from scm.wasm.functions import exported_functions
from scm.wasm.module import Module, SectionId, encode_module, parse_module
from scm.wasm.sections import (
    FUNCREF,
    I32,
    I64,
    ExternKind,
    FunctionType,
    Limits,
    TableType,
    all_memories,
    all_tables,
    imported,
    read_imports,
    read_tables,
    write_imports,
    write_tables,
)
from scm.wasm.segments import active_functions_bytes, append_elements
from scm.wasm.table import layout_of

TABLE_ELEMENTS_MAX: Final = 1_000_000  # the platform's instantiation limit


class PinError(ScmError):
    """A function cannot be put at the wanted slot of this module."""


def pin(module_bytes: bytes, pins: Mapping[str, int]) -> bytes:
    """Put each exported function at its slot; the exports stay.  Pinning twice changes nothing.

    Raises `PinError` if a name is not an exported function of callback type or its slot is taken,
    `LimitError` for a slot past the platform's table limit, `TableError` and `WasmFormatError`.
    """
    module = parse_module(module_bytes)
    _check_slots(pins)
    targets = _resolve(module, pins)
    missing = _unplaced(targets, layout_of(module), pins)
    if not missing:
        return module_bytes
    module = _with_table_size(module, max(missing) + 1)
    is_table_64 = all_tables(module)[0].limits.is_64
    segments = [
        active_functions_bytes(
            first, [missing[slot] for slot in range(first, behind)], is_table_64=is_table_64
        )
        for first, behind in _consecutive(sorted(missing))
    ]
    return encode_module(append_elements(module, segments))


def callback_type(module: Module) -> FunctionType:
    """The type of a callback: `env`, pointer-wide, in; nothing out."""
    memories = all_memories(module)
    is_memory_64 = bool(memories) and memories[0].is_64
    return FunctionType(bytes((I64 if is_memory_64 else I32,)), b"")


def _check_slots(pins: Mapping[str, int]) -> None:
    taken: dict[int, str] = {}
    for name, slot in pins.items():
        if slot < 0:
            raise PinError(f"the slot of `{name}` is negative: {slot}")
        if slot >= TABLE_ELEMENTS_MAX:
            raise LimitError(
                f"table size for `{name}`",
                slot + 1,
                TABLE_ELEMENTS_MAX,
                help="give it a smaller slot",
            )
        if slot in taken:
            raise PinError(f"`{taken[slot]}` and `{name}` have the same slot {slot:,}")
        taken[slot] = name


def _resolve(module: Module, pins: Mapping[str, int]) -> dict[int, int]:
    """Slot to function index, every function checked to be a callback."""
    functions = exported_functions(module)
    expected = callback_type(module)
    targets: dict[int, int] = {}
    for name, slot in pins.items():
        function = functions.get(name)
        if function is None:
            raise PinError(f"the module exports no function `{name}`")
        if function.type != expected:
            raise PinError(f"`{name}` has type {function.type}, expected {expected}")
        targets[slot] = function.index
    return targets


def _unplaced(
    targets: Mapping[int, int], layout: Mapping[int, int], pins: Mapping[str, int]
) -> dict[int, int]:
    """The targets that are not in the table yet; raises if another function is in the way."""
    for name, slot in pins.items():
        if layout.get(slot, targets[slot]) != targets[slot]:
            raise PinError(f"slot {slot:,} of `{name}` already holds function {layout[slot]:,}")
    return {slot: index for slot, index in targets.items() if slot not in layout}


def _with_table_size(module: Module, size: int) -> Module:
    """Make table 0 at least `size` elements large, or add a table."""
    tables = read_tables(module)
    imports = read_imports(module)
    foreign = imported(imports, ExternKind.TABLE)
    if not foreign:
        grown = _grown(tables[0] if tables else TableType(FUNCREF, Limits(0)), size)
        return module.with_section(SectionId.TABLE, write_tables([grown, *tables[1:]]))
    first = foreign[0]
    assert isinstance(first.type, TableType)
    replacement = evolve(first, type=_grown(first.type, size))
    replaced = [replacement if entry is first else entry for entry in imports]
    return module.with_section(SectionId.IMPORT, write_imports(replaced))


def _grown(table: TableType, size: int) -> TableType:
    if table.element_type != FUNCREF:
        raise PinError("the module's table does not hold functions")
    limits = table.limits
    maximum = None if limits.maximum is None else max(limits.maximum, size)
    return evolve(table, limits=evolve(limits, minimum=max(limits.minimum, size), maximum=maximum))


def _consecutive(slots: list[int]) -> Iterator[tuple[int, int]]:
    """Group sorted slots into runs: first slot, slot behind the last."""
    start = 0
    for index in range(1, len(slots) + 1):
        if index == len(slots) or slots[index] != slots[index - 1] + 1:
            yield slots[start], slots[index - 1] + 1
            start = index
