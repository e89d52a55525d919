"""From the finished module to the bytes that are shipped: strip what no one reads, compress."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Collection
from typing import Final

from scm.wasm.custom import NAME_SECTION, custom_name, read_function_names, write_function_names
from scm.wasm.module import encode_module, parse_module

# Deflate, no flags, no time, best compression, Unix: written here, as the header of Python's own
# `gzip` depends on the machine.
_GZIP_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03"
_ICP_PREFIX: Final = "icp:"


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

    Equal input gives equal bytes for one version of zlib.
    """
    deflate = zlib.compressobj(level=6, wbits=-zlib.MAX_WBITS)
    body = deflate.compress(module_bytes) + deflate.flush()
    trailer = struct.pack("<II", zlib.crc32(module_bytes), len(module_bytes) & 0xFFFF_FFFF)
    return _GZIP_HEADER + body + trailer
