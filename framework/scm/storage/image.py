"""An image of stable memory, read piece by piece, and the words of its header."""

from __future__ import annotations

from collections.abc import Callable
from mmap import mmap
from typing import Final

PAGE_BYTES: Final = 4096
MAGIC: Final = b"scm\x03\0\0\0\0"

# Words of the header, 8 bytes each (`runtime/stable.py`; decision 16, "Pages").
NEXT_BLOCK: Final = 8
INTERFACE_BLOCK: Final = 16
DIRECTORY_BLOCK: Final = 24
PENDING_HEAD: Final = 32
PENDING_CHUNKS: Final = 128
ARENA_END: Final = 2304
ARENA_PAGE: Final = 2312
FREE_BLOCKS: Final = 2344
PAGE_END: Final = 3072
FIRST_FREE_PAGE: Final = 3080
FREE_PAGES: Final = 3088
CATALOGUE_ROOT: Final = 3096
CATALOGUE_ENTRIES: Final = 3104
NEXT_OWNER: Final = 3112


class Image:
    """Stable memory of `size_bytes`; `read(offset, size)` gives a part of it.

    Only what is asked for is read, so it may be gigabytes of a file.
    """

    def __init__(self, size_bytes: int, read: Callable[[int, int], bytes]) -> None:
        self.size_bytes: Final = size_bytes
        self.page_count: Final = size_bytes // PAGE_BYTES
        self._read: Final = read

    @classmethod
    def of(cls, content: bytes | bytearray | memoryview | mmap) -> Image:
        """The image that these bytes are; they are not copied."""
        return cls(len(content), lambda offset, size: bytes(content[offset : offset + size]))

    def page(self, number: int) -> bytes:
        """The bytes of a page, which must be inside."""
        return self.read(number * PAGE_BYTES, PAGE_BYTES)

    def word(self, offset: int) -> int:
        """The number of 8 bytes at `offset`."""
        return int.from_bytes(self.read(offset, 8), "little")

    def words(self, offset: int, count: int) -> list[int]:
        """`count` numbers in a row."""
        content = self.read(offset, 8 * count)
        return [int.from_bytes(content[at : at + 8], "little") for at in range(0, 8 * count, 8)]

    def has(self, offset: int, size: int) -> bool:
        """Whether `size` bytes at `offset` are inside."""
        return offset + size <= self.size_bytes

    def read(self, offset: int, size: int) -> bytes:
        """A part of the memory; raises `IndexError` outside of it."""
        if not self.has(offset, size):
            raise IndexError("stable memory has no such bytes")
        return self._read(offset, size)
