"""Files that are there after a crash as they were written, or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

OWNER_ONLY = 0o600
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""Errors by which there is no room on the disk, or no more for this user."""


def write_durably(path: Path, contents: bytes) -> None:
    """Replace a file at once, for its owner only; raises `OSError`."""
    unfinished = path.with_name(f"{path.name}.partial")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    try:
        with open(descriptor, "wb") as file:
            file.write(contents)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        unfinished.unlink()
        raise
    put_in_place(unfinished, path)


def put_in_place(unfinished: Path, path: Path) -> None:
    """Give a finished and synced file its name."""
    unfinished.replace(path)
    sync_folder(path.parent)


def reason_of(error: OSError) -> str:
    """What the operating system says, for people: `No space left on device`."""
    return error.strerror or str(error)


def sync_file(path: Path) -> None:
    """Wait until a file's contents are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    sync_file(folder)
