"""Files of their owner alone: written whole or not at all, and on the disk when it is said so."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

OWNER_ONLY: Final = 0o600
FOLDER_MODE: Final = 0o700

_NO_LINKS: Final = getattr(os, "O_NOFOLLOW", 0)  # Windows has none.
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINKS


def write_private(path: Path, text: str, *, is_new: bool = False) -> None:
    """Write a file; with `is_new` one that is not there, else raise `FileExistsError`."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    if is_new:
        os.close(os.open(path, _CREATE, OWNER_ONLY))  # Whoever comes second is refused here.
    # A name that nobody knows beforehand, so that nobody has put a link there.
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(new, _CREATE, OWNER_ONLY), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        if is_new:
            path.unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
