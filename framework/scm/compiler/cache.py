"""A content-addressed store on disk: a stage whose inputs are unchanged is not run again.

An entry is a folder named by the SHA-256 of everything that decides its content.  It appears with
one rename, so that builds that run at the same time never see half of one.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from attrs import frozen

FORMAT: Final = b"scm-cache-1"


@frozen
class Cache:
    """The store under `folder`."""

    folder: Path

    def entry(self, stage: str, key: str, fill: Callable[[Path], None]) -> tuple[Path, bool]:
        """The folder of an entry and whether it was there already; `fill` writes a new one."""
        folder = self.folder / stage / key
        if folder.is_dir():
            return folder, True
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".new-"))
        try:
            fill(scratch)
            try:
                scratch.rename(folder)
            except OSError:
                # Another build was faster; its content is the same.
                if not folder.is_dir():
                    raise
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return folder, False


def default_cache() -> Cache:
    """`$SCM_CACHE_DIR`, else `scm` in the user's cache folder."""
    chosen = os.environ.get("SCM_CACHE_DIR")
    if chosen:
        return Cache(Path(chosen).resolve())
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Cache(Path(base) / "scm")


def hash_parts(parts: Iterable[bytes | str]) -> str:
    """SHA-256 over parts; where one ends and the next begins counts."""
    digest = hashlib.sha256(FORMAT)
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "little"))
        digest.update(content)
    return digest.hexdigest()
