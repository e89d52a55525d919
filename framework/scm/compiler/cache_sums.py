"""Checksums of what an entry of the cache holds, so that a damaged one is noticed and made again.

Disks and crashes damage files; whoever can write to the cache on purpose could do as they like
anyway, so CRC-32 is enough, at half a millisecond for a megabyte.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import Final

SUMS_FILE: Final = ".sums"


def write_sums(folder: Path) -> None:
    """Write what is in a folder to a file in it: a line for each file, and one of that itself."""
    lines = [f"{_sum(path)} {name}\n" for name, path in sorted(_files_in(folder).items())]
    text = "".join(lines)
    (folder / SUMS_FILE).write_text(f"{text}{zlib.crc32(text.encode()):08x}\n", encoding="utf-8")


def is_intact(folder: Path) -> bool:
    """Whether all files are as they were written; such as have come since don't matter."""
    try:
        text = (folder / SUMS_FILE).read_text(encoding="utf-8")
        lines = text.splitlines()
        body = text[: len(text) - 9]
        if not lines or lines[-1] != f"{zlib.crc32(body.encode()):08x}":
            return False
        return all(
            _sum(folder / name) == recorded
            for recorded, _, name in (line.partition(" ") for line in lines[:-1])
        )
    except (OSError, UnicodeError):
        return False


def _files_in(folder: Path) -> dict[str, Path]:
    return {
        os.path.relpath(Path(root) / name, folder): Path(root) / name
        for root, _, names in os.walk(folder)
        for name in names
    }


def _sum(path: Path) -> str:
    """The checksum of a file, which has its size in it."""
    content = path.read_bytes()
    return f"{zlib.crc32(content):08x}-{len(content)}"
