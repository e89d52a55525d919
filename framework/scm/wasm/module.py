"""A Wasm module as an ordered list of raw sections: bytes in, bytes out, nothing interpreted.

A stage parses only the sections that it rewrites and passes every other one on byte for byte.
Section headers are written in their shortest form (wasm-ld pads them).

Core specification, "Binary Format / Modules".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import Final

from attrs import evolve, field, frozen

from scm.leb128 import write_unsigned
from scm.wasm.reader import Reader, WasmFormatError

__all__ = [
    "Module",
    "RawSection",
    "SectionId",
    "WasmFormatError",
    "encode_module",
    "parse_module",
]

_HEADER: Final = b"\x00asm\x01\x00\x00\x00"


class SectionId(IntEnum):
    """Section ids by name; `TAG` belongs to exception handling and is only passed on."""

    CUSTOM = 0
    TYPE = 1
    IMPORT = 2
    FUNCTION = 3
    TABLE = 4
    MEMORY = 5
    GLOBAL = 6
    EXPORT = 7
    START = 8
    ELEMENT = 9
    CODE = 10
    DATA = 11
    DATA_COUNT = 12
    TAG = 13


# The order that the specification demands, which is not the order of the ids.
_ORDER: Final = (
    SectionId.TYPE,
    SectionId.IMPORT,
    SectionId.FUNCTION,
    SectionId.TABLE,
    SectionId.MEMORY,
    SectionId.TAG,
    SectionId.GLOBAL,
    SectionId.EXPORT,
    SectionId.START,
    SectionId.ELEMENT,
    SectionId.DATA_COUNT,
    SectionId.CODE,
    SectionId.DATA,
)


@frozen
class RawSection:
    """One section: its id and the bytes behind its header; `offset` is where those bytes were."""

    id: int
    payload: bytes = field(repr=False)
    offset: int = field(default=0, eq=False)


@frozen
class Module:
    """Sections in file order; ids other than `CUSTOM` occur at most once, in the demanded order."""

    sections: tuple[RawSection, ...]

    def find(self, section_id: SectionId) -> RawSection | None:
        """The section with that id; not for custom sections, of which there may be many."""
        for section in self.sections:
            if section.id == section_id:
                return section
        return None

    def reader(self, section_id: SectionId) -> Reader | None:
        """A cursor over the payload of that section, or None if the module has no such section."""
        section = self.find(section_id)
        return None if section is None else Reader(section.payload, section.offset)

    def with_section(self, section_id: SectionId, payload: bytes) -> Module:
        """Replace the section, or insert it where the specification wants it."""
        section = RawSection(section_id, payload)
        if self.find(section_id) is not None:
            return evolve(
                self, sections=tuple(section if s.id == section_id else s for s in self.sections)
            )
        place = _insertion_point(self.sections, section_id)
        return Module((*self.sections[:place], section, *self.sections[place:]))

    def without(self, section_id: SectionId) -> Module:
        """Drop the section, if there is one."""
        return self.keeping(lambda section: section.id != section_id)

    def keeping(self, is_kept: Callable[[RawSection], bool]) -> Module:
        """Drop every section for which `is_kept` says no."""
        return Module(tuple(section for section in self.sections if is_kept(section)))

    def appending(self, sections: Iterable[RawSection]) -> Module:
        """Add (custom) sections at the end."""
        return Module((*self.sections, *sections))


def parse_module(module_bytes: bytes) -> Module:
    """Split a module into its sections; raises `WasmFormatError`."""
    reader = Reader(module_bytes)
    if module_bytes[: len(_HEADER)] != _HEADER:
        raise reader.error("a module starts with `\\0asm` and version 1")
    reader.take(len(_HEADER))
    sections = []
    last_rank = -1
    while not reader.at_end:
        start = reader.position
        section_id = reader.byte()
        size = reader.u32()
        offset = reader.position
        sections.append(RawSection(section_id, reader.take(size), offset))
        if section_id != SectionId.CUSTOM:
            last_rank = _next_rank(section_id, last_rank, start)
    return Module(tuple(sections))


def encode_module(module: Module) -> bytes:
    """The module's bytes, each section header in its shortest form."""
    chunks = [_HEADER]
    for section in module.sections:
        chunks += (bytes((section.id,)), write_unsigned(len(section.payload)), section.payload)
    return b"".join(chunks)


def _next_rank(section_id: int, last_rank: int, offset: int) -> int:
    if section_id not in _ORDER:
        raise WasmFormatError(offset, f"unknown section id {section_id}")
    rank = _ORDER.index(SectionId(section_id))
    if rank <= last_rank:
        raise WasmFormatError(offset, f"section {section_id} is repeated or out of order")
    return rank


def _insertion_point(sections: tuple[RawSection, ...], section_id: SectionId) -> int:
    """Directly behind the last section that must come before."""
    rank = _ORDER.index(section_id)
    place = 0
    for index, section in enumerate(sections):
        if section.id != SectionId.CUSTOM and _ORDER.index(SectionId(section.id)) < rank:
            place = index + 1
    return place
