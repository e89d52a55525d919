"""Metadata of a canister: `icp:` custom sections, readable by anyone (public) or by controllers.

Interface Spec, "Canister interface / WebAssembly module requirements".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal

from attrs import field, frozen

from scm.errors import LimitError, ScmError
from scm.wasm.custom import custom_name, custom_section, read_custom_sections
from scm.wasm.module import Module, encode_module, parse_module

METADATA_SECTIONS_MAX: Final = 16
METADATA_BYTES_MAX: Final = 1024 * 1024  # names and contents together

_PREFIX: Final = "icp:"

Visibility = Literal["public", "private"]


class MetadataError(ScmError):
    """A metadata section that the platform would reject the module for."""


@frozen
class MetadataSection:
    """One piece of metadata; `name` is without the `icp:public ` in front."""

    name: str
    contents: bytes = field(repr=False)
    visibility: Visibility = "public"


def write_metadata(module_bytes: bytes, sections: Sequence[MetadataSection]) -> bytes:
    """Append the sections in order; one of the same name, public or private, is replaced.

    Raises `MetadataError` on names that repeat, `LimitError`, and `WasmFormatError`.
    """
    module = parse_module(module_bytes)
    replaced = {section.name for section in sections}
    kept = module.keeping(lambda raw: _metadata_name(custom_name(raw)) not in replaced)
    added = [
        custom_section(f"{_PREFIX}{section.visibility} {section.name}", section.contents)
        for section in sections
    ]
    result = kept.appending(added)
    check_metadata(read_all_metadata(result))
    return encode_module(result)


def read_metadata(module_bytes: bytes, name: str) -> bytes | None:
    """The contents of the metadata section, public or private, or None if there is none."""
    for section in read_all_metadata(parse_module(module_bytes)):
        if section.name == name:
            return section.contents
    return None


def read_all_metadata(module: Module) -> list[MetadataSection]:
    """All metadata sections in file order; raises `MetadataError` if one has no visibility."""
    found = []
    for section in read_custom_sections(module):
        name = _metadata_name(section.name)
        if name is None:
            continue
        visibility: Visibility = (
            "public" if section.name.startswith(f"{_PREFIX}public ") else "private"
        )
        found.append(MetadataSection(name, section.contents, visibility))
    return found


def check_metadata(sections: Iterable[MetadataSection]) -> None:
    """Raise `MetadataError` on a repeated name, `LimitError` on too many sections or bytes."""
    names: set[str] = set()
    size_bytes = 0
    for section in sections:
        if section.name in names:
            raise MetadataError(f"metadata section `{section.name}` occurs twice")
        names.add(section.name)
        size_bytes += len(section.name.encode()) + len(section.contents)
    if len(names) > METADATA_SECTIONS_MAX:
        raise LimitError("number of metadata sections", len(names), METADATA_SECTIONS_MAX)
    if size_bytes > METADATA_BYTES_MAX:
        raise LimitError(
            "bytes of metadata", size_bytes, METADATA_BYTES_MAX, help="shorten the documentation"
        )


def _metadata_name(section_name: str | None) -> str | None:
    if section_name is None or not section_name.startswith(_PREFIX):
        return None
    visibility, space, name = section_name.removeprefix(_PREFIX).partition(" ")
    if not space or visibility not in ("public", "private"):
        raise MetadataError(
            f"custom section `{section_name}` is neither `icp:public …` nor `icp:private …`"
        )
    return name
