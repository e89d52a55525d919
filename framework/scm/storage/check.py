"""Is an image of stable memory in order?  Every page is looked at, and all problems are told."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from scm.candid.decode import decode
from scm.candid.errors import DecodeError
from scm.candid.message_types import read_message_types
from scm.storage.blocks import Blocks
from scm.storage.catalogue import Catalogue, FieldOfState, GivenUp
from scm.storage.image import FIRST_FREE_PAGE, FREE_PAGES, MAGIC, NEXT_OWNER, PAGE_END, Image
from scm.storage.keys import KeyEncodingError, decode_key
from scm.storage.long_bytes import LongBytes
from scm.storage.page_parts import (
    FREE_PAGE,
    KINDS,
    Descriptor,
    Reference,
    read_descriptor,
    read_head,
)
from scm.storage.pending_calls import PendingCalls
from scm.storage.problems import FREE, GIVEN_UP, HEADER, Account, Ledger, Problem
from scm.storage.schemas import BYTES, CELL, HEAP, LIST, CollectionTypes, Names
from scm.storage.tree import Entry, Tree

SEQUENCE_BYTES: Final = 8
"""Behind the priority in a heap's keys."""

_NO_NAMES: Final[Names] = {}


@frozen
class Report:
    """What `check_image` found; `problems` are the first, `problem_count` is of all.

    `pending` are how many calls wait and have failed, `joined` the ids of those in joins.
    """

    page_count: int
    fields: tuple[FieldOfState, ...]
    cells: dict[str, bytes]
    accounts: dict[str, Account]
    free_block_bytes: int
    pending: tuple[int, int]
    joined: frozenset[int]
    problems: tuple[Problem, ...]
    problem_count: int

    def account(self, structure: str) -> Account:
        """What a structure takes."""
        return self.accounts.get(structure, Account())


class NoStateError(ValueError):
    """The image is no stable memory of scm's."""


def check_image(image: Image, names: Names = _NO_NAMES, *, with_values: bool = True) -> Report:
    """Read all of an image; raises `NoStateError` if scm did not write it.

    `with_values`: keys and values too must be such of their types.
    """
    ledger = open_ledger(image)
    blocks = Blocks(image, ledger)
    cells = blocks.cells()
    blocks.check_interface()
    pending = PendingCalls(image, blocks)
    blocks.check_tiling()
    catalogue = Catalogue(image, ledger, names)
    checker = _Checker(image, ledger, catalogue, with_values=with_values)
    if with_values:
        checker.check_cells(cells)
    for field in catalogue.fields.values():
        checker.check_collection(field, 0, field.descriptor)
    for item in catalogue.given_up:
        checker.check_given_up(item)
    checker.check_free_pages()
    checker.check_untaken()
    return Report(
        page_count=ledger.page_end,
        fields=tuple(catalogue.fields.values()),
        cells=cells,
        accounts=ledger.accounts,
        free_block_bytes=blocks.free_bytes,
        pending=(pending.waiting, pending.failed),
        joined=frozenset(pending.joined),
        problems=tuple(ledger.problems),
        problem_count=ledger.problem_count,
    )


def open_ledger(image: Image) -> Ledger:
    """A ledger of the image's pages; raises `NoStateError`."""
    if image.page_count == 0 or image.read(0, len(MAGIC)) != MAGIC:
        raise NoStateError("this is no stable memory that scm wrote (or a newer one did)")
    end = image.word(PAGE_END)
    ledger = Ledger(image, max(1, end))
    if not 1 <= end <= image.page_count:
        ledger.problem(HEADER, 0, f"{end} pages are used, of {image.page_count} that there are")
    if not 16 <= image.word(NEXT_OWNER) < 1 << 32:
        ledger.problem(HEADER, 0, f"the next collection is {image.word(NEXT_OWNER)}")
    return ledger


class _Checker:
    """Checks what has pages, one structure after the other."""

    def __init__(
        self, image: Image, ledger: Ledger, catalogue: Catalogue, *, with_values: bool
    ) -> None:
        self._image: Final = image
        self._ledger: Final = ledger
        self._catalogue: Final = catalogue
        self._with_values: Final = with_values

    def check_cells(self, cells: dict[str, bytes]) -> None:
        """Each is one value, behind the header of its type."""
        for name, content in cells.items():
            try:
                types, env = read_message_types(content)
                decode(content, types, env)
            except DecodeError as error:
                self._ledger.problem(name, 0, f"its value: {error}")

    def check_collection(self, field: FieldOfState, depth: int, descriptor: Descriptor) -> None:
        """A collection and those in it; pages and problems are those of the field."""
        account = self._ledger.account(field.name)
        types = field.types_at(depth)
        if types is None:
            return
        if types.kind == BYTES:
            reference = Reference(descriptor.root, 0, descriptor.count)
            for _ in LongBytes(self._ledger, field.name, descriptor.owner, reference).chunks():
                pass
            account.entries += descriptor.count
            return
        tree = Tree(
            self._ledger,
            field.name,
            descriptor.owner,
            descriptor.root,
            by_position=types.kind in (LIST, CELL),
        )
        for entry in tree.entries():
            self._check_entry(field, depth, types, descriptor, entry)
        account.entries += tree.count
        if tree.count != descriptor.count:
            said = descriptor.count
            reason = f"it has {tree.count} entries, and its descriptor says {said}"
            self._ledger.problem(field.name, descriptor.root, reason)

    def check_given_up(self, first: GivenUp) -> None:
        """What is left of a tree or of bytes that are being freed, and all that is nested in it."""
        remaining = [first]
        while remaining:
            item = remaining.pop()
            if item.reference.size:
                for _ in LongBytes(self._ledger, GIVEN_UP, item.owner, item.reference).chunks():
                    pass
                continue
            tree = Tree(self._ledger, GIVEN_UP, item.owner, item.reference.page, is_given_up=True)
            for entry in tree.entries():
                if entry.is_nested:
                    inner = read_descriptor(entry.value)
                    size = inner.count if inner.kind == BYTES else 0
                    remaining.append(GivenUp(inner.owner, Reference(inner.root, 0, size)))

    def check_free_pages(self) -> None:
        """The list of free pages: each free, and as many as the header says."""
        page, count = self._image.word(FIRST_FREE_PAGE), 0
        while page and self._ledger.take(FREE, page):
            head = read_head(self._image.page(page))
            if (head.owner, head.kind) != (0, FREE_PAGE):
                reason = f"it is in the list of free pages, and is {head.kind_name}"
                self._ledger.problem(FREE, page, reason)
                break
            count += 1
            page = head.next
        self._ledger.account(FREE).pages["free"] = count
        said = self._image.word(FREE_PAGES)
        if count != said:
            self._ledger.problem(FREE, page, f"{count} are in the list, the header says {said}")

    def check_untaken(self) -> None:
        """No page is lost."""
        for page in self._ledger.untaken():
            head = read_head(self._image.page(page))
            kind = KINDS[head.kind] if head.kind < len(KINDS) else f"kind {head.kind}"
            reason = f"nobody has it: {kind} of {head.owner}, level {head.level}"
            self._ledger.problem(HEADER, page, reason)

    def _check_entry(
        self,
        field: FieldOfState,
        depth: int,
        types: CollectionTypes,
        outer: Descriptor,
        entry: Entry,
    ) -> None:
        if entry.is_nested != (depth + 1 < len(field.types)):
            kind = "a collection" if entry.is_nested else "no collection"
            self._ledger.problem(field.name, entry.page, f"a value is {kind}")
        elif entry.is_nested:
            inner = read_descriptor(entry.value)
            types_inside = field.types_at(depth + 1)
            if self._catalogue.is_descriptor_right(field.name, entry.page, inner, types_inside):
                self.check_collection(field, depth + 1, inner)
        key = entry.key
        if types.kind == HEAP:
            key = entry.key[:-SEQUENCE_BYTES]
            sequence = int.from_bytes(entry.key[-SEQUENCE_BYTES:], "big")
            if len(entry.key) < SEQUENCE_BYTES or sequence >= outer.extra:
                self._ledger.problem(field.name, entry.page, f"the number {sequence} is too high")
        if self._with_values:
            self._check_values(field.name, types, key, entry)

    def _check_values(self, name: str, types: CollectionTypes, key: bytes, entry: Entry) -> None:
        try:
            if types.key is not None:
                decode_key(types.key, key, is_last=types.kind != HEAP)
        except KeyEncodingError as error:
            self._ledger.problem(name, entry.page, f"a key: {error}")
        if entry.is_nested:
            return
        if not types.schemas:
            if entry.value:
                self._ledger.problem(name, entry.page, "an entry has a value, which it should not")
            return
        try:
            types.read_value(entry.value)
        except DecodeError as error:
            self._ledger.problem(name, entry.page, f"a value: {error}")
