"""A content-addressed store on disk: a stage whose inputs are unchanged is not run again.

An entry is a folder named by the SHA-256 of everything that decides its content.  It appears with
one rename, so that builds that run at the same time never see half of one.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Final

from attrs import frozen

from scm.compiler.toolchain import tool_versions

FORMAT: Final = b"scm-cache-1"


@frozen
class Cache:
    """The store under `folder`; `compiler` names the version of the code that fills it."""

    folder: Path
    compiler: str = ""

    def entry(self, stage: str, key: str, fill: Callable[[Path], None]) -> tuple[Path, bool]:
        """The folder of an entry and whether it was there already; `fill` writes a new one.

        `key` covers the stage's inputs; a change of the compiler itself makes all entries new.
        """
        return self.entry_of_recipe(stage, hash_parts([self.compiler, key]), fill)

    def entry_of_recipe(
        self, stage: str, key: str, fill: Callable[[Path], None]
    ) -> tuple[Path, bool]:
        """The same for a stage whose `key` covers the code that fills the entry, too."""
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
        return Cache(Path(chosen).resolve(), _compiler_version())
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Cache(Path(base) / "scm", _compiler_version())


@cache
def _compiler_version() -> str:
    """A hash of the compiler's own source: what it made before an edit of it is not used again."""
    package = Path(__file__).resolve().parents[1]
    files = sorted(file for part in ("compiler", "wasm") for file in (package / part).glob("*.py"))
    tools = json.dumps(tool_versions(), sort_keys=True)
    return hash_parts([tools, *(file.read_bytes() for file in files)])


def hash_parts(parts: Iterable[bytes | str]) -> str:
    """SHA-256 over parts; where one ends and the next begins counts."""
    digest = hashlib.sha256(FORMAT)
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "little"))
        digest.update(content)
    return digest.hexdigest()
