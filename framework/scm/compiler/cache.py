"""A content-addressed store on disk: a stage whose inputs are unchanged is not run again.

An entry is a folder named by the SHA-256 of everything that decides its content.  It appears with
one rename, so that builds that run at the same time never see half of one.  Checksums in it tell if
a file has been damaged since: then it is made again.  Its time of change says when it was used
last; `cache_upkeep.py` removes what nobody uses, never during a build.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Final

from attrs import frozen

from scm.compiler.cache_sums import is_intact, write_sums
from scm.compiler.toolchain import tool_versions
from scm.errors import ConfigurationError

try:
    import fcntl
except ImportError:  # Not on Windows: then builds and upkeep don't know of each other.
    fcntl = None  # type: ignore[assignment]

FORMAT: Final = b"scm-cache-2"
LOCK_NAME: Final = "lock"
MAX_BYTES_DEFAULT: Final = 5_000_000_000
MAX_BYTES_VARIABLE: Final = "SCM_CACHE_MAX_BYTES"


@frozen
class Cache:
    """The store under `folder`; `compiler` names the version of the code that fills it.

    `max_bytes`: to how many bytes it is cut back after a build.
    """

    folder: Path
    compiler: str = ""
    max_bytes: int = MAX_BYTES_DEFAULT

    def entry(
        self, stage: str, key: str, fill: Callable[[Path], None], *, is_fixed: bool = True
    ) -> tuple[Path, bool]:
        """The folder of an entry and whether it was there already; `fill` writes a new one.

        `key` covers the stage's inputs; a change of the compiler itself makes all entries new.
        What is not `is_fixed` may change, and is not checked.
        """
        key = hash_parts([self.compiler, key])
        return self.entry_of_recipe(stage, key, fill, is_fixed=is_fixed)

    def entry_of_recipe(
        self, stage: str, key: str, fill: Callable[[Path], None], *, is_fixed: bool = True
    ) -> tuple[Path, bool]:
        """The same for a stage whose `key` covers the code that fills the entry, too."""
        folder = self.folder / stage / key
        if _is_there(folder):
            if not is_fixed or is_intact(folder):
                return folder, True
            _put_away(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".new-"))
        try:
            fill(scratch)
            if is_fixed:
                write_sums(scratch)
            try:
                scratch.rename(folder)
            except OSError:
                # Another build was faster; its content is the same.
                if not folder.is_dir():
                    raise
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return folder, False

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """While a build runs: no entry is removed meanwhile."""
        with self._locked(exclusive=False):
            yield

    @contextmanager
    def unused(self) -> Iterator[bool]:
        """For removing entries; gives whether it may be done, as no build is running."""
        with self._locked(exclusive=True) as is_held:
            yield is_held

    @contextmanager
    def _locked(self, *, exclusive: bool) -> Iterator[bool]:
        if fcntl is None:
            yield True
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / LOCK_NAME).open("a")
        except OSError:
            yield not exclusive  # A store that can't be written may be read: nothing vanishes.
            return
        with lock:
            is_held = True
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB if exclusive else fcntl.LOCK_SH)
            except OSError:  # A build is running; or the file system knows no locks.
                is_held = not exclusive
            yield is_held


def _is_there(folder: Path) -> bool:
    """Whether there is such an entry; if so, it counts as used now."""
    try:
        os.utime(folder)
    except FileNotFoundError:
        return False
    except OSError:
        return folder.is_dir()  # It may be read only.
    return True


def _put_away(folder: Path) -> None:
    """Remove a damaged entry, at once: another build may be about to make it again."""
    damaged = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".old-"))
    with suppress(FileNotFoundError):  # Another build was faster.
        folder.rename(damaged / folder.name)
    shutil.rmtree(damaged, ignore_errors=True)


def default_cache() -> Cache:
    """The store in `cache_folder()`; raises `ConfigurationError` for a limit that is no number."""
    limit = os.environ.get(MAX_BYTES_VARIABLE) or str(MAX_BYTES_DEFAULT)
    if not limit.isdecimal():
        raise ConfigurationError(
            f"`{MAX_BYTES_VARIABLE}` is `{limit}`, which is no number of bytes",
            f"set it like `{MAX_BYTES_VARIABLE}={MAX_BYTES_DEFAULT}`, or unset it",
        )
    return Cache(cache_folder(), _compiler_version(), int(limit))


def cache_folder() -> Path:
    """`$SCM_CACHE_DIR`, else `scm` in the user's cache folder."""
    chosen = os.environ.get("SCM_CACHE_DIR")
    if chosen:
        return Path(chosen).resolve()
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base).resolve() / "scm"


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
