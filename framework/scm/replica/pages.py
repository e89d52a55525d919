"""Which pages of a live memory are its own, that is: may differ from the module's initial ones.

wasmtime maps a module's data into an instance copy-on-write, so a page that was never written is
shared with all other instances, and the kernel knows which those are.  `/proc/self/pagemap` tells
it (Linux, Documentation/admin-guide/mm/pagemap.rst: bit 63 present, 62 swapped, 61 of a file).
"""

from __future__ import annotations

import ctypes
import mmap
import os
import re
from functools import cache
from typing import Final

PAGE_BYTES: Final = 4096
RUN_PAGES_MAX: Final = 16
"""Runs are cut at multiples of this, so that what is written later does not move their starts."""

_ENTRY_BYTES: Final = 8
# The highest byte of the entry of a page that is in memory or swapped, and of no file.
_OWN: Final = re.compile(rb"[\x40-\x5f\x80-\x9f]+")

Run = tuple[int, int]
"""Pages from a first one up to an end, within one block of `RUN_PAGES_MAX`."""


def own_runs(address: int, size_bytes: int) -> list[Run]:
    """The runs of pages that may have been written, of the memory at `address`; all if unknown."""
    pagemap = _pagemap()
    count = size_bytes // PAGE_BYTES
    if pagemap is None:
        return _cut(0, count)
    entries = os.pread(pagemap, count * _ENTRY_BYTES, address // PAGE_BYTES * _ENTRY_BYTES)
    if len(entries) != count * _ENTRY_BYTES:
        return _cut(0, count)
    highest = entries[_ENTRY_BYTES - 1 :: _ENTRY_BYTES]
    runs: list[Run] = []
    for match in _OWN.finditer(highest):
        start, end = match.span()
        if start // RUN_PAGES_MAX == (end - 1) // RUN_PAGES_MAX:
            runs.append((start, end))
        else:
            runs += _cut(start, end)
    return runs


def forget_pages(address: int, run: Run) -> None:
    """Give a run its initial contents back; only right for memory that wasmtime has not moved."""
    start, end = run
    size = (end - start) * PAGE_BYTES
    if _libc().madvise(address + start * PAGE_BYTES, size, mmap.MADV_DONTNEED) != 0:
        raise OSError(ctypes.get_errno(), "madvise failed")


def _cut(start: int, end: int) -> list[Run]:
    runs = []
    while start < end:
        stop = min(end, (start // RUN_PAGES_MAX + 1) * RUN_PAGES_MAX)
        runs.append((start, stop))
        start = stop
    return runs


@cache
def _pagemap() -> int | None:
    """The open file, unless this system has none or does not tell the truth in it."""
    if os.name != "posix" or mmap.PAGESIZE != PAGE_BYTES:
        return None
    try:
        descriptor = os.open("/proc/self/pagemap", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    if _tells_own_pages(descriptor):
        return descriptor
    os.close(descriptor)
    return None


if hasattr(os, "register_at_fork"):
    # An open page map stays that of the process that opened it.
    os.register_at_fork(after_in_child=_pagemap.cache_clear)


def _tells_own_pages(descriptor: int) -> bool:
    """Try it: of three pages of a file, one read, one written, just the last is our own."""
    if not hasattr(os, "memfd_create"):
        return False
    file = os.memfd_create("pages", os.MFD_CLOEXEC)
    try:
        os.ftruncate(file, 3 * PAGE_BYTES)
        with mmap.mmap(file, 3 * PAGE_BYTES, flags=mmap.MAP_PRIVATE) as memory:
            memory[2 * PAGE_BYTES] = memory[PAGE_BYTES] + 1
            first = ctypes.c_char.from_buffer(memory)
            place = ctypes.addressof(first) // PAGE_BYTES * _ENTRY_BYTES
            del first
            entries = os.pread(descriptor, 3 * _ENTRY_BYTES, place)
    except OSError:
        return False
    finally:
        os.close(file)
    found = [match.span() for match in _OWN.finditer(entries[_ENTRY_BYTES - 1 :: _ENTRY_BYTES])]
    return found == [(2, 3)]


@cache
def _libc() -> ctypes.CDLL:
    library = ctypes.CDLL(None, use_errno=True)
    library.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    library.madvise.restype = ctypes.c_int
    return library
