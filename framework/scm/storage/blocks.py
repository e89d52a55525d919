"""Blocks, where the state's values and the table of pending calls are (`runtime/stable.py`)."""

from __future__ import annotations

from typing import Final

from scm.storage.image import (
    ARENA_END,
    ARENA_PAGE,
    DIRECTORY_BLOCK,
    FREE_BLOCKS,
    INTERFACE_BLOCK,
    NEXT_BLOCK,
    PAGE_BYTES,
    Image,
)
from scm.storage.page_parts import ARENA, HEAD_BYTES, read_head
from scm.storage.problems import BLOCKS, Ledger
from scm.storage.schemas import unpack_parts

BLOCK_HEAD: Final = 16
BLOCKS_OWNER: Final = 1
POWER_MIN: Final = 5
POWER_END: Final = 96


class Blocks:
    """All blocks that anybody knows: each must be in an arena, and be known once."""

    def __init__(self, image: Image, ledger: Ledger) -> None:
        self._image: Final = image
        self._ledger: Final = ledger
        self._known: Final[dict[int, int]] = {}
        """Where known blocks start, and their sizes."""
        self.arenas: Final[list[tuple[int, int]]] = []
        """Where arenas start and end, the newest first."""
        self.free_bytes = 0
        self._read_arenas()
        self._read_free_lists()

    def problem(self, offset: int, reason: str) -> None:
        """Note a problem with what is at an offset."""
        self._ledger.problem(BLOCKS, min(offset, self._image.size_bytes) // PAGE_BYTES, reason)

    def take(self, block: int, what: str) -> int | None:
        """Note that a block is in use; its size, or None, with a problem, if it is none."""
        power = self._power(block)
        if power is None:
            self.problem(block, f"the block of {what}, at {block}, is none")
        elif block in self._known:
            self.problem(block, f"the block of {what}, at {block}, is free or used twice")
        else:
            self._known[block] = 1 << power
            return 1 << power
        return None

    def content(self, block: int, what: str) -> bytes | None:
        """The content of a block that is in use; None, with a problem, if there is none."""
        size = self.take(block, what)
        if size is None:
            return None
        length = self._image.word(block + 8)
        if length > size - BLOCK_HEAD:
            self.problem(block, f"{what} has {length} bytes, in a block of {size}")
            return None
        return self._image.read(block + BLOCK_HEAD, length)

    def cells(self) -> dict[str, bytes]:
        """The fields that are values: each its Candid message, by name."""
        packed = self._anchored(DIRECTORY_BLOCK, "the directory")
        cells: dict[str, bytes] = {}
        for index in range(0, len(packed) - 1, 2):
            # Behind `#` stands how many migrations the value has behind it.
            name = packed[index].decode("utf-8", "replace").partition("#")[0]
            if name in cells or len(packed[index + 1]) != 8:
                self.problem(0, f"the directory: what it says of `{name}` is wrong")
                continue
            block = int.from_bytes(packed[index + 1], "little")
            content = self.content(block, f"`{name}`")
            if content is not None:
                cells[name] = content
        if len(packed) % 2:
            self.problem(0, "the directory is cut off")
        return cells

    def check_interface(self) -> None:
        """Take the record of response handlers: name, slot, and three types each.

        Beside the slot of an older interface is the canister's version until which it was in use.
        """
        parts = self._anchored(INTERFACE_BLOCK, "the interface")
        if len(parts) % 5 or any(len(slot) not in (4, 12) for slot in parts[1::5]):
            self.problem(0, "the interface: the handlers are cut off")

    def check_tiling(self) -> None:
        """Whether the blocks that are known fill the arenas: in the older ones, up to some end."""
        for start, end in self.arenas:
            is_newest = (start, end) == self.arenas[0]
            inside = sorted(item for item in self._known.items() if start <= item[0] < end)
            at = start
            for block, size in inside:
                if block != at:
                    kind = "overlap" if block < at else "leave a gap"
                    self.problem(block, f"blocks {kind} before {block}")
                at = block + size
            if at > end:
                self.problem(start, "a block reaches out of its arena")
            if is_newest and at != self._image.word(NEXT_BLOCK):
                said = self._image.word(NEXT_BLOCK)
                self.problem(0, f"its blocks end at {at}, and the header says {said}")

    def _anchored(self, anchor: int, what: str) -> list[bytes]:
        """The packed parts in the block that a word of the header names."""
        block = self._image.word(anchor)
        content = self.content(block, what) if block else b""
        try:
            return list(unpack_parts(content or b""))
        except ValueError as error:
            self.problem(block, f"{what}: {error}")
            return []

    def _power(self, block: int) -> int | None:
        """What a block's size is two to the power of; None if no block can be there."""
        arena = next((arena for arena in self.arenas if arena[0] <= block < arena[1]), None)
        if arena is None or (block - arena[0]) % (1 << POWER_MIN):
            return None
        power = self._image.word(block)
        is_inside = POWER_MIN <= power < POWER_END and block + (1 << power) <= arena[1]
        return power if is_inside else None

    def _read_arenas(self) -> None:
        page = self._image.word(ARENA_PAGE)
        while page:
            if not 0 < page < self._ledger.page_end:
                self.problem(0, f"there is no arena on page {page}")
                break
            head = read_head(self._image.page(page))
            if (head.owner, head.kind, head.level) != (BLOCKS_OWNER, ARENA, 0) or not head.entries:
                self.problem(page * PAGE_BYTES, f"an arena should be here: it is {head.kind_name}")
                break
            if not self._ledger.take_run(BLOCKS, page, head.entries, "arena"):
                break
            end = (page + head.entries) * PAGE_BYTES
            self.arenas.append((page * PAGE_BYTES + HEAD_BYTES, end))
            page = head.next
        said = self._image.word(ARENA_END)
        end = self.arenas[0][1] if self.arenas else 0
        if said != end:
            self.problem(0, f"its newest arena ends at {end}, and the header says {said}")

    def _read_free_lists(self) -> None:
        for power in range(POWER_MIN, POWER_END):
            block = self._image.word(FREE_BLOCKS + 8 * (power - POWER_MIN))
            while block:
                size = self.take(block, "a free list")
                if size is None:
                    break
                if size != 1 << power:
                    self.problem(block, f"a free block of {size} is in the list of {1 << power}")
                    break
                self.free_bytes += size
                block = self._image.word(block + 8)
