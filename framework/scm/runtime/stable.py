"""Stable memory: a header, an allocator of blocks, and cells (values that grow in place).

Layout, little-endian, offsets in bytes:

    0      magic "scm" 0x03, then zeros to 8
    8      first byte of the arena never used               2304  the arena's end
    16     block of the interface record (`upgrade.py`)     2312  first page of the newest arena
    24     block of the cell directory
    32..   head and chunks of the table of pending calls (`pending.py`)
    2344   heads of the free lists, one per block size from 32 on, 8 bytes each
    3072   words of the pages (`c/pages.h`)
    4096   pages of 4 KiB

Blocks lie in arenas, which are runs of pages; the other pages are those of collections
(docs/decisions/0016-durable-collections.md).  A block has 2^k bytes, k >= 5: its k in one word, the
length of its content in the next, content.  The System API makes a message atomic, so nothing here
needs a journal.
"""

from __future__ import annotations

from typing import Final, final

from scm.runtime import ic0, store

# Found once, at import: to look one up in its module takes 700 instructions.
_stable_grow: Final = ic0.stable_grow
_stable_load: Final = ic0.stable_load
_stable_read: Final = ic0.stable_read
_stable_size: Final = ic0.stable_size
_stable_store: Final = ic0.stable_store
_stable_write: Final = ic0.stable_write

MAGIC: Final = 0x03_6D6373  # "scm", then the layout's version.
NEXT_FREE: Final = 8
INTERFACE_BLOCK: Final = 16
DIRECTORY_BLOCK: Final = 24
ARENA_END: Final = 2304
ARENA_PAGE: Final = 2312
FREE_LISTS: Final = 2304  # The lists of sizes below the smallest are other words.
HEADER_BYTES: Final = 4096
WASM_PAGE_BYTES: Final = 65_536
BLOCK_OVERHEAD: Final = 16
BLOCK_PAGE_BYTES: Final = 4096
ARENA_HEAD: Final = 16
ARENA_PAGES_MIN: Final = 4
ARENA_PAGES_MAX: Final = 65_535
SMALLEST_POWER: Final = 5


class StableMemoryError(Exception):
    """Stable memory can't be used: foreign, damaged or full."""


def format_memory() -> None:
    """Write an empty header; what was there is given up (install and reinstall only)."""
    if _stable_size() == 0 and _stable_grow(1) < 0:
        raise StableMemoryError("stable memory could not grow to 1 page")
    _stable_write(0, bytes(HEADER_BYTES))
    _stable_store(0, MAGIC)
    store.format()


def check_memory() -> None:
    """Raise `StableMemoryError` unless scm wrote this memory in a layout that we know."""
    if _stable_size() == 0 or _stable_load(0) != MAGIC:
        raise StableMemoryError(
            "stable memory was not written by scm (or by a newer one); nothing was changed"
        )


def read_memory(offset: int, size: int) -> bytes:
    """Bytes of stable memory as they are, fewer where it ends."""
    end = _stable_size() * WASM_PAGE_BYTES
    return _stable_read(offset, min(size, end - offset)) if offset < end else b""


def allocate(size: int) -> int:
    """A block for `size` bytes of content; returns its offset.  The content is not cleared."""
    power = SMALLEST_POWER
    while (1 << power) - BLOCK_OVERHEAD < size:
        power += 1
    head = FREE_LISTS + 8 * power
    block = _stable_load(head)
    if block:
        _stable_store(head, _stable_load(block + 8))
        return block
    block = _stable_load(NEXT_FREE)
    if block + (1 << power) > _stable_load(ARENA_END):
        block = _new_arena(1 << power)
    _stable_store(NEXT_FREE, block + (1 << power))
    _stable_store(block, power)
    return block


def release(block: int) -> None:
    """Give a block back; a free block's length word links to the next free one of its size."""
    head = FREE_LISTS + 8 * _stable_load(block)
    _stable_store(block + 8, _stable_load(head))
    _stable_store(head, block)


def read_block(block: int) -> bytes:
    """The content of a block; raises `StableMemoryError` if there is none."""
    capacity = capacity_of(block)
    size = _stable_load(block + 8)
    if size > capacity:
        raise StableMemoryError(f"stable memory is damaged: the block at {block} is too long")
    return _stable_read(block + BLOCK_OVERHEAD, size)


def capacity_of(block: int) -> int:
    """How many bytes a block has room for; raises `StableMemoryError` if there is none.

    For what is read once after an upgrade: messages trust what they find then.
    """
    if block >= HEADER_BYTES:
        # By pages: the size in bytes is a long int where there is much, and takes longer.
        pages = _stable_size()
        if block // WASM_PAGE_BYTES < pages:
            power = _stable_load(block)
            last = block + (1 << power) - 1 if power < 48 else -1
            if power >= SMALLEST_POWER and 0 <= last // WASM_PAGE_BYTES < pages:
                return (1 << power) - BLOCK_OVERHEAD
    raise StableMemoryError(f"stable memory is damaged: there is no block at {block}")


def write_block(block: int, content: bytes) -> int:
    """Replace a block's content; returns its offset, another one if it had to grow."""
    if block == 0:
        block = allocate(len(content))
    elif (1 << _stable_load(block)) - BLOCK_OVERHEAD < len(content):
        release(block)
        block = allocate(len(content))
    _stable_write(block + 8, len(content).to_bytes(8, "little") + content)
    return block


def read_anchor(anchor: int) -> bytes:
    """The content of the block that the header's word `anchor` points to; empty if none."""
    block = _stable_load(anchor)
    return read_block(block) if block else b""


def write_anchor(anchor: int, content: bytes) -> None:
    """Replace the content of the block that the header's word `anchor` points to."""
    old = _stable_load(anchor)
    new = write_block(old, content)
    if new != old:
        _stable_store(anchor, new)


def pack(parts: list[bytes]) -> bytes:
    """Byte strings in one, each after its length (4 bytes)."""
    packed: list[bytes] = []
    for part in parts:
        packed.append(len(part).to_bytes(4, "little"))
        packed.append(part)
    return b"".join(packed)


def unpack(packed: bytes) -> list[bytes]:
    """The inverse of `pack`."""
    parts: list[bytes] = []
    position = 0
    while position < len(packed):
        size = int.from_bytes(packed[position : position + 4], "little")
        position += 4
        parts.append(packed[position : position + size])
        position += size
    return parts


def _new_arena(size: int) -> int:
    """Pages for a block of `size` bytes and more; what is left of the arena before goes unused."""
    count = max(ARENA_PAGES_MIN, (ARENA_HEAD + size + BLOCK_PAGE_BYTES - 1) // BLOCK_PAGE_BYTES)
    if count > ARENA_PAGES_MAX:
        raise StableMemoryError(f"a value of {size} bytes is too large for a field of the state")
    page = store.take_pages(count)
    start = page * BLOCK_PAGE_BYTES
    # Owner 1, kind 6, level 0, the number of pages; garbage, and the arena before.
    head = 1 | 6 << 32 | count << 48
    _stable_store(start, head)
    _stable_store(start + 8, _stable_load(ARENA_PAGE) << 32)
    _stable_store(ARENA_PAGE, page)
    _stable_store(ARENA_END, start + count * BLOCK_PAGE_BYTES)
    return start + ARENA_HEAD


def named_step(name: str, step: int, revision: int = 0) -> str:
    """A name with a number of migrations, as it is stored: `price#2`; the name alone for 0.

    `revision` tells types apart that have as many migrations behind them: `price#2.1`.
    """
    if revision:
        return f"{name}#{step}.{revision}"
    return f"{name}#{step}" if step else name


def with_step(text: str) -> tuple[str, int]:
    """The name, and the number of migrations, that `named_step` put together."""
    name, _, numbers = text.partition("#")
    step, _, _ = numbers.partition(".")
    return name, int(step) if step.isdigit() else 0


def revision_of(text: str) -> int:
    """The revision that `named_step` put into a name; 0 if there is none."""
    _, _, revision = text.partition(".")
    return int(revision) if revision.isdigit() else 0


@final
class Cell:
    """One durable value: a block, found again by its name in the directory.

    `step`: how many migrations it has behind it (`migrations.py`).
    """

    def __init__(self, name: str, block: int, step: int) -> None:
        self.name: Final = name
        self.block = block
        self.step = step
        self.capacity = capacity_of(block)

    def write(self, content: bytes) -> bool:
        """Store other bytes; False if the block was too small and another one was taken."""
        if len(content) <= self.capacity:
            _stable_write(self.block + 8, len(content).to_bytes(8, "little") + content)
            return True
        self.block = write_block(self.block, content)
        self.capacity = (1 << _stable_load(self.block)) - BLOCK_OVERHEAD
        return False

    def read(self) -> bytes:
        """The stored bytes."""
        return read_block(self.block)


@final
class Directory:
    """All cells by name; written when a cell appears, moves or goes."""

    def __init__(self) -> None:
        self.cells: dict[str, Cell] = {}

    def load(self) -> None:
        """Read the directory that stable memory holds."""
        self.cells = {}
        parts = unpack(read_anchor(DIRECTORY_BLOCK))
        if len(parts) % 2:
            raise StableMemoryError("stable memory is damaged: the directory of values is cut off")
        for index in range(0, len(parts), 2):
            name, step = with_step(parts[index].decode("utf-8"))
            self.cells[name] = Cell(name, int.from_bytes(parts[index + 1], "little"), step)

    def save(self) -> None:
        """Write the directory."""
        parts: list[bytes] = []
        for cell in self.cells.values():
            parts.append(named_step(cell.name, cell.step).encode("utf-8"))
            parts.append(cell.block.to_bytes(8, "little"))
        write_anchor(DIRECTORY_BLOCK, pack(parts))

    def rename(self, old: str, new: str) -> None:
        """Give the cell of one name another one."""
        cell = self.cells.pop(old)
        self.cells[new] = Cell(new, cell.block, cell.step)
        self.save()

    def drop(self, name: str) -> None:
        """Give up a cell."""
        release(self.cells.pop(name).block)
        self.save()

    def write(self, name: str, content: bytes, step: int = 0) -> None:
        """Store the bytes of the cell `name`, which may be new, `step` migrations on."""
        cell = self.cells.get(name)
        if cell is None:
            self.cells[name] = Cell(name, write_block(0, content), step)
            self.save()
            return
        is_moved = not cell.write(content)
        if is_moved or cell.step != step:
            cell.step = step
            self.save()
