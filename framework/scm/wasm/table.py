"""The function table as instantiation leaves it: which function is at which slot of table 0.

Active element segments fill it, in order; passive and declarative ones do not.
"""

from __future__ import annotations

from scm.errors import ScmError
from scm.wasm.constants import integer_of
from scm.wasm.custom import read_function_names
from scm.wasm.module import Module, parse_module
from scm.wasm.sections import ExternKind, read_exports
from scm.wasm.segments import ElementSegment, SegmentMode, read_elements


class TableError(ScmError):
    """The table's contents cannot be told from the module alone."""


def table_layout(module_bytes: bytes) -> dict[int, int]:
    """Slot to function index, in slot order; slots without a function are left out.

    Raises `TableError` if a segment's place depends on an import, and `WasmFormatError`.
    """
    return layout_of(parse_module(module_bytes))


def layout_of(module: Module) -> dict[int, int]:
    """`table_layout` of a module that is parsed already."""
    slots: dict[int, int | None] = {}
    for segment in read_elements(module):
        if segment.mode is SegmentMode.ACTIVE and segment.table == 0:
            first = _first_slot(segment)
            slots.update(enumerate(segment.functions, first))
    return {slot: index for slot, index in sorted(slots.items()) if index is not None}


def function_labels(module_bytes: bytes) -> dict[int, str]:
    """A name for each function that has one: from the name section, else its first export."""
    module = parse_module(module_bytes)
    labels: dict[int, str] = {}
    for entry in read_exports(module):
        if entry.kind is ExternKind.FUNCTION:
            labels.setdefault(entry.index, entry.name)
    return labels | read_function_names(module)


def _first_slot(segment: ElementSegment) -> int:
    first = integer_of(segment.offset)
    if first is None:
        raise TableError("an element segment's offset is not a constant")
    return first
