"""The catalogue: which collections there are, their types, and what is given up."""

from __future__ import annotations

from typing import Final

from attrs import Factory, define, frozen

from scm.storage.image import CATALOGUE_ENTRIES, CATALOGUE_ROOT, NEXT_OWNER, Image
from scm.storage.page_parts import (
    DESCRIPTOR_BYTES,
    REFERENCE_BYTES,
    Descriptor,
    Reference,
    read_descriptor,
    read_reference,
)
from scm.storage.problems import CATALOGUE, Ledger
from scm.storage.schemas import BYTES, KIND_NAMES, CollectionTypes, Names, read_types
from scm.storage.tree import Tree

CATALOGUE_OWNER: Final = 2
OWNER_MIN: Final = 16
_TYPES: Final = 0
_GIVEN_UP: Final = 1
_NOTHING: Final = Descriptor(0, bytes(7), 0, 0, 0, 0)


@frozen
class GivenUp:
    """Pages to be freed: of a tree (size 0), or of bytes."""

    owner: int
    reference: Reference


@define
class FieldOfState:
    """A collection of the state; `types` by depth, those of nested collections behind its own.

    Without a descriptor, nothing was ever put in it.
    """

    name: str
    types: list[CollectionTypes] = Factory(list)
    descriptor: Descriptor = _NOTHING

    def types_at(self, depth: int) -> CollectionTypes | None:
        """The types of the collections at a depth."""
        return self.types[depth] if depth < len(self.types) else None


class Catalogue:
    """What the catalogue says; what it says wrongly is left out and told to the ledger."""

    def __init__(self, image: Image, ledger: Ledger, names: Names) -> None:
        self.fields: Final[dict[str, FieldOfState]] = {}
        self.given_up: Final[list[GivenUp]] = []
        self._ledger: Final = ledger
        self._names: Final = names
        self.owner_end: Final = image.word(NEXT_OWNER)
        self._owners: Final[set[int]] = set()
        root = image.word(CATALOGUE_ROOT)
        tree = Tree(ledger, CATALOGUE, CATALOGUE_OWNER, root)
        for entry in tree.entries():
            if entry.is_nested:
                tree.problem(entry.page, "it has a nested collection")
            elif entry.key[:1] == bytes([_TYPES]):
                self._add_types(entry.page, entry.key, entry.value)
            elif entry.key[:1] == bytes([_GIVEN_UP]):
                self._add_given_up(entry.page, entry.key, entry.value)
            else:
                self._add_descriptor(entry.page, entry.key, entry.value)
        if tree.count != image.word(CATALOGUE_ENTRIES):
            said = image.word(CATALOGUE_ENTRIES)
            tree.problem(root, f"it has {tree.count} entries, and the header says {said}")
        ledger.account(CATALOGUE).entries = tree.count
        self._check_fields()

    def is_descriptor_right(
        self, structure: str, page: int, descriptor: Descriptor, types: CollectionTypes | None
    ) -> bool:
        """Whether a descriptor may be that of a collection with these types."""
        kind = descriptor.kind
        reason = ""
        if not 0 < kind < len(KIND_NAMES) or any(descriptor.zeros):
            reason = "a descriptor is none"
        elif types is None:
            reason = "the catalogue has no types for its descriptor"
        elif kind != types.kind:
            reason = f"its descriptor is of a {KIND_NAMES[kind]}, its types of a {types.kind_name}"
        elif not OWNER_MIN <= descriptor.owner < self.owner_end:
            reason = f"it is the collection {descriptor.owner}, which there is not yet"
        elif descriptor.owner in self._owners:
            reason = f"another collection is {descriptor.owner} as well"
        elif kind != BYTES and (descriptor.root == 0) != (descriptor.count == 0):
            reason = f"its root is {descriptor.root}, with {descriptor.count} entries"
        if reason:
            self._ledger.problem(structure, page, reason)
        self._owners.add(descriptor.owner)
        return not reason

    def _problem(self, page: int, reason: str) -> None:
        self._ledger.problem(CATALOGUE, page, reason)

    def _field(self, page: int, raw: bytes) -> FieldOfState | None:
        try:
            name = raw.decode()
        except UnicodeDecodeError:
            self._problem(page, f"a name is no UTF-8: {raw[:40]!r}")
            return None
        return self.fields.setdefault(name, FieldOfState(name))

    def _add_types(self, page: int, key: bytes, packed: bytes) -> None:
        field = self._field(page, key[1:-2])
        if len(key) < 4 or key[-2] != 0:
            self._problem(page, f"a key is none: {key[:40]!r}")
        elif field is not None and key[-1] != len(field.types):
            self._problem(page, f"types of `{field.name}` at depth {len(field.types)} are missing")
        elif field is not None:
            try:
                field.types.append(read_types(packed, self._names))
            except ValueError as error:
                self._problem(page, f"the types of `{field.name}`: {error}")

    def _add_given_up(self, page: int, key: bytes, value: bytes) -> None:
        owner = int.from_bytes(key[1:5], "big")
        reference = read_reference(value) if len(value) == REFERENCE_BYTES else None
        is_right = (
            len(key) == 9
            and reference is not None
            and reference.zero == 0
            and reference.page == int.from_bytes(key[5:9], "big") != 0
            and OWNER_MIN <= owner < self.owner_end
        )
        if is_right and reference is not None:
            self.given_up.append(GivenUp(owner, reference))
        else:
            self._problem(page, f"what it says of pages to free is wrong: {key.hex()}")

    def _add_descriptor(self, page: int, key: bytes, value: bytes) -> None:
        field = self._field(page, key)
        if field is None:
            return
        if len(value) != DESCRIPTOR_BYTES:
            self._problem(page, f"the descriptor of `{field.name}` has {len(value)} bytes")
            return
        descriptor = read_descriptor(value)
        if self.is_descriptor_right(field.name, page, descriptor, field.types_at(0)):
            field.descriptor = descriptor

    def _check_fields(self) -> None:
        for field in self.fields.values():
            for depth, types in enumerate(field.types):
                is_outer = depth + 1 < len(field.types)
                if is_outer and (types.kind != 1 or types.schemas):
                    self._ledger.problem(
                        field.name, 0, "its types say both that it has nested collections and not"
                    )
