"""Stable memory as pages of 4 KiB, and the changes one execution makes to it.

Only written pages take room, so a large memory that is mostly zero is cheap; an execution writes
into `StableChanges`, which is merged on success and forgotten on a trap.
"""

from __future__ import annotations

from typing import Final

from attrs import Factory, define

STABLE_PAGE_BYTES: Final = 65_536  # Interface Spec, "Stable memory"
STABLE_PAGES_MAX: Final = 500 * 1024 * 1024 * 1024 // STABLE_PAGE_BYTES  # 500 GiB

_CHUNK_BYTES: Final = 4096  # The page the platform charges for when it is first written.
_ZEROS: Final = bytes(_CHUNK_BYTES)
_NOTED_CHUNKS_MAX: Final = 8 * 1024**3 // _CHUNK_BYTES


@define
class StableMemory:
    """Committed stable memory: `size_pages` Wasm pages of which only written chunks are kept."""

    size_pages: int = 0
    chunks: dict[int, bytes] = Factory(dict)
    is_shared: bool = False
    """Whether `chunks` is that of another memory too, and so not to be changed."""

    @property
    def size_bytes(self) -> int:
        """The size in bytes: whole pages of 64 KiB."""
        return self.size_pages * STABLE_PAGE_BYTES

    @classmethod
    def from_bytes(cls, contents: bytes) -> StableMemory:
        """A memory of whole Wasm pages with these contents."""
        chunks = {}
        for offset in range(0, len(contents), _CHUNK_BYTES):
            chunk = contents[offset : offset + _CHUNK_BYTES]
            if chunk != _ZEROS:
                chunks[offset // _CHUNK_BYTES] = chunk
        return cls(len(contents) // STABLE_PAGE_BYTES, chunks)

    def read(self, offset: int, size_bytes: int) -> bytes:
        """Copy bytes out; raises `IndexError` if the range is not inside the memory."""
        return StableChanges(self).read(offset, size_bytes)

    def written(self, offset: int, data: bytes) -> StableMemory:
        """A copy with `data` in it; raises `IndexError` if the range is not inside the memory."""
        changes = StableChanges(self)
        changes.write(offset, data)
        twin = self.copy()
        changes.merge_into(twin)
        return twin

    def copy(self) -> StableMemory:
        """A memory that can be changed without changing this one; copies nothing yet."""
        self.is_shared = True
        return StableMemory(self.size_pages, self.chunks, is_shared=True)


class StableChanges:
    """A view of stable memory that keeps its own writes to itself."""

    def __init__(self, base: StableMemory) -> None:
        self._base = base
        self._written: dict[int, bytearray] = {}
        self._touched: set[int] = set()
        self.size_pages = base.size_pages

    @property
    def written_chunk_count(self) -> int:
        """How many 4 KiB pages were written."""
        return len(self._written)

    def touch(self, offset: int, size_bytes: int) -> int:
        """Note that a range (not an empty one) is read or written: the bytes of all pages so far.

        A range that is larger than a message may touch is told without being noted.
        """
        first, last = offset // _CHUNK_BYTES, (offset + size_bytes - 1) // _CHUNK_BYTES
        if last - first >= _NOTED_CHUNKS_MAX:
            return (last - first + 1) * _CHUNK_BYTES
        self._touched.update(range(first, last + 1))
        return len(self._touched) * _CHUNK_BYTES

    @property
    def size_bytes(self) -> int:
        """The size in bytes, with the pages that are grown."""
        return self.size_pages * STABLE_PAGE_BYTES

    def grow(self, page_count: int) -> int:
        """Add pages: the old size, or -1 if that would exceed 500 GiB."""
        if self.size_pages + page_count > STABLE_PAGES_MAX:
            return -1
        previous = self.size_pages
        self.size_pages += page_count
        return previous

    def read(self, offset: int, size_bytes: int) -> bytes:
        """Copy bytes out; raises `IndexError` if the range is not inside the memory."""
        self._check_range(offset, size_bytes)
        if not size_bytes:
            return b""
        first, start = divmod(offset, _CHUNK_BYTES)
        last = (offset + size_bytes - 1) // _CHUNK_BYTES
        if first == last:
            return bytes(self._chunk(first)[start : start + size_bytes])
        joined = b"".join([self._chunk(index) for index in range(first, last + 1)])
        return joined[start : start + size_bytes]

    def write(self, offset: int, data: bytes) -> None:
        """Copy bytes in; raises `IndexError` if the range is not inside the memory."""
        self._check_range(offset, len(data))
        position = 0
        while position < len(data):
            index, start = divmod(offset + position, _CHUNK_BYTES)
            size_bytes = min(_CHUNK_BYTES - start, len(data) - position)
            chunk = self._writable_chunk(index)
            chunk[start : start + size_bytes] = data[position : position + size_bytes]
            position += size_bytes

    def merge_into(self, target: StableMemory) -> None:
        """Make the changes real in `target`, which equals the memory they were made on."""
        target.size_pages = self.size_pages
        if self._written and target.is_shared:
            target.chunks = dict(target.chunks)
            target.is_shared = False
        for index, chunk in self._written.items():
            target.chunks[index] = bytes(chunk)

    def _check_range(self, offset: int, size_bytes: int) -> None:
        if offset + size_bytes > self.size_bytes:
            raise IndexError("stable memory out of bounds")

    def _chunk(self, index: int) -> bytes | bytearray:
        written = self._written.get(index)
        return self._base.chunks.get(index, _ZEROS) if written is None else written

    def _writable_chunk(self, index: int) -> bytearray:
        chunk = self._written.get(index)
        if chunk is None:
            chunk = self._written[index] = bytearray(self._base.chunks.get(index, _ZEROS))
        return chunk
