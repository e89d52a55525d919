"""Which pages of 4 KiB of a canister's memory an update changes, and which it writes at all.

Changed: the contents differ afterwards, which is what the platform charges.  Written: also those
that got their old contents back.  A copy of the memory, mapped privately in its place, tells them:
the kernel makes a page the process's own when it is first written.
"""

from __future__ import annotations

import ctypes
import mmap
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from unittest.mock import patch

from attrs import define

from scm.replica.heap import Heap
from scm.replica.pages import PAGE_BYTES, Run, own_runs

_MAP_FIXED: Final = 0x10
_RENEW: Final = Heap.renew
_COMMIT: Final = Heap.commit


@define
class Pages:
    """Of the last update that went well.  A memory that moves as it grows is written as a whole."""

    changed: int = 0
    written: int = 0


@contextmanager
def counted_pages() -> Iterator[Pages]:
    """Count the pages of the update that is made in the context, by one canister."""
    found = Pages()
    own: list[Run] = []

    def map_copy(heap: Heap) -> None:
        _RENEW(heap)
        own[:] = _own_runs(heap)
        _map_copy(heap)

    def count(heap: Heap) -> None:
        found.changed = heap.changed_page_count()
        found.written = sum(end - start for start, end in _own_runs(heap))
        # The heap takes a page for the module's unless it is the process's own, as it was.
        for start, end in own:
            for page in range(start, end):
                at = page * PAGE_BYTES
                heap.instance.write_memory(at, heap.instance.read_memory(at, 1))
        _COMMIT(heap)

    with patch.object(Heap, "renew", map_copy), patch.object(Heap, "commit", count):
        yield found


def _own_runs(heap: Heap) -> list[Run]:
    return own_runs(heap.instance.memory_address, heap.instance.memory_size_bytes)


def _map_copy(heap: Heap) -> None:
    contents = heap.contents()
    address = heap.instance.memory_address
    access = mmap.PROT_READ | mmap.PROT_WRITE
    file = os.memfd_create("memory", os.MFD_CLOEXEC)
    try:
        os.truncate(file, len(contents))
        os.pwrite(file, contents, 0)
        kind = mmap.MAP_PRIVATE | _MAP_FIXED
        mapped = _mmap()(address, len(contents), access, kind, file, 0)
    finally:
        os.close(file)
    if mapped != address:
        raise OSError(ctypes.get_errno(), "mmap failed")


def _mmap() -> Callable[[int, int, int, int, int, int], int | None]:
    function = ctypes.CDLL(None, use_errno=True).mmap
    size, number = ctypes.c_size_t, ctypes.c_int
    function.argtypes = (ctypes.c_void_p, size, number, number, number, ctypes.c_ssize_t)
    function.restype = ctypes.c_void_p
    return function
