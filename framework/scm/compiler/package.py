"""From the finished module to the bytes that are shipped: strip what no one reads, compress."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Collection
from functools import partial
from typing import Final

from scm.compiler.background import Background
from scm.wasm.custom import NAME_SECTION, custom_name, read_function_names, write_function_names
from scm.wasm.module import encode_module, parse_module

# Deflate, no flags, no time, best compression, Unix: written here, as the header of Python's own
# `gzip` depends on the machine.
_GZIP_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03"
_ICP_PREFIX: Final = "icp:"

_WINDOW_BYTES: Final = 1 << zlib.MAX_WBITS
_BLOCK_BYTES: Final = 2_000_000
"""A canister has four blocks; each costs a few bytes."""


def strip_custom_sections(
    module_bytes: bytes, *, keep: Collection[str] = (), keep_function_names: bool = False
) -> bytes:
    """Drop all custom sections but `icp:` ones and those named in `keep`.

    `keep_function_names`: leave a `name` section with function names alone (locals and labels are
    the bulk of it), which the platform prints in backtraces.
    """
    module = parse_module(module_bytes)
    names = read_function_names(module) if keep_function_names else {}

    def is_kept(name: str | None) -> bool:
        return name is None or name in keep or name.startswith(_ICP_PREFIX)

    stripped = module.keeping(lambda section: is_kept(custom_name(section)))
    if names and NAME_SECTION not in keep:
        stripped = stripped.appending([write_function_names(names)])
    return encode_module(stripped)


def gzip_module(module_bytes: bytes) -> bytes:
    """Compress into one gzip member, which the platform accepts as a module.

    Equal input gives equal bytes for one version of zlib.  Blocks are compressed at the same time.
    """
    starts = range(0, max(len(module_bytes), 1), _BLOCK_BYTES)
    with Background() as background:
        blocks = [background.start(partial(_deflate_block, module_bytes, n)) for n in starts]
        body = b"".join(block.result() for block in blocks)
    trailer = struct.pack("<II", zlib.crc32(module_bytes), len(module_bytes) & 0xFFFF_FFFF)
    return _GZIP_HEADER + body + trailer


def _deflate_block(content: bytes, start: int) -> bytes:
    """A block that may refer to what is before it, and that others may follow unless it is last."""
    end = start + _BLOCK_BYTES
    before = content[max(start - _WINDOW_BYTES, 0) : start]
    deflate = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=before)
    flush = zlib.Z_FINISH if end >= len(content) else zlib.Z_SYNC_FLUSH
    return deflate.compress(content[start:end]) + deflate.flush(flush)
