"""What an image consists of, as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from scm.candid.errors import DecodeError
from scm.candid.message_types import read_message_types
from scm.storage.catalogue import FieldOfState
from scm.storage.check import Report
from scm.storage.image import PAGE_BYTES
from scm.storage.problems import BLOCKS, CATALOGUE, FREE, GIVEN_UP
from scm.storage.type_text import type_text

_HEADING: Final = ("field", "kind", "entries", "pages", "bytes", "keys", "values")
_NUMBERS: Final = frozenset({2, 3, 4})


def report_lines(report: Report) -> Iterator[str]:
    """The pages, a row for each field of the state, and what else has pages."""
    yield f"{report.page_count:,} pages of {PAGE_BYTES:,} bytes are used or free"
    yield f"{report.pending[0]:,} calls wait, {report.pending[1]:,} have failed"
    yield ""
    rows = [_cell_row(name, content) for name, content in report.cells.items()]
    rows += [_collection_row(field, report) for field in report.fields]
    yield from _table([_HEADING, *sorted(rows)])
    yield ""
    yield f"header           {1:>8,} pages"
    for structure, name in (
        (BLOCKS, "arenas of blocks"),
        (CATALOGUE, "catalogue"),
        (GIVEN_UP, "given up"),
        (FREE, "free"),
    ):
        yield f"{name:<16} {report.account(structure).page_count:>8,} pages"


def _cell_row(name: str, content: bytes) -> tuple[str, ...]:
    try:
        types, env = read_message_types(content)
        shown = type_text(types[0], env) if types else "-"
    except DecodeError:
        shown = "(damaged)"
    return (name, "value", "-", "-", f"{len(content):,}", "-", shown)


def _collection_row(field: FieldOfState, report: Report) -> tuple[str, ...]:
    account = report.account(field.name)
    kinds = " of ".join(f"{types.kind_name}" for types in field.types)
    keys = "; ".join(repr(types.key.candid_type()) for types in field.types if types.key)
    schemas = field.types[-1].schemas if field.types else ()
    values = type_text(schemas[-1].type, schemas[-1].env) if schemas else "-"
    if len(schemas) > 1:
        values += f" (and {len(schemas) - 1} older)"
    size = account.key_bytes + account.value_bytes
    count = f"{field.descriptor.count:,}"
    return (field.name, kinds, count, f"{account.page_count:,}", f"{size:,}", keys or "-", values)


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADING))]
    for row in rows:
        cells = [
            cell.rjust(width) if column in _NUMBERS else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()
