"""Custom sections: a name and contents; and the function names of the `name` section.

Core specification, "Binary Format / Modules / Custom Section" and appendix "Name Section".
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from attrs import frozen

from scm.leb128 import write_unsigned
from scm.wasm.module import Module, RawSection, SectionId
from scm.wasm.reader import Reader
from scm.wasm.sections import write_name, write_vector

NAME_SECTION: Final = "name"
_FUNCTION_NAMES: Final = 1


@frozen
class CustomSection:
    """`offset`: where `contents` begins in the module it was read from."""

    name: str
    contents: bytes
    offset: int = 0


def custom_name(section: RawSection) -> str | None:
    """The name of a custom section; None for every other section."""
    if section.id != SectionId.CUSTOM:
        return None
    return Reader(section.payload, section.offset).name()


def read_custom_sections(module: Module) -> list[CustomSection]:
    """All custom sections, in file order."""
    return [_read_custom(s) for s in module.sections if s.id == SectionId.CUSTOM]


def custom_section(name: str, contents: bytes) -> RawSection:
    """A custom section, ready to be appended to a module."""
    return RawSection(SectionId.CUSTOM, write_name(name) + contents)


def read_function_names(module: Module) -> dict[int, str]:
    """Function index to name, from the `name` section; empty if there is none."""
    for section in module.sections:
        if custom_name(section) == NAME_SECTION:
            return dict(_function_names_of(section))
    return {}


def write_function_names(names: dict[int, str]) -> RawSection:
    """A `name` section with nothing but function names."""
    entries = [write_unsigned(index) + write_name(names[index]) for index in sorted(names)]
    payload = write_vector(entries)
    return custom_section(
        NAME_SECTION, bytes((_FUNCTION_NAMES,)) + write_unsigned(len(payload)) + payload
    )


def _read_custom(section: RawSection) -> CustomSection:
    reader = Reader(section.payload, section.offset)
    name = reader.name()
    offset = section.offset + reader.position
    return CustomSection(name, reader.rest(), offset)


@lru_cache(maxsize=2)
def _function_names_of(section: RawSection) -> dict[int, str]:
    """The names in a `name` section; several passes in a row ask for the same ones."""
    return _read_function_names(_read_custom(section))


def _read_function_names(section: CustomSection) -> dict[int, str]:
    reader = Reader(section.contents, section.offset)
    while not reader.at_end:
        subsection = reader.byte()
        size = reader.u32()
        start = section.offset + reader.position
        contents = reader.take(size)
        if subsection == _FUNCTION_NAMES:
            return _read_name_map(Reader(contents, start))
    return {}


def _read_name_map(reader: Reader) -> dict[int, str]:
    return dict(reader.vector(lambda: (reader.u32(), reader.name())))
