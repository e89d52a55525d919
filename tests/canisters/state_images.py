"""Damage to images of stable memory: by hand, one kind of structure after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from struct import pack_into, unpack_from

from scm.storage.catalogue import Catalogue
from scm.storage.check import open_ledger
from scm.storage.image import PAGE_BYTES, Image

Damage = Callable[["Pages"], None]


class Pages:
    """An image that can be changed, with the means to find the pages of a field."""

    def __init__(self, content: bytes) -> None:
        self.content = bytearray(content)
        image = Image.of(content)
        self.fields = Catalogue(image, open_ledger(image), {}).fields

    def root(self, field: str) -> int:
        return self.fields[field].descriptor.root

    def page_of(self, field: str, kind: int) -> int:
        """The first page of a field that is of this kind."""
        owner = self.fields[field].descriptor.owner
        return next(page for page, head in self.heads() if head[:2] == (owner, kind))

    def heads(self) -> Iterator[tuple[int, tuple[int, int]]]:
        for page in range(1, len(self.content) // PAGE_BYTES):
            yield page, unpack_from("<IB", self.content, page * PAGE_BYTES)

    def get(self, layout: str, page: int, offset: int) -> int:
        (number,) = unpack_from(f"<{layout}", self.content, page * PAGE_BYTES + offset)
        assert isinstance(number, int)
        return number

    def put(self, layout: str, page: int, offset: int, number: int) -> None:
        pack_into(f"<{layout}", self.content, page * PAGE_BYTES + offset, number)

    def add(self, layout: str, page: int, offset: int, change: int) -> None:
        self.put(layout, page, offset, self.get(layout, page, offset) + change)

    def swap(self, page: int, one: int, other: int, size: int) -> None:
        start = page * PAGE_BYTES
        first = self.content[start + one : start + one + size]
        second = self.content[start + other : start + other + size]
        self.content[start + one : start + one + size] = second
        self.content[start + other : start + other + size] = first


def child(pages: Pages, branch: int, index: int) -> tuple[int, int]:
    """Where a branch has a child's number (an offset), and the number."""
    slot = 16 + 16 * index
    at = pages.get("H", branch, slot + 8) + pages.get("H", branch, slot + 10)
    return at, pages.get("I", branch, at)


def child_twice(pages: Pages) -> None:
    root = pages.root("users")
    at, _ = child(pages, root, 0)
    pages.put("I", root, at, child(pages, root, 1)[1])


def loop(pages: Pages) -> None:
    root = pages.root("users")
    pages.put("I", root, child(pages, root, 1)[0], root)


def foreign_child(pages: Pages) -> None:
    root = pages.root("users")
    pages.put("I", root, child(pages, root, 0)[0], pages.root("words"))


def no_such_child(pages: Pages) -> None:
    root = pages.root("users")
    pages.put("I", root, child(pages, root, 0)[0], 1 << 30)


def leaf_of(pages: Pages, field: str = "users") -> int:
    return child(pages, pages.root(field), 1)[1]


def shift_offset(pages: Pages) -> None:
    leaf = leaf_of(pages)
    slot = 16
    while pages.get("H", leaf, slot + 8) == pages.get("H", leaf, 8):  # The lowest entry.
        slot += 16
    pages.add("H", leaf, slot + 8, -1)


def offset_before_top(pages: Pages) -> None:
    pages.put("H", leaf_of(pages), 16 + 8, 100)


def out_of_page(pages: Pages) -> None:
    pages.put("H", leaf_of(pages), 16 + 8, PAGE_BYTES - 1)


def value_too_large(pages: Pages) -> None:
    pages.put("H", leaf_of(pages), 16 + 12, 700)


def long_reference(pages: Pages, change: int) -> None:
    """Change the size in the first reference to a long value of `pairs`."""
    for page, head in pages.heads():
        if head != (pages.fields["pairs"].descriptor.owner, 1):
            continue
        for slot in range(16, 16 + 16 * pages.get("H", page, 6), 16):
            if pages.get("B", page, slot + 15) == 2:
                at = pages.get("H", page, slot + 8) + pages.get("H", page, slot + 10)
                pages.add("Q", page, at + 8, change)
                return
    raise AssertionError("no long value")


def descriptor_entries(pages: Pages) -> None:
    """One entry more in the descriptor of `users`, in the catalogue."""
    descriptor = pages.fields["users"].descriptor
    needle = descriptor.root.to_bytes(4, "little") + descriptor.count.to_bytes(8, "little")
    at = pages.content.index(descriptor.owner.to_bytes(4, "little") + needle)
    pages.put("Q", 0, at + 8, descriptor.count + 1)


def free_loop(pages: Pages) -> None:
    first = pages.get("Q", 0, 3080)
    pages.put("I", first, 12, first)


def release_directory(pages: Pages) -> None:
    """The block of the directory in a free list too."""
    block = pages.get("Q", 0, 24)
    power = pages.get("Q", 0, block)
    pages.put("Q", 0, 2304 + 8 * power, block)


DAMAGES: dict[str, tuple[Damage, str]] = {
    "child twice": (child_twice, "it is used twice"),
    "loop": (loop, "it is used twice"),
    "foreign child": (foreign_child, "it belongs to"),
    "no such child": (no_such_child, "there is no such page"),
    "root gone": (lambda p: p.put("B", p.root("words"), 4, 9), "of kind 9"),
    "kind": (lambda p: p.put("B", leaf_of(p), 4, 2), "of level 0"),
    "level": (lambda p: p.add("B", p.root("users"), 5, 1), "it is of level 0, not 1"),
    "owner": (lambda p: p.add("I", leaf_of(p), 0, 1), "it belongs to"),
    "head": (lambda p: p.put("I", leaf_of(p), 12, 7), "more than it should"),
    "count": (lambda p: p.add("H", leaf_of(p), 6, 1), "its descriptor says"),
    "no entries": (lambda p: p.put("H", leaf_of(p), 6, 0), "it is empty"),
    "many entries": (lambda p: p.put("H", leaf_of(p), 6, 999), "overlap"),
    "top": (lambda p: p.add("H", leaf_of(p), 8, 8), "before the lowest place"),
    "garbage": (lambda p: p.add("H", leaf_of(p), 10, 4), "unused bytes between entries"),
    "overlap": (shift_offset, "overlap"),
    "offset": (offset_before_top, "before the lowest place"),
    "out of page": (out_of_page, "out of the page"),
    "value size": (value_too_large, "unused bytes"),
    "flags": (lambda p: p.put("B", leaf_of(p), 16 + 15, 8), "unknown flags"),
    "nested": (lambda p: p.put("B", leaf_of(p), 16 + 15, 4), "descriptor has another size"),
    "head size": (lambda p: p.put("B", leaf_of(p), 16 + 14, 3), "more bytes than it says"),
    "order": (lambda p: p.swap(leaf_of(p), 16, 32, 16), "out of order"),
    "bounds": (lambda p: p.put("Q", leaf_of(p), 16, 0), "out of the bounds"),
    "separators": (lambda p: p.swap(p.root("users"), 32, 48, 16), "children are out of order"),
    "first separator": (lambda p: p.put("B", p.root("users"), 30, 8), "is not empty"),
    "below": (lambda p: p.add("Q", p.root("log"), 16, 1), "entries, not"),
    "position key": (lambda p: p.put("Q", leaf_of(p, "log"), 16, 5), "by position has a key"),
    "entries": (descriptor_entries, "and its descriptor says"),
    "long size": (lambda p: long_reference(p, 1), "bytes are left over"),
    "long level": (lambda p: long_reference(p, 5000), "where bytes should be"),
    "bytes kind": (lambda p: p.put("B", p.page_of("pairs", 3), 4, 4), "an index of bytes"),
    "index": (lambda p: p.put("I", p.root("file"), 16 + 4 * 900, 3), "behind the end"),
    "lost page": (lambda p: p.put("I", p.root("file"), 16, 0), "nobody has it"),
    "page end": (lambda p: p.put("Q", 0, 3072, 1 << 40), "pages are used, of "),
    "free count": (lambda p: p.add("Q", 0, 3088, 1), "in the list"),
    "free loop": (free_loop, "it is used twice"),
    "free kind": (lambda p: p.put("B", p.get("Q", 0, 3080), 4, 1), "is a leaf"),
    "catalogue entries": (lambda p: p.add("Q", 0, 3104, 1), "entries, and the header says"),
    "next owner": (lambda p: p.put("Q", 0, 3112, 17), "which there is not yet"),
    "catalogue root": (lambda p: p.put("Q", 0, 3096, 0), "the header says"),
    "arena end": (lambda p: p.add("Q", 0, 2304, 4096), "newest arena ends"),
    "arena": (lambda p: p.put("Q", 0, 2312, p.root("words")), "an arena should be here"),
    "blocks end": (lambda p: p.add("Q", 0, 8, 32), "its blocks end at"),
    "free block": (release_directory, "free or used twice"),
    "directory": (lambda p: p.add("Q", 0, 24, 8), "the directory, at"),
    "waiting": (lambda p: p.put("Q", 0, 32, 1), "calls are waiting"),
    "free calls": (lambda p: p.put("Q", 0, 56, 1), "are not one list"),
}
"""What is done to an image, and what `check` says of it among other things."""
