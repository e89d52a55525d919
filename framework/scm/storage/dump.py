"""The entries of one field, as lines of Candid text or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from attrs import frozen

from scm.candid.decode import decode
from scm.candid.errors import CandidSyntaxError, DecodeError, EncodeError
from scm.candid.message_types import read_message_types
from scm.candid.types import BLOB, NO_NAMES
from scm.candid.value_parser import parse_values
from scm.candid.value_text import format_values
from scm.storage.blocks import Blocks
from scm.storage.catalogue import Catalogue, FieldOfState
from scm.storage.check import SEQUENCE_BYTES, open_ledger
from scm.storage.image import Image
from scm.storage.json_values import to_json
from scm.storage.key_shapes import KeyShape
from scm.storage.keys import KeyEncodingError, decode_key, encode_key
from scm.storage.long_bytes import LongBytes
from scm.storage.page_parts import Descriptor, Reference, read_descriptor
from scm.storage.problems import Ledger, Problem
from scm.storage.schemas import BYTES, CELL, HEAP, LIST, CollectionTypes, Names, TypedValue
from scm.storage.tree import Entry, Tree


class UnknownFieldError(ValueError):
    """There is no such field; `names` are those that there are."""

    def __init__(self, name: str, names: list[str]) -> None:
        self.names = names
        super().__init__(f"the state has no field `{name}`")


class StartError(ValueError):
    """What to start from is no key of the field."""


@frozen
class Shown:
    """A key or value, in both forms."""

    text: str
    json: object


class Dump:
    """The entries of a field.  What can't be read is left out; `problems` then has more."""

    def __init__(self, image: Image, name: str, names: Names) -> None:
        """Raises `NoStateError`, `UnknownFieldError`."""
        self._ledger: Final[Ledger] = open_ledger(image)
        self._names: Final = names
        cells = Blocks(image, self._ledger).cells()
        fields = Catalogue(image, self._ledger, names).fields
        self._ledger.problems.clear()
        if name not in cells and name not in fields:
            raise UnknownFieldError(name, sorted({*cells, *fields}))
        self._cell: Final = cells.get(name)
        self._field: Final = fields.get(name, FieldOfState(name))

    @property
    def problems(self) -> list[Problem]:
        """What was wrong in the pages that were read."""
        return self._ledger.problems

    def lines(self, *, as_json: bool, start: str | None = None) -> Iterator[str]:
        """A line for each entry, from a key or position on; raises `StartError`."""
        if self._cell is not None:
            shown = self._cell_value(self._cell)
            items: Iterator[dict[str, Shown]] = iter(() if shown is None else ({"value": shown},))
        else:
            items = self._collection(0, self._field.descriptor, start)
        for item in items:
            if as_json:
                yield json.dumps({name: part.json for name, part in item.items()})
            else:
                yield " = ".join(part.text for part in item.values())

    def _cell_value(self, content: bytes) -> Shown | None:
        try:
            types, env = read_message_types(content, self._names)
            (value,) = decode(content, types, env)
        except ValueError as error:
            self._problem(0, f"its value: {error}")
            return None
        return _shown(TypedValue(value, types[0], env))

    def _collection(
        self, depth: int, descriptor: Descriptor, start: str | None
    ) -> Iterator[dict[str, Shown]]:
        types = self._field.types_at(depth)
        if types is None:
            return
        if types.kind == BYTES:
            yield from self._bytes(descriptor, start)
            return
        first = _start_of(types, start)
        tree = Tree(
            self._ledger,
            self._field.name,
            descriptor.owner,
            descriptor.root,
            by_position=types.kind in (LIST, CELL),
        )
        for entry in tree.entries(first):
            item = self._key(types, entry)
            if entry.is_nested:
                inner = self._collection(depth + 1, read_descriptor(entry.value), None)
                for part in inner:
                    yield {**item, **_nested(part)}
                continue
            if types.schemas:
                value = self._value(types, entry)
                if value is None:
                    continue
                item["value"] = value
            yield item

    def _bytes(self, descriptor: Descriptor, start: str | None) -> Iterator[dict[str, Shown]]:
        first = _number(start)
        reference = Reference(descriptor.root, 0, descriptor.count)
        chunks = LongBytes(self._ledger, self._field.name, descriptor.owner, reference).chunks()
        for offset, content in chunks:
            if offset + len(content) > first:
                skipped = max(0, first - offset)
                part = content[skipped:]
                shown = Shown(format_values([part], [BLOB])[1:-1], part.hex())
                yield {"offset": _number_shown(offset + skipped), "value": shown}

    def _key(self, types: CollectionTypes, entry: Entry) -> dict[str, Shown]:
        if types.key is None:
            return {"index": _number_shown(entry.position)}
        is_heap = types.kind == HEAP
        key = entry.key[:-SEQUENCE_BYTES] if is_heap else entry.key
        try:
            value = decode_key(types.key, key, is_last=not is_heap)
        except KeyEncodingError as error:
            self._problem(entry.page, f"a key: {error}")
            return {"key": Shown(f"(damaged: {key.hex()})", None)}
        typed = TypedValue(value, types.key.candid_type(), NO_NAMES)
        return {"priority" if is_heap else "key": _shown(typed)}

    def _value(self, types: CollectionTypes, entry: Entry) -> Shown | None:
        try:
            return _shown(types.read_value(entry.value))
        except (DecodeError, EncodeError) as error:
            self._problem(entry.page, f"a value: {error}")
            return None

    def _problem(self, page: int, reason: str) -> None:
        self._ledger.problem(self._field.name, page, reason)


def _shown(typed: TypedValue) -> Shown:
    text = format_values([typed.value], [typed.type], typed.env)
    return Shown(text[1:-1], to_json(typed.value))


def _number_shown(number: int) -> Shown:
    return Shown(str(number), number)


def _nested(item: dict[str, Shown]) -> dict[str, Shown]:
    """Parts of an entry of an inner collection, whose keys must not have the names of the outer."""
    return {name if name == "value" else f"inner_{name}": part for name, part in item.items()}


def _start_of(types: CollectionTypes, start: str | None) -> bytes | int | None:
    if start is None:
        return None
    if types.key is None:
        return _number(start)
    return _key_of(types.key, start, is_last=types.kind != HEAP)


def _key_of(shape: KeyShape, text: str, *, is_last: bool) -> bytes:
    try:
        (value,) = parse_values(f"({text})", [shape.candid_type()], exact=True)
        return encode_key(shape, value, is_last=is_last)
    except (CandidSyntaxError, EncodeError, KeyEncodingError) as error:
        raise StartError(
            f"`{text}` is no key of type `{shape.candid_type()!r}`: {error}"
        ) from error


def _number(text: str | None) -> int:
    if text is None:
        return 0
    if not text.isdecimal():
        raise StartError(f"`{text}` is no position")
    return int(text)
