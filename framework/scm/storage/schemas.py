"""The types of a collection, and its values by them (decision 16, "Catalogue")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from attrs import frozen

from scm.candid.decode import decode
from scm.candid.errors import DecodeError
from scm.candid.message_types import read_message_types
from scm.candid.types import Type, TypeEnv
from scm.leb128 import read_unsigned
from scm.storage.key_shapes import KeyShape, parse_signature

MAP: Final = 1
SET: Final = 2
LIST: Final = 3
CELL: Final = 6
HEAP: Final = 4
BYTES: Final = 5
KIND_NAMES: Final = ("nothing", "map", "set", "list", "heap", "bytes", "cell")
KEYED: Final = frozenset({MAP, SET, HEAP})

Names = Mapping[int, str]
"""Names of fields and tags by their ids, which are all that values have."""


@frozen
class TypedValue:
    """A value at its type."""

    value: object
    type: Type
    env: TypeEnv


class Schema:
    """One type that values were written in, by its header."""

    def __init__(self, header: bytes, names: Names) -> None:
        """Raises `DecodeError`."""
        types, self.env = read_message_types(header, names)
        if len(types) != 1:
            raise DecodeError(0, "", f"a schema has 1 type, not {len(types)}")
        self.type: Final[Type] = types[0]
        self._header: Final = header

    def read(self, content: bytes) -> TypedValue:
        """The value of which these are the bytes; raises `DecodeError`."""
        (value,) = decode(self._header + content, [self.type], self.env)
        return TypedValue(value, self.type, self.env)


@frozen
class CollectionTypes:
    """What the catalogue says of a collection, or of those that are its values.

    `key` is None where there are no keys; `schemas` is empty where there are no values, or
    collections in their place.
    """

    kind: int
    signature: str
    key: KeyShape | None
    schemas: tuple[Schema, ...]

    @property
    def kind_name(self) -> str:
        """The kind in words."""
        return KIND_NAMES[self.kind]

    def read_value(self, content: bytes) -> TypedValue:
        """The value in an entry, which begins with the number of its schema.

        Raises `DecodeError`.
        """
        try:
            number, start = read_unsigned(content, 0)
        except ValueError as error:
            raise DecodeError(0, "", "it has no schema") from error
        if number >= len(self.schemas):
            raise DecodeError(0, "", f"it is of schema {number}, of {len(self.schemas)}")
        return self.schemas[number].read(content[start:])


def read_types(packed: bytes, names: Names) -> CollectionTypes:
    """What `packed` types say; raises `ValueError`."""
    parts = unpack_parts(packed)
    # Behind the kind stands how many migrations the values of each schema have behind them.
    if len(parts) < 2 or len(parts[0]) not in (1, 1 + 4 * (len(parts) - 2)):
        raise ValueError("the types are none")
    kind = parts[0][0]
    if not 0 < kind < len(KIND_NAMES):
        raise ValueError(f"there is no kind {kind} of collections")
    signature = parts[1].decode()
    if bool(signature) != (kind in KEYED):
        raise ValueError(f"a {KIND_NAMES[kind]} has the signature `{signature}`")
    key = parse_signature(signature) if signature else None
    schemas = tuple([Schema(header, names) for header in parts[2:]])
    return CollectionTypes(kind, signature, key, schemas)


def unpack_parts(packed: bytes) -> Sequence[bytes]:
    """Byte strings that are each after its length, of 4 bytes; raises `ValueError`."""
    parts = []
    at = 0
    while at < len(packed):
        size = int.from_bytes(packed[at : at + 4], "little")
        part = packed[at + 4 : at + 4 + size]
        if at + 4 > len(packed) or len(part) != size:
            raise ValueError("packed parts are cut off")
        parts.append(part)
        at += 4 + size
    return parts
