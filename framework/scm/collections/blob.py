"""`StableBlob`: bytes in stable memory with random access."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final, SupportsIndex, TypeAlias, overload

from scm.collections.detached import Detached
from scm.runtime import store

_DETACHED: Final[Any] = Detached("StableBlob")
_CHUNK_BYTES: Final = 4096

Buffer: TypeAlias = "bytes | bytearray | memoryview"


class StableBlob:
    """Bytes in stable memory, like a `bytearray` or a file, as a field of the state.

    They are read and written piece by piece, so their number does not matter to a message, and
    what was never written takes no room.  What is read is `bytes`, in the heap.
    """

    def __init__(self) -> None:
        self._engine: store.Bytes = _DETACHED

    def attach(self, engine: store.Bytes) -> None:
        """Make it the collection that `engine` has; scm's own code does this."""
        self._engine = engine

    def __len__(self) -> int:
        return len(self._engine)

    @property
    def size(self) -> int:
        """The number of bytes, also beyond 2 GiB, where `len` raises OverflowError."""
        return self._engine.size()

    def read(self, offset: int, size: int, /) -> bytes:
        """`size` bytes from `offset` on; IndexError if they reach behind the end."""
        return self._engine.read(offset, size)

    def write(self, offset: int, content: Buffer, /) -> None:
        """Write bytes at `offset`, growing as needed; zeros fill a gap."""
        self._engine.write(offset, _bytes_of(content))

    def append(self, content: Buffer, /) -> None:
        """Write bytes at the end; any number of them, unlike `bytearray.append`."""
        self._engine.write(self._engine.size(), _bytes_of(content))

    def resize(self, size: int, /) -> None:
        """Cut off, or grow with zeros."""
        self._engine.resize(size)

    def clear(self) -> None:
        """Remove everything."""
        self._engine.resize(0)

    @overload
    def __getitem__(self, index: SupportsIndex, /) -> int: ...
    @overload
    def __getitem__(self, index: slice, /) -> bytes: ...
    def __getitem__(self, index: Any, /) -> Any:
        if not isinstance(index, slice):
            return self._engine.read(self._offset(index), 1)[0]
        start, stop, step = index.indices(self._engine.size())
        if step == 1:
            return self._engine.read(start, stop - start) if start < stop else b""
        chosen = range(start, stop, step)
        if not chosen:
            return b""
        low = min(chosen[0], chosen[-1])
        content = self._engine.read(low, max(chosen[0], chosen[-1]) + 1 - low)
        return content[::step]

    @overload
    def __setitem__(self, index: SupportsIndex, value: int, /) -> None: ...
    @overload
    def __setitem__(self, index: slice, value: Buffer, /) -> None: ...
    def __setitem__(self, index: Any, value: Any, /) -> None:
        if not isinstance(index, slice):
            offset = self._offset(index)
            if not 0 <= value < 256:
                raise ValueError("byte must be in range(0, 256)")
            self._engine.write(offset, bytes((value,)))
            return
        content = _bytes_of(value)
        start, stop, step = index.indices(self._engine.size())
        count = len(range(start, stop, step))
        if step == 1:
            self._assign(start, count, content)
            return
        if len(content) != count:
            raise ValueError(
                f"attempt to assign bytes of size {len(content)} to extended slice of size {count}"
            )
        for number, offset in enumerate(range(start, stop, step)):
            self._engine.write(offset, content[number : number + 1])

    def _assign(self, start: int, count: int, content: bytes) -> None:
        """Replace `count` bytes; what follows them is never moved."""
        if len(content) != count:
            if start + count < self._engine.size():
                raise ValueError(
                    f"attempt to assign bytes of size {len(content)} to a slice of size {count}: "
                    "only one that reaches to the end can change its size"
                )
            self._engine.resize(start)
        self._engine.write(start, content)

    def _offset(self, index: SupportsIndex) -> int:
        offset = index.__index__()
        if offset < 0:
            offset += self._engine.size()
        if not 0 <= offset < self._engine.size():
            raise IndexError("blob index out of range")
        return offset

    def __iter__(self) -> Iterator[int]:
        offset = 0
        while offset < self._engine.size():
            content = self._engine.read(offset, min(_CHUNK_BYTES, self._engine.size() - offset))
            yield from content
            offset += _CHUNK_BYTES

    def __bytes__(self) -> bytes:
        return self._engine.read(0, self._engine.size())

    def __iadd__(self, content: Buffer) -> StableBlob:
        self.append(content)
        return self

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, bytes | bytearray | memoryview | StableBlob):
            return NotImplemented
        size = self._engine.size()
        if size != len(other):
            return False
        for offset in range(0, size, _CHUNK_BYTES):
            stop = min(size, offset + _CHUNK_BYTES)
            if self._engine.read(offset, stop - offset) != other[offset:stop]:
                return False
        return True

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        if self._engine is _DETACHED:
            return "StableBlob()"
        return f"<StableBlob of {self.size} bytes>"


def _bytes_of(content: object) -> bytes:
    """The bytes of a buffer; of an int, `bytes` would make so many zeros."""
    if isinstance(content, bytes):
        return content
    if isinstance(content, bytearray | memoryview | StableBlob):
        return bytes(content)
    raise TypeError(f"a bytes-like object is required, not '{type(content).__name__}'")


Collection.register(StableBlob)
