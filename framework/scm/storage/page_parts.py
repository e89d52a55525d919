"""What is in one page: its head and its slots (decision 16, "Pages", "Leaves and branches")."""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from typing import Final, NamedTuple

from attrs import frozen

from scm.storage.image import PAGE_BYTES

LEAF: Final = 1
BRANCH: Final = 2
DATA: Final = 3
INDEX: Final = 4
FREE_PAGE: Final = 5
ARENA: Final = 6
KINDS: Final = ("nothing", "a leaf", "a branch", "bytes", "an index of bytes", "free", "an arena")

HEAD_BYTES: Final = 16
SLOT_BYTES: Final = 16
DATA_BYTES: Final = PAGE_BYTES - HEAD_BYTES
LEVELS_MAX: Final = 24

LONG_KEY: Final = 1
LONG_VALUE: Final = 2
NESTED: Final = 4
HEAD_KEY_BYTES: Final = 8
KEY_PREFIX: Final = 240
KEY_BYTES_MAX: Final = 256
VALUE_BYTES_MAX: Final = 640
REFERENCE_BYTES: Final = 16
CHILD_BYTES: Final = 4
DESCRIPTOR_BYTES: Final = 32

_HEAD: Final = Struct("<IBBHHHI")
_SLOT: Final = Struct("<QHHHBB")
_REFERENCE: Final = Struct("<IIQ")
_DESCRIPTOR: Final = Struct("<B7sIIQQ")


class PageHead(NamedTuple):
    """The first 16 bytes of a page."""

    owner: int
    kind: int
    level: int
    entries: int
    top: int
    garbage: int
    next: int

    @property
    def kind_name(self) -> str:
        """The kind in words."""
        return KINDS[self.kind] if self.kind < len(KINDS) else f"of kind {self.kind}"


class Slot(NamedTuple):
    """16 bytes that tell where an entry is."""

    head: int
    offset: int
    key_size: int
    value_size: int
    head_size: int
    flags: int

    @property
    def size(self) -> int:
        """The bytes of the entry."""
        return self.key_size + self.value_size


class Reference(NamedTuple):
    """Bytes on pages of their own."""

    page: int
    zero: int
    size: int


@frozen
class Descriptor:
    """What a collection is, in the catalogue or in the entry of an outer one."""

    kind: int
    zeros: bytes
    owner: int
    root: int
    count: int
    extra: int


def read_head(page: bytes) -> PageHead:
    """The head of a page."""
    return PageHead._make(_HEAD.unpack_from(page))


def read_slots(page: bytes, count: int) -> list[Slot]:
    """The slots of a leaf or branch."""
    area = page[HEAD_BYTES : HEAD_BYTES + SLOT_BYTES * count]
    return [Slot._make(parts) for parts in _SLOT.iter_unpack(area)]


def read_reference(content: bytes) -> Reference:
    """A reference, of 16 bytes."""
    return Reference._make(_REFERENCE.unpack(content))


def read_descriptor(content: bytes) -> Descriptor:
    """A descriptor, of 32 bytes."""
    return Descriptor(*_DESCRIPTOR.unpack(content))


def explain_parts(head: PageHead, slots: Sequence[Slot]) -> list[str]:
    """What is wrong with the places of entries in a page; its slots end before `top`."""
    found = []
    pieces = sorted((slot.offset, slot.size) for slot in slots if slot.size)
    end = head.top
    for offset, size in pieces:
        if offset < head.top:
            found.append(f"an entry starts at {offset}, before the lowest place of {head.top}")
        elif offset < end:
            found.append(f"two entries overlap at {offset}")
        end = max(end, offset + size)
    if end > PAGE_BYTES:
        found.append("an entry reaches out of the page")
    if any(slot.offset < head.top or slot.offset > PAGE_BYTES for slot in slots if not slot.size):
        found.append("an empty entry is out of place")
    unused = PAGE_BYTES - head.top - sum(slot.size for slot in slots)
    if unused != head.garbage:
        found.append(f"it has {unused} unused bytes between entries, and says {head.garbage}")
    return found
