"""Typed views of element and data segments, in all eight and three encodings respectively.

Core specification, "Binary Format / Modules / Element Section" and "Data Section".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from typing import Final

from attrs import frozen

from scm.leb128 import read_unsigned, write_unsigned
from scm.wasm.constants import function_of, i32_expression, i64_expression, read_expression
from scm.wasm.module import Module, SectionId
from scm.wasm.reader import Reader
from scm.wasm.sections import FUNCREF, read_reference_type

# Bits of an element segment's flags.
_IS_NOT_ACTIVE, _HAS_TABLE_OR_IS_DECLARATIVE, _HAS_EXPRESSIONS = 1, 2, 4
_FUNCTION_ELEMENTS: Final = 0

_USUAL_DATA: Final = re.compile(
    rb"\x00(\x41[\x80-\xff]{0,3}+[\x00-\x7f]\x0b)([\x80-\xff]{0,3}+[\x00-\x7f])"
)
"""The start of an active data segment of memory 0, at an `i32.const`, in 28 bits: its offset, and
its size.  A module that has booted has 10,000 of these."""


class SegmentMode(Enum):
    """When a segment is copied: at instantiation, by an instruction, or never."""

    ACTIVE = "active"
    PASSIVE = "passive"
    DECLARATIVE = "declarative"


@frozen
class ElementSegment:
    """`functions` has a function index per element, or None where the element is not a function
    known from the segment (`ref.null`, `global.get`).  `offset` is empty unless active."""

    mode: SegmentMode
    table: int
    offset: bytes
    element_type: int
    functions: tuple[int | None, ...]

    @property
    def is_plain(self) -> bool:
        """Whether the shortest form can be written: active, for table 0, with functions only."""
        is_known = None not in self.functions
        return self.mode is SegmentMode.ACTIVE and self.table == 0 and is_known


@frozen
class DataSegment:
    """`offset` is empty unless active."""

    mode: SegmentMode
    memory: int
    offset: bytes
    contents: bytes


def read_elements(module: Module) -> list[ElementSegment]:
    """The element section."""
    reader = module.reader(SectionId.ELEMENT)
    if reader is None:
        return []
    segments = reader.vector(lambda: _read_element(reader))
    reader.expect_end()
    return segments


def read_data(module: Module) -> list[DataSegment]:
    """The data section."""
    reader = module.reader(SectionId.DATA)
    if reader is None:
        return []
    segments = reader.vector(lambda: _read_data_segment(reader))
    reader.expect_end()
    return segments


def read_data_count(module: Module) -> int | None:
    """The number in the data count section, or None if there is none."""
    reader = module.reader(SectionId.DATA_COUNT)
    if reader is None:
        return None
    count = reader.u32()
    reader.expect_end()
    return count


def active_functions_bytes(offset: int, functions: Iterable[int], *, is_table_64: bool) -> bytes:
    """An active segment of table 0 in its shortest form (flags 0)."""
    indices = [write_unsigned(index) for index in functions]
    start = i64_expression(offset) if is_table_64 else i32_expression(offset)
    return b"\x00" + start + write_unsigned(len(indices)) + b"".join(indices)


def active_data_bytes(offset: int, contents: bytes, *, is_memory_64: bool) -> bytes:
    """An active segment of memory 0 in its shortest form (flags 0)."""
    start = i64_expression(offset) if is_memory_64 else i32_expression(offset)
    return b"\x00" + start + write_unsigned(len(contents)) + contents


def append_elements(module: Module, segments: list[bytes]) -> Module:
    """Add encoded element segments behind the existing ones, which stay byte for byte."""
    reader = module.reader(SectionId.ELEMENT)
    count, existing = (0, b"") if reader is None else (reader.u32(), reader.rest())
    payload = write_unsigned(count + len(segments)) + existing + b"".join(segments)
    return module.with_section(SectionId.ELEMENT, payload)


def _read_element(reader: Reader) -> ElementSegment:
    flags = reader.u32()
    if flags > _IS_NOT_ACTIVE | _HAS_TABLE_OR_IS_DECLARATIVE | _HAS_EXPRESSIONS:
        raise reader.error(f"unknown element segment flags {flags}")
    mode = _element_mode(flags)
    table, offset = 0, b""
    if mode is SegmentMode.ACTIVE:
        table = reader.u32() if flags & _HAS_TABLE_OR_IS_DECLARATIVE else 0
        offset = read_expression(reader)
    has_type = bool(flags & (_IS_NOT_ACTIVE | _HAS_TABLE_OR_IS_DECLARATIVE))
    if flags & _HAS_EXPRESSIONS:
        element_type = read_reference_type(reader) if has_type else FUNCREF
        expressions = reader.vector(lambda: read_expression(reader))
        functions = tuple(function_of(expression) for expression in expressions)
    else:
        if has_type and reader.byte() != _FUNCTION_ELEMENTS:
            raise reader.error("unknown element kind", reader.position - 1)
        element_type = FUNCREF
        functions = tuple(reader.vector(reader.u32))
    return ElementSegment(mode, table, offset, element_type, functions)


def _element_mode(flags: int) -> SegmentMode:
    if not flags & _IS_NOT_ACTIVE:
        return SegmentMode.ACTIVE
    is_declarative = flags & _HAS_TABLE_OR_IS_DECLARATIVE
    return SegmentMode.DECLARATIVE if is_declarative else SegmentMode.PASSIVE


def _read_data_segment(reader: Reader) -> DataSegment:
    if usual := reader.match(_USUAL_DATA):
        size, _ = read_unsigned(usual[2], 0)
        return DataSegment(SegmentMode.ACTIVE, 0, usual[1], reader.take(size))
    match reader.u32():
        case 0:
            mode, memory, offset = SegmentMode.ACTIVE, 0, read_expression(reader)
        case 1:
            mode, memory, offset = SegmentMode.PASSIVE, 0, b""
        case 2:
            mode, memory = SegmentMode.ACTIVE, reader.u32()
            offset = read_expression(reader)
        case flags:
            raise reader.error(f"unknown data segment flags {flags}")
    return DataSegment(mode, memory, offset, reader.take(reader.u32()))
